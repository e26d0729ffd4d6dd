package io.nsqd.json;

import java.nio.charset.StandardCharsets;

/** The texts that strings stand for. */
final class JsonText {
    private static final char REPLACEMENT = '\ufffd';

    /** Beyond ASCII two letters are the small form of one of its own, by Unicode's simple folding. */
    private static final char KELVIN_SIGN = '\u212a';

    private static final char LONG_S = '\u017f';

    private JsonText() {}

    /**
     * Reads a string whose syntax was checked. What is no UTF-8, or half a surrogate pair, becomes U+FFFD.
     *
     * @param start at its quotation mark
     * @param end behind the closing one
     */
    static String read(byte[] text, int start, int end) {
        String raw = new String(text, start + 1, end - start - 2, StandardCharsets.UTF_8);
        return raw.indexOf('\\') < 0 ? raw : unescaped(raw);
    }

    private static String unescaped(String raw) {
        StringBuilder text = new StringBuilder(raw.length());
        int at = 0;
        while (at < raw.length()) {
            char c = raw.charAt(at);
            if (c != '\\') {
                text.append(c);
                at++;
                continue;
            }
            char escaped = raw.charAt(at + 1);
            at += 2;
            switch (escaped) {
                case 'b' -> text.append('\b');
                case 'f' -> text.append('\f');
                case 'n' -> text.append('\n');
                case 'r' -> text.append('\r');
                case 't' -> text.append('\t');
                case 'u' -> {
                    at += 4;
                    char unit = unit(raw, at - 4);
                    if (Character.isHighSurrogate(unit)
                            && raw.startsWith("\\u", at)
                            && Character.isLowSurrogate(unit(raw, at + 2))) {
                        text.append(unit).append(unit(raw, at + 2));
                        at += 6;
                    } else {
                        text.append(Character.isSurrogate(unit) ? REPLACEMENT : unit);
                    }
                }
                default -> text.append(escaped);
            }
        }
        return text.toString();
    }

    private static char unit(String raw, int at) {
        return (char) Integer.parseInt(raw.substring(at, at + 4), 16);
    }

    /** Whether two names are one to Go, which does not tell cases apart. */
    static boolean isSame(String name, String field) {
        if (name.length() != field.length()) {
            return false;
        }
        for (int i = 0; i < name.length(); i++) {
            if (folded(name.charAt(i)) != folded(field.charAt(i))) {
                return false;
            }
        }
        return true;
    }

    private static char folded(char c) {
        if (c >= 'A' && c <= 'Z') {
            return (char) (c + ('a' - 'A'));
        }
        return c == KELVIN_SIGN ? 'k' : c == LONG_S ? 's' : c;
    }
}
