package io.nsqd.launcher;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.nsqd.api.LogLevel;
import io.nsqd.api.Printable;
import java.io.IOException;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneId;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class LogFormatTest {
    private static final Clock CLOCK =
            Clock.fixed(Instant.parse("2024-03-09T23:05:07.000042999Z"), ZoneId.of("Asia/Kolkata"));

    @Test
    @Tag("O-50")
    void aLineHasPrefixLocalTimeWithMicrosecondsLevelAndText() {
        LogFormat format = new LogFormat("[nsqd] ", CLOCK);
        assertEquals(
                "[nsqd] 2024/03/10 04:35:07.000042 INFO: TOPIC(t): created",
                format.line(LogLevel.INFO, "TOPIC(t): created"));
    }

    @Test
    @Tag("O-50")
    void thePrefixIsTakenAsItIs() {
        assertEquals("2024/03/10 04:35:07.000042 INFO: x", new LogFormat("", CLOCK).line(LogLevel.INFO, "x"));
        assertEquals("n2024/03/10 04:35:07.000042 INFO: x", new LogFormat("n", CLOCK).line(LogLevel.INFO, "x"));
    }

    @ParameterizedTest
    @Tag("O-51")
    @CsvSource({"DEBUG, DEBUG", "INFO, INFO", "WARN, WARNING", "ERROR, ERROR", "FATAL, FATAL"})
    void theLevelsHaveGosWords(LogLevel level, String word) {
        assertEquals("2024/03/10 04:35:07.000042 " + word + ": x", new LogFormat("", CLOCK).line(level, "x"));
    }

    @Test
    @Tag("O-50")
    void aTextWithLineBreaksStaysOneLine() {
        assertTrue(new LogFormat("", CLOCK).line(LogLevel.INFO, "a\nb\r\nc").endsWith(" INFO: a\\nb\\r\\nc"));
    }

    /** What would paint, move or turn around what an operator sees. */
    private static final String HOSTILE = "a\u001b[2J\u009bH\u0007\u0085\u2028\u202eb\u007f\tü";

    @Test
    void whatAClientSentControlsNoTerminal() {
        assertTrue(new LogFormat("", CLOCK)
                .line(LogLevel.INFO, HOSTILE)
                .endsWith(" INFO: a\\x1b[2J\\x9bH\\x07\\x85\\u2028\\u202eb\\x7f\tü"));
        String traced = new LogFormat("", CLOCK).line(LogLevel.ERROR, "x", new IOException(HOSTILE));
        assertTrue(traced.contains("java.io.IOException: a\\x1b[2J\\x9bH"), traced);
        assertTrue(traced.chars().allMatch(c -> c == '\n' || Printable.isSafe((char) c)), traced);
    }

    @Test
    void aLineOfJsonSaysExactlyWhatWasSentAndControlsNoTerminal() throws IOException {
        String line = new JsonLogFormat(CLOCK).line(LogLevel.INFO, HOSTILE, new IOException(HOSTILE));
        assertTrue(line.stripTrailing().chars().allMatch(c -> Printable.isSafe((char) c)), line);
        JsonNode json = new ObjectMapper().readTree(line);
        assertEquals(HOSTILE, json.get("message").asText());
        assertTrue(json.get("stackTrace").asText().startsWith("java.io.IOException: a\\x1b[2J"), line);
    }

    @Test
    @Tag("O-29")
    void aFatalLineHasTheDefaultPrefix() {
        String line = LogFormat.fatalLine("x");
        assertTrue(line.matches("\\[nsqd] \\d{4}/\\d\\d/\\d\\d \\d\\d:\\d\\d:\\d\\d\\.\\d{6} FATAL: x"), line);
    }
}
