package io.nsqd.core;

/**
 * A token bucket: so many messages a second, and what a tenth of a second brings, and one message more, at once. That makes up for threads that
 * come late on a busy machine. It knows the time up to which what was let through has used everything up. Guarded by the lock of whoever
 * uses it.
 */
final class RateLimit {
    private static final double SECOND_NANOS = 1e9;
    private static final double BURST_NANOS = 100e6;

    /** What rounding may cost: a token that is this nearly there is there. */
    private static final double TOLERANCE = 1e-6;

    private final double interval;
    private final double burst;
    private final long origin;

    /** Nanoseconds after the origin. */
    private double usedUntil;

    /**
     * @param rate messages a second, greater than 0
     * @param now by {@link Clock#nanoTime}
     */
    RateLimit(long rate, long now) {
        interval = SECOND_NANOS / rate;
        burst = interval + BURST_NANOS;
        origin = now;
    }

    /** How many messages may go now. */
    int allowed(long now) {
        double time = now - origin;
        double tokens = (burst - Math.max(0, usedUntil - time)) / interval + TOLERANCE;
        return (int) Math.min(Integer.MAX_VALUE, Math.max(0, tokens));
    }

    /**
     * Lets messages through, allowed or not.
     *
     * @return nanoseconds until they would have been allowed; 0 where they are
     */
    long take(int messages, long now) {
        double time = now - origin;
        usedUntil = Math.max(usedUntil, time) + messages * interval;
        return (long) Math.max(0, usedUntil - time - burst);
    }

    /** Nanoseconds until something is allowed again. */
    long untilNext(long now) {
        double time = now - origin;
        return (long) Math.max(0, Math.ceil(usedUntil - time - burst + interval));
    }
}
