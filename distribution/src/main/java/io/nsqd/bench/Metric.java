package io.nsqd.bench;

/** What a round of a workload tells. */
enum Metric {
    RATE("rate", "msg/s", "%,.0f"),
    P50("p50", "ms", "%.3f"),
    P99("p99", "ms", "%.3f"),
    P999("p99.9", "ms", "%.3f");

    private final String label;
    private final String unit;
    private final String format;

    Metric(String label, String unit, String format) {
        this.label = label;
        this.unit = unit;
        this.format = format;
    }

    String label() {
        return label;
    }

    String unit() {
        return unit;
    }

    /** For {@link String#format}. */
    String format() {
        return format;
    }
}
