package io.nsqd.core.auth;

import io.nsqd.api.Errors;
import io.nsqd.api.Option;
import io.nsqd.api.Options;
import io.nsqd.log.Logger;
import io.nsqd.log.LoggerFactory;
import io.nsqd.peer.PeerHttp;
import io.nsqd.peer.PeerWorkers;
import io.nsqd.spi.Authenticator;
import io.nsqd.spi.Authorization;
import io.nsqd.spi.Credentials;
import java.io.IOException;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.IntUnaryOperator;

/**
 * Asks the servers at {@code auth-http-address}: a random one first, then the rest in ring order until one answers (P-75).
 * Any thread; the answer comes on one of its own, and an answer always comes. A client asks one question at a time, so
 * there are never more of them than clients.
 */
public final class HttpAuthenticator implements Authenticator, AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(HttpAuthenticator.class);

    /** For name look-ups, which block, and for the HTTP client. Enough that a slow name server does not hold up all. */
    private static final int THREADS = 8;

    private final List<String> addresses;
    private final IntUnaryOperator random;
    private final PeerWorkers workers;
    private final PeerHttp http;

    /** What answers each open question with a failure. */
    private final Set<Runnable> open = ConcurrentHashMap.newKeySet();

    private volatile boolean closed;

    /** Asks as these options say. */
    public HttpAuthenticator(Options options) {
        this(options, bound -> ThreadLocalRandom.current().nextInt(bound));
    }

    /** @param random gives a number from 0 to its argument, the latter excluded: where to start */
    HttpAuthenticator(Options options, IntUnaryOperator random) {
        addresses = options.strings(Option.AUTH_HTTP_ADDRESS);
        this.random = random;
        workers = new PeerWorkers("nsqd-auth", THREADS);
        http = PeerHttp.trustingTheOptions(options, workers);
    }

    @Override
    public CompletableFuture<Authorization> authenticate(Credentials credentials) {
        CompletableFuture<Authorization> answer = new CompletableFuture<>();
        Runnable giveUp = () -> answer.completeExceptionally(new IOException("closing"));
        open.add(giveUp);
        var unused = answer.whenComplete((authorization, failure) -> open.remove(giveUp));
        if (closed) {
            giveUp.run();
            return answer;
        }
        String query = AuthQuery.of(credentials);
        ask(query, random.applyAsInt(addresses.size()), addresses.size(), answer);
        return answer;
    }

    /** Asks one server, and when it fails the next of those that are left. */
    private void ask(String query, int index, int left, CompletableFuture<Authorization> answer) {
        String address = addresses.get(index);
        var unused = authorization(address, query).whenComplete((authorization, failure) -> {
            if (failure == null) {
                answer.complete(authorization);
                return;
            }
            IOException described = new IOException(shown(address) + ": " + Errors.describe(failure), failure);
            if (left == 1 || answer.isDone()) {
                answer.completeExceptionally(described);
            } else {
                LOG.warn("AUTH: auth server failed - {}", described.getMessage());
                ask(query, (index + 1) % addresses.size(), left - 1, answer);
            }
        });
    }

    private CompletableFuture<Authorization> authorization(String address, String query) {
        String url = (address.contains("://") ? address : "http://" + address + "/auth") + "?" + query;
        return http.get(url).thenApply(HttpAuthenticator::read);
    }

    private static Authorization read(byte[] body) {
        try {
            return AuthJson.authorization(body);
        } catch (IOException e) {
            throw new CompletionException(e);
        }
    }

    /** An address without the credentials that may be in it. */
    private static String shown(String address) {
        return address.replaceFirst("(^|://)[^/?#]*@", "$1");
    }

    /** Answers all questions with a failure. */
    @Override
    public void close() {
        closed = true;
        http.close();
        open.forEach(Runnable::run);
        workers.close();
    }
}
