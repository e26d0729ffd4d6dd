package io.nsqd.console;

import io.nsqd.api.Errors;
import io.nsqd.log.Logger;
import io.nsqd.log.LoggerFactory;
import io.nsqd.spi.Authentication;
import io.nsqd.spi.Authorization;
import io.nsqd.spi.Credentials;
import io.nsqd.spi.HttpEndpoint.Request;
import io.nsqd.spi.HttpEndpoint.Response;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/**
 * Who may come in. Where TCP clients must authenticate, whoever has logged in; elsewhere the machine itself, and whom {@code
 * --console-allow} names. What changes something must come from a page of the console's. Any thread; nothing blocks.
 */
final class Gate {
    private static final Logger LOG = LoggerFactory.getLogger(Gate.class);

    static final String COOKIE = "nsqd-console";
    static final String CSRF_HEADER = "X-Nsqd-Console";

    /** What proxies add: who comes through one is not the machine itself, even if the proxy is. */
    private static final List<String> FORWARDED = List.of("Forwarded", "X-Forwarded-For", "X-Real-IP", "Via");

    private static final long AUTHENTICATION_SECONDS = 30;
    private static final int LONGEST_SECRET = 4096;

    private final Authentication authentication;
    private final AllowedClients allowed;
    private final HostNames hosts;
    private final Sessions sessions = new Sessions(System::nanoTime);
    private final LoginLimit limit = new LoginLimit();

    /** Of those who need not log in: a page of somebody else's cannot read it. */
    private final String anonymousCsrf = sessions.token();

    Gate(Authentication authentication, AllowedClients allowed, HostNames hosts) {
        this.authentication = authentication;
        this.allowed = allowed;
        this.hosts = hosts;
    }

    /** Who has come in, with the session if there is one. */
    record Entry(Visitor visitor, Optional<Sessions.Session> session) {}

    /** Whether somebody who has come in would be let in still. */
    boolean isGood(Entry entry) {
        return entry.session().map(Sessions.Session::isGood).orElse(!authentication.isRequired());
    }

    boolean requiresLogin() {
        return authentication.isRequired();
    }

    /** For all requests, those for files, too. */
    void checkHost(Request request) throws Refusal {
        hosts.check(request);
    }

    /** For requests that change something, before anything of them is looked at. */
    void checkOrigin(Request request) throws Refusal {
        hosts.checkOrigin(request);
    }

    void checkCsrf(Request request, Visitor visitor) throws Refusal {
        String given = request.header(CSRF_HEADER).orElse("");
        boolean same = MessageDigest.isEqual(
                given.getBytes(StandardCharsets.UTF_8), visitor.csrf().getBytes(StandardCharsets.UTF_8));
        if (!same) {
            throw new Refusal(403, "WRONG_TOKEN", "the header " + CSRF_HEADER + " must have what api/session says");
        }
    }

    // ---- who it is

    /** Completed with who asks, or with a {@link Refusal}. */
    CompletableFuture<Entry> enter(Request request) {
        if (!authentication.isRequired()) {
            return anonymous(request);
        }
        Optional<Sessions.Session> session = cookie(request).flatMap(sessions::find);
        if (session.isEmpty()) {
            return CompletableFuture.failedFuture(loginRequired());
        }
        Sessions.Session known = session.get();
        if (known.isGood()) {
            return CompletableFuture.completedFuture(entry(known, request));
        }
        return ask(known.credentials()).handle((authorization, failure) -> {
            if (authorization == null) {
                sessions.close(known);
                throw new Refused(loginRequired());
            }
            known.renew(authorization);
            return entry(known, request);
        });
    }

    private CompletableFuture<Entry> anonymous(Request request) {
        String address = request.client().address();
        boolean forwarded =
                FORWARDED.stream().anyMatch(header -> request.header(header).isPresent());
        if (!(AllowedClients.isLoopback(address) && !forwarded) && !allowed.allows(address)) {
            return CompletableFuture.failedFuture(
                    Refusal.notAllowed(
                            "without an authenticator the console is for the machine itself, and for whom --console-allow names"));
        }
        Visitor visitor = new Visitor(address.isEmpty() ? "local" : address, address, anonymousCsrf, Optional.empty());
        return CompletableFuture.completedFuture(new Entry(visitor, Optional.empty()));
    }

