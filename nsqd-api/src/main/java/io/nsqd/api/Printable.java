package io.nsqd.api;

/**
 * Text that is fit for a terminal and for a line of a log: whoever connects or publishes must not be able to send control
 * sequences to the operator, or to turn the text around.
 */
public final class Printable {
    private static final String HEX = "0123456789abcdef";

    private Printable() {}

    /**
     * The text with its control characters, all but tabs, spelt out: {@code \x1b}, {@code \}{@code u2028}. What has none is
     * returned as it is.
     */
    public static String of(String text) {
        for (int i = 0; i < text.length(); i++) {
            if (!isSafe(text.charAt(i))) {
                StringBuilder safe = new StringBuilder(text.length() + 16).append(text, 0, i);
                for (int j = i; j < text.length(); j++) {
                    append(safe, text.charAt(j));
                }
                return safe.toString();
            }
        }
        return text;
    }

    /** Appends a character, spelt out where it is not safe. */
    public static void append(StringBuilder text, char c) {
        if (isSafe(c)) {
            text.append(c);
        } else if (c < 0x100) {
            text.append("\\x");
            appendHex(text, c, 2);
        } else {
            text.append("\\u");
            appendHex(text, c, 4);
        }
    }

    private static void appendHex(StringBuilder text, char c, int digits) {
        for (int shift = 4 * (digits - 1); shift >= 0; shift -= 4) {
            text.append(HEX.charAt(c >> shift & 0xf));
        }
    }

    /** Whether a character neither controls a terminal nor ends a line nor changes the direction of the text. */
    public static boolean isSafe(char c) {
        if (c < 0x7f) {
            return c >= ' ' || c == '\t';
        }
        return c > 0x9f && (c < 0x200e || !isLayout(c));
    }

    private static boolean isLayout(char c) {
        return c <= 0x200f || c >= 0x2028 && c <= 0x202e || c >= 0x2066 && c <= 0x2069;
    }
}
