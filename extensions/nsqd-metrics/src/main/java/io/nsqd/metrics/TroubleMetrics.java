package io.nsqd.metrics;

import io.nsqd.stats.Trouble;
import io.nsqd.stats.Troubles;

/** The counters of what must never happen: an alert on any of them is never wrong. */
final class TroubleMetrics {
    private static final double NANOS = 1e9;

    private TroubleMetrics() {}

    static void write(Troubles troubles, PrometheusText text) {
        troubles.snapshot().forEach((trouble, value) -> {
            boolean time = trouble.unit() == Trouble.Unit.NANOSECONDS;
            String name = "nsqd_" + trouble.label() + (time ? "_seconds_total" : "_total");
            text.metric(MetricType.COUNTER, name, trouble.help());
            if (time) {
                text.sample(name, PrometheusText.NONE, value / NANOS);
            } else {
                text.sample(name, PrometheusText.NONE, value);
            }
        });
    }
}
