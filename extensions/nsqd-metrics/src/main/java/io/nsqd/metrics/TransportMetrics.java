package io.nsqd.metrics;

import io.nsqd.spi.Transport;
import io.nsqd.stats.HandOverStats;
import java.util.List;
import java.util.function.ToLongFunction;

/** What became of connections when transports were updated. */
final class TransportMetrics {
    private TransportMetrics() {}

    static void write(List<Transport> transports, PrometheusText text) {
        List<Labelled<HandOverStats>> all = transports.stream()
                .map(transport -> new Labelled<>(
                        PrometheusText.labels("transport", transport.protocol(), "address", transport.address()),
                        transport.handOver()))
                .toList();
        counter("parked", "Connections left for the next transport.", all, HandOverStats::parked, text);
        counter("adopted", "Connections taken over from the transport before.", all, HandOverStats::adopted, text);
        counter("closed", "Connections that could not be handed over.", all, HandOverStats::closed, text);
    }

    private static void counter(
            String what,
            String help,
            List<Labelled<HandOverStats>> all,
            ToLongFunction<HandOverStats> value,
            PrometheusText text) {
        if (all.isEmpty()) {
            return;
        }
        String name = "nsqd_handover_" + what + "_total";
        text.metric(MetricType.COUNTER, name, help);
        for (Labelled<HandOverStats> one : all) {
            text.sample(name, one.labels, value.applyAsLong(one.stats));
        }
    }
}
