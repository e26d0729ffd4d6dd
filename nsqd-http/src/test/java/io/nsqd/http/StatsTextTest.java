package io.nsqd.http;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.nsqd.stats.ClientStats;
import io.nsqd.stats.LatencyStats;
import io.nsqd.stats.NsqdStats;
import io.nsqd.stats.StatsFilter;
import io.nsqd.stats.TopicStats;
import java.time.Clock;
import java.time.Duration;
import java.time.ZoneId;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Compared byte for byte with what the Go daemon printed in the same situations, run time and uptime apart. */
final class StatsTextTest {
    private static final StatsFilter ALL = GoldenStats.filter("", "", true, false);

    private static void assertGolden(String name, NsqdStats stats, StatsFilter filter) {
        String expected = GoldenStats.read(name)
                .replaceFirst("w/go[^)]*", "w/java" + System.getProperty("java.version"))
                .replaceFirst("uptime .*", "uptime 829.89568ms");
        assertEquals(expected, new StatsText(stats, filter, GoldenStats.CLOCK).toString());
    }

    @Test
    @Tag("T-30")
    @Tag("T-37")
    void aFreshDaemonHasNothingToShow() {
        assertGolden("stats-1.3.0/stats-empty.txt", GoldenStats.stats(List.of(), List.of()), ALL);
    }

    @Test
    @Tag("T-31")
    @Tag("T-32")
    @Tag("T-33")
    @Tag("T-35")
    @Tag("T-36")
    @Tag("T-38")
    @Tag("T-40")
    void aBusyDaemonIsShownWithClientsAndProducers() {
        assertGolden("stats-1.3.0/stats-busy.txt", GoldenStats.busy(), ALL);
        NsqdStats withoutLatency = GoldenStats.stats(
                List.of(GoldenStats.idle(), GoldenStats.orders(true, false)), List.of(GoldenStats.PRODUCER));
        assertGolden("stats-1.3.0-noe2e/stats-busy.txt", withoutLatency, ALL);
    }

    @Test
    void whatAClientCallsItselfControlsNoTerminal() {
        NsqdStats stats = GoldenStats.stats(List.of(), List.of(GoldenStats.producer("a\u001b[2J\nb", "c\u009bd")));
        String text = new StatsText(stats, ALL, GoldenStats.CLOCK).toString();
        assertTrue(text.contains("[V2 a\\x1b[2J\\x0ab:24600 c\\x9bd] "), text);
    }

    @Test
    @Tag("T-30")
    void memoryIsShownOnRequest() {
        assertGolden("stats-1.3.0/stats-busy-mem.txt", GoldenStats.busy(), StatsFilter.ALL);
    }

    @Test
    @Tag("T-37")
    void clientsMayBeLeftOut() {
        assertGolden(
                "stats-1.3.0/stats-busy-noclients.txt", GoldenStats.busy(), GoldenStats.filter("", "", false, false));
    }

    @Test
    @Tag("T-12")
    void aFilterLeavesOneChannel() {
        assertGolden(
                "stats-1.3.0/stats-busy-channelonly.txt",
                GoldenStats.stats(List.of(GoldenStats.ordersWithBilling()), List.of(GoldenStats.PRODUCER)),
                GoldenStats.filter("", "billing", true, false));
    }

    @Test
    @Tag("T-16")
    @Tag("T-36")
    void aConsumerThatPublishedHasTheLineOfAProducer() {
        ClientStats both = GoldenStats.client(
                "c",
                "h",
                "127.0.0.1:7",
                3,
                new long[] {3, 3, 5, 1, 1},
                "ua",
                List.of(new ClientStats.PubCount("a", 1), new ClientStats.PubCount("b", 20)));
        NsqdStats stats = GoldenStats.stats(List.of(), List.of(both));
        String text = new StatsText(stats, ALL, GoldenStats.CLOCK).toString();
        assertTrue(
                text.endsWith(
                        "\nProducers:\n   [V2 h:7 ua               ] msgs: 21       topics: a=1,b=20 connected: 0s\n"),
                text);
        String filtered = new StatsText(stats, GoldenStats.filter("c", "", true, false), GoldenStats.CLOCK).toString();
        assertTrue(
                filtered.contains("ua               ] state: 3 inflt: 3    rdy: 3    fin: 1        re-q: 1 "),
                filtered);
    }

    @Test
    @Tag("T-35")
    @Tag("T-39")
    void aClientOfAUnixSocketHasNoPort() {
        ClientStats local = GoldenStats.client("", "", "@", 0, new long[5], "", List.of());
        Clock later = Clock.offset(GoldenStats.CLOCK, Duration.ofSeconds(3725));
        String text = new StatsText(GoldenStats.stats(List.of(), List.of(local)), ALL, later).toString();
        assertTrue(text.contains("\n   [V2 :                    ] state: 0 "), text);
        assertTrue(text.contains("connected: 1h2m5s\n"), text);
        assertTrue(text.contains("\nuptime 1h2m5.82989568s\n"), text);
    }

    @Test
    @Tag("T-30")
    void theStartIsShownInLocalTime() {
        NsqdStats stats = GoldenStats.stats(List.of(), List.of());
        Clock paris = GoldenStats.CLOCK.withZone(ZoneId.of("Europe/Paris"));
        assertTrue(new StatsText(stats, ALL, paris).toString().contains("\nstart_time 2026-11-22T15:53:35+01:00\n"));
        assertTrue(new StatsText(stats, ALL, GoldenStats.CLOCK).toString().contains("2026-11-22T14:53:35Z\n"));
    }

    @Test
    @Tag("T-34")
    void latenciesHaveTheLargestUnitTheyExceed() {
        LatencyStats latency = new LatencyStats(
                1,
                List.of(
                        new LatencyStats.Percentile(1, 1.5e9),
                        new LatencyStats.Percentile(0.9, 1e9),
                        new LatencyStats.Percentile(0.8, 1_000_001),
                        new LatencyStats.Percentile(0.7, 1001),
                        new LatencyStats.Percentile(0.6, 1000)));
        TopicStats topic = new TopicStats("t", List.of(), 0, 0, 0, 0, false, latency);
        String text = new StatsText(GoldenStats.stats(List.of(topic), List.of()), ALL, GoldenStats.CLOCK).toString();
        assertTrue(text.contains("e2e%: 1.5s, 1000.0ms, 1.0ms, 1.0us, 1000.0ns\n"), text);
    }
}
