package io.nsqd.http;

import io.nsqd.api.Nsqd;
import io.nsqd.stats.PluginStats;
import java.time.Clock;
import java.util.List;
import java.util.function.Supplier;

/** All paths that are served. */
final class Routes {
    private static final String PPROF = "/debug/pprof/";

    private Routes() {}

    /** @param parts what the daemon is made of */
    static Router of(
            Nsqd nsqd,
            Clock clock,
            OneJob profiling,
            HttpAuthorization authorization,
            PluginEndpoints plugins,
            UpgradeEndpoints upgrades,
            Supplier<List<PluginStats>> parts) {
        Router.Builder routes = new Router.Builder(authorization);
        PublishEndpoint publish = new PublishEndpoint(nsqd);
        ConfigEndpoint config = new ConfigEndpoint(nsqd);
        routes.route("GET", "/ping", new PingEndpoint(nsqd))
                .route("GET", "/info", new InfoEndpoint(nsqd))
                .route("GET", "/stats", Endpoint.skipping(new StatsEndpoint(nsqd, clock)))
                .route("GET", "/plugins", Endpoint.skipping(new PluginsEndpoint(parts)))
                .unlogged("POST", "/pub", Access.TOPIC, publish::pub)
                .unlogged("POST", "/mpub", Access.TOPIC, publish::mpub)
                .config("GET", config::get)
                .config("PUT", Access.DAEMON, config::put);
        topics(routes, new TopicEndpoint(nsqd));
        channels(routes, new ChannelEndpoint(nsqd, clock));
        policies(routes, "/topic/policy", Access.TOPIC, new PolicyEndpoint(nsqd, false));
        policies(routes, "/channel/policy", Access.CHANNEL, new PolicyEndpoint(nsqd, true));
        messages(routes, new MessagesEndpoint(nsqd, clock));
        debug(
                routes,
                new DebugEndpoint(),
                new PprofEndpoint(new StackSampler(profiling), new FlightRecorder(profiling)));
        Router router = routes.build(path -> upgrades.find(path, plugins.find(path)));
        plugins.reserve(router::serves);
        return router;
    }

    private static void topics(Router.Builder routes, TopicEndpoint topic) {
        routes.route("POST", "/topic/create", Access.TOPIC, Endpoint.skipping(topic::create))
                .route("POST", "/topic/delete", Access.TOPIC, Endpoint.skipping(topic::delete))
                .route("POST", "/topic/empty", Access.TOPIC, Endpoint.skipping(topic::empty))
                .route("POST", "/topic/pause", Access.TOPIC, Endpoint.skipping(topic::pause))
                .route("POST", "/topic/unpause", Access.TOPIC, Endpoint.skipping(topic::unpause));
    }

    private static void channels(Router.Builder routes, ChannelEndpoint channel) {
        routes.route("POST", "/channel/create", Access.CHANNEL, Endpoint.skipping(channel::create))
                .route("POST", "/channel/delete", Access.CHANNEL, Endpoint.skipping(channel::delete))
                .route("POST", "/channel/empty", Access.CHANNEL, Endpoint.skipping(channel::empty))
                .route("POST", "/channel/pause", Access.CHANNEL, Endpoint.skipping(channel::pause))
                .route("POST", "/channel/unpause", Access.CHANNEL, Endpoint.skipping(channel::unpause))
                .route("POST", "/channel/rewind", Access.CHANNEL, Endpoint.skipping(channel::rewind));
    }

    /** A pattern is about topics of others, too: so who says a policy administers the daemon. */
    private static void policies(Router.Builder routes, String path, Access reading, PolicyEndpoint policy) {
        routes.route("GET", path, reading, Endpoint.skipping(policy::get))
                .route("POST", path, Access.DAEMON, policy::post)
                .route("DELETE", path, Access.DAEMON, Endpoint.skipping(policy::delete));
    }

    private static void messages(Router.Builder routes, MessagesEndpoint messages) {
        routes.route("GET", "/channel/peek", Access.CHANNEL, Endpoint.skipping(messages::peek))
                .route("POST", "/channel/requeue", Access.CHANNEL, Endpoint.skipping(messages::requeue))
                .route("POST", "/channel/drop", Access.CHANNEL, Endpoint.skipping(messages::drop))
                .route("POST", "/topic/move", Access.DAEMON, Endpoint.skipping(messages::move));
    }

    private static void debug(Router.Builder routes, DebugEndpoint debug, PprofEndpoint pprof) {
        routes.route("PUT", "/debug/setblockrate", Access.DAEMON, debug::setBlockRate)
                .route("POST", "/debug/freememory", Access.DAEMON, Endpoint.skipping(debug::freeMemory))
                .unlogged("GET", PPROF, Access.DAEMON, Endpoint.skipping(pprof::index))
                .unlogged("GET", PPROF + "cmdline", Access.DAEMON, Endpoint.skipping(pprof::cmdline))
                .unlogged("GET", PPROF + "symbol", Access.DAEMON, Endpoint.skipping(pprof::symbol))
                .unlogged("POST", PPROF + "symbol", Access.DAEMON, Endpoint.skipping(pprof::symbol))
                .unlogged("GET", PPROF + "profile", Access.DAEMON, Endpoint.skipping(pprof::profile))
                .unlogged("GET", PPROF + "trace", Access.DAEMON, Endpoint.skipping(pprof::trace))
                .unlogged("GET", PPROF + "heap", Access.DAEMON, Endpoint.skipping(pprof::heap))
                .unlogged("GET", PPROF + "goroutine", Access.DAEMON, Endpoint.skipping(pprof::goroutine))
                .unlogged("GET", PPROF + "block", Access.DAEMON, Endpoint.skipping(pprof::block))
                .unlogged("GET", PPROF + "threadcreate", Access.DAEMON, Endpoint.skipping(pprof::threadcreate));
    }
}
