package io.nsqd.log;

import java.util.function.Consumer;

/** Writes lines; loaded anew in each of the worlds of {@link LoggerTest}. */
public final class Speaker implements Consumer<String> {
    @Override
    public void accept(String name) {
        Logger log = LoggerFactory.getLogger(name);
        log.debug("not shown {}", 1);
        log.info("text");
        log.info("{} of {}", 1, 2);
        log.warn("{} {} {} {}", "a", "b", "c", "d", new IllegalStateException("with a trace"));
        log.error("braces {} in {}", "{}", new int[0].length);
        log.error("too few {} {}", "x");
        log.error("too many {}", "x", "y");
        log.error("fails {}", new Object() {
            @Override
            public String toString() {
                throw new UnsupportedOperationException();
            }
        });
        log.fatal("the end: {}", "out of memory");
        log.log(System.Logger.Level.INFO, "message {0}", "format");
    }
}
