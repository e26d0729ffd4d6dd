package io.nsqd.metrics;

import io.nsqd.api.Nsqd;
import io.nsqd.spi.HttpEndpoint;
import io.nsqd.stats.StatsFilter;
import java.util.Optional;

/** Answers a scrape. */
final class MetricsEndpoint implements HttpEndpoint {
    /** Clients are told by their number alone: each would be a set of time series of its own. */
    private static final StatsFilter WITHOUT_CLIENTS =
            new StatsFilter(Optional.empty(), Optional.empty(), false, false);

    private final Nsqd nsqd;
    private final PluginMetrics plugins;

    /** What all figures of a daemon have that is not the only one of its process. */
    private final byte[] labels;

    MetricsEndpoint(Nsqd nsqd, PluginMetrics plugins) {
        this.plugins = plugins;
        this.nsqd = nsqd;
        boolean named = !nsqd.name().equals(Nsqd.DEFAULT_NAME);
        labels = named ? PrometheusText.labels("daemon", nsqd.name()) : PrometheusText.NONE;
    }

    @Override
    public Response handle(Request request) {
        if (!request.method().equals("GET") && !request.method().equals("HEAD")) {
            return Response.text(405, "only GET\n");
        }
        PrometheusText text = new PrometheusText().common(labels);
        NsqdMetrics.write(nsqd.stats(WITHOUT_CLIENTS), text);
        TransportMetrics.write(nsqd.transports(), text);
        TroubleMetrics.write(nsqd.troubles(), text);
        plugins.write(text);
        JvmMetrics.write(text.common(PrometheusText.NONE));
        return new Response(200, PrometheusText.CONTENT_TYPE, text.toBytes());
    }
}
