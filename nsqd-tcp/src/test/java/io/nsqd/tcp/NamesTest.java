package io.nsqd.tcp;

import java.io.IOException;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Names of topics and channels, and how bad ones are quoted. */
class NamesTest extends DaemonCase {
    private static final String EPHEMERAL = "#ephemeral";

    static Stream<String> goodNames() {
        return Stream.of(
                "a",
                "A",
                "0",
                ".",
                "..-_9",
                "-",
                "_",
                "x".repeat(64),
                "a" + EPHEMERAL,
                "x".repeat(54) + EPHEMERAL,
                "AZaz09._-");
    }

    static Stream<String> badNames() {
        return Stream.of(
                "x".repeat(65),
                "x".repeat(55) + EPHEMERAL,
                EPHEMERAL,
                "a#ephemera",
                "a#ephemeral#ephemeral",
                "a#ephemeralx",
                "a#Ephemeral",
                "a#",
                "#",
                "a/b",
                "a:b",
                "a*",
                "a,b",
                "a@b",
                "[a]",
                "a`");
    }

    @ParameterizedTest
    @Tag("P-19")
    @MethodSource("goodNames")
    void aGoodNameServesForTopicAndChannel(String name) throws IOException {
        open().line("SUB " + name + " " + name).answersOk();
        open().line("PUB " + name, "x").answersOk();
    }

    @ParameterizedTest
    @Tag("P-19")
    @MethodSource("badNames")
    void aBadNameIsRefused(String name) throws IOException {
        String tail = " name \"" + name + "\" is not valid";
        open().line("SUB " + name + " c").refuses("E_BAD_TOPIC SUB topic" + tail);
        open().line("SUB " + topic + " " + name).refuses("E_BAD_CHANNEL SUB channel" + tail);
        open().line("PUB " + name, "x").refuses("E_BAD_TOPIC PUB topic" + tail);
        open().line("DPUB " + name + " 0", "x").refuses("E_BAD_TOPIC DPUB topic" + tail);
        open().line("MPUB " + name, V2Client.batch("x")).refuses("E_BAD_TOPIC E_BAD_TOPIC MPUB topic" + tail);
    }

    static Stream<Arguments> quotations() {
        return Stream.of(
                Arguments.of("t\u00ff\u0001\u00c3\u00a9\"\\\u00e2\u0080\u00a8", "t\\xff\\x01é\\\"\\\\\\u2028"),
                Arguments.of("\u0007\b\f\r\t\u000b", "\\a\\b\\f\\r\\t\\v"),
                Arguments.of("\0\u001b\u001f\u007f", "\\x00\\x1b\\x1f\\x7f"),
                // A control character and a soft hyphen of Latin-1, a no-break space.
                Arguments.of("\u00c2\u0085\u00c2\u00ad\u00c2\u00a0", "\\u0085\\u00ad\\u00a0"),
                Arguments.of("\u00e4\u00b8\u00ad", "中"),
                Arguments.of("\u00f0\u009f\u0098\u0080", "😀"),
                // Not assigned, for private use, a byte order mark.
                Arguments.of("\u00f3\u00a0\u0080\u0081", "\\U000e0001"),
                Arguments.of("\u00ee\u0080\u0080", "\\ue000"),
                Arguments.of("\u00ef\u00bb\u00bf", "\\ufeff"),
                // The replacement character itself is not invalid.
                Arguments.of("\u00ef\u00bf\u00bd", "\ufffd"),
                // Cut off, overlong, a surrogate, beyond the last rune.
                Arguments.of("\u00e2\u0080", "\\xe2\\x80"),
                Arguments.of("\u00c0\u00af", "\\xc0\\xaf"),
                Arguments.of("\u00ed\u00a0\u0080", "\\xed\\xa0\\x80"),
                Arguments.of("\u00f4\u0090\u0080\u0080", "\\xf4\\x90\\x80\\x80"),
                Arguments.of("\u00e2a", "\\xe2a"),
                Arguments.of("'", "'"),
                // A combining mark and a format character.
                Arguments.of("e\u00cc\u0081", "e\u0301"),
                Arguments.of("\u00e2\u0080\u008b", "\\u200b"));
    }

    @ParameterizedTest
    @Tag("P-18")
    @MethodSource("quotations")
    void aBadNameIsQuoted(String name, String quoted) throws IOException {
        open().line("PUB " + name).refuses("E_BAD_TOPIC PUB topic name \"" + quoted + "\" is not valid");
        open().line("SUB " + topic + " " + name)
                .refuses("E_BAD_CHANNEL SUB channel name \"" + quoted + "\" is not valid");
    }

    @Test
    @Tag("P-19")
    void aLongBadNameIsQuotedInFull() throws IOException {
        String name = "x".repeat(10_000);
        open().line("PUB " + name).refuses("E_BAD_TOPIC PUB topic name \"" + name + "\" is not valid");
    }
}
