package io.nsqd.console;

import io.nsqd.stats.ChannelStats;
import io.nsqd.stats.LatencyStats;
import io.nsqd.stats.NsqdStats;
import io.nsqd.stats.PolicyStats;
import io.nsqd.stats.TopicStats;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/** Figures for tests. */
final class Samples {
    private Samples() {}

    static NsqdStats of(TopicStats... topics) {
        return new NsqdStats("1.3.0", "OK", Instant.EPOCH, Arrays.asList(topics), Optional.empty(), List.of());
    }

    static TopicStats topic(String name, long published, ChannelStats... channels) {
        return new TopicStats(name, List.of(channels), 0, 0, published, 0, false, LatencyStats.NONE);
    }

    static ChannelStats channel(String name, long depth, long received, int clients) {
        return new ChannelStats(name, depth, 0, 0, 0, received, 0, 0, clients, List.of(), false, LatencyStats.NONE);
    }

    static ChannelStats dropping(String name, long dropped) {
        return new ChannelStats(
                name,
                0,
                0,
                0,
                0,
                0,
                0,
                0,
                0,
                List.of(),
                false,
                LatencyStats.NONE,
                Optional.of(new PolicyStats(0, 0, dropped, 0, 0, 0, 0)),
                Optional.empty());
    }
}
