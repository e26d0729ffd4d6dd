package io.nsqd.api;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Durations as flags give them and pages show them (O-7, T-39). */
final class GoDurationTest {
    @ParameterizedTest
    @CsvSource({
        "0, 0",
        "1h2m3.5s, 3723500000000",
        "100us, 100000",
        "100\u00b5s, 100000",
        "-5s, -5000000000",
        "1.5h, 5400000000000",
        ".5s, 500000000",
        "250ms, 250000000",
        "7ns, 7"
    })
    @Tag("O-7")
    void aDurationIsASequenceOfNumbersWithUnits(String text, long nanos) {
        assertEquals(nanos, GoDuration.parse(text));
    }

    @Test
    @Tag("O-7")
    void whatHasNoUnitOrIsTooLongIsAnError() {
        for (String text : List.of("", "5", "s", "1x", "1.2.3s", "-", "1s2", "9999999h", "1 s")) {
            NsqdException e = assertThrows(NsqdException.class, () -> GoDuration.parse(text), text);
            assertEquals(Reason.BAD_OPTION, e.reason());
        }
    }

    @ParameterizedTest
    @CsvSource({
        "0, 0s",
        "1, 1ns",
        "1500, 1.5\u00b5s",
        "829895680, 829.89568ms",
        "2292034431, 2.292034431s",
        "60000000000, 1m0s",
        "65000000000, 1m5s",
        "7200000000000, 2h0m0s",
        "3723500000000, 1h2m3.5s",
        "-250000000, -250ms"
    })
    @Tag("T-39")
    void aDurationIsShownLargestUnitFirst(long nanos, String text) {
        assertEquals(text, GoDuration.toString(nanos));
    }
}
