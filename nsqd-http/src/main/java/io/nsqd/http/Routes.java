package io.nsqd.http;

import io.nsqd.api.Nsqd;
import java.time.Clock;

/** All paths that are served. */
final class Routes {
    private static final String PPROF = "/debug/pprof/";

    private Routes() {}

    static Router of(Nsqd nsqd, Clock clock, StackSampler sampler) {
        Router.Builder routes = new Router.Builder();
        PublishEndpoint publish = new PublishEndpoint(nsqd);
        ConfigEndpoint config = new ConfigEndpoint(nsqd);
        routes.route("GET", "/ping", new PingEndpoint(nsqd))
                .route("GET", "/info", new InfoEndpoint(nsqd))
                .route("GET", "/stats", Endpoint.skipping(new StatsEndpoint(nsqd, clock)))
                .unlogged("POST", "/pub", publish::pub)
                .unlogged("POST", "/mpub", publish::mpub)
                .config("GET", config::get)
                .config("PUT", config::put);
        topics(routes, new TopicEndpoint(nsqd));
        channels(routes, new ChannelEndpoint(nsqd));
        debug(routes, new DebugEndpoint(), new PprofEndpoint(sampler));
        return routes.build();
    }

    private static void topics(Router.Builder routes, TopicEndpoint topic) {
        routes.route("POST", "/topic/create", Endpoint.skipping(topic::create))
                .route("POST", "/topic/delete", Endpoint.skipping(topic::delete))
                .route("POST", "/topic/empty", Endpoint.skipping(topic::empty))
                .route("POST", "/topic/pause", Endpoint.skipping(topic::pause))
                .route("POST", "/topic/unpause", Endpoint.skipping(topic::unpause));
    }

    private static void channels(Router.Builder routes, ChannelEndpoint channel) {
        routes.route("POST", "/channel/create", Endpoint.skipping(channel::create))
                .route("POST", "/channel/delete", Endpoint.skipping(channel::delete))
                .route("POST", "/channel/empty", Endpoint.skipping(channel::empty))
                .route("POST", "/channel/pause", Endpoint.skipping(channel::pause))
                .route("POST", "/channel/unpause", Endpoint.skipping(channel::unpause));
    }

    private static void debug(Router.Builder routes, DebugEndpoint debug, PprofEndpoint pprof) {
        routes.route("PUT", "/debug/setblockrate", debug::setBlockRate)
                .route("POST", "/debug/freememory", Endpoint.skipping(debug::freeMemory))
                .unlogged("GET", PPROF, Endpoint.skipping(pprof::index))
                .unlogged("GET", PPROF + "cmdline", Endpoint.skipping(pprof::cmdline))
                .unlogged("GET", PPROF + "symbol", Endpoint.skipping(pprof::symbol))
                .unlogged("POST", PPROF + "symbol", Endpoint.skipping(pprof::symbol))
                .unlogged("GET", PPROF + "profile", Endpoint.skipping(pprof::profile))
                .unlogged("GET", PPROF + "heap", Endpoint.skipping(pprof::heap))
                .unlogged("GET", PPROF + "goroutine", Endpoint.skipping(pprof::goroutine))
                .unlogged("GET", PPROF + "block", Endpoint.skipping(pprof::block))
                .unlogged("GET", PPROF + "threadcreate", Endpoint.skipping(pprof::threadcreate));
    }
}
