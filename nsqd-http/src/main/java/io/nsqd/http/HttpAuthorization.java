package io.nsqd.http;

import io.nsqd.api.Errors;
import io.nsqd.api.Nsqd;
import io.nsqd.api.Option;
import io.nsqd.log.Logger;
import io.nsqd.log.LoggerFactory;
import io.nsqd.spi.Authentication;
import io.nsqd.spi.Authorization;
import io.nsqd.spi.Credentials;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;

/**
 * Asks the authenticator about HTTP clients where they must authenticate ({@link Nsqd#requiresAuthentication}). The secret comes as a bearer token or as the
 * password of basic authentication. What is known of a client is kept until it expires. Any thread.
 */
final class HttpAuthorization {
    private static final Logger LOG = LoggerFactory.getLogger(HttpAuthorization.class);

    /** Clients that are known; the one that was not seen longest makes room. */
    private static final int MAX_KNOWN = 1000;

    private static final String BEARER = "bearer ";
    private static final String BASIC = "basic ";

    /** A client that says nothing of itself, and one that cannot be believed. */
    private static final Response AUTH_REQUIRED = unauthenticated("AUTH_REQUIRED");

    private static final Response AUTH_FAILED = unauthenticated("AUTH_FAILED");

    /** There is no authenticator, though there should be one; the client may come again. */
    private static final Response NOBODY_TO_ASK = Response.error(503, "AUTH_UNAVAILABLE");

    /** A client that may not. */
    private static final Response UNAUTHORIZED = Response.error(403, "UNAUTHORIZED");

    private final Nsqd nsqd;
    private final Authentication authentication;
    private final Map<Client, Authorization> known = new LinkedHashMap<>(16, 0.75f, true) {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<Client, Authorization> eldest) {
            return size() > MAX_KNOWN;
        }
    };

    /** What is known by. */
    private record Client(String secret, String remoteIp, boolean tls, String commonName) {
        Credentials credentials() {
            return new Credentials(secret.getBytes(StandardCharsets.UTF_8), remoteIp, tls, commonName);
        }
    }

    HttpAuthorization(Nsqd nsqd, Authentication authentication) {
        this.nsqd = nsqd;
        this.authentication = authentication;
    }

    private static Response unauthenticated(String code) {
        return Response.error(401, code).with("WWW-Authenticate", "Bearer realm=\"nsqd\"");
    }

    /** An endpoint for those who may use it. */
    Endpoint guard(Access access, Endpoint endpoint) {
        return exchange -> {
            return access != Access.OPEN && authentication.isRequired()
                    ? open(access, endpoint, exchange)
                    : endpoint.open(exchange);
        };
    }

    private RequestBody open(Access access, Endpoint endpoint, Exchange exchange) throws HttpException {
        Optional<String> secret = secret(exchange.request().authorization());
        if (secret.isEmpty()) {
            throw new HttpException(authentication.isPossible() ? AUTH_REQUIRED : NOBODY_TO_ASK);
        }
        Client client = new Client(secret.get(), exchange.remoteIp(), exchange.isTls(), exchange.clientCommonName());
        Optional<Authorization> authorization = known(client);
        if (authorization.isPresent()) {
            check(access, authorization.get(), exchange);
            return endpoint.open(exchange);
        }
        if (!authentication.isPossible()) {
            throw new HttpException(NOBODY_TO_ASK);
        }
        return new PostponedBody(access, endpoint, client, exchange.request().contentLength());
    }

    private static Optional<String> secret(String header) {
        if (header.regionMatches(true, 0, BEARER, 0, BEARER.length())) {
            return Optional.of(header.substring(BEARER.length()).strip());
        }
        if (header.regionMatches(true, 0, BASIC, 0, BASIC.length())) {
            try {
                String pair = new String(
                        Base64.getDecoder()
                                .decode(header.substring(BASIC.length()).strip()),
                        StandardCharsets.UTF_8);
                return Optional.of(pair.substring(pair.indexOf(':') + 1));
            } catch (IllegalArgumentException e) {
                return Optional.empty();
            }
        }
        return Optional.empty();
    }

    private synchronized Optional<Authorization> known(Client client) {
        Authorization authorization = known.get(client);
        if (authorization != null && authorization.isExpired(System.nanoTime())) {
            known.remove(client);
            return Optional.empty();
        }
        return Optional.ofNullable(authorization);
    }

    private synchronized void keep(Client client, Authorization authorization) {
        known.put(client, authorization);
    }

    private static void check(Access access, Authorization authorization, Exchange exchange) throws HttpException {
        QueryString query = exchange.query();
        String topic = query.value("topic").orElse("");
        String channel = query.value("channel").orElse("");
        if (!access.isAllowed(authorization, topic, channel)) {
            throw new HttpException(UNAUTHORIZED);
        }
        exchange.authorize(authorization);
        if (access == Access.DAEMON) {
            exchange.administer();
        }
    }

    private static String readable(Throwable failure) {
        if (failure == null) {
            return "the authenticator said nothing";
        }
        Throwable cause =
                failure instanceof CompletionException && failure.getCause() != null ? failure.getCause() : failure;
        return Errors.describe(cause);
    }

    /** Keeps the body until the authenticator has answered: not before does the endpoint see the request. */
    private final class PostponedBody extends WholeBody {
        private final Access access;
        private final Endpoint endpoint;
        private final Client client;
        private final CompletableFuture<Authorization> answer;

        PostponedBody(Access access, Endpoint endpoint, Client client, long contentLength) {
            super(contentLength, nsqd.options().integer(Option.MAX_BODY_SIZE), "BODY_TOO_BIG");
            this.access = access;
            this.endpoint = endpoint;
            this.client = client;
            answer = authentication.authenticate(client.credentials());
        }

        @Override
        public long heldAfterEnd() {
            // Whoever takes it then has an array of its own for a moment.
            return 2 * held();
        }

        @Override
        public void end(Exchange exchange) {
            // Whatever it returns is of no interest: it goes on on the loop.
            var unused = answer.whenComplete(
                    (authorization, failure) -> exchange.resume(() -> goOn(exchange, authorization, failure)));
        }

        private void goOn(Exchange exchange, Authorization authorization, Throwable failure) throws HttpException {
            if (authorization == null) {
                // Not for the client: the cause may tell of the auth server.
                LOG.warn("http: AUTH failed {}", readable(failure));
                throw new HttpException(AUTH_FAILED);
            }
            keep(client, authorization);
            check(access, authorization, exchange);
            RequestBody body = endpoint.open(exchange);
            body.add(bytes().takeBuffer());
            body.end(exchange);
        }
    }
}
