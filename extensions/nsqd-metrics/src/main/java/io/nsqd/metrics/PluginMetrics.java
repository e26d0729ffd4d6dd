package io.nsqd.metrics;

import io.nsqd.log.Logger;
import io.nsqd.log.LoggerFactory;
import io.nsqd.spi.FigureSource;
import io.nsqd.spi.Services;
import io.nsqd.stats.Figure;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;

/** The figures of plug-ins, while these are there. Any thread. */
final class PluginMetrics implements Services.Watcher<FigureSource>, AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(PluginMetrics.class);

    private final List<Services.Found<FigureSource>> sources = new CopyOnWriteArrayList<>();
    private final Runnable forget;

    PluginMetrics(Services services) {
        forget = services.watch(List.<Class<? extends FigureSource>>of(FigureSource.class), this);
    }

    @Override
    public void arrived(Services.Found<FigureSource> found) {
        sources.add(found);
    }

    @Override
    public void left(Services.Found<FigureSource> found) {
        sources.remove(found);
    }

    /** Writes them; of two of one name the first. */
    void write(PrometheusText text) {
        Set<String> written = new java.util.HashSet<>();
        for (Services.Found<FigureSource> source : sources) {
            try {
                for (Figure figure : source.service().figures()) {
                    String name = "nsqd_" + figure.name();
                    if (written.add(name)) {
                        text.metric(
                                figure.kind() == Figure.Kind.COUNTER ? MetricType.COUNTER : MetricType.GAUGE,
                                name,
                                figure.help().replaceAll("[\\r\\n\\\\]", " "));
                        text.sample(name, PrometheusText.NONE, figure.value());
                    }
                }
            } catch (RuntimeException | LinkageError e) {
                LOG.error("METRICS: the figures of {} cannot be had - {}", source.owner(), e.toString(), e);
            }
        }
    }

    @Override
    public void close() {
        forget.run();
    }
}
