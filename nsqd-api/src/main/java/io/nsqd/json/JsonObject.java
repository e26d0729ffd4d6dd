package io.nsqd.json;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * An object of which certain fields are asked for, as Go reads one into a struct: names in whatever case, of equal ones the
 * last counts, {@code null} is as good as nothing, other fields are skipped; what is asked for must be of the right type
 * wherever it stands.
 *
 * <p>Nothing is made of what is not asked for, however much or however deep it is: a text costs little more than its bytes.
 * Immutable, unless its text is changed.
 */
public final class JsonObject {
    private static final String NUMBER = "a number";

    /** A sign and nineteen digits. */
    private static final int MAX_INTEGER_CHARS = 20;

    /** How much of a number an error shows. */
    private static final int MAX_SHOWN_CHARS = 24;

    /** What an object has for a field: where its values are, in their order. */
    private static final class Values {
        private long[] slices = new long[1];
        private int count;

        void add(int start, int end) {
            if (count == slices.length) {
                slices = Arrays.copyOf(slices, count * 2);
            }
            slices[count++] = (long) start << Integer.SIZE | end;
        }

        int start(int i) {
            return (int) (slices[i] >>> Integer.SIZE);
        }

        int end(int i) {
            return (int) slices[i];
        }
    }

    private final byte[] text;
    private final JsonScanner scanner;

    /** Where it is, for errors; empty or with a dot at its end. */
    private final String path;

    private final Map<String, Values> fields = new LinkedHashMap<>();

    private JsonObject(byte[] text, JsonScanner scanner, String path, List<String> names) {
        this.text = text;
        this.scanner = scanner;
        this.path = path;
        names.forEach(name -> fields.put(name, new Values()));
    }

    /**
     * Reads a text that is an object or {@code null}, which is an object without fields.
     *
     * @param text in UTF-8; it must not change any more
     * @param fields the names that will be asked for
     * @throws JsonException when it is anything else
     */
    public static JsonObject read(byte[] text, String... fields) throws JsonException {
        JsonScanner scanner = new JsonScanner(text);
        scanner.check();
        return at(scanner.skipBlanks(0), text, scanner, "", List.of(fields));
    }

    /**
     * Reads a text that is a list of texts, in which {@code null} is an empty one; nothing for a text that is {@code null}.
     *
     * @param text in UTF-8; it must not change any more
     * @throws JsonException when it is anything else
     */
    public static Optional<List<String>> readTexts(byte[] text) throws JsonException {
        JsonScanner scanner = new JsonScanner(text);
        scanner.check();
        int start = scanner.skipBlanks(0);
        JsonObject whole = new JsonObject(text, scanner, "", List.of());
        return text[start] == 'n'
                ? Optional.empty()
                : Optional.of(whole.elements("", start, (from, end) -> whole.text("", from, end, "")));
    }

    private static JsonObject at(int start, byte[] text, JsonScanner scanner, String path, List<String> names)
            throws JsonException {
        JsonObject object = new JsonObject(text, scanner, path, names);
        if (text[start] == '{') {
            object.index(start + 1);
        } else if (text[start] != 'n') {
            throw wrong(path.isEmpty() ? "" : path.substring(0, path.length() - 1), kind(text[start]), "an object");
        }
        return object;
    }

    private void index(int from) throws JsonException {
        int at = scanner.skipBlanks(from);
        while (text[at] != '}') {
            int nameEnd = scanner.skipString(at);
            int start = scanner.skipBlanks(scanner.skipName(at));
            int end = scanner.skipValue(start);
            Values values = named(at, nameEnd);
            if (values != null) {
                values.add(start, end);
            }
            at = nextAfter(end);
        }
    }

    private Values named(int nameStart, int nameEnd) {
        String name = JsonText.read(text, nameStart, nameEnd);
        for (Map.Entry<String, Values> field : fields.entrySet()) {
            if (JsonText.isSame(name, field.getKey())) {
                return field.getValue();
            }
        }
        return null;
    }

    /** Goes on behind a comma, or to what ends the object or array. */
    private int nextAfter(int end) {
        int at = scanner.skipBlanks(end);
        return text[at] == ',' ? scanner.skipBlanks(at + 1) : at;
    }

    private Values values(String name) {
        Values values = fields.get(name);
        if (values == null) {
            throw new IllegalArgumentException(name + " is no field that was asked for");
        }
        return values;
    }

    private interface Reader<T> {
        T read(int start, int end, T before) throws JsonException;
    }

    /** Reads all values of a field, so that none is of the wrong type; the last one counts. */
    private <T> T last(String name, T none, Reader<T> reader) throws JsonException {
        Values values = values(name);
        T last = none;
        for (int i = 0; i < values.count; i++) {
            last = reader.read(values.start(i), values.end(i), last);
        }
        return last;
    }

