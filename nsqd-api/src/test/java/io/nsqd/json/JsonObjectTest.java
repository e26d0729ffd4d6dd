package io.nsqd.json;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** What we make of JSON, beside what Go makes of it. */
final class JsonObjectTest {
    private static final int DEPTH = 10_000;

    /** Texts and Go's verdicts on them, by {@code distribution/src/test/go/json}. */
    static Stream<String> cases() throws IOException {
        try (InputStream in = JsonObjectTest.class.getResourceAsStream("go-json.txt")) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8).lines();
        }
    }

    @ParameterizedTest
    @MethodSource("cases")
    @Tag("B-30")
    @Tag("P-31")
    void theVerdictIsGos(String line) {
        String[] parts = line.split("\t", -1);
        assertEquals(parts[1], verdict(unescaped(parts[0])));
    }

    private static String verdict(byte[] text) {
        try {
            JsonObject object = JsonObject.read(text, "text", "flag", "number", "small_k", "texts", "objects");
            StringBuilder verdict = new StringBuilder("ok ")
                    .append(quoted(object.text("text")))
                    .append(' ')
                    .append(object.flag("flag"))
                    .append(' ')
                    .append(object.integer("number"))
                    .append(' ')
                    .append(object.integer("small_k", Integer.MIN_VALUE, Integer.MAX_VALUE))
                    .append(' ')
                    .append(quoted(object.texts("texts")));
            for (JsonObject entry : object.objects("objects", "text", "texts")) {
                verdict.append(" {")
                        .append(quoted(entry.text("text")))
                        .append(' ')
                        .append(quoted(entry.texts("texts")))
                        .append('}');
            }
            return verdict.toString();
        } catch (JsonException e) {
            return e.getMessage().contains(" and not ") ? "type" : "syntax " + e.getMessage();
        }
    }

    /** The bytes of a text with Go's escapes. */
    private static byte[] unescaped(String text) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c == '\\' && text.charAt(i + 1) == 'x') {
                bytes.write(Integer.parseInt(text.substring(i + 2, i + 4), 16));
                i += 3;
            } else if (c == '\\') {
                i++;
                bytes.write(text.charAt(i));
            } else {
                bytes.write(c);
            }
        }
        return bytes.toByteArray();
    }

    private static String quoted(List<String> texts) {
        return "[" + String.join(" ", texts.stream().map(JsonObjectTest::quoted).toList()) + "]";
    }

    /** As Go's {@code strconv.QuoteToASCII}. */
    private static String quoted(String text) {
        StringBuilder quoted = new StringBuilder("\"");
        text.codePoints().forEach(c -> quoted.append(escaped(c)));
        return quoted.append('"').toString();
    }

    private static String escaped(int c) {
        return switch (c) {
            case '"' -> "\\\"";
            case '\\' -> "\\\\";
            case '\b' -> "\\b";
            case '\f' -> "\\f";
            case '\n' -> "\\n";
            case '\r' -> "\\r";
            case '\t' -> "\\t";
            default -> {
                String format = c < ' ' || c == 0x7f ? "\\x%02x" : c > 0xffff ? "\\U%08x" : "\\u%04x";
                yield c >= ' ' && c < 0x7f ? Character.toString(c) : String.format(Locale.ROOT, format, c);
            }
        };
    }

    private static JsonObject read(String text) throws JsonException {
        return JsonObject.read(text.getBytes(StandardCharsets.UTF_8), "text", "number", "objects");
    }

    /** Not on the stack: a thread has little of that. */
    @Test
    @Tag("P-31")
    void itIsAsDeepAsGoAndNoDeeper() throws JsonException {
        for (List<String> brackets : List.of(List.of("[", "]"), List.of("{\"a\":", "}"))) {
            String inner = brackets.get(0).equals("[") ? "" : "1";
            String deepest = "{\"o\":" + brackets.get(0).repeat(DEPTH - 1) + inner
                    + brackets.get(1).repeat(DEPTH - 1) + ",\"text\":\"a\"}";
            assertEquals("a", read(deepest).text("text"));
            String deeper = "{\"o\":" + brackets.get(0).repeat(DEPTH);
            assertEquals(
                    "exceeded max depth",
                    assertThrows(JsonException.class, () -> read(deeper)).getMessage());
        }
    }

    /** A number that is asked for is not computed when it is far out of range, and one that is not is not looked at. */
    @Test
    @Tag("P-31")
    void numbersMayBeLong() throws JsonException {
        String digits = "7".repeat(3_000_000);
        assertEquals(
                0, read("{\"o\":" + digits + "." + digits + "e" + digits + "}").integer("number"));
        JsonObject object = read("{\"number\":" + digits + "}");
        assertEquals(
                "number is 777777777777777777777777... and not an integer of its range",
                assertThrows(JsonException.class, () -> object.integer("number"))
                        .getMessage());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "[] | it is a list and not an object",
                "{\"text\":5} | text is a number and not a text",
                "{\"text\":{}} | text is an object and not a text",
                "{\"number\":\"5\"} | number is a text and not an integer",
                "{\"number\":1.5} | number is 1.5 and not an integer of its range",
                "{\"objects\":\"x\"} | objects is a text and not a list",
                "{\"objects\":[true]} | objects is true or false and not an object",
                "{\"objects\":[{\"text\":[]}]} | objects.text is a list and not a text"
            })
    @Tag("O-27")
    void whatIsOfTheWrongTypeIsNamed(String text, String message) {
        JsonException e = assertThrows(JsonException.class, () -> {
            JsonObject object = read(text);
            object.text("text");
            object.integer("number");
            for (JsonObject entry : object.objects("objects", "text")) {
                entry.text("text");
            }
        });
        assertEquals(message, e.getMessage());
    }

    @Test
    void onlyWhatWasAskedForCanBeHad() throws JsonException {
        JsonObject object = read("{\"other\":1}");
        assertThrows(IllegalArgumentException.class, () -> object.integer("other"));
    }
}
