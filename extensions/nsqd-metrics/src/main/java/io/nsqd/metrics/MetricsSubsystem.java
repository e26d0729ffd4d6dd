package io.nsqd.metrics;

import io.nsqd.api.Nsqd;
import io.nsqd.spi.HttpEndpoint;
import io.nsqd.spi.Services;
import io.nsqd.spi.Subsystem;
import java.util.Map;

/** Offers {@code /metrics} while the daemon is there. */
public final class MetricsSubsystem implements Subsystem {
    private static final String PATH = "/metrics";

    /** For the service loader and for the activator. */
    public MetricsSubsystem() {}

    @Override
    public String name() {
        return "metrics";
    }

    @Override
    public AutoCloseable start(Services services) {
        PluginMetrics plugins = new PluginMetrics(services);
        MetricsEndpoint endpoint = new MetricsEndpoint(services.get(Nsqd.class), plugins);
        Runnable unregister = services.register(HttpEndpoint.class, endpoint, Map.of(HttpEndpoint.PATH, PATH));
        return () -> {
            unregister.run();
            plugins.close();
        };
    }
}
