package io.nsqd.console;

import io.nsqd.api.Names;
import io.nsqd.spi.LookupPeers;
import io.nsqd.stats.ChannelStats;
import io.nsqd.stats.NsqdStats;
import io.nsqd.stats.TopicStats;
import java.lang.management.ManagementFactory;
import java.lang.management.MemoryUsage;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Makes the figures of a moment, with rates since the one before. Confined to the console's thread. */
final class Sampler {
    private static final double NANOS = 1e9;

    private final OldestMessages oldest;
    private Map<String, Counts> counts = new HashMap<>();
    private long countedAt;
    private Figures last;

    Sampler(OldestMessages oldest) {
        this.oldest = oldest;
    }

    /** The last figures; {@code null} before the first. */
    Figures last() {
        return last;
    }

    /** Forgets what was before: rates begin anew. */
    void forget() {
        counts = new HashMap<>();
        last = null;
    }

    /**
     * Makes them.
     *
     * @param epochMillis the time that they are of
     * @param nanoTime the same by {@link System#nanoTime}
     */
    Figures next(
            NsqdStats stats, List<Problem> problems, List<LookupPeers.Peer> peers, long epochMillis, long nanoTime) {
        double seconds = last == null ? 0 : (nanoTime - countedAt) / NANOS;
        Map<String, Counts> newer = new HashMap<>();
        Map<String, Figures.Row> rows = new LinkedHashMap<>();
        Counts all = Counts.NONE;
        long in = 0;
        long out = 0;
        long clients = 0;
        for (TopicStats topic : stats.topics()) {
            Counts channels = Counts.NONE;
            Map<String, long[]> channelRows = new LinkedHashMap<>();
            for (ChannelStats channel : topic.channels()) {
                Counts count = Counts.of(channel);
                String key = topic.name() + ":" + channel.name();
                long rate = rate(counts.get(key), count, false, seconds);
                newer.put(key, count);
                channelRows.put(channel.name(), row(channel, rate, oldest.of(key)));
                channels = channels.plus(count);
                out += rate;
                clients += channel.clientCount();
            }
            Counts count = Counts.of(topic, channels);
            long rate = rate(counts.get(topic.name()), count, true, seconds);
            newer.put(topic.name(), count);
            Figures.Row row = new Figures.Row(row(topic, rate), channelRows);
            Figures.Row before = last == null ? null : last.topics().get(topic.name());
            rows.put(topic.name(), row.isSame(before) ? before : row);
            all = all.plus(count);
            in += rate;
        }
        MemoryUsage heap = ManagementFactory.getMemoryMXBean().getHeapMemoryUsage();
        counts = newer;
        countedAt = nanoTime;
        last = new Figures(
                epochMillis,
                new Figures.Summary(
                        stats.health(),
                        all.depth(),
                        in,
                        out,
                        clients,
                        memory(heap),
                        heap.getMax(),
                        List.copyOf(problems),
                        List.copyOf(peers)),
                rows);
        return last;
    }

    /** Only a twentieth of it is news. */
    private long memory(MemoryUsage heap) {
        if (last == null) {
            return heap.getUsed();
        }
        long told = last.summary().memoryUsed();
        return Math.abs(heap.getUsed() - told) > heap.getMax() / 20 ? heap.getUsed() : told;
    }

    /** So many a second, times ten. Counters that have gone back are those of another of the same name. */
    private static long rate(Counts before, Counts now, boolean in, double seconds) {
        if (seconds <= 0) {
            return 0;
        }
        Counts known = before == null ? Counts.NONE : before;
        long more = in ? now.in() - known.in() : now.out() - known.out();
        return Math.round(Math.max(0, more) * 10 / seconds);
    }

    private static long[] row(TopicStats topic, long rate) {
        return new long[] {
            topic.depth(),
            topic.backendDepth(),
            topic.messageCount(),
            rate,
            topic.paused() ? 1 : 0,
            Names.isEphemeral(topic.name()) ? 1 : 0
        };
    }

    private static long[] row(ChannelStats channel, long rate, long oldestMillis) {
        return new long[] {
            channel.depth(),
            channel.backendDepth(),
            channel.inFlightCount(),
            channel.deferredCount(),
            channel.messageCount(),
            channel.requeueCount(),
            channel.timeoutCount(),
            channel.clientCount(),
            rate,
            channel.depth() == 0 ? -1 : oldestMillis,
            channel.paused() ? 1 : 0
        };
    }
}
