package io.nsqd.shell;

import java.util.Optional;
import java.util.function.BiConsumer;
import java.util.function.Function;

/**
 * Which daemon a session talks to, where there are several: a variable of the session, as shells have them.
 *
 * @param read reads a variable of the session, {@code null} where it is not set
 * @param write sets one; {@code null} takes it away
 */
record Selection(Function<String, Object> read, BiConsumer<String, Object> write) {
    private static final String VARIABLE = "nsqd.daemon";

    /** The daemon that was chosen. */
    Optional<String> daemon() {
        return Optional.ofNullable(read.apply(VARIABLE)).map(Object::toString);
    }

    /** Chooses a daemon. */
    void choose(String name) {
        write.accept(VARIABLE, name);
    }
}
