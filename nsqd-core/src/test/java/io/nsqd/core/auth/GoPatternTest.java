package io.nsqd.core.auth;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@Tag("P-74")
class GoPatternTest {
    @ParameterizedTest
    @ValueSource(
            strings = {
                "(?=a)",
                "(?!a)",
                "(?<=a)",
                "(?<!a)",
                "(?>a)",
                "(a)\\1",
                "(?P<n>a)\\k<n>",
                "(?P=n)",
                "a*+",
                "a++",
                "a?+",
                "a**",
                "a{2}{3}",
                "a{2}*",
                "a{1001}",
                "(a{100}){100}",
                "a{2,1}",
                "(",
                ")",
                "a)",
                "(a",
                "[a",
                "[]",
                "*",
                "a|*",
                "(*)",
                "a\\",
                "\\Z",
                "\\G",
                "\\R",
                "\\h",
                "\\e",
                "\\cA",
                "\\u0041",
                "\\8",
                "\\1",
                "(?x)a",
                "(?u)a",
                "(?",
                "(?i",
                "(?-)",
                "(?#c)",
                "\\p{Nonsense}",
                "[[:nonsense:]]",
                "[z-a]",
                "\\x",
                "\\xg0",
                "[\\b]",
                "{2}",
                "(?P<>a)"
            })
    void whatGoRefusesIsRefused(String expression) {
        IOException refusal = assertThrows(IOException.class, () -> GoPattern.compile(expression));
        assertEquals("error parsing regexp: ", refusal.getMessage().substring(0, 22));
    }

    @ParameterizedTest
    @CsvSource(
            quoteCharacter = '`',
            value = {
                "^a$, a, true",
                "^a$, ab, false",
                "a, cat, true",
                "a{, a{, true",
                "^a{2}$, aa, true",
                "^a{2}$, a{2}, false",
                "`^a{1,2}?$`, aa, true",
                "^a{x}$, a{x}, true",
                "(?i)TOPIC, topic, true",
                "(?i:T)opic, topic, true",
                "(?i-s:T)OPIC, topic, false",
                "(?sU)t.*c, topic, true",
                "(?m)^$, ``, true",
                "(?P<name>to)pic, topic, true",
                "(?<name>to)pic, topic, true",
                "^[]a]$, ], true",
                "^[^]a]$, a, false",
                "^[a-c-]+$, b-, true",
                "^[-a]+$, -a, true",
                "^[[]$, [, true",
                "^[a&&b]$, &, true",
                "^[[:alpha:]_]+$, ab_, true",
                "^[[:^digit:]]+$, a1, false",
                "^\\pL+$, abc, true",
                "^\\p{^L}+$, abc, false",
                "^\\P{Greek}$, a, true",
                "^\\p{Latin}$, a, true",
                "^\\x61\\x{62}\\143$, abc, true",
                "^\\Qa.b\\E$, a.b, true",
                "^\\Qa.b\\E$, axb, false",
                "^a\\.b\\-c\\_$, a.b-c_, true",
                "^\\w+#ephemeral$, ab#ephemeral, true",
                "\\d, a1, true",
                "\\bpic\\b, topic, false",
                "^(a|b|)*$, abba, true",
                "(?i)k, \u212a, true"
            })
    void whatGoTakesFindsTheSame(String expression, String name, boolean found) throws IOException {
        assertEquals(found, GoPattern.compile(expression).matcher(name).find(), expression);
    }

    @Test
    void deepNestingIsRefused() throws IOException {
        GoPattern.compile("(".repeat(500) + ")".repeat(500));
        assertThrows(IOException.class, () -> GoPattern.compile("(".repeat(5000) + ")".repeat(5000)));
    }
}
