package io.nsqd.websocket;

import io.nsqd.api.Nsqd;
import io.nsqd.api.Option;
import io.nsqd.api.Options;
import io.nsqd.net.transport.HttpUpgrade;
import io.nsqd.net.transport.V2Protocol;
import io.nsqd.spi.HttpEndpoint;
import io.nsqd.spi.RequestOrigins;
import io.nsqd.spi.Services;
import io.nsqd.spi.Subsystem;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/** Offers messages to browsers while there is a daemon, and whoever speaks V2, if the options say so. */
public final class WebSocketSubsystem implements Subsystem {
    static final String PATH = "/ws";

    /** Subscribers at once: of each the answer, which goes on for ever, is known at once. */
    private static final int AT_ONCE = 16;

    /** For the service loader and for the activator. */
    public WebSocketSubsystem() {}

    @Override
    public String name() {
        return "websocket";
    }

    @Override
    public List<Class<?>> needs() {
        return List.of(Nsqd.class, V2Protocol.class);
    }

    @Override
    public AutoCloseable start(Services services) {
        Nsqd nsqd = services.get(Nsqd.class);
        if (!nsqd.options().flag(Option.WEBSOCKET)) {
            return () -> {};
        }
        RequestOrigins origins = origins(nsqd.options());
        WebSocketUpgrade upgrade = new WebSocketUpgrade(services.get(V2Protocol.class), origins);
        EventStreams streams = new EventStreams(nsqd);
        List<Runnable> registered = List.of(
                services.register(HttpUpgrade.class, upgrade, Map.of(HttpEndpoint.PATH, PATH)),
                endpoint(services, PATH, HttpEndpoint.ACCESS_OPEN, new ScriptEndpoint()),
                endpoint(services, "/sub", HttpEndpoint.ACCESS_SUBSCRIBE, new SubEndpoint(nsqd, streams, origins)),
                endpoint(
                        services,
                        "/fin",
                        HttpEndpoint.ACCESS_SUBSCRIBE,
                        new SettleEndpoint(origins, "FIN", (request, id) -> streams.finish(request, id))),
                endpoint(
                        services,
                        "/req",
                        HttpEndpoint.ACCESS_SUBSCRIBE,
                        new SettleEndpoint(origins, "REQ", (request, id) -> streams.requeue(request, id))));
        return () -> {
            registered.forEach(Runnable::run);
            streams.close();
            upgrade.close();
        };
    }

    /** The daemon is known by the name that it tells others. */
    private static RequestOrigins origins(Options options) {
        List<String> named = Stream.of(options.string(Option.WEBSOCKET_ORIGINS).split(",", -1))
                .map(String::strip)
                .filter(origin -> !origin.isEmpty())
                .toList();
        return new RequestOrigins(List.of(options.string(Option.BROADCAST_ADDRESS)), named);
    }

    private static Runnable endpoint(Services services, String path, String access, HttpEndpoint endpoint) {
        return services.register(
                HttpEndpoint.class,
                endpoint,
                Map.of(
                        HttpEndpoint.PATH, path,
                        HttpEndpoint.ACCESS, access,
                        HttpEndpoint.CONCURRENCY, AT_ONCE));
    }
}
