package io.nsqd.core;

import java.time.Instant;

/** Time, injected so that tests can step it. */
interface Clock {
    /** Nanoseconds since the epoch; may step. For timestamps and ids. */
    long epochNanos();

    /** Nanoseconds from an arbitrary origin; never steps. For deadlines. */
    long nanoTime();

    /** The system's clocks. */
    static Clock system() {
        return new Clock() {
            @Override
            public long epochNanos() {
                Instant now = Instant.now();
                return now.getEpochSecond() * 1_000_000_000L + now.getNano();
            }

            @Override
            public long nanoTime() {
                return System.nanoTime();
            }
        };
    }
}
