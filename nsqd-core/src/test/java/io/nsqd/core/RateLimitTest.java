package io.nsqd.core;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A token bucket, by a clock that the test has. */
final class RateLimitTest {
    private static final long SECOND = 1_000_000_000;

    @ParameterizedTest
    @ValueSource(longs = {1, 3, 100, 10_000, 200_000, 30_000_000, 1_000_000_000})
    void whoComesWheneverSomethingIsAllowedGetsTheRate(long rate) {
        long origin = Long.MAX_VALUE - SECOND;
        RateLimit limit = new RateLimit(rate, origin);
        SplittableRandom random = new SplittableRandom(rate);
        long now = origin;
        long taken = 0;
        long seconds = rate < 10 ? 100 : 10;
        while (now - origin < seconds * SECOND) {
            int allowed = limit.allowed(now);
            if (allowed > 0) {
                assertEquals(0, limit.take(allowed, now));
                taken += allowed;
            }
            assertEquals(0, limit.allowed(now));
            // Always a little late.
            now += limit.untilNext(now) + random.nextInt(20_000_000);
            assertTrue(limit.allowed(now) > 0);
        }
        double most = rate * seconds + 1 + rate / 10.0;
        assertTrue(taken <= most + 1, taken + " of " + most);
        assertTrue(taken >= rate * seconds * 0.97 - 1, taken + " of " + rate * seconds);
    }

    @ParameterizedTest
    @ValueSource(longs = {100, 10_000, 200_000})
    void whoIsAheadWaitsExactlyAsLongAsItTakes(long rate) {
        RateLimit limit = new RateLimit(rate, 0);
        long wait = 0;
        for (int i = 0; i < 2 * rate; i++) {
            wait = limit.take(1, 0);
        }
        assertEquals(2.0 - 0.1 - 1.0 / rate, (double) wait / SECOND, 1e-6);
    }

    @Test
    void whatWasNotUsedIsNotSavedUp() {
        RateLimit limit = new RateLimit(100, 0);
        assertEquals(11, limit.allowed(0));
        assertEquals(11, limit.allowed(3600 * SECOND));
    }
}