    private static Entry entry(Sessions.Session session, Request request) {
        Authorization authorization = session.authorization();
        String address = request.client().address();
        String name = authorization.identity().isEmpty() ? address : authorization.identity();
        return new Entry(new Visitor(name, address, session.csrf(), Optional.of(authorization)), Optional.of(session));
    }

    private static Refusal loginRequired() {
        return new Refusal(401, "LOGIN_REQUIRED", "log in first");
    }

    private static Optional<String> cookie(Request request) {
        for (String line : request.headers().getOrDefault("Cookie", List.of())) {
            for (String pair : line.split(";", -1)) {
                String text = pair.strip();
                if (text.startsWith(COOKIE + "=")) {
                    return Optional.of(text.substring(COOKIE.length() + 1));
                }
            }
        }
        return Optional.empty();
    }

    // ---- login

    /** Completed with who has logged in, or with a {@link Refusal}. */
    CompletableFuture<Entry> login(Request request, Map<String, Object> body) {
        String address = request.client().address();
        if (!authentication.isRequired()) {
            return enter(request);
        }
        if (!(body.get("secret") instanceof String secret) || secret.length() > LONGEST_SECRET) {
            return CompletableFuture.failedFuture(Refusal.badRequest(
                    "the body must have a secret, a text of at most " + LONGEST_SECRET + " letters"));
        }
        if (!authentication.isPossible()) {
            return CompletableFuture.failedFuture(new Refusal(
                    503,
                    "AUTH_UNAVAILABLE",
                    "there is nobody who could say who you are: the authenticator is not there"));
        }
        if (!limit.allows(address, System.nanoTime())) {
            return CompletableFuture.failedFuture(
                    new Refusal(429, "TOO_MANY_LOGINS", "too many logins have failed: wait a minute"));
        }
        Credentials credentials = new Credentials(
                secret.getBytes(StandardCharsets.UTF_8),
                address,
                request.client().tls(),
                request.client().commonName());
        return ask(credentials).handle((authorization, failure) -> {
            if (authorization == null) {
                limit.failed(address, System.nanoTime());
                throw new Refused(new Refusal(403, "LOGIN_FAILED", "the authenticator has not accepted this secret"));
            }
            return entry(sessions.open(credentials, authorization), request);
        });
    }

    /** Completed with an authorization for something, or exceptionally. */
    private CompletableFuture<Authorization> ask(Credentials credentials) {
        return authentication
                .authenticate(credentials)
                .orTimeout(AUTHENTICATION_SECONDS, TimeUnit.SECONDS)
                .whenComplete((authorization, failure) -> {
                    if (failure != null) {
                        // Not for the client: the cause may tell of the auth server.
                        LOG.warn("CONSOLE: login failed - {}", Errors.describe(failure));
                    }
                })
                .thenApply(authorization ->
                        authorization == null || authorization.entries().isEmpty() ? null : authorization);
    }

    void logout(Entry entry) {
        entry.session().ifPresent(sessions::close);
    }

    /** The answer with what makes the browser come with the session, or forget it. */
    static Response withCookie(Response response, Entry entry, boolean tls) {
        if (entry.session().isEmpty()) {
            return response;
        }
        return response.with("Set-Cookie", cookie(entry.session().get().id(), tls));
    }

    static Response withoutCookie(Response response, boolean tls) {
        return response.with("Set-Cookie", cookie("", tls) + "; Max-Age=0");
    }

    private static String cookie(String value, boolean tls) {
        return COOKIE + "=" + value + "; Path=" + ConsoleSubsystem.PATH + "; HttpOnly; SameSite=Strict"
                + (tls ? "; Secure" : "");
    }

    /** Carries a refusal through a completion. */
    static final class Refused extends RuntimeException {
        private static final long serialVersionUID = 1L;

        private final Refusal refusal;

        Refused(Refusal refusal) {
            super(refusal.getMessage(), refusal, false, false);
            this.refusal = refusal;
        }

        Refusal refusal() {
            return refusal;
        }
    }
}
