package io.nsqd.core;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.nsqd.api.Option;
import io.nsqd.stats.LatencyStats;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** End-to-end latency quantiles (B-50 to B-52). */
final class LatencyTest {
    private static final List<Double> QUANTILES = List.of(1.0, 0.99, 0.95, 0.5);
    private static final long WINDOW = TimeUnit.MINUTES.toNanos(10);

    private final TestClock clock = new TestClock();

    @TempDir
    private Path dataPath;

    @Test
    @Tag("B-50")
    void withoutAPercentileThereAreNone() throws IOException {
        try (TestDaemon daemon = TestDaemon.on(dataPath)) {
            TestConsumer consumer = TestConsumer.on(daemon.channel("t", "c"), 1);
            daemon.publish("t", "m").join();
            consumer.finishNext(1);
            assertEquals(LatencyStats.NONE, daemon.stats("t", "c").latency());
            assertEquals(LatencyStats.NONE, daemon.stats("t").latency());
        }
    }

    @Test
    @Tag("B-50")
    void aFinishedMessageCountsInItsChannelAndItsTopic() throws IOException {
        Map<Option, String> options = Map.of(Option.E2E_PROCESSING_LATENCY_PERCENTILE, "1.0\n0.5");
        try (TestDaemon daemon = TestDaemon.on(dataPath, options)) {
            assertEquals(LatencyStats.NONE, emptyTopic(daemon));
            TestConsumer consumer = TestConsumer.on(daemon.channel("t", "c"), 2);
            assertEquals(
                    List.of(new LatencyStats.Percentile(1.0, 0), new LatencyStats.Percentile(0.5, 0)),
                    daemon.stats("t", "c").latency().percentiles());
            daemon.publish("t", "a", "b").join();
            daemon.clock.stepEpoch(TimeUnit.SECONDS.toNanos(5));
            consumer.finishNext(1);
            LatencyStats channel = daemon.stats("t", "c").latency();
            assertEquals(1, channel.count());
            assertTrue(channel.percentiles().get(0).nanos() >= TimeUnit.SECONDS.toNanos(5));
            assertEquals(1, daemon.stats("t").latency().count());
        }
    }

    private static LatencyStats emptyTopic(TestDaemon daemon) {
        daemon.topic("t");
        return daemon.stats("t").latency();
    }

    @Test
    void allLatenciesSinceTheStartAreInTheHistogram() {
        LatencyWindow window = new LatencyWindow(QUANTILES, WINDOW, clock);
        window.record(new long[] {TimeUnit.MILLISECONDS.toNanos(1)}, 1);
        window.record(new long[] {TimeUnit.MILLISECONDS.toNanos(1) + 1}, 1);
        window.record(new long[] {TimeUnit.HOURS.toNanos(2)}, 1);
        window.record(new long[] {-1}, 1);
        clock.pass(3 * WINDOW);
        LatencyStats.Histogram histogram = LatencyWindow.stats(window).histogram();
        assertEquals(4, histogram.count());
        assertEquals(1e6, histogram.buckets().get(0).upToNanos());
        assertEquals(2, histogram.buckets().get(0).count());
        assertEquals(3, histogram.buckets().get(1).count());
        assertEquals(3, histogram.buckets().get(histogram.buckets().size() - 1).count());
        assertEquals(2e6 + 7.2e12, histogram.sumNanos());
        LatencyStats.Histogram merged =
                LatencyWindow.merged(List.of(window, window)).histogram();
        assertEquals(8, merged.count());
        assertEquals(4, merged.buckets().get(0).count());
    }

    @Test
    @Tag("B-51")
    void aSampleIsForgottenAfterTheWindowAndNotBeforeHalfOfIt() {
        LatencyWindow window = new LatencyWindow(QUANTILES, WINDOW, clock);
        window.record(new long[] {1_000}, 1);
        clock.pass(WINDOW / 2 - TimeUnit.SECONDS.toNanos(1));
        assertEquals(1, LatencyWindow.stats(window).count());
        clock.pass(TimeUnit.SECONDS.toNanos(2));
        window.record(new long[] {2_000}, 1);
        assertEquals(2, LatencyWindow.stats(window).count());
        clock.pass(WINDOW / 2);
        assertEquals(1, LatencyWindow.stats(window).count());
        clock.pass(WINDOW);
        assertEquals(0, LatencyWindow.stats(window).count());
    }

