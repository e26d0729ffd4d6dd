package io.nsqd.http;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The parameters of a request: parsed as a whole before any is looked at, the first of a name wins (H-9). */
final class QueryString {
    private static final QueryString EMPTY = new QueryString(List.of());

    /** Names and values by turns. A handful at the most, so that looking them up one by one is quickest. */
    private final List<String> pairs;

    private QueryString(List<String> pairs) {
        this.pairs = pairs;
    }

    /** Says what is wrong with a query, for the log (H-31). */
    static final class MalformedException extends Exception {
        private static final long serialVersionUID = 1L;

        MalformedException(String message) {
            super(message, null, false, false);
        }
    }

    /**
     * Parses the part after the question mark, or a form.
     *
     * @throws MalformedException for a bad escape or a semicolon
     */
    static QueryString parse(String raw) throws MalformedException {
        if (raw.isEmpty()) {
            return EMPTY;
        }
        if (raw.indexOf(';') >= 0) {
            throw new MalformedException("invalid semicolon separator in query");
        }
        List<String> pairs = new ArrayList<>(4);
        int start = 0;
        while (start <= raw.length()) {
            int end = raw.indexOf('&', start);
            end = end < 0 ? raw.length() : end;
            if (end > start) {
                int equals = raw.indexOf('=', start);
                int nameEnd = equals < 0 || equals > end ? end : equals;
                pairs.add(decode(raw.substring(start, nameEnd), true));
                pairs.add(nameEnd == end ? "" : decode(raw.substring(nameEnd + 1, end), true));
            }
            start = end + 1;
        }
        return new QueryString(pairs);
    }

    /** The first value of a parameter, if it is there at all. */
    Optional<String> value(String name) {
        for (int i = 0; i < pairs.size(); i += 2) {
            if (pairs.get(i).equals(name)) {
                return Optional.of(pairs.get(i + 1));
            }
        }
        return Optional.empty();
    }

    /** All parameters; of several of one name the first. */
    Map<String, String> values() {
        Map<String, String> values = new HashMap<>();
        for (int i = 0; i < pairs.size(); i += 2) {
            values.putIfAbsent(pairs.get(i), pairs.get(i + 1));
        }
        return values;
    }

    /**
     * Undoes percent encoding.
     *
     * @param raw bytes as characters 0 to 255, as the decoder gives them
     * @param plusIsSpace so in queries, not in paths
     */
    static String decode(String raw, boolean plusIsSpace) throws MalformedException {
        if (isPlain(raw)) {
            return raw;
        }
        ByteArrayOutputStream bytes = new ByteArrayOutputStream(raw.length());
        for (int i = 0; i < raw.length(); i++) {
            char c = raw.charAt(i);
            if (c == '%') {
                bytes.write(escaped(raw, i));
                i += 2;
            } else {
                bytes.write(c == '+' && plusIsSpace ? ' ' : c);
            }
        }
        return bytes.toString(StandardCharsets.UTF_8);
    }

    private static boolean isPlain(String raw) {
        for (int i = 0; i < raw.length(); i++) {
            char c = raw.charAt(i);
            if (c == '%' || c == '+' || c > 0x7f) {
                return false;
            }
        }
        return true;
    }

    private static int escaped(String raw, int percent) throws MalformedException {
        int end = Math.min(percent + 3, raw.length());
        int high = end > percent + 1 ? Character.digit(raw.charAt(percent + 1), 16) : -1;
        int low = end > percent + 2 ? Character.digit(raw.charAt(percent + 2), 16) : -1;
        if (high < 0 || low < 0) {
            throw new MalformedException("invalid URL escape \"" + raw.substring(percent, end) + "\"");
        }
        return high << 4 | low;
    }
}
