package io.nsqd.http;

import io.nsqd.spi.HttpEndpoint;
import io.nsqd.spi.Services;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Tells {@link PluginEndpoints} of those that come and go. */
final class EndpointWatcher implements Services.Watcher<HttpEndpoint> {
    private static final Logger LOG = LoggerFactory.getLogger(EndpointWatcher.class);

    private final PluginEndpoints endpoints;

    EndpointWatcher(PluginEndpoints endpoints) {
        this.endpoints = endpoints;
    }

    @Override
    public void arrived(Services.Found<HttpEndpoint> found) {
        if (found.property(HttpEndpoint.PATH).orElse("") instanceof String path && path.startsWith("/")) {
            endpoints.add(found, path, found.service());
            LOG.debug("HTTP: {} is served by {}", path, found.owner());
        } else {
            LOG.warn(
                    "HTTP: an endpoint of {} is not served: its property {} is no path",
                    found.owner(),
                    HttpEndpoint.PATH);
        }
    }

    @Override
    public void left(Services.Found<HttpEndpoint> found) {
        endpoints.remove(found);
    }
}
