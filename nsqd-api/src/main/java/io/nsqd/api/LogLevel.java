package io.nsqd.api;

import java.util.Locale;

/** How much is logged; the number is what {@code /config/log_level} shows (H-68). */
public enum LogLevel {
    /** Every command. */
    DEBUG(1),
    /** What an operator follows. */
    INFO(2),
    /** Something to look at. */
    WARN(3),
    /** Something failed. */
    ERROR(4),
    /** Nothing but the end. */
    FATAL(5);

    private final int number;

    LogLevel(int number) {
        this.number = number;
    }

    /** 1 for debug to 5 for fatal. */
    public int number() {
        return number;
    }

    /**
     * Reads a level in any letter case (O-10).
     *
     * @throws NsqdException with {@link Reason#BAD_OPTION}
     */
    public static LogLevel parse(String text) {
        for (LogLevel level : values()) {
            if (level.toString().equals(text.toLowerCase(Locale.ROOT))) {
                return level;
            }
        }
        throw new NsqdException(
                Reason.BAD_OPTION, "invalid log level '" + text + "' (debug, info, warn, error, fatal)");
    }

    /** The word in lower case. */
    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT);
    }
}
