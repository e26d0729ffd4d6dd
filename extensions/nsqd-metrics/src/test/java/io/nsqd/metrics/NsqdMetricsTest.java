package io.nsqd.metrics;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.nsqd.spi.Transport;
import io.nsqd.stats.ChannelStats;
import io.nsqd.stats.HandOverStats;
import io.nsqd.stats.LatencyStats;
import io.nsqd.stats.NsqdStats;
import io.nsqd.stats.PolicyStats;
import io.nsqd.stats.TopicStats;
import io.nsqd.stats.Trouble;
import io.nsqd.stats.Troubles;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** What a scrape tells. */
final class NsqdMetricsTest {
    private static final LatencyStats LATENCY = new LatencyStats(
            3,
            List.of(new LatencyStats.Percentile(0.99, 5e6)),
            new LatencyStats.Histogram(
                    List.of(new LatencyStats.Bucket(1e6, 1), new LatencyStats.Bucket(2.5e6, 2)), 3, 4.5e6));

    private static final class UpdatedTransport implements Transport {
        @Override
        public String protocol() {
            return "tcp";
        }

        @Override
        public String address() {
            return "127.0.0.1:4150";
        }

        @Override
        public int port() {
            return 4150;
        }

        @Override
        public HandOverStats handOver() {
            return new HandOverStats(5, 3, 2);
        }
    }

    private static ChannelStats channel(String name, LatencyStats latency) {
        return new ChannelStats(name, 1, 2, 3, 4, 5, 6, 7, 8, List.of(), true, latency);
    }

    private static String scrape(TopicStats... topics) {
        NsqdStats stats = new NsqdStats(
                "1.3.0", "OK", Instant.ofEpochSecond(1_700_000_000), List.of(topics), Optional.empty(), List.of());
        PrometheusText text = new PrometheusText();
        NsqdMetrics.write(stats, text);
        return new String(text.toBytes(), StandardCharsets.UTF_8);
    }

    private static TopicStats topic(String name, ChannelStats... channels) {
        return new TopicStats(name, List.of(channels), 10, 11, 12, 13, false, LatencyStats.NONE);
    }

    private static void assertSays(String text, String line) {
        assertTrue(text.lines().anyMatch(line::equals), () -> line + " is not in\n" + text);
    }

    @Test
    void eachFigureOfATopicAndOfAChannelIsTold() {
        String text = scrape(topic("t", channel("c", LatencyStats.NONE)));
        assertSays(text, "nsqd_info{version=\"1.3.0\"} 1");
        assertSays(text, "nsqd_healthy 1");
        assertSays(text, "nsqd_start_time_seconds 1700000000");
        assertSays(text, "nsqd_topic_depth{topic=\"t\"} 10");
        assertSays(text, "nsqd_topic_backend_depth{topic=\"t\"} 11");
        assertSays(text, "nsqd_topic_messages_total{topic=\"t\"} 12");
        assertSays(text, "nsqd_topic_message_bytes_total{topic=\"t\"} 13");
        assertSays(text, "nsqd_topic_paused{topic=\"t\"} 0");
        String labels = "{topic=\"t\",channel=\"c\"} ";
        assertSays(text, "nsqd_channel_depth" + labels + 1);
        assertSays(text, "nsqd_channel_backend_depth" + labels + 2);
        assertSays(text, "nsqd_channel_in_flight_messages" + labels + 3);
        assertSays(text, "nsqd_channel_deferred_messages" + labels + 4);
        assertSays(text, "nsqd_channel_messages_total" + labels + 5);
        assertSays(text, "nsqd_channel_requeues_total" + labels + 6);
        assertSays(text, "nsqd_channel_timeouts_total" + labels + 7);
        assertSays(text, "nsqd_channel_clients" + labels + 8);
        assertSays(text, "nsqd_channel_paused" + labels + 1);
        assertFalse(text.contains("latency"), text);
    }

    @Test
    void whatPoliciesDidIsToldWhereThereAreSome() {
        ChannelStats plain = channel("plain", LatencyStats.NONE);
        ChannelStats ruled = new ChannelStats(
                "ruled",
                1,
                2,
                3,
                4,
                5,
                6,
                7,
                8,
                List.of(),
                true,
                LatencyStats.NONE,
                Optional.of(new PolicyStats(1, 2, 3, 4, 5, 6, 7)),
                Optional.empty());
        assertFalse(scrape(topic("t", plain)).contains("policy"));
        String text = scrape(topic("t", plain, ruled));
        String labels = "{topic=\"t\",channel=\"ruled\"} ";
        assertSays(text, "# TYPE nsqd_channel_policy_expired_total counter");
        assertSays(text, "nsqd_channel_policy_expired_total" + labels + 1);
        assertSays(text, "nsqd_channel_policy_dead_total" + labels + 2);
        assertSays(text, "nsqd_channel_policy_dropped_total" + labels + 3);
        assertSays(text, "nsqd_channel_policy_throttled_total" + labels + 4);
        assertSays(text, "nsqd_channel_policy_rejected_total" + labels + 5);
        assertSays(text, "nsqd_channel_policy_replayed_total" + labels + 6);
        assertFalse(text.contains("nsqd_topic_policy"), text);
        assertFalse(text.contains("nsqd_channel_policy_dead_total{topic=\"t\",channel=\"plain\"}"), text);
    }

