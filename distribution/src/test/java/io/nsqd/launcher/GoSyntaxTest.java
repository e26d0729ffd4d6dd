package io.nsqd.launcher;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.OptionalDouble;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@Tag("O-20")
class GoSyntaxTest {
    @Test
    void whatCannotBePrintedIsEscapedInQuotes() {
        assertEquals("\"a \\\"b\\\" \\\\\"", GoSyntax.quote("a \"b\" \\"));
        assertEquals(
                "\"\\a\\b\\f\\n\\r\\t\\v\\x00\\x1b\\x7f\"", GoSyntax.quote("\u0007\b\f\n\r\t\u000b\0\u001b\u007f"));
        assertEquals("\"\u00e9\u20ac\\u00a0\\u200b\"", GoSyntax.quote("\u00e9\u20ac\u00a0\u200b"));
        assertEquals("\"\\U000e0001\"", GoSyntax.quote(Character.toString(0xe0001)));
    }

    @ParameterizedTest
    @CsvSource({"1, 1", "1., 1", ".5, 0.5", "+0.99, 0.99", "-1e-3, -0.001", "0x1p-1, 0.5", "inf, Infinity"})
    void floatsAreRead(String text, double value) {
        assertEquals(OptionalDouble.of(value), GoSyntax.parseFloat(text));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "abc", "1d", "1f", " 1", "1 ", "1e", ".", "1e999", "0x1"})
    void whatOnlyJavaTakesForAFloatIsNone(String text) {
        assertEquals(OptionalDouble.empty(), GoSyntax.parseFloat(text));
    }
}
