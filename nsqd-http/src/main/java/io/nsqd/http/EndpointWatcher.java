package io.nsqd.http;

import io.nsqd.log.Logger;
import io.nsqd.log.LoggerFactory;
import io.nsqd.spi.HttpEndpoint;
import io.nsqd.spi.Services;

/** Tells {@link PluginEndpoints} of those that come and go. */
final class EndpointWatcher implements Services.Watcher<HttpEndpoint> {
    private static final Logger LOG = LoggerFactory.getLogger(EndpointWatcher.class);

    private final PluginEndpoints endpoints;

    EndpointWatcher(PluginEndpoints endpoints) {
        this.endpoints = endpoints;
    }

    @Override
    public void arrived(Services.Found<HttpEndpoint> found) {
        if (!(found.property(HttpEndpoint.PATH).orElse("") instanceof String path) || !path.startsWith("/")) {
            refuse(found, HttpEndpoint.PATH + " is no path");
            return;
        }
        if (endpoints.isOurs(path)) {
            refuse(found, HttpEndpoint.PATH + " is one of nsqd's own: " + path);
            return;
        }
        EndpointTerms terms;
        try {
            terms = EndpointTerms.of(found);
        } catch (IllegalArgumentException e) {
            refuse(found, e.getMessage());
            return;
        }
        endpoints.add(found, path, terms, found.service());
        LOG.debug("HTTP: {} is served by {}", path, found.owner());
    }

    private static void refuse(Services.Found<HttpEndpoint> found, String why) {
        LOG.warn("HTTP: an endpoint of {} is not served: its property {}", found.owner(), why);
    }

    @Override
    public void left(Services.Found<HttpEndpoint> found) {
        endpoints.remove(found);
    }
}