    @Test
    void whatBecameOfConnectionsIsTold() {
        PrometheusText text = new PrometheusText();
        TransportMetrics.write(List.of(new UpdatedTransport()), text);
        String said = new String(text.toBytes(), StandardCharsets.UTF_8);
        String labels = "{transport=\"tcp\",address=\"127.0.0.1:4150\"} ";
        assertSays(said, "# TYPE nsqd_handover_parked_total counter");
        assertSays(said, "nsqd_handover_parked_total" + labels + 5);
        assertSays(said, "nsqd_handover_adopted_total" + labels + 3);
        assertSays(said, "nsqd_handover_closed_total" + labels + 2);
    }

    @Test
    void latenciesAreAHistogramInSeconds() {
        String text = scrape(topic("t", channel("c", LATENCY), channel("d", LatencyStats.NONE)));
        String name = "nsqd_channel_e2e_latency_seconds";
        assertSays(text, "# TYPE " + name + " histogram");
        assertSays(text, name + "_bucket{topic=\"t\",channel=\"c\",le=\"0.001\"} 1");
        assertSays(text, name + "_bucket{topic=\"t\",channel=\"c\",le=\"0.0025\"} 2");
        assertSays(text, name + "_bucket{topic=\"t\",channel=\"c\",le=\"+Inf\"} 3");
        assertSays(text, name + "_sum{topic=\"t\",channel=\"c\"} 0.0045");
        assertSays(text, name + "_count{topic=\"t\",channel=\"c\"} 3");
        assertFalse(text.contains(name + "_count{topic=\"t\",channel=\"d\"}"), text);
    }

    @Test
    void theSamplesOfAMetricStandTogetherBehindWhatIsSaidOfIt() {
        String text =
                scrape(topic("t", channel("c", LATENCY), channel("d", LATENCY)), topic("u", channel("c", LATENCY)));
        Set<String> over = new HashSet<>();
        String current = "";
        for (String line : text.lines().toList()) {
            if (line.startsWith("# HELP ")) {
                assertTrue(over.add(current), line);
                current = line.split(" ", 4)[2];
                assertFalse(over.contains(current), line);
            } else {
                assertTrue(line.startsWith("# TYPE " + current + " ") || line.startsWith(current), line);
            }
        }
    }

    @Test
    void labelsAreEscaped() {
        assertEquals(
                "a=\"\\\\ \\\" \\n ü\"", new String(PrometheusText.labels("a", "\\ \" \n ü"), StandardCharsets.UTF_8));
    }

    @Test
    void numbersAreWrittenOut() {
        PrometheusText text = new PrometheusText();
        for (long number : new long[] {0, 7, 10, 1234567890, Long.MAX_VALUE, -5}) {
            text.sample("n", PrometheusText.NONE, number);
        }
        assertEquals(
                "n 0\nn 7\nn 10\nn 1234567890\nn 9223372036854775807\nn -5\n",
                new String(text.toBytes(), StandardCharsets.UTF_8));
    }

    @Test
    void withoutTopicsThereIsNothingOfTopics() {
        assertFalse(scrape().contains("nsqd_topic"));
    }

    @Test
    void theVirtualMachineIsToldOf() {
        PrometheusText text = new PrometheusText();
        JvmMetrics.write(text);
        String lines = new String(text.toBytes(), StandardCharsets.UTF_8);
        for (String name : List.of(
                "jvm_memory_used_bytes{area=\"heap\"}",
                "jvm_gc_collections_total{gc=",
                "jvm_threads_current ",
                "process_start_time_seconds ")) {
            assertTrue(lines.lines().anyMatch(line -> line.startsWith(name)), name);
        }
    }

    @Test
    void whatMustNeverHappenIsThereFromTheStart() {
        Troubles troubles = new Troubles();
        troubles.count(Trouble.MESSAGES_LOST);
        troubles.add(Trouble.LOOP_STALL_TIME, 1_500_000_000);
        PrometheusText text = new PrometheusText();
        TroubleMetrics.write(troubles, text);
        String scraped = new String(text.toBytes(), StandardCharsets.UTF_8);
        assertSays(scraped, "nsqd_messages_lost_total 1");
        assertSays(scraped, "nsqd_copies_dropped_total 0");
        assertSays(scraped, "nsqd_loop_stall_seconds_total 1.5");
        assertEquals(
                Trouble.values().length,
                scraped.lines().filter(line -> !line.startsWith("#")).count());
    }
}
