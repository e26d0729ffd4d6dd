package io.nsqd.lookup;

import java.util.random.RandomGenerator;

/**
 * The pauses between attempts to connect: each twice the one before, up to a limit, and each up to a quarter shorter at
 * random, so that daemons which lost the same nsqlookupd do not all come back in the same instant. One thread.
 */
final class Backoff {
    private final long firstNanos;
    private final long lastNanos;
    private final RandomGenerator random;
    private long nextNanos;

    Backoff(Timing timing, RandomGenerator random) {
        firstNanos = timing.firstRetry().toNanos();
        lastNanos = timing.lastRetry().toNanos();
        this.random = random;
        reset();
    }

    /** After a success: the next pause is the shortest again. */
    void reset() {
        nextNanos = firstNanos;
    }

    /** Whether the next pause is the longest. */
    boolean isLongest() {
        return nextNanos == lastNanos;
    }

    /** The pause to make now, in nanoseconds. */
    long next() {
        long pause = nextNanos;
        nextNanos = Math.min(2 * pause, lastNanos);
        return pause - (long) (random.nextDouble() * pause / 4);
    }
}
