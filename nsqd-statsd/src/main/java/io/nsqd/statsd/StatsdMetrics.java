package io.nsqd.statsd;

import io.nsqd.api.Names;
import io.nsqd.stats.ChannelStats;
import io.nsqd.stats.LatencyStats;
import io.nsqd.stats.MemoryStats;
import io.nsqd.stats.NsqdStats;
import io.nsqd.stats.PolicyStats;
import io.nsqd.stats.TopicStats;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Turns snapshots into metrics in the order of D's table; keeps the last snapshot's counters, of which the next one sends
 * the difference (D-21). Owned by {@code nsqd-statsd}.
 */
final class StatsdMetrics {
    /** The counters of the last round, by topic; those of topics that are gone go with them. */
    private Map<String, TopicCounters> baseline = Map.of();

    private long gcRuns;

    private record TopicCounters(long messages, long bytes, PolicyStats policy, Map<String, ChannelCounters> channels) {
        static final TopicCounters NONE = new TopicCounters(0, 0, PolicyStats.NONE, Map.of());

        /** Whether this is the topic of the last round, not one made anew under its name: counters never fall. */
        boolean follows(TopicCounters last) {
            return messages >= last.messages && bytes >= last.bytes;
        }
    }

    private record ChannelCounters(long messages, long requeues, long timeouts, PolicyStats policy) {
        static final ChannelCounters NONE = new ChannelCounters(0, 0, 0, PolicyStats.NONE);

        boolean follows(ChannelCounters last) {
            return messages >= last.messages && requeues >= last.requeues && timeouts >= last.timeouts;
        }
    }

    /**
     * The metrics of a round.
     *
     * @param prefix before each name
     * @param excludeEphemeral whether to leave out ephemeral topics and channels (D-23)
     * @return lines as they are sent, each with its line end (D-7)
     */
    List<String> round(NsqdStats stats, String prefix, boolean excludeEphemeral) {
        Lines lines = new Lines(prefix, new ArrayList<>());
        Map<String, TopicCounters> current = new HashMap<>();
        for (TopicStats topic : stats.topics()) {
            Lines shown = excludeEphemeral && Names.isEphemeral(topic.name()) ? Lines.NOWHERE : lines;
            current.put(topic.name(), topic(topic, shown.under("topic." + topic.name() + "."), excludeEphemeral));
        }
        // Moved in any case: what was not sent is not sent later either.
        baseline = current;
        stats.memory().ifPresent(memory -> memory(memory, lines.under("mem.")));
        return lines.all();
    }

    private TopicCounters topic(TopicStats topic, Lines lines, boolean excludeEphemeral) {
        Map<String, ChannelCounters> channels = new HashMap<>();
        TopicCounters current = new TopicCounters(
                topic.messageCount(), topic.messageBytes(), topic.policy().orElse(PolicyStats.NONE), channels);
        TopicCounters known = baseline.getOrDefault(topic.name(), TopicCounters.NONE);
        TopicCounters last = current.follows(known) ? known : TopicCounters.NONE;
        lines.counter("message_count", current.messages - last.messages);
        lines.counter("message_bytes", current.bytes - last.bytes);
        lines.gauge("depth", topic.depth());
        lines.gauge("backend_depth", topic.backendDepth());
        latency(topic.latency(), lines);
        if (topic.policy().isPresent()) {
            policy(current.policy, last.policy, lines);
        }
        for (ChannelStats channel : topic.channels()) {
            Lines shown = excludeEphemeral && Names.isEphemeral(channel.name()) ? Lines.NOWHERE : lines;
            ChannelCounters before = last.channels.getOrDefault(channel.name(), ChannelCounters.NONE);
            channels.put(channel.name(), channel(channel, before, shown.under("channel." + channel.name() + ".")));
        }
        return current;
    }

    private static ChannelCounters channel(ChannelStats channel, ChannelCounters known, Lines lines) {
        ChannelCounters current = new ChannelCounters(
                channel.messageCount(),
                channel.requeueCount(),
                channel.timeoutCount(),
                channel.policy().orElse(PolicyStats.NONE));
        ChannelCounters last = current.follows(known) ? known : ChannelCounters.NONE;
        lines.counter("message_count", current.messages - last.messages);
        lines.gauge("depth", channel.depth());
        lines.gauge("backend_depth", channel.backendDepth());
        lines.gauge("in_flight_count", channel.inFlightCount());
        lines.gauge("deferred_count", channel.deferredCount());
        lines.counter("requeue_count", current.requeues - last.requeues);
        lines.counter("timeout_count", current.timeouts - last.timeouts);
        lines.gauge("clients", channel.clientCount());
        latency(channel.latency(), lines);
        if (channel.policy().isPresent()) {
            policy(current.policy, last.policy, lines);
        }
        return current;
    }

    /** Lines that the Go daemon has not; only where there is a policy. */
    private static void policy(PolicyStats current, PolicyStats last, Lines lines) {
        lines.counter("expired_count", current.expired() - last.expired());
        lines.counter("dead_count", current.dead() - last.dead());
        lines.counter("dropped_count", current.dropped() - last.dropped());
        lines.counter("throttled_count", current.throttled() - last.throttled());
        lines.counter("rejected_count", current.rejected() - last.rejected());
        lines.counter("replayed_count", current.replayed() - last.replayed());
    }

    private static void latency(LatencyStats latency, Lines lines) {
        for (LatencyStats.Percentile percentile : latency.percentiles()) {
            lines.gauge("e2e_processing_latency_" + percent(percentile.quantile()), (long) percentile.nanos());
        }
    }

    /** The percentage as part of a name: no decimals, half to even, so 0.995 is 100 (D-22). */
    static String percent(double quantile) {
        return new BigDecimal(quantile * 100)
                .setScale(0, RoundingMode.HALF_EVEN)
                .toPlainString();
    }

    private void memory(MemoryStats memory, Lines lines) {
        lines.gauge("heap_objects", memory.heapObjects());
        lines.gauge("heap_idle_bytes", memory.heapIdleBytes());
        lines.gauge("heap_in_use_bytes", memory.heapInUseBytes());
        lines.gauge("heap_released_bytes", memory.heapReleasedBytes());
        lines.gauge("gc_pause_usec_100", memory.gcPauseMicros100());
        lines.gauge("gc_pause_usec_99", memory.gcPauseMicros99());
        lines.gauge("gc_pause_usec_95", memory.gcPauseMicros95());
        lines.gauge("next_gc_bytes", memory.nextGcBytes());
        lines.counter("gc_runs", memory.gcTotalRuns() - gcRuns);
        gcRuns = memory.gcTotalRuns();
    }

    /** Where lines go, and what their names begin with. */
    private record Lines(String prefix, List<String> all) {
        /** For what is counted but not shown. */
        static final Lines NOWHERE = new Lines("", null);

        Lines under(String more) {
            return all == null ? this : new Lines(prefix + more, all);
        }

        void counter(String name, long delta) {
            add(name, delta, "|c\n");
        }

        void gauge(String name, long value) {
            add(name, value, "|g\n");
        }

        private void add(String name, long value, String end) {
            if (all != null) {
                all.add(prefix + name + ":" + value + end);
            }
        }
    }
}
