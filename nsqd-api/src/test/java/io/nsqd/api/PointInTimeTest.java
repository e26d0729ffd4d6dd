package io.nsqd.api;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Instant;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class PointInTimeTest {
    private static final Instant NOW = Instant.parse("2026-11-30T08:00:00Z");

    @ParameterizedTest
    @CsvSource({
        "2026-11-30T07:30:00Z, 2026-11-30T07:30:00Z",
        "2026-11-30T07:30:00.25+01:00, 2026-11-30T06:30:00.25Z",
        "2026-11-30T07:30:00 01:00, 2026-11-30T06:30:00Z",
        "90m, 2026-11-30T06:30:00Z",
        "1h30m0.5s, 2026-11-30T06:29:59.5Z",
        "0s, 2026-11-30T08:00:00Z"
    })
    void timesAndDurations(String text, String expected) {
        assertEquals(Instant.parse(expected), PointInTime.parse(text, NOW));
    }

    @Test
    void theBeginning() {
        assertEquals(Instant.MIN, PointInTime.parse("beginning", NOW));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "yesterday",
                "-1h",
                "2026-11-30",
                "2026-11-30T08:00:00",
                "2026-13-30T08:00:00Z",
                "5",
                "\u0007"
            })
    void anythingElseIsRefusedWithASentence(String text) {
        IllegalArgumentException refusal =
                assertThrows(IllegalArgumentException.class, () -> PointInTime.parse(text, NOW));
        assertTrue(refusal.getMessage().contains("neither a time such as"), refusal::getMessage);
        assertTrue(refusal.getMessage().indexOf('\u0007') < 0);
    }
}
