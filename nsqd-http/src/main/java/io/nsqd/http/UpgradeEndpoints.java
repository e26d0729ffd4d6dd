package io.nsqd.http;

import io.nsqd.log.Logger;
import io.nsqd.log.LoggerFactory;
import io.nsqd.net.ParkedConnection;
import io.nsqd.net.transport.HttpUpgrade;
import io.nsqd.net.transport.ServedConnection;
import io.nsqd.spi.HttpEndpoint;
import io.nsqd.spi.Services;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

/** The paths at which a connection becomes another protocol's, and those who decide on that. Any thread. */
final class UpgradeEndpoints implements Services.Watcher<HttpUpgrade> {
    private static final Logger LOG = LoggerFactory.getLogger(UpgradeEndpoints.class);

    /** The path is served, but not without an upgrade. */
    private static final Response UPGRADE_REQUIRED = Response.error(426, "UPGRADE_REQUIRED");

    private final HttpAuthorization authorization;
    private final Map<Services.Found<HttpUpgrade>, Mounted> mounted = new ConcurrentHashMap<>();

    private record Mounted(String path, Access access, HttpUpgrade upgrade) {}

    UpgradeEndpoints(HttpAuthorization authorization) {
        this.authorization = authorization;
    }

    @Override
    public void arrived(Services.Found<HttpUpgrade> found) {
        String path = found.property(HttpEndpoint.PATH).map(Object::toString).orElse("");
        Optional<Object> said = found.property(HttpEndpoint.ACCESS);
        Optional<Access> access = said.isEmpty() ? Optional.of(Access.OPEN) : said.flatMap(Access::named);
        if (!path.startsWith("/") || access.isEmpty()) {
            LOG.warn(
                    "HTTP: an upgrade of {} is not served: {} and {} say nothing that is meant",
                    found.owner(),
                    HttpEndpoint.PATH,
                    HttpEndpoint.ACCESS);
            return;
        }
        mounted.put(found, new Mounted(path, access.get(), found.service()));
        LOG.debug("HTTP: upgrades at {} are served by {}", path, found.owner());
    }

    @Override
    public void left(Services.Found<HttpUpgrade> found) {
        mounted.remove(found);
    }

    /**
     * What serves a path where connections may be upgraded.
     *
     * @param otherwise what serves its other requests
     */
    Optional<Endpoint> find(String path, Optional<Endpoint> otherwise) {
        if (mounted.isEmpty()) {
            return otherwise;
        }
        Optional<Mounted> at = mounted.entrySet().stream()
                .filter(entry -> entry.getValue().path().equals(path))
                .max(Map.Entry.comparingByKey())
                .map(Map.Entry::getValue);
        return at.isEmpty() ? otherwise : Optional.of(exchange -> open(at.get(), otherwise, exchange));
    }

    private RequestBody open(Mounted at, Optional<Endpoint> otherwise, Exchange exchange) throws HttpException {
        if (exchange.request().isUpgradeTo(at.upgrade().protocol())) {
            return authorization
                    .guard(at.access(), Endpoint.skipping(asking -> upgrade(at.upgrade(), asking)))
                    .open(exchange);
        }
        return otherwise.isPresent()
                ? otherwise.get().open(exchange)
                : new RequestBody.Unread(
                        UPGRADE_REQUIRED.with("Upgrade", at.upgrade().protocol()));
    }

    private static void upgrade(HttpUpgrade upgrade, Exchange exchange) throws HttpException {
        exchange.log();
        try {
            Map<String, String> headers = upgrade.accept(PluginEndpoints.request(exchange, new byte[0]));
            exchange.upgrade(upgrade, headers);
        } catch (HttpUpgrade.Refused e) {
            exchange.answer(PluginEndpoints.encoded(e.response()));
        }
    }

    /** Goes on with a connection that was upgraded; nothing where nobody can. */
    Optional<ServedConnection> adopt(ParkedConnection parked) throws Exception {
        for (Mounted each : mounted.values()) {
            Optional<ServedConnection> adopted = each.upgrade().adopt(parked);
            if (adopted.isPresent()) {
                return adopted;
            }
        }
        return Optional.empty();
    }
}
