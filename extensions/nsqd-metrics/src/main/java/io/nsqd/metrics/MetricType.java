package io.nsqd.metrics;

/** What a metric is. */
enum MetricType {
    COUNTER("counter"),
    GAUGE("gauge"),
    HISTOGRAM("histogram");

    private final String word;

    MetricType(String word) {
        this.word = word;
    }

    /** The format's word for it. */
    String word() {
        return word;
    }
}
