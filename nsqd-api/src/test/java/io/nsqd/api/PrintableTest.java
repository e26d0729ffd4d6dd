package io.nsqd.api;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class PrintableTest {
    static Stream<Arguments> dangerous() {
        return Stream.of(
                arguments("\\x1b[31mred", "\u001b[31mred"),
                arguments("a\\x9b2J", "a\u009b2J"),
                arguments("\\x00\\x07\\x08\\x0a\\x0d\\x7f\\x80\\x9f", "\0\7\b\n\r\u007f\u0080\u009f"),
                arguments("one\\u2028two\\u2029", "one\u2028two\u2029"),
                arguments("\\u202egpj.exe\\u2069\\u200f", "\u202egpj.exe\u2069\u200f"));
    }

    @ParameterizedTest
    @MethodSource("dangerous")
    void whatControlsATerminalIsSpeltOut(String expected, String text) {
        assertEquals(expected, Printable.of(text));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "plain \\ text",
                "a\tb",
                "Grüße, Ελλάδα, 日本",
                "\ud83d\udc69\u200d\ud83d\udcbb",
                "\u00a0\u2027\u202f"
            })
    void everythingElseStaysAsItIs(String text) {
        assertSame(text, Printable.of(text));
    }
}
