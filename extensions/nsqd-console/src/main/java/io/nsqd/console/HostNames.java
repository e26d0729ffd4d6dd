package io.nsqd.console;

import io.nsqd.api.HostIdentity;
import io.nsqd.api.Nsqd;
import io.nsqd.api.Option;
import io.nsqd.spi.HttpEndpoint.Request;
import io.nsqd.spi.RequestOrigins;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;

/**
 * By what names browsers may call the daemon: its broadcast address, the machine's name, those of its certificate and of {@code
 * --console-allow}. A page of somebody else's can have its own name lead to this machine, and would then be of the console's origin to a
 * browser (DNS rebinding): so a name must be one that is known to be ours. Any thread.
 */
final class HostNames {
    private final Nsqd nsqd;
    private final AllowedClients allowed;
    private final Certificates certificates;

    HostNames(Nsqd nsqd, AllowedClients allowed, Certificates certificates) {
        this.nsqd = nsqd;
        this.allowed = allowed;
        this.certificates = certificates;
    }

    /** @throws Refusal when the request calls the daemon by a name that is not known to be its own, or by none */
    void check(Request request) throws Refusal {
        Optional<String> host = host(request);
        if (host.isEmpty() || !new RequestOrigins(known(host.get()), Set.of()).namesServer(request)) {
            throw new Refusal(
                    403,
                    "WRONG_HOST",
                    "the console is not known by this name: call it by an address, or name the host in --console-allow");
        }
    }

    /** @throws Refusal when the request was sent for a page that is not the console's */
    void checkOrigin(Request request) throws Refusal {
        String host = host(request).orElse("");
        // Behind a proxy that speaks TLS the browser's scheme is not ours.
        RequestOrigins origins = new RequestOrigins(known(host), Set.of("https://" + host));
        String site = request.header("Sec-Fetch-Site").orElse("none");
        if (!origins.isOwn(request) || !site.equals("same-origin") && !site.equals("none")) {
            throw new Refusal(403, "WRONG_ORIGIN", "this comes from a page that is not the console's");
        }
    }

    /** With its port, in small letters; nothing where there is none, or more than one. */
    private static Optional<String> host(Request request) {
        List<String> hosts = request.headers().getOrDefault("Host", List.of());
        return hosts.size() == 1
                ? Optional.of(hosts.get(0).strip().toLowerCase(Locale.ROOT)).filter(host -> !host.isEmpty())
                : Optional.empty();
    }

    /** What is known to be ours: also a name that a certificate has a pattern for. */
    private Set<String> known(String host) {
        int colon = host.lastIndexOf(':');
        String name = colon < 0 ? host : host.substring(0, colon);
        Set<String> known = new HashSet<>(allowed.hosts());
        known.add(nsqd.options().string(Option.BROADCAST_ADDRESS));
        known.add(HostIdentity.hostname());
        known.removeIf(String::isEmpty);
        for (String pattern : certificates.names()) {
            if (fits(pattern, name)) {
                known.add(name);
            }
        }
        return known;
    }

    /** Whether a name is the one of a certificate, which may begin with {@code *.} for one more part. */
    private static boolean fits(String pattern, String name) {
        if (!pattern.startsWith("*.")) {
            return pattern.equals(name);
        }
        int dot = name.indexOf('.');
        return dot > 0 && name.substring(dot).equals(pattern.substring(1));
    }
}
