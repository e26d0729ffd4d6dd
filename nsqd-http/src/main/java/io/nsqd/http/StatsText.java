package io.nsqd.http;

import io.nsqd.api.GoDuration;
import io.nsqd.api.Printable;
import io.nsqd.stats.ChannelStats;
import io.nsqd.stats.ClientStats;
import io.nsqd.stats.JournalStats;
import io.nsqd.stats.LatencyStats;
import io.nsqd.stats.MemoryStats;
import io.nsqd.stats.NsqdStats;
import io.nsqd.stats.StatsFilter;
import io.nsqd.stats.TopicStats;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.format.DateTimeFormatter;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Locale;

/** {@code /stats} as text for people and their scripts: byte for byte what the Go daemon prints (T-30 to T-40). */
final class StatsText {
    private static final long SECOND = 1_000_000_000L;
    private static final String CONSUMER_INDENT = "        ";
    private static final String PRODUCER_INDENT = "   ";

    private final NsqdStats stats;
    private final StatsFilter filter;
    private final Clock clock;
    private final Instant now;
    private final StringBuilder text = new StringBuilder(1024);

    /** @param clock says how late it is, and in which zone */
    StatsText(NsqdStats stats, StatsFilter filter, Clock clock) {
        this.stats = stats;
        this.filter = filter;
        this.clock = clock;
        now = clock.instant();
    }

    /** The page. */
    @Override
    public String toString() {
        text.setLength(0);
        writeHead();
        if (filter.includeMemory()) {
            stats.memory().ifPresent(this::write);
        }
        stats.journal().ifPresent(this::write);
        text.append(stats.topics().isEmpty() ? "\nTopics: None\n" : "\nTopics:");
        stats.topics().forEach(this::write);
        writeProducers();
        return text.toString();
    }

    /** A paragraph more than the Go daemon has, where an OK promises more. */
    private void write(JournalStats journal) {
        format("\nJournal: %s, by %s\n", journal.durability(), journal.store());
        format("   %-25s\t%d\n", "messages", journal.messages());
        format("   %-25s\t%d\n", "bytes", journal.bytes());
        format("   %-25s\t%d\n", "segments", journal.segments());
        if (!journal.failure().isEmpty()) {
            format("   %-25s\t%s\n", "failure", journal.failure());
        }
    }

    private void writeHead() {
        String started = DateTimeFormatter.ISO_OFFSET_DATE_TIME.format(
                stats.startTime().truncatedTo(ChronoUnit.SECONDS).atZone(clock.getZone()));
        format("nsqd v%s (built w/java%s)\n", stats.version(), System.getProperty("java.version"));
        format("start_time %s\n", started);
        format(
                "uptime %s\n",
                GoDuration.toString(Duration.between(stats.startTime(), now).toNanos()));
        format("\nHealth: %s\n", stats.health());
    }

    private void write(MemoryStats memory) {
        text.append("\nMemory:\n");
        memoryLine("heap_objects", memory.heapObjects());
        memoryLine("heap_idle_bytes", memory.heapIdleBytes());
        memoryLine("heap_in_use_bytes", memory.heapInUseBytes());
        memoryLine("heap_released_bytes", memory.heapReleasedBytes());
        memoryLine("gc_pause_usec_100", memory.gcPauseMicros100());
        memoryLine("gc_pause_usec_99", memory.gcPauseMicros99());
        memoryLine("gc_pause_usec_95", memory.gcPauseMicros95());
        memoryLine("next_gc_bytes", memory.nextGcBytes());
        memoryLine("gc_total_runs", memory.gcTotalRuns());
    }

    private void memoryLine(String name, long value) {
        format("   %-25s\t%d\n", name, value);
    }

    private void write(TopicStats topic) {
        format(
                "\n%s[%s] depth: %-5d be-depth: %-5d msgs: %-8d e2e%%: %s\n",
                topic.paused() ? "*P " : "   ",
                padded(topic.name(), 15),
                topic.depth(),
                topic.backendDepth(),
                topic.messageCount(),
                latencies(topic.latency()));
        topic.channels().forEach(this::write);
    }

