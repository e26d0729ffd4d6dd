package io.nsqd.lookup;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

class BackoffTest {
    /** Never shortens a pause. */
    private static final RandomGenerator STEADY = () -> 0;

    private static long millis(Backoff backoff) {
        return TimeUnit.NANOSECONDS.toMillis(backoff.next());
    }

    @Test
    @Tag("X-19")
    void pausesDoubleUpToTheLongest() {
        Backoff backoff = new Backoff(Timing.STANDARD, STEADY);
        for (long pause = 100; pause <= 12_800; pause *= 2) {
            assertFalse(backoff.isLongest());
            assertEquals(pause, millis(backoff));
        }
        assertTrue(backoff.isLongest());
        assertEquals(15_000, millis(backoff));
        assertEquals(15_000, millis(backoff));
        backoff.reset();
        assertEquals(100, millis(backoff));
    }

    @Test
    @Tag("X-19")
    void pausesVaryByAQuarterAtMost() {
        Backoff backoff = new Backoff(Timing.STANDARD, new SplittableRandom(1));
        for (int i = 0; i < 1000; i++) {
            backoff.reset();
            long pause = millis(backoff);
            assertTrue(pause >= 75 && pause <= 100, () -> "pause of " + pause + " ms");
        }
    }
}
