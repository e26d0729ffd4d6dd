package io.nsqd.http;

import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Function;

/** Finds the endpoint by path and method, and has the answers for those who miss (H-20 to H-27). Immutable. */
final class Router implements Endpoint {
    /** The one route with a parameter: its last segment. */
    static final String CONFIG = "/config/";

    private static final String CONFIG_ROUTE = CONFIG + ":opt";
    /** Methods for which a nearly right path is corrected: those that some endpoint has. */
    private static final Set<String> CORRECTED = Set.of("GET", "POST", "PUT");

    private final Map<String, NavigableMap<String, Route>> routes;
    private final Function<String, Optional<Endpoint>> plugins;

    private record Route(Endpoint endpoint, boolean logged) {}

    private Router(Map<String, NavigableMap<String, Route>> routes, Function<String, Optional<Endpoint>> plugins) {
        this.routes = routes;
        this.plugins = plugins;
    }

    /** Collects routes. */
    static final class Builder {
        private final HttpAuthorization authorization;
        private final Map<String, NavigableMap<String, Route>> routes = new HashMap<>();

        Builder(HttpAuthorization authorization) {
            this.authorization = authorization;
        }

        /** Adds an endpoint whose requests are logged, for those who may use it. */
        Builder route(String method, String path, Access access, Endpoint endpoint) {
            return route(method, path, authorization.guard(access, endpoint));
        }

        /** Adds an endpoint whose requests are not logged, for those who may use it. */
        Builder unlogged(String method, String path, Access access, Endpoint endpoint) {
            return unlogged(method, path, authorization.guard(access, endpoint));
        }

        /** Adds an endpoint for everything below {@link #CONFIG}, for those who may use it. */
        Builder config(String method, Access access, Endpoint endpoint) {
            return config(method, authorization.guard(access, endpoint));
        }

        /** Adds an endpoint whose requests are logged. */
        Builder route(String method, String path, Endpoint endpoint) {
            return add(method, path, new Route(endpoint, true));
        }

        /** Adds an endpoint whose requests are too many, or too dull, to be logged (H-30). */
        Builder unlogged(String method, String path, Endpoint endpoint) {
            return add(method, path, new Route(endpoint, false));
        }

        /** Adds an endpoint for everything below {@link #CONFIG}. */
        Builder config(String method, Endpoint endpoint) {
            return route(method, CONFIG_ROUTE, endpoint);
        }

        private Builder add(String method, String path, Route route) {
            routes.computeIfAbsent(path, unused -> new TreeMap<>()).put(method, route);
            return this;
        }

        /** @param plugins what serves the paths that have no route */
        Router build(Function<String, Optional<Endpoint>> plugins) {
            return new Router(Map.copyOf(routes), plugins);
        }
    }

    @Override
    public RequestBody open(Exchange exchange) throws HttpException {
        Request request = exchange.request();
        Optional<NavigableMap<String, Route>> methods = find(request.path());
        if (methods.isPresent()) {
            Route route = methods.get().get(request.method());
            if (route != null) {
                if (route.logged()) {
                    exchange.log();
                }
                return route.endpoint().open(exchange);
            }
            return new RequestBody.Unread(otherMethod(exchange, methods.get()));
        }
        Optional<Endpoint> plugin = plugins.apply(request.path());
        if (plugin.isPresent()) {
            return plugin.get().open(exchange);
        }
        return new RequestBody.Unread(miss(exchange));
    }

    /** Whether a path is one of nsqd's own. */
    boolean serves(String path) {
        return find(path).isPresent();
    }

    private Optional<NavigableMap<String, Route>> find(String path) {
        NavigableMap<String, Route> exact = routes.get(path);
        boolean option = exact == null
                && path.startsWith(CONFIG)
                && path.length() > CONFIG.length()
                && path.indexOf('/', CONFIG.length()) < 0;
        return Optional.ofNullable(option ? routes.get(CONFIG_ROUTE) : exact);
    }

    private static Response otherMethod(Exchange exchange, NavigableMap<String, Route> methods) {
        SortedSet<String> allowed = new TreeSet<>(methods.keySet());
        allowed.add("OPTIONS");
        String allow = String.join(", ", allowed);
        if (exchange.request().is("OPTIONS")) {
            return Response.plain(200, "").with("Allow", allow);
        }
        exchange.log();
        return Response.error(405, "METHOD_NOT_ALLOWED").with("Allow", allow);
    }

    private Response miss(Exchange exchange) {
        Request request = exchange.request();
        if (request.path().equals("*")) {
            return anyPath(exchange);
        }
        Optional<String> corrected = correct(request);
        if (corrected.isPresent()) {
            return redirect(request, corrected.get());
        }
        exchange.log();
        return Response.error(404, "NOT_FOUND");
    }

    /** The server as a whole: it has every method that some path of its has. */
    private Response anyPath(Exchange exchange) {
        if (exchange.request().is("OPTIONS")) {
            return Response.plain(200, "");
        }
        NavigableMap<String, Route> all = new TreeMap<>();
        routes.values().forEach(all::putAll);
        return otherMethod(exchange, all);
    }

    /** The path that the client probably meant: it has to serve the same method. */
    private Optional<String> correct(Request request) {
        if (!CORRECTED.contains(request.method()) || !request.path().startsWith("/")) {
            return Optional.empty();
        }
        String cleaned = lowerCase(Paths.clean(request.path()));
        for (String candidate : new String[] {Paths.toggleSlash(request.path()), cleaned, Paths.toggleSlash(cleaned)}) {
            if (find(candidate).filter(m -> m.containsKey(request.method())).isPresent()) {
                return Optional.of(candidate);
            }
        }
        return Optional.empty();
    }

    /** All routes are lower case, but the name of an option is the client's. */
    private static String lowerCase(String path) {
        boolean config = path.regionMatches(true, 0, CONFIG, 0, CONFIG.length());
        return config ? CONFIG + path.substring(CONFIG.length()) : path.toLowerCase(Locale.ROOT);
    }

    private static Response redirect(Request request, String path) {
        String query = Paths.encodeQuery(request.query());
        String location = Paths.encode(path) + (query.isEmpty() ? "" : "?" + query);
        if (!request.is("GET")) {
            return Response.plain(307, "").with("Location", location);
        }
        String html = "<a href=\"" + Paths.escapeHtml(location) + "\">Moved Permanently</a>.\n\n";
        return Response.html(301, html).with("Location", location);
    }
}
