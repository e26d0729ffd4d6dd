package io.nsqd.statsd;

import io.nsqd.stats.ChannelStats;
import io.nsqd.stats.LatencyStats;
import io.nsqd.stats.MemoryStats;
import io.nsqd.stats.NsqdStats;
import io.nsqd.stats.PolicyStats;
import io.nsqd.stats.TopicStats;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/** Snapshots for tests. */
final class Figures {
    /** The memory figures of the golden dump's first round. */
    static final MemoryStats MEMORY = new MemoryStats(3930, 1687552, 1982464, 1654784, 0, 0, 0, 4194304, 0);

    private Figures() {}

    static NsqdStats of(List<TopicStats> topics) {
        return new NsqdStats("1.3.0", "OK", Instant.EPOCH, topics, Optional.empty(), List.of());
    }

    static NsqdStats of(List<TopicStats> topics, MemoryStats memory) {
        return new NsqdStats("1.3.0", "OK", Instant.EPOCH, topics, Optional.of(memory), List.of());
    }

    static TopicStats topic(String name, long messages, long bytes, LatencyStats latency, ChannelStats... channels) {
        return new TopicStats(name, List.of(channels), 0, 0, messages, bytes, false, latency);
    }

    static TopicStats topic(String name, long messages, long bytes, ChannelStats... channels) {
        return topic(name, messages, bytes, LatencyStats.NONE, channels);
    }

    /** A channel with counters only. */
    static ChannelStats channel(String name, long messages, long requeues, long timeouts) {
        return new ChannelStats(name, 0, 0, 0, 0, messages, requeues, timeouts, 0, List.of(), false, LatencyStats.NONE);
    }

    /** One that a policy is in force for. */
    static ChannelStats ruledChannel(String name, long messages, long dead) {
        return new ChannelStats(
                name,
                0,
                0,
                0,
                0,
                messages,
                0,
                0,
                0,
                List.of(),
                false,
                LatencyStats.NONE,
                Optional.of(new PolicyStats(0, dead, 0, 0, 0, 0, 0)),
                Optional.empty());
    }

    static ChannelStats idleChannel(String name, long messages, long depth, LatencyStats latency) {
        return new ChannelStats(name, depth, 0, 0, 0, messages, 0, 0, 0, List.of(), false, latency);
    }

    /** The latencies 1.0, 0.995 and 0.99, all alike. */
    static LatencyStats latency(double nanos) {
        return new LatencyStats(
                1,
                List.of(
                        new LatencyStats.Percentile(1.0, nanos),
                        new LatencyStats.Percentile(0.995, nanos),
                        new LatencyStats.Percentile(0.99, nanos)));
    }

    /** The situation in which the golden dump was taken, as of its first round. */
    static NsqdStats golden() {
        LatencyStats none = latency(0);
        LatencyStats busy = latency(1509441.7);
        ChannelStats billing = new ChannelStats("billing", 1, 0, 2, 1, 5, 1, 0, 1, List.of(), false, busy);
        return of(
                List.of(
                        topic("a.b-c_d", 0, 0),
                        topic("live#ephemeral", 0, 0, none, idleChannel("c", 0, 0, none)),
                        topic("orders", 5, 25, busy, billing, idleChannel("tmp#ephemeral", 5, 5, none))),
                MEMORY);
    }
}
