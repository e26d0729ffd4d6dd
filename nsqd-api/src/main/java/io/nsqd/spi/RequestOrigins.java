package io.nsqd.spi;

import java.util.Collection;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * Tells requests that a browser sends on behalf of somebody else's page from others. A page may have a browser send requests to any
 * server, also to one that only the browser's machine reaches; and by a name of its own that resolves to that server's address it would even be
 * taken for a page of the server. So a request counts as the server's own only where it names the server as it is known, by {@code Host},
 * and comes from a page of the same, by {@code Origin}. Immutable.
 */
public final class RequestOrigins {
    private static final String ANY = "*";
    private static final Pattern IPV4 = Pattern.compile("[0-9]{1,3}(\\.[0-9]{1,3}){3}");

    private final Set<String> hosts;
    private final Set<String> origins;

    /**
     * What is known.
     *
     * @param hosts names of the server, without a port; an address and {@code localhost} need not be named
     * @param origins pages of others that may, as {@code https://shop.example}; {@code *} for every page there is
     */
    public RequestOrigins(Collection<String> hosts, Collection<String> origins) {
        this.hosts = lowerCase(hosts);
        this.origins = lowerCase(origins);
    }

    private static Set<String> lowerCase(Collection<String> names) {
        return names.stream().map(name -> name.toLowerCase(Locale.ROOT)).collect(Collectors.toUnmodifiableSet());
    }

    /** Whether a request names the server by an address, as {@code localhost}, or as it is known. */
    public boolean namesServer(HttpEndpoint.Request request) {
        String host = withoutPort(request.header("Host").orElse("").toLowerCase(Locale.ROOT));
        boolean address = host.startsWith("[") || IPV4.matcher(host).matches();
        // Without a name, as HTTP/1.0 allows: no browser does that.
        return address || host.isEmpty() || host.equals("localhost") || hosts.contains(host);
    }

    /** Whether a request comes from a page of the server it names, from one that may, or from no page at all. */
    public boolean isOwn(HttpEndpoint.Request request) {
        Optional<String> origin = request.header("Origin").map(said -> said.toLowerCase(Locale.ROOT));
        if (origin.isEmpty()) {
            return true;
        }
        if (origins.contains(ANY) || origins.contains(origin.get())) {
            return true;
        }
        String scheme = request.client().tls() ? "https://" : "http://";
        String host = request.header("Host").orElse("").toLowerCase(Locale.ROOT);
        return namesServer(request) && origin.get().equals(scheme + host);
    }

    /** The origin that is to be told that it may read the answer: one that was named; nothing for pages of the server, and for strangers. */
    public Optional<String> allowed(HttpEndpoint.Request request) {
        return request.header("Origin")
                .filter(origin -> origins.contains(ANY) || origins.contains(origin.toLowerCase(Locale.ROOT)));
    }

    private static String withoutPort(String host) {
        int end = host.startsWith("[") ? host.indexOf(']') : -1;
        int colon = host.indexOf(':', end + 1);
        return colon < 0 ? host : host.substring(0, colon);
    }
}