    @Test
    @Tag("B-52")
    void aQuantileIsNearItsRank() {
        for (int size : new int[] {1, 10, 499, 500, 501, 5_000}) {
            LatencyWindow window = new LatencyWindow(QUANTILES, WINDOW, clock);
            Random random = new Random(size);
            double[] values = new double[size];
            for (int i = 0; i < size; i++) {
                values[i] = random.nextInt(1_000_000_000);
                window.record(new long[] {(long) values[i]}, 1);
            }
            Arrays.sort(values);
            LatencyStats stats = LatencyWindow.stats(window);
            assertEquals(size, stats.count());
            for (LatencyStats.Percentile percentile : stats.percentiles()) {
                assertNear(percentile, values);
            }
        }
    }

    private static void assertNear(LatencyStats.Percentile percentile, double[] sorted) {
        int rank = Arrays.binarySearch(sorted, percentile.nanos());
        assertTrue(rank >= 0, "an answer is one of the samples");
        double wanted = percentile.quantile() * sorted.length;
        assertTrue(
                Math.abs(rank - wanted) <= 0.02 * sorted.length + 1,
                percentile + " has rank " + rank + " of " + sorted.length);
    }

    @Test
    @Tag("B-52")
    void ofManySamplesItIsNearTheValueAtItsRank() {
        for (long scale : new long[] {100, 1_000_000, TimeUnit.HOURS.toNanos(1)}) {
            LatencyWindow window = new LatencyWindow(QUANTILES, WINDOW, clock);
            long[] values = new Random(scale)
                    .doubles(200_000)
                    .mapToLong(x -> (long) (scale * x * x))
                    .toArray();
            for (int i = 0; i < values.length; i += 100) {
                window.record(Arrays.copyOfRange(values, i, i + 100), 100);
            }
            LatencyStats stats = LatencyWindow.stats(window);
            Arrays.sort(values);
            assertEquals(values.length, stats.count());
            assertEquals(
                    (double) values[values.length - 1],
                    stats.percentiles().get(0).nanos());
            for (LatencyStats.Percentile percentile : stats.percentiles()) {
                // A twentieth of them is the sketch's, which may be off by one or two percent of its own
                // ranks.
                double least = values[(int) (percentile.quantile() * values.length * 0.997) - 1];
                double most =
                        values[(int) Math.min(percentile.quantile() * values.length * 1.003, values.length - 1.0)];
                assertTrue(
                        percentile.nanos() >= least * 0.996 && percentile.nanos() <= most * 1.004,
                        percentile + " is not from " + least + " to " + most);
            }
            clock.pass(2 * WINDOW);
            assertEquals(0, LatencyWindow.stats(window).count());
        }
    }

    @Test
    @Tag("B-52")
    void ofManySamplesWithAGapNoneIsInTheGap() {
        LatencyWindow window = new LatencyWindow(QUANTILES, WINDOW, clock);
        LatencyWindow few = new LatencyWindow(QUANTILES, WINDOW, clock);
        long[] batch = new long[100];
        Arrays.fill(batch, 0, 60, TimeUnit.MILLISECONDS.toNanos(1));
        Arrays.fill(batch, 60, 100, TimeUnit.SECONDS.toNanos(1));
        for (int i = 0; i < 1_000; i++) {
            window.record(batch, batch.length);
        }
        few.record(batch, batch.length);
        for (LatencyStats stats : List.of(LatencyWindow.stats(window), LatencyWindow.merged(List.of(few, window)))) {
            assertEquals(1e9, stats.percentiles().get(0).nanos());
            assertEquals(1e9, stats.percentiles().get(2).nanos(), 4e6);
            assertEquals(1e6, stats.percentiles().get(3).nanos(), 4e3);
        }
        assertEquals(100_100, LatencyWindow.merged(List.of(few, window)).count());
    }

    @Test
    @Tag("B-52")
    @Tag("T-22")
    void aTopicMergesItsChannels() {
        LatencyWindow low = new LatencyWindow(QUANTILES, WINDOW, clock);
        LatencyWindow high = new LatencyWindow(QUANTILES, WINDOW, clock);
        for (int i = 1; i <= 1_000; i++) {
            low.record(new long[] {i}, 1);
            high.record(new long[] {1_000_000 + i}, 1);
        }
        LatencyStats merged = LatencyWindow.merged(List.of(low, high));
        assertEquals(2_000, merged.count());
        assertEquals(1_001_000, merged.percentiles().get(0).nanos());
        double median = merged.percentiles().get(3).nanos();
        assertTrue(median >= 970 && median <= 1_000_030, "median " + median);
    }
}
