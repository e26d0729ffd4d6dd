package io.nsqd.statsd;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.nsqd.stats.MemoryStats;
import io.nsqd.stats.NsqdStats;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class StatsdMetricsTest {
    private final StatsdMetrics metrics = new StatsdMetrics();

    private List<String> round(NsqdStats stats) {
        return metrics.round(stats, "", false);
    }

    private static String value(List<String> lines, String name) {
        List<String> found =
                lines.stream().filter(line -> line.startsWith(name + ":")).toList();
        assertEquals(1, found.size(), () -> name + " in " + lines);
        return found.get(0).substring(name.length() + 1).strip();
    }

    @Test
    @Tag("D-7")
    @Tag("D-12")
    @Tag("D-20")
    @Tag("D-22")
    void namesOrderAndValuesAreThoseOfTheReference() {
        List<String> lines = metrics.round(Figures.golden(), "nsq.nsq-1_example_org_24703.", false);
        assertEquals(GoldenDump.round("statsd-dump.txt", 0).text(), String.join("", lines));
    }

    @Test
    @Tag("D-23")
    void ephemeralOnesMayBeLeftOut() {
        NsqdStats stats = Figures.of(List.of(
                Figures.topic("t", 0, 0, Figures.channel("c", 0, 0, 0), Figures.channel("e#ephemeral", 0, 0, 0)),
                Figures.topic("x#ephemeral", 0, 0, Figures.channel("c", 0, 0, 0))));
        List<String> lines = metrics.round(stats, "", true);
        assertEquals(
                GoldenDump.round("statsd-dump-noprefix-noephemeral-100b.txt", 0).text(), String.join("", lines));
    }

    @Test
    @Tag("D-21")
    void countersAreDifferencesOfTheLastRound() {
        round(Figures.of(List.of(Figures.topic("t", 5, 50, Figures.channel("c", 5, 2, 1)))));
        List<String> lines = round(Figures.of(
                List.of(Figures.topic("t", 8, 90, Figures.channel("c", 8, 2, 4), Figures.channel("new", 3, 2, 1)))));
        assertEquals("3|c", value(lines, "topic.t.message_count"));
        assertEquals("40|c", value(lines, "topic.t.message_bytes"));
        assertEquals("3|c", value(lines, "topic.t.channel.c.message_count"));
        assertEquals("0|c", value(lines, "topic.t.channel.c.requeue_count"));
        assertEquals("3|c", value(lines, "topic.t.channel.c.timeout_count"));
        assertEquals("3|c", value(lines, "topic.t.channel.new.message_count"));
    }

    @Test
    void whatPoliciesDidIsSentWhereThereAreSome() {
        round(Figures.of(
                List.of(Figures.topic("t", 5, 50, Figures.ruledChannel("c", 5, 2), Figures.channel("d", 5, 0, 0)))));
        List<String> lines = round(Figures.of(
                List.of(Figures.topic("t", 8, 90, Figures.ruledChannel("c", 8, 6), Figures.channel("d", 8, 0, 0)))));
        assertEquals("4|c", value(lines, "topic.t.channel.c.dead_count"));
        assertEquals("0|c", value(lines, "topic.t.channel.c.expired_count"));
        assertTrue(lines.stream().noneMatch(line -> line.contains("channel.d.dead_count")), lines::toString);
    }

    @Test
    @Tag("D-21")
    void aTopicMadeAnewCountsFromTheStart() {
        round(Figures.of(List.of(Figures.topic("t", 5, 50, Figures.channel("c", 5, 2, 1)))));
        List<String> lines = round(Figures.of(List.of(Figures.topic("t", 3, 90, Figures.channel("c", 6, 3, 1)))));
        assertEquals("3|c", value(lines, "topic.t.message_count"));
        assertEquals("90|c", value(lines, "topic.t.message_bytes"));
        assertEquals("6|c", value(lines, "topic.t.channel.c.message_count"), "its channels are new as well");
        assertEquals("3|c", value(lines, "topic.t.channel.c.requeue_count"));
    }

    @Test
    @Tag("D-21")
    void aChannelMadeAnewCountsFromTheStart() {
        round(Figures.of(List.of(Figures.topic("t", 5, 50, Figures.channel("c", 5, 2, 1)))));
        List<String> lines = round(Figures.of(List.of(Figures.topic("t", 6, 60, Figures.channel("c", 1, 2, 3)))));
        assertEquals("1|c", value(lines, "topic.t.message_count"));
        assertEquals("1|c", value(lines, "topic.t.channel.c.message_count"));
        assertEquals("2|c", value(lines, "topic.t.channel.c.requeue_count"));
        assertEquals("3|c", value(lines, "topic.t.channel.c.timeout_count"));
    }

    @Test
    @Tag("D-21")
    void whatWasAwayForARoundCountsFromTheStart() {
        NsqdStats stats = Figures.of(List.of(Figures.topic("t", 5, 50)));
        round(stats);
        round(Figures.of(List.of()));
        assertEquals("5|c", value(round(stats), "topic.t.message_count"));
    }

    @Test
    @Tag("D-21")
    @Tag("D-23")
    void theBaselineMovesForWhatIsNotSentToo() {
        metrics.round(Figures.of(List.of(Figures.topic("t#ephemeral", 5, 50))), "", true);
        List<String> lines = round(Figures.of(List.of(Figures.topic("t#ephemeral", 7, 70))));
        assertEquals("2|c", value(lines, "topic.t#ephemeral.message_count"));
    }

    @Test
    @Tag("D-21")
    void garbageCollectionsAreCountedTheSameWay() {
        round(Figures.of(List.of(), new MemoryStats(1, 2, 3, 4, 5, 6, 7, 8, 9)));
        List<String> lines = round(Figures.of(List.of(), new MemoryStats(11, 12, 13, 14, 15, 16, 17, 18, 29)));
        assertEquals(
                List.of(
                        "mem.heap_objects:11|g\n",
                        "mem.heap_idle_bytes:12|g\n",
                        "mem.heap_in_use_bytes:13|g\n",
                        "mem.heap_released_bytes:14|g\n",
                        "mem.gc_pause_usec_100:15|g\n",
                        "mem.gc_pause_usec_99:16|g\n",
                        "mem.gc_pause_usec_95:17|g\n",
                        "mem.next_gc_bytes:18|g\n",
                        "mem.gc_runs:20|c\n"),
                lines);
    }

    @ParameterizedTest
    @CsvSource({"1.0, 100", "0.995, 100", "0.99, 99", "0.95, 95", "0.5, 50", "0.005, 0", "0.025, 2", "0.999, 100"})
    @Tag("D-22")
    void percentagesAreRoundedHalfToEven(double quantile, String percent) {
        assertEquals(percent, StatsdMetrics.percent(quantile));
    }

    @Test
    @Tag("D-20")
    void nothingMakesNoLines() {
        NsqdStats nothing = Figures.of(List.of());
        assertEquals(Optional.empty(), nothing.memory());
        assertTrue(round(nothing).isEmpty());
    }
}
