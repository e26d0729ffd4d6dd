package io.nsqd.http;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.nsqd.stats.ClientStats;
import io.nsqd.stats.LatencyStats;
import io.nsqd.stats.NsqdStats;
import io.nsqd.stats.StatsFilter;
import io.nsqd.stats.TopicStats;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Compared byte for byte with what the Go daemon answered in the same situations. */
final class StatsJsonTest {
    private static final StatsFilter ALL = GoldenStats.filter("", "", true, false);

    private static void assertGolden(String name, NsqdStats stats, StatsFilter filter, boolean topicAbsent) {
        String expected = GoldenStats.read("stats-1.3.0/" + name).strip();
        assertEquals(expected, json(stats, filter, topicAbsent));
    }

    private static String json(NsqdStats stats, StatsFilter filter, boolean topicAbsent) {
        return new String(new StatsJson(stats, filter, topicAbsent).bytes(), StandardCharsets.UTF_8);
    }

    @Test
    @Tag("T-10")
    @Tag("T-11")
    void aFreshDaemonHasEmptyTopicsAndNoProducers() {
        assertGolden("stats-empty.json", GoldenStats.stats(List.of(), List.of()), ALL, false);
    }

    @Test
    @Tag("T-20")
    @Tag("T-21")
    @Tag("T-52")
    @Tag("T-53")
    @Tag("H-8")
    void aBusyDaemonIsShownInTheOrderOfTheContract() {
        assertGolden("stats-busy.json", GoldenStats.busy(), ALL, false);
        NsqdStats withoutLatency = GoldenStats.stats(
                List.of(GoldenStats.idle(), GoldenStats.orders(true, false)), List.of(GoldenStats.PRODUCER));
        assertEquals(GoldenStats.read("stats-1.3.0-noe2e/stats-busy.json").strip(), json(withoutLatency, ALL, false));
    }

    @Test
    @Tag("T-11")
    void clientsMayBeLeftOut() {
        NsqdStats stats = GoldenStats.stats(List.of(GoldenStats.idle(), GoldenStats.orders(false, true)), List.of());
        assertGolden("stats-busy-noclients.json", stats, GoldenStats.filter("", "", false, false), false);
    }

    @Test
    @Tag("T-10")
    @Tag("T-11")
    void aFilterThatNamesNoTopicLeavesNothing() {
        NsqdStats stats = GoldenStats.stats(List.of(), List.of(GoldenStats.PRODUCER));
        assertGolden("stats-busy-notopic.json", stats, GoldenStats.filter("nope", "", true, false), true);
    }

    @Test
    @Tag("T-10")
    @Tag("T-12")
    void filtersLeaveProducersButNotWhatTheyPublishedElsewhere() {
        List<ClientStats> producers = List.of(GoldenStats.PRODUCER);
        assertGolden(
                "stats-busy-topic.json",
                GoldenStats.stats(List.of(GoldenStats.orders(true, true)), producers),
                GoldenStats.filter("orders", "", true, false),
                false);
        assertGolden(
                "stats-busy-topic-channel.json",
                GoldenStats.stats(List.of(GoldenStats.ordersWithBilling()), producers),
                GoldenStats.filter("orders", "billing", true, false),
                false);
        assertGolden(
                "stats-busy-channelonly.json",
                GoldenStats.stats(List.of(GoldenStats.ordersWithBilling()), producers),
                GoldenStats.filter("", "billing", true, false),
                false);
        assertGolden(
                "stats-busy-topic-nochannel.json",
                GoldenStats.stats(List.of(), producers),
                GoldenStats.filter("orders", "nope", true, false),
                false);
        assertGolden(
                "stats-busy-topic-idle.json",
                GoldenStats.stats(List.of(GoldenStats.idle()), producers),
                GoldenStats.filter("idle", "", true, false),
                false);
    }

