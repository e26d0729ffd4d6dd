package io.nsqd.json;

import java.util.BitSet;
import java.util.Locale;

/**
 * The syntax of JSON, with Go's words for what is wrong. Walks over a text without making anything of it and without
 * recursion, however deep it is nested. Not thread-safe.
 */
final class JsonScanner {
    /** As deep as Go goes. */
    private static final int MAX_DEPTH = 10_000;

    private final byte[] text;

    JsonScanner(byte[] text) {
        this.text = text;
    }

    /** Checks that the whole text is one value, with nothing but blanks around it. */
    void check() throws JsonException {
        int end = skipBlanks(skipValue(0));
        if (end < text.length) {
            throw unexpected(end, "after top-level value");
        }
    }

    int skipBlanks(int from) {
        int at = from;
        while (at < text.length && (text[at] == ' ' || text[at] == '\n' || text[at] == '\r' || text[at] == '\t')) {
            at++;
        }
        return at;
    }

    /** The position behind the value that follows, blanks before it included. */
    int skipValue(int from) throws JsonException {
        BitSet objects = new BitSet();
        int depth = 0;
        int at = from;
        while (true) {
            at = skipBlanks(at);
            byte first = byteAt(at);
            if (first == '{' || first == '[') {
                depth++;
                if (depth > MAX_DEPTH) {
                    throw new JsonException("exceeded max depth");
                }
                boolean object = first == '{';
                objects.set(depth, object);
                at = skipBlanks(at + 1);
                if (byteAt(at) != (object ? '}' : ']')) {
                    at = object ? skipName(at) : at;
                    continue;
                }
                at++;
                depth--;
            } else {
                at = skipScalar(at);
            }
            while (depth > 0 && isEnd(at, objects.get(depth))) {
                at = skipBlanks(at) + 1;
                depth--;
            }
            if (depth == 0) {
                return at;
            }
            // A comma, as the check for the end has found.
            at = skipBlanks(at) + 1;
            at = objects.get(depth) ? skipName(at) : at;
        }
    }

    /** Whether an object or an array ends here, or goes on with a comma. */
    private boolean isEnd(int from, boolean object) throws JsonException {
        int at = skipBlanks(from);
        byte next = byteAt(at);
        if (next != ',' && next != (object ? '}' : ']')) {
            throw unexpected(at, object ? "after object key:value pair" : "after array element");
        }
        return next != ',';
    }

    /** The position behind the colon that follows a name. */
    int skipName(int from) throws JsonException {
        int at = skipBlanks(from);
        if (byteAt(at) != '"') {
            throw unexpected(at, "looking for beginning of object key string");
        }
        at = skipBlanks(skipString(at));
        if (byteAt(at) != ':') {
            throw unexpected(at, "after object key");
        }
        return at + 1;
    }

    private int skipScalar(int at) throws JsonException {
        return switch (text[at]) {
            case '"' -> skipString(at);
            case 't' -> skipLiteral("true", at);
            case 'f' -> skipLiteral("false", at);
            case 'n' -> skipLiteral("null", at);
            case '-', '0', '1', '2', '3', '4', '5', '6', '7', '8', '9' -> skipNumber(at);
            default -> throw unexpected(at, "looking for beginning of value");
        };
    }

    /** The position behind a string, which begins here. */
    int skipString(int from) throws JsonException {
        int at = from + 1;
        while (byteAt(at) != '"') {
            if (text[at] == '\\') {
                at = skipEscape(at + 1);
            } else if (text[at] >= 0 && text[at] < ' ') {
                throw unexpected(at, "in string literal");
            } else {
                at++;
            }
        }
        return at + 1;
    }

    private int skipEscape(int at) throws JsonException {
        switch (orBlank(at)) {
            case '"', '\\', '/', 'b', 'f', 'n', 'r', 't' -> {
                return at + 1;
            }
            case 'u' -> {
                for (int i = at + 1; i <= at + 4; i++) {
                    if (Character.digit(orBlank(i), 16) < 0) {
                        throw unexpected(i, "in \\u hexadecimal character escape");
                    }
                }
                return at + 5;
            }
            default -> throw unexpected(at, "in string escape code");
        }
    }

    private int skipLiteral(String literal, int from) throws JsonException {
        for (int i = 1; i < literal.length(); i++) {
            if (orBlank(from + i) != literal.charAt(i)) {
                throw unexpected(from + i, "in literal " + literal + " (expecting " + quoted(literal.charAt(i)) + ")");
            }
        }
        return from + literal.length();
    }

    private int skipNumber(int from) throws JsonException {
        int at = text[from] == '-' ? from + 1 : from;
        requireDigit(at, "in numeric literal");
        at = text[at] == '0' ? at + 1 : skipDigits(at);
        if (at < text.length && text[at] == '.') {
            at = skipDigits(requireDigit(at + 1, "after decimal point in numeric literal"));
        }
        if (at < text.length && (text[at] == 'e' || text[at] == 'E')) {
            at++;
            if (orBlank(at) == '+' || orBlank(at) == '-') {
                at++;
            }
            at = skipDigits(requireDigit(at, "in exponent of numeric literal"));
        }
        return at;
    }

    private int requireDigit(int at, String where) throws JsonException {
        if (!isDigit(at)) {
            throw unexpected(at, where);
        }
        return at;
    }

    private int skipDigits(int from) {
        int at = from;
        while (isDigit(at)) {
            at++;
        }
        return at;
    }

    private boolean isDigit(int at) {
        return at < text.length && text[at] >= '0' && text[at] <= '9';
    }

    private byte byteAt(int at) throws JsonException {
        if (at >= text.length) {
            throw new JsonException("unexpected end of JSON input");
        }
        return text[at];
    }

    /** The byte there. Behind the end Go reads a blank, which its words are of where a blank may not be. */
    private byte orBlank(int at) {
        return at < text.length ? text[at] : (byte) ' ';
    }

    private JsonException unexpected(int at, String where) {
        return new JsonException("invalid character " + quoted((char) (orBlank(at) & 0xff)) + " " + where);
    }

    private static String quoted(char c) {
        return switch (c) {
            case '\'' -> "'\\''";
            case '\\' -> "'\\\\'";
            case '\n' -> "'\\n'";
            case '\r' -> "'\\r'";
            case '\t' -> "'\\t'";
            default -> Character.isISOControl(c) ? String.format(Locale.ROOT, "'\\x%02x'", (int) c) : "'" + c + "'";
        };
    }
}
