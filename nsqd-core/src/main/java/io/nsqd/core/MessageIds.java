package io.nsqd.core;

/**
 * Makes the ids of one topic: time, node, sequence (B-40). Guarded by the topic's lock.
 *
 * <p>Out of sequence numbers, or when the clock stands behind, it borrows the next tick instead of waiting for it:
 * ids stay unique and increasing, also over a step of the clock.
 */
final class MessageIds {
    private static final int SEQUENCE_BITS = 12;
    private static final int NODE_BITS = 10;
    private static final long MAX_SEQUENCE = (1L << SEQUENCE_BITS) - 1;

    /** A tick is 2^20 nanoseconds. */
    private static final int TICK_BITS = 20;

    /** The origin of time in ids, in ticks. */
    private static final long ORIGIN = 1_288_834_974_288L;

    private final long node;
    private long tick;
    private long sequence;

    MessageIds(int node) {
        this.node = (long) node << SEQUENCE_BITS;
    }

    /**
     * Has all ids from now on be above one that an earlier run gave out: the clock may have stepped back since.
     *
     * @param id a positive id, or 0 for none
     */
    void above(long id) {
        long taken = (id >>> NODE_BITS + SEQUENCE_BITS) + ORIGIN;
        if (id > 0 && taken >= tick) {
            tick = taken;
            // The next one is of the next tick.
            sequence = MAX_SEQUENCE;
        }
    }

    /** A number that no id of this tick or an earlier one is above, and every later one is. */
    long bound() {
        return ((tick - ORIGIN + 1) << (NODE_BITS + SEQUENCE_BITS)) - 1;
    }

    /** To be called before a batch of {@link #next}: takes note of the time. */
    void at(long epochNanos) {
        long now = epochNanos >> TICK_BITS;
        if (now > tick) {
            tick = now;
            // The first next() of a tick gives sequence 0.
            sequence = -1;
        }
    }

    /** The next id. */
    long next() {
        if (sequence == MAX_SEQUENCE) {
            tick++;
            sequence = -1;
        }
        sequence++;
        return (tick - ORIGIN) << (NODE_BITS + SEQUENCE_BITS) | node | sequence;
    }
}
