package io.nsqd.core;

import io.nsqd.stats.LatencyStats;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * End-to-end latencies of the last while: two streams, each of half the window, of which the older is dropped in turn
 * (B-51). Guarded by its own lock, a leaf.
 */
final class LatencyWindow {
    /** The bounds of the histogram's buckets: from a millisecond to an hour. */
    private static final long[] BOUNDS = Arrays.stream(new double[] {
                1e6, 2.5e6, 5e6, 1e7, 2.5e7, 5e7, 1e8, 2.5e8, 5e8, 1e9, 2.5e9, 5e9, 1e10, 3e10, 6e10, 3e11, 9e11, 3.6e12
            })
            .mapToLong(nanos -> (long) nanos)
            .toArray();

    private final List<Double> quantiles;
    private final long halfNanos;
    private final Clock clock;
    private final LatencyStream[] streams;
    private int current;
    private long lastMove;

    /** Messages of each bucket alone, and of those beyond the last. */
    private final long[] buckets = new long[BOUNDS.length + 1];

    private double sumNanos;

    /**
     * @param quantiles in the order in which they are reported, not empty
     * @param windowNanos the window, in nanoseconds
     */
    LatencyWindow(List<Double> quantiles, long windowNanos, Clock clock) {
        this.quantiles = quantiles;
        this.clock = clock;
        halfNanos = Math.max(1, windowNanos / 2);
        double[] targets = quantiles.stream().mapToDouble(Double::doubleValue).toArray();
        streams = new LatencyStream[] {new LatencyStream(targets), new LatencyStream(targets)};
        lastMove = clock.nanoTime();
    }

    synchronized void record(long[] nanos, int count) {
        move();
        streams[current].insert(nanos, count);
        // Those of a batch are mostly of one bucket.
        int bucket = 0;
        int run = 0;
        long above = upTo(-1);
        long upTo = upTo(0);
        long sum = 0;
        for (int i = 0; i < count; i++) {
            if (nanos[i] > upTo || nanos[i] <= above) {
                buckets[bucket] += run;
                bucket = bucket(nanos[i]);
                above = upTo(bucket - 1);
                upTo = upTo(bucket);
                run = 0;
            }
            run++;
            sum += nanos[i];
        }
        buckets[bucket] += run;
        sumNanos += sum;
    }

    private static long upTo(int bucket) {
        return bucket < 0 ? Long.MIN_VALUE : bucket < BOUNDS.length ? BOUNDS[bucket] : Long.MAX_VALUE;
    }

    private static int bucket(long nanos) {
        int found = Arrays.binarySearch(BOUNDS, nanos);
        return found < 0 ? -found - 1 : found;
    }

    private LatencyStats.Histogram histogram() {
        List<LatencyStats.Bucket> cumulative = new ArrayList<>(BOUNDS.length);
        long count = 0;
        for (int i = 0; i < BOUNDS.length; i++) {
            count += buckets[i];
            cumulative.add(new LatencyStats.Bucket(BOUNDS[i], count));
        }
        return new LatencyStats.Histogram(cumulative, count + buckets[BOUNDS.length], sumNanos);
    }

    /** The figures; {@link LatencyStats#NONE} where no quantile is configured and so there is no window. */
    static LatencyStats stats(LatencyWindow window) {
        return window == null ? LatencyStats.NONE : window.stats();
    }

    /** The figures of several windows as one: a topic's (B-50). There must be at least one. */
    static LatencyStats merged(List<LatencyWindow> windows) {
        LatencyWindow first = windows.get(0);
        LatencyWindow all = new LatencyWindow(first.quantiles, first.halfNanos * 2, first.clock);
        for (LatencyWindow window : windows) {
            synchronized (window) {
                window.move();
                all.streams[0].merge(window.streams[window.current]);
                all.streams[1].merge(window.streams[1 - window.current]);
                for (int i = 0; i < all.buckets.length; i++) {
                    all.buckets[i] += window.buckets[i];
                }
                all.sumNanos += window.sumNanos;
            }
        }
        return all.stats();
    }

    private synchronized LatencyStats stats() {
        move();
        LatencyStream both = new LatencyStream(
                quantiles.stream().mapToDouble(Double::doubleValue).toArray());
        both.merge(streams[0]);
        both.merge(streams[1]);
        List<LatencyStats.Percentile> percentiles = new ArrayList<>();
        for (double quantile : quantiles) {
            percentiles.add(new LatencyStats.Percentile(quantile, both.query(quantile)));
        }
        return new LatencyStats(both.count(), List.copyOf(percentiles), histogram());
    }

    private void move() {
        long halves = (clock.nanoTime() - lastMove - 1) / halfNanos;
        // After two moves nothing is left, however many more there are to be made.
        for (long i = Math.min(halves, streams.length); i > 0; i--) {
            current = 1 - current;
            streams[current].reset();
        }
        if (halves > 0) {
            lastMove += halves * halfNanos;
        }
    }
}
