package io.nsqd.log;

import java.util.Objects;

/** Makes loggers. */
public final class LoggerFactory {
    private LoggerFactory() {}

    /** The logger of a class, under its name. */
    public static Logger getLogger(Class<?> owner) {
        return new Logger(owner.getName());
    }

    /** A logger of this name. */
    public static Logger getLogger(String name) {
        return new Logger(Objects.requireNonNull(name));
    }
}