    private void write(ChannelStats channel) {
        format(
                "%s[%s] depth: %-5d be-depth: %-5d inflt: %-4d def: %-4d re-q: %-5d timeout: %-5d msgs: %-8d e2e%%: %s\n",
                channel.paused() ? "   *P " : "      ",
                padded(channel.name(), 25),
                channel.depth(),
                channel.backendDepth(),
                channel.inFlightCount(),
                channel.deferredCount(),
                channel.requeueCount(),
                channel.timeoutCount(),
                channel.messageCount(),
                latencies(channel.latency()));
        if (filter.includeClients()) {
            channel.clients().forEach(client -> write(client, CONSUMER_INDENT));
        }
    }

    private void writeProducers() {
        if (stats.producers().isEmpty() || !filter.includeClients()) {
            text.append("\nProducers: None\n");
        } else {
            text.append("\nProducers:\n");
            stats.producers().forEach(client -> write(client, PRODUCER_INDENT));
        }
    }

    /** A client that published has the producer's line wherever it stands (T-16). */
    private void write(ClientStats client, String indent) {
        List<ClientStats.PubCount> counts = PubCounts.of(client, filter);
        format("%s[%s %s] ", indent, client.version(), padded(clientName(client), 21));
        if (counts.isEmpty()) {
            format(
                    "state: %d inflt: %-4d rdy: %-4d fin: %-8d re-q: %-8d msgs: %-8d ",
                    client.state(),
                    client.inFlightCount(),
                    client.readyCount(),
                    client.finishCount(),
                    client.requeueCount(),
                    client.messageCount());
        } else {
            long total = 0;
            StringBuilder topics = new StringBuilder();
            for (ClientStats.PubCount count : counts) {
                total += count.count();
                topics.append(topics.isEmpty() ? "" : ",")
                        .append(count.topic())
                        .append('=')
                        .append(count.count());
            }
            format("msgs: %-8d topics: %s ", total, topics);
        }
        format("connected: %s\n", connected(client));
    }

    private static String clientName(ClientStats client) {
        String address = client.remoteAddress();
        int colon = address.lastIndexOf(':');
        String port = colon < 0 ? "" : address.substring(colon + 1);
        // Anybody may call itself anything, and this is read on terminals.
        return Printable.of(client.hostname() + ":" + port + " " + client.userAgent());
    }

    private String connected(ClientStats client) {
        Instant since = client.connectTime().truncatedTo(ChronoUnit.SECONDS);
        return GoDuration.toString(Duration.between(since, now).toSeconds() * SECOND);
    }

    private static String latencies(LatencyStats latency) {
        StringBuilder list = new StringBuilder();
        for (LatencyStats.Percentile percentile : latency.percentiles()) {
            list.append(list.isEmpty() ? "" : ", ").append(latency(percentile.nanos()));
        }
        return list.toString();
    }

    /** The largest unit of which there is more than one (T-34). */
    private static String latency(double nanos) {
        if (nanos > 1e9) {
            return String.format(Locale.ROOT, "%.1fs", nanos / 1e9);
        }
        if (nanos > 1e6) {
            return String.format(Locale.ROOT, "%.1fms", nanos / 1e6);
        }
        if (nanos > 1e3) {
            return String.format(Locale.ROOT, "%.1fus", nanos / 1e3);
        }
        return String.format(Locale.ROOT, "%.1fns", nanos);
    }

    /** Padded on the right to a number of characters, where one outside the basic plane counts once. */
    private static String padded(String value, int width) {
        int missing = width - value.codePointCount(0, value.length());
        return missing > 0 ? value + " ".repeat(missing) : value;
    }

    private void format(String format, Object... values) {
        text.append(String.format(Locale.ROOT, format, values));
    }
}