    @Test
    @Tag("T-15")
    void aProducerOfTwoTopicsListsBoth() {
        ClientStats producer = GoldenStats.client(
                "p",
                "h",
                "127.0.0.1:1",
                0,
                new long[5],
                "",
                List.of(new ClientStats.PubCount("a", 1), new ClientStats.PubCount("b", 2)));
        String json = json(GoldenStats.stats(List.of(), List.of(producer)), ALL, false);
        assertTrue(json.contains("\"pub_counts\":[{\"topic\":\"a\",\"count\":1},{\"topic\":\"b\",\"count\":2}]"));
    }

    @Test
    @Tag("T-25")
    void memoryIsShownOnRequest() {
        String golden = GoldenStats.read("stats-1.3.0/stats-empty-mem.json").strip();
        String expected = golden.replaceFirst(
                "\"memory\":\\{[^}]*}",
                "\"memory\":{\"heap_objects\":5034,\"heap_idle_bytes\":1441792,\"heap_in_use_bytes\":2228224,"
                        + "\"heap_released_bytes\":1376256,\"gc_pause_usec_100\":0,\"gc_pause_usec_99\":0,"
                        + "\"gc_pause_usec_95\":0,\"next_gc_bytes\":4194304,\"gc_total_runs\":0}");
        assertEquals(expected, json(GoldenStats.stats(List.of(), List.of()), StatsFilter.ALL, false));
    }

    @Test
    @Tag("T-14")
    @Tag("T-17")
    void tlsAndAuthenticationAreShown() {
        ClientStats one = secured(24640, "Unknown 4865", "TLS1.3");
        ClientStats two = secured(24641, "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256", "TLS1.2");
        TopicStats topic = new TopicStats(
                "t",
                List.of(new io.nsqd.stats.ChannelStats(
                        "c", 0, 0, 0, 0, 0, 0, 0, 2, List.of(one, two), false, LatencyStats.NONE)),
                0,
                0,
                0,
                0,
                false,
                LatencyStats.NONE);
        NsqdStats stats = new NsqdStats(
                "1.3.0", "OK", Instant.ofEpochSecond(1795359932), List.of(topic), Optional.empty(), List.of());
        assertGolden("stats-tls-auth.json", stats, ALL, false);
    }

    private static ClientStats secured(int port, String suite, String version) {
        return new ClientStats(
                "c",
                "h.example.org",
                "V2",
                "127.0.0.1:" + port,
                3,
                0,
                0,
                0,
                0,
                0,
                Instant.ofEpochSecond(1795359936),
                10,
                false,
                false,
                "golden/1.0",
                Optional.of(new ClientStats.Auth("alice", "http://id.example.org/alice")),
                Optional.of(new ClientStats.Tls(suite, version, "")),
                List.of());
    }

    @Test
    @Tag("H-8")
    void stringsAreEscapedAsByGo() {
        NsqdStats stats = new NsqdStats(
                "1.3.0",
                "NOK - <a> & \"b\" \\ \n\t\u0001\b\u007f \u00e4\u2028\u2029\ud83d\ude00 \ud83d",
                GoldenStats.START,
                List.of(),
                Optional.empty(),
                List.of());
        String expected = "\"health\":\"NOK - \\u003ca\\u003e \\u0026 \\\"b\\\" \\\\ \\n\\t\\u0001\\u0008\u007f"
                + " \u00e4\\u2028\\u2029\ud83d\ude00 \ufffd\"";
        assertTrue(json(stats, ALL, false).contains(expected), () -> json(stats, ALL, false));
    }

    @Test
    @Tag("T-21")
    void floatsHaveNoMoreDigitsThanTheyNeed() {
        LatencyStats latency = new LatencyStats(
                3,
                List.of(
                        new LatencyStats.Percentile(0.5, 12_345_678.25),
                        new LatencyStats.Percentile(0.999, 1e12),
                        new LatencyStats.Percentile(0.000001, 0)));
        TopicStats topic = new TopicStats("t", List.of(), 0, 0, 0, 0, false, latency);
        String json = json(GoldenStats.stats(List.of(topic), List.of()), ALL, false);
        assertTrue(
                json.contains("[{\"quantile\":0.5,\"value\":12345678.25},{\"quantile\":0.999,\"value\":1000000000000},"
                        + "{\"quantile\":0.000001,\"value\":0}]"),
                json);
    }
}
