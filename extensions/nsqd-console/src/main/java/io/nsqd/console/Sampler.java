package io.nsqd.console;

import io.nsqd.api.Names;
import io.nsqd.spi.LookupPeers;
import io.nsqd.stats.ChannelStats;
import io.nsqd.stats.NsqdStats;
import io.nsqd.stats.TopicStats;
import java.lang.management.ManagementFactory;
import java.lang.management.MemoryUsage;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Makes the figures of a moment, with rates since the one before. Of a topic that nothing has happened to the row of before is taken, and
 * nothing is made: there may be thousands of them, each second. Confined to the console's thread.
 */
final class Sampler {
    private static final double NANOS = 1e9;

    private final OldestMessages oldest;
    private final long[] topicNow = new long[Figures.Row.TOPIC_FIGURES];
    private final long[] channelNow = new long[Figures.Row.CHANNEL_FIGURES];
    private Figures last;
    private long lastAt;

    Sampler(OldestMessages oldest) {
        this.oldest = oldest;
    }

    /** The last figures; {@code null} before the first. */
    Figures last() {
        return last;
    }

    /** Forgets what was before: rates begin anew. */
    void forget() {
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
        double seconds = last == null ? 0 : (nanoTime - lastAt) / NANOS;
        Map<String, Figures.Row> before = last == null ? Map.of() : last.topics();
        // Both are sorted by name: mostly the next of the one is the next of the other.
        Iterator<Map.Entry<String, Figures.Row>> walk = before.entrySet().iterator();
        List<TopicStats> topics = stats.topics();
        Figures.Row[] rows = new Figures.Row[topics.size()];
        boolean same = before.size() == rows.length;
        long depth = 0;
        long in = 0;
        long out = 0;
        long clients = 0;
        for (int i = 0; i < rows.length; i++) {
            TopicStats topic = topics.get(i);
            Map.Entry<String, Figures.Row> next = walk.hasNext() ? walk.next() : null;
            boolean found = next != null && next.getKey().equals(topic.name());
            Figures.Row known = found ? next.getValue() : before.get(topic.name());
            Figures.Row row = row(topic, known, seconds);
            same &= found && row == known;
            rows[i] = row;
            depth += topic.depth();
            in += row.rate();
            for (ChannelStats channel : topic.channels()) {
                depth += channel.depth();
                out += row.rate(channel.name());
                clients += channel.clientCount();
            }
        }
        MemoryUsage heap = ManagementFactory.getMemoryMXBean().getHeapMemoryUsage();
        Figures.Summary summary = new Figures.Summary(
                stats.health(),
                depth,
                in,
                out,
                clients,
                memory(heap),
                heap.getMax(),
                List.copyOf(problems),
                List.copyOf(peers));
        lastAt = nanoTime;
        last = new Figures(epochMillis, summary, same ? before : byName(topics, rows));
        return last;
    }

    private static Map<String, Figures.Row> byName(List<TopicStats> topics, Figures.Row[] rows) {
        Map<String, Figures.Row> all = new LinkedHashMap<>(rows.length * 2);
        for (int i = 0; i < rows.length; i++) {
            all.put(topics.get(i).name(), rows[i]);
        }
        return all;
    }

    /** Only a twentieth of it is news. */
    private long memory(MemoryUsage heap) {
        if (last == null) {
            return heap.getUsed();
        }
        long told = last.summary().memoryUsed();
        return Math.abs(heap.getUsed() - told) > heap.getMax() / 20 ? heap.getUsed() : told;
    }

    /** @param before the row of before, {@code null} where there was none */
    private Figures.Row row(TopicStats topic, Figures.Row before, double seconds) {
        fill(topic, before, seconds);
        boolean same = before != null
                && before.hasTopic(topicNow)
                && before.channels().size() == topic.channels().size();
        for (ChannelStats channel : topic.channels()) {
            if (!same) {
                break;
            }
            fill(topic.name(), channel, before, seconds);
            same = before.hasChannel(channel.name(), channelNow);
        }
        if (same) {
            return before;
        }
        Map<String, long[]> channels = new HashMap<>();
        for (ChannelStats channel : topic.channels()) {
            fill(topic.name(), channel, before, seconds);
            channels.put(channel.name(), channelNow.clone());
        }
        return new Figures.Row(topicNow.clone(), channels);
    }

    private void fill(TopicStats topic, Figures.Row before, double seconds) {
        topicNow[0] = topic.depth();
        topicNow[1] = topic.backendDepth();
        topicNow[2] = topic.messageCount();
        topicNow[Figures.Row.TOPIC_RATE] = rate(topic.messageCount(), before == null ? 0 : before.published(), seconds);
        topicNow[4] = topic.paused() ? 1 : 0;
        topicNow[5] = Names.isEphemeral(topic.name()) ? 1 : 0;
    }

    private void fill(String topic, ChannelStats channel, Figures.Row before, double seconds) {
        channelNow[0] = channel.depth();
        channelNow[1] = channel.backendDepth();
        channelNow[2] = channel.inFlightCount();
        channelNow[3] = channel.deferredCount();
        channelNow[4] = channel.messageCount();
        channelNow[5] = channel.requeueCount();
        channelNow[6] = channel.timeoutCount();
        channelNow[7] = channel.clientCount();
        channelNow[Figures.Row.CHANNEL_RATE] =
                rate(Counts.of(channel).out(), before == null ? 0 : before.gone(channel.name()), seconds);
        channelNow[9] = channel.depth() == 0 ? -1 : oldest.of(topic + ":" + channel.name());
        channelNow[10] = channel.paused() ? 1 : 0;
    }

    /** So many a second, times ten. Counters that have gone back are those of another of the same name. */
    private static long rate(long now, long before, double seconds) {
        return seconds <= 0 ? 0 : Math.round(Math.max(0, now - before) * 10 / seconds);
    }
}
