package io.nsqd.http;

import io.nsqd.spi.HttpEndpoint;
import org.osgi.framework.BundleContext;
import org.osgi.framework.ServiceReference;
import org.osgi.util.tracker.ServiceTracker;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Tells {@link PluginEndpoints} of those that come and go. */
final class EndpointTracker extends ServiceTracker<HttpEndpoint, HttpEndpoint> {
    private static final Logger LOG = LoggerFactory.getLogger(EndpointTracker.class);

    private final PluginEndpoints endpoints;

    EndpointTracker(BundleContext context, PluginEndpoints endpoints) {
        super(context, HttpEndpoint.class, null);
        this.endpoints = endpoints;
    }

    @Override
    public HttpEndpoint addingService(ServiceReference<HttpEndpoint> reference) {
        HttpEndpoint endpoint = super.addingService(reference);
        if (endpoint == null) {
            return null;
        }
        if (reference.getProperty(HttpEndpoint.PATH) instanceof String path && path.startsWith("/")) {
            endpoints.add(reference, path, endpoint);
            LOG.debug("HTTP: {} is served by {}", path, reference.getBundle().getSymbolicName());
        } else {
            LOG.warn(
                    "HTTP: an endpoint of {} is not served: its property {} is no path",
                    reference.getBundle().getSymbolicName(),
                    HttpEndpoint.PATH);
        }
        return endpoint;
    }

    @Override
    public void removedService(ServiceReference<HttpEndpoint> reference, HttpEndpoint endpoint) {
        endpoints.remove(reference);
        super.removedService(reference, endpoint);
    }
}
