package io.nsqd.net;

import io.nsqd.stats.HandOverStats;
import java.util.concurrent.atomic.LongAdder;

/** What became of the connections of an address; see {@link HandOverStats}. Any thread. */
final class HandOverCounts {
    final LongAdder parked = new LongAdder();
    final LongAdder adopted = new LongAdder();
    final LongAdder closed = new LongAdder();

    HandOverStats stats() {
        return new HandOverStats(parked.sum(), adopted.sum(), closed.sum());
    }
}
