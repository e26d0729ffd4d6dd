package io.nsqd.log;

import java.util.Arrays;

/** Patterns with <code>{}</code> for each argument. */
final class MessagePattern {
    private static final String PLACE = "{}";

    private MessagePattern() {}

    /** The last of the arguments, if it is to be logged with its stack trace; else {@code null}. */
    static Throwable throwable(Object[] arguments) {
        return arguments.length > 0 && arguments[arguments.length - 1] instanceof Throwable thrown ? thrown : null;
    }

    /** The arguments that have a place in the pattern. */
    static Object[] others(Object[] arguments) {
        return throwable(arguments) == null ? arguments : Arrays.copyOf(arguments, arguments.length - 1);
    }

    /** The text. Arguments without a place are left out, places without an argument are left as they are. */
    static String format(String pattern, Object[] arguments) {
        Object[] others = others(arguments);
        if (pattern == null || others.length == 0) {
            return String.valueOf(pattern);
        }
        StringBuilder text = new StringBuilder(pattern.length() + 50);
        int from = 0;
        for (Object argument : others) {
            int place = pattern.indexOf(PLACE, from);
            if (place < 0) {
                break;
            }
            text.append(pattern, from, place).append(described(argument));
            from = place + PLACE.length();
        }
        return text.append(pattern, from, pattern.length()).toString();
    }

    /** A line must not fail whoever writes it. */
    private static String described(Object argument) {
        try {
            return String.valueOf(argument);
        } catch (RuntimeException e) {
            return "[" + argument.getClass().getName() + ": " + e.getClass().getName() + "]";
        }
    }
}
