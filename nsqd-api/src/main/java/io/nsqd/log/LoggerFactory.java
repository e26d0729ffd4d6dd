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

    /**
     * Sets from which level on the platform's loggers whose names begin so write, as far as lines go there; its handlers have levels of
     * their own, and are left as they are unless they would hold such lines back.
     *
     * @return false where lines go to SLF4J, or the platform's logger is not {@code java.util.logging}'s
     */
    public static boolean setPlatformLevel(String name, System.Logger.Level level) {
        return !Slf4j.isUsed() && PlatformLevels.set(name, level);
    }
}
