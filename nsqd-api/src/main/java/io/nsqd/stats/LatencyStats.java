package io.nsqd.stats;

import java.util.List;

/**
 * End-to-end latency quantiles (B-50).
 *
 * @param count samples in the window
 * @param percentiles one per configured quantile, in configured order; empty when none is configured (or, for a topic,
 *     when it has no channel), which JSON shows as {@code null}
 */
public record LatencyStats(long count, List<Percentile> percentiles) {
    /** Not configured. */
    public static final LatencyStats NONE = new LatencyStats(0, List.of());

    /**
     * One quantile.
     *
     * @param quantile greater than 0, at most 1
     * @param nanos the latency in nanoseconds, 0 without samples
     */
    public record Percentile(double quantile, double nanos) {}
}
