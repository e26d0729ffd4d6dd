package io.nsqd.stats;

import java.util.List;

/**
 * End-to-end latency quantiles (B-50).
 *
 * @param count samples in the window
 * @param percentiles one per configured quantile, in configured order; empty when none is configured (or, for a topic,
 *     when it has no channel), which JSON shows as {@code null}
 * @param histogram all latencies since the start; empty where no quantile is configured
 */
public record LatencyStats(long count, List<Percentile> percentiles, Histogram histogram) {
    /** Not configured. */
    public static final LatencyStats NONE = new LatencyStats(0, List.of());

    /** Copies the list. */
    public LatencyStats {
        percentiles = List.copyOf(percentiles);
    }

    /** Without a histogram. */
    public LatencyStats(long count, List<Percentile> percentiles) {
        this(count, percentiles, Histogram.NONE);
    }

    /**
     * One quantile.
     *
     * @param quantile greater than 0, at most 1
     * @param nanos the latency in nanoseconds, 0 without samples
     */
    public record Percentile(double quantile, double nanos) {}

    /**
     * How many messages took how long, since the start.
     *
     * @param buckets by their bounds, ascending, each with those of the ones before
     * @param count all messages, those beyond the last bound too
     * @param sumNanos their latencies together
     */
    public record Histogram(List<Bucket> buckets, long count, double sumNanos) {
        /** Not configured. */
        public static final Histogram NONE = new Histogram(List.of(), 0, 0);

        /** Copies the list. */
        public Histogram {
            buckets = List.copyOf(buckets);
        }
    }

    /**
     * One bucket.
     *
     * @param upToNanos the bound, which still belongs to it
     * @param count messages that took so long or less
     */
    public record Bucket(double upToNanos, long count) {}
}
