package io.nsqd.http;

import io.nsqd.stats.ChannelStats;
import io.nsqd.stats.ClientStats;
import io.nsqd.stats.LatencyStats;
import io.nsqd.stats.MemoryStats;
import io.nsqd.stats.NsqdStats;
import io.nsqd.stats.StatsFilter;
import io.nsqd.stats.TopicStats;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Optional;

/** The situations of the captures of the Go daemon, as records. */
final class GoldenStats {
    static final Instant START = Instant.ofEpochSecond(1795359215, 500_000_000);
    static final Clock CLOCK = Clock.fixed(START.plusNanos(829_895_680), ZoneOffset.UTC);
    private static final Instant CONNECTED = Instant.ofEpochSecond(1795359216, 100);
    private static final LatencyStats SAMPLED = latency(1, 939_972);
    private static final LatencyStats UNSAMPLED = latency(0, 0);

    static final MemoryStats MEMORY = new MemoryStats(5034, 1441792, 2228224, 1376256, 0, 0, 0, 4194304, 0);

    static final ClientStats PRODUCER = client(
            "prod-1",
            "prod-host.example.org",
            "127.0.0.1:24600",
            0,
            new long[] {0, 0, 0, 0, 0},
            "golden/1.0",
            List.of(new ClientStats.PubCount("orders", 6)));
    static final ClientStats CONSUMER = client(
            "cons-1",
            "cons-host.example.org",
            "127.0.0.1:24601",
            3,
            new long[] {3, 3, 5, 1, 1},
            "golden/1.0",
            List.of());
    private static final ClientStats ANONYMOUS =
            client("127.0.0.1", "127.0.0.1", "127.0.0.1:24602", 3, new long[] {0, 0, 0, 0, 0}, "", List.of());

    private GoldenStats() {}

    /** A producer with other names. */
    static ClientStats producer(String hostname, String userAgent) {
        return client(
                "prod-1",
                hostname,
                "127.0.0.1:24600",
                0,
                new long[] {0, 0, 0, 0, 0},
                userAgent,
                List.of(new ClientStats.PubCount("orders", 6)));
    }

    static StatsFilter filter(String topic, String channel, boolean clients, boolean memory) {
        Optional<String> topicName = Optional.of(topic).filter(t -> !t.isEmpty());
        Optional<String> channelName = Optional.of(channel).filter(c -> !c.isEmpty());
        return new StatsFilter(topicName, channelName, clients, memory);
    }

    static LatencyStats latency(long count, double nanos) {
        return new LatencyStats(
                count,
                List.of(
                        new LatencyStats.Percentile(1, nanos),
                        new LatencyStats.Percentile(0.99, nanos),
                        new LatencyStats.Percentile(0.95, nanos)));
    }

    /** Counts: ready, in flight, messages, finished, requeued. */
    static ClientStats client(
            String id,
            String host,
            String address,
            int state,
            long[] counts,
            String agent,
            List<ClientStats.PubCount> published) {
        return new ClientStats(
                id,
                host,
                "V2",
                address,
                state,
                counts[0],
                counts[1],
                counts[2],
                counts[3],
                counts[4],
                CONNECTED,
                0,
                false,
                false,
                agent,
                Optional.empty(),
                Optional.empty(),
                published);
    }

    static TopicStats idle() {
        return new TopicStats("idle", List.of(), 2, 0, 2, 8, true, LatencyStats.NONE);
    }

    static TopicStats orders(boolean withClients, boolean latencies) {
        LatencyStats sampled = latencies ? SAMPLED : LatencyStats.NONE;
        LatencyStats unsampled = latencies ? UNSAMPLED : LatencyStats.NONE;
        return new TopicStats(
                "orders",
                List.of(
                        new ChannelStats("archive", 6, 0, 0, 0, 6, 0, 0, 0, List.of(), true, unsampled),
                        billing(withClients, sampled),
                        new ChannelStats(
                                "tmp#ephemeral",
                                0,
                                0,
                                0,
                                0,
                                0,
                                0,
                                0,
                                1,
                                withClients ? List.of(ANONYMOUS) : List.of(),
                                false,
                                unsampled)),
                0,
                0,
                6,
                30,
                false,
                sampled);
    }

    private static ChannelStats billing(boolean withClients, LatencyStats latency) {
        List<ClientStats> clients = withClients ? List.of(CONSUMER) : List.of();
        return new ChannelStats("billing", 1, 0, 3, 1, 6, 1, 0, 1, clients, false, latency);
    }

    /** The topic with the one channel that a filter lets through. */
    static TopicStats ordersWithBilling() {
        return new TopicStats("orders", List.of(billing(true, SAMPLED)), 0, 0, 6, 30, false, SAMPLED);
    }

    static NsqdStats stats(List<TopicStats> topics, List<ClientStats> producers) {
        return new NsqdStats("1.3.0", "OK", START, topics, Optional.of(MEMORY), producers);
    }

    static NsqdStats busy() {
        return stats(List.of(idle(), orders(true, true)), List.of(PRODUCER));
    }

    /** A capture; those without latencies were taken three seconds later, from other ports. */
    static String read(String name) {
        try (InputStream in = GoldenStats.class.getResourceAsStream("/golden/" + name)) {
            String text = new String(in.readAllBytes(), StandardCharsets.UTF_8);
            return name.contains("noe2e")
                    ? text.replace(":2463", ":2460")
                            .replace("1795359218", "1795359215")
                            .replace("1795359219", "1795359216")
                            .replace("14:53:38", "14:53:35")
                    : text;
        } catch (IOException e) {
            throw new AssertionError(name, e);
        }
    }
}
