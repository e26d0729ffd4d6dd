package io.nsqd.launcher;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.nsqd.api.LogLevel;
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

    @Test
    @Tag("O-29")
    void aFatalLineHasTheDefaultPrefix() {
        String line = LogFormat.fatalLine("x");
        assertTrue(line.matches("\\[nsqd] \\d{4}/\\d\\d/\\d\\d \\d\\d:\\d\\d:\\d\\d\\.\\d{6} FATAL: x"), line);
    }
}