    /**
     * The text that a field has; empty for none.
     *
     * @throws JsonException when it is of another type
     */
    public String text(String name) throws JsonException {
        return last(name, "", (start, end, before) -> text(path + name, start, end, before));
    }

    private String text(String where, int start, int end, String before) throws JsonException {
        return switch (text[start]) {
            case '"' -> JsonText.read(text, start, end);
            case 'n' -> before;
            default -> throw wrong(where, kind(text[start]), "a text");
        };
    }

    /**
     * Whether a field is {@code true}; false for none.
     *
     * @throws JsonException when it is of another type
     */
    public boolean flag(String name) throws JsonException {
        return last(name, false, (start, end, before) -> switch (text[start]) {
            case 't' -> true;
            case 'f' -> false;
            case 'n' -> before;
            default -> throw wrong(path + name, kind(text[start]), "true or false");
        });
    }

    /**
     * The integer that a field has; 0 for none.
     *
     * @throws JsonException when it is of another type, has a fraction or an exponent, or does not fit in 64 bits
     */
    public long integer(String name) throws JsonException {
        return integer(name, Long.MIN_VALUE, Long.MAX_VALUE);
    }

    /**
     * As {@link #integer(String)}, within bounds, both included.
     *
     * @throws JsonException also when it is out of the bounds
     */
    public long integer(String name, long least, long most) throws JsonException {
        return last(name, 0L, (start, end, before) -> {
            if (text[start] == 'n') {
                return before;
            }
            if (!kind(text[start]).equals(NUMBER)) {
                throw wrong(path + name, kind(text[start]), "an integer");
            }
            OptionalLong value = integer(start, end);
            if (value.isEmpty() || value.getAsLong() < least || value.getAsLong() > most) {
                throw wrong(path + name, shown(start, end), "an integer of its range");
            }
            return value.getAsLong();
        });
    }

    private OptionalLong integer(int start, int end) {
        // A number may be as long as the text.
        if (end - start > MAX_INTEGER_CHARS) {
            return OptionalLong.empty();
        }
        try {
            return OptionalLong.of(Long.parseLong(shown(start, end)));
        } catch (NumberFormatException e) {
            return OptionalLong.empty();
        }
    }

    private String shown(int start, int end) {
        boolean whole = end - start <= MAX_SHOWN_CHARS;
        String shown = new String(text, start, Math.min(end - start, MAX_SHOWN_CHARS), StandardCharsets.US_ASCII);
        return whole ? shown : shown + "...";
    }

    /**
     * The texts in the list that a field has; empty for none. In a list {@code null} is an empty text.
     *
     * @throws JsonException when it is no list, or something else than a text is in it
     */
    public List<String> texts(String name) throws JsonException {
        return list(name, (start, end) -> text(path + name, start, end, ""));
    }

    /**
     * The objects in the list that a field has; empty for none. In a list {@code null} is an object without fields.
     *
     * @param names the names that each will be asked for
     * @throws JsonException when it is no list, or something else than an object is in it
     */
    public List<JsonObject> objects(String name, String... names) throws JsonException {
        List<String> asked = List.of(names);
        return list(name, (start, end) -> at(start, text, scanner, path + name + ".", asked));
    }

    private interface ElementReader<T> {
        T read(int start, int end) throws JsonException;
    }

    private <T> List<T> list(String name, ElementReader<T> reader) throws JsonException {
        return last(name, List.of(), (start, end, before) -> {
            return text[start] == 'n' ? List.of() : elements(path + name, start, reader);
        });
    }

    private <T> List<T> elements(String where, int start, ElementReader<T> reader) throws JsonException {
        if (text[start] != '[') {
            throw wrong(where, kind(text[start]), "a list");
        }
        List<T> elements = new ArrayList<>();
        int at = scanner.skipBlanks(start + 1);
        while (text[at] != ']') {
            int elementEnd = scanner.skipValue(at);
            elements.add(reader.read(at, elementEnd));
            at = nextAfter(elementEnd);
        }
        return Collections.unmodifiableList(elements);
    }

    /** What a value is, told by its first byte. */
    private static String kind(byte first) {
        return switch (first) {
            case '{' -> "an object";
            case '[' -> "a list";
            case '"' -> "a text";
            case 't', 'f' -> "true or false";
            default -> NUMBER;
        };
    }

    private static JsonException wrong(String where, String found, String wanted) {
        return new JsonException((where.isEmpty() ? "it" : where) + " is " + found + " and not " + wanted);
    }
}
