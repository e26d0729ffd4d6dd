package io.nsqd.metrics;

import io.nsqd.api.Nsqd;
import io.nsqd.spi.HttpEndpoint;
import io.nsqd.spi.NsqdActivator;
import java.util.Map;
import org.osgi.framework.BundleContext;
import org.osgi.framework.FrameworkUtil;
import org.osgi.framework.ServiceRegistration;

/** Offers {@code /metrics} while the daemon is there. */
public final class Activator extends NsqdActivator {
    private static final String PATH = "/metrics";

    /** For the framework. */
    public Activator() {
        super("metrics");
    }

    @Override
    protected AutoCloseable attach(BundleContext context, Nsqd nsqd) {
        ServiceRegistration<HttpEndpoint> registration = context.registerService(
                HttpEndpoint.class,
                new MetricsEndpoint(nsqd),
                FrameworkUtil.asDictionary(Map.of(HttpEndpoint.PATH, PATH)));
        return registration::unregister;
    }
}
