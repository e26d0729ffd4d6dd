package io.nsqd.lookup;

import io.nsqd.api.Addresses;
import io.nsqd.api.Option;
import io.nsqd.api.Options;
import java.io.IOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The HTTP side of a nsqlookupd: one question, with the time-outs of L-41. Any thread; nothing blocks the caller. */
final class LookupHttp implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(LookupHttp.class);
    private static final int OK = 200;
    private static final int FORBIDDEN = 403;

    private final Options options;
    private final Executor workers;
    private final LookupJson json = new LookupJson();

    /** What breaks off each exchange that is under way. */
    private final Set<Runnable> underWay = ConcurrentHashMap.newKeySet();

    /** Made for the first question: it has a thread and brings in TLS, for which most daemons have no use. */
    private HttpClient client;

    private volatile boolean closed;

    LookupHttp(Options options, Executor workers) {
        this.options = options;
        this.workers = workers;
    }

    private synchronized HttpClient client() {
        if (client == null) {
            HttpClient.Builder builder = HttpClient.newBuilder()
                    .version(HttpClient.Version.HTTP_1_1)
                    .followRedirects(HttpClient.Redirect.NORMAL)
                    .proxy(HttpClient.Builder.NO_PROXY)
                    .executor(workers);
            long connectNanos = options.nanos(Option.HTTP_CLIENT_CONNECT_TIMEOUT);
            if (connectNanos > 0) {
                builder.connectTimeout(Duration.ofNanos(connectNanos));
            }
            client = builder.build();
        }
        return client;
    }

    /** Asks for a topic's channels; a refusal because of plain HTTP is followed to HTTPS (L-42). */
    CompletableFuture<List<String>> channels(PeerInfo peer, String topic) {
        return get("http", peer, peer.httpPort(), topic)
                .thenCompose(response -> response.statusCode() == FORBIDDEN
                        ? askSecurely(peer, topic, response.body())
                        : CompletableFuture.completedFuture(response))
                .thenApply(response -> {
                    try {
                        if (response.statusCode() != OK) {
                            throw new IOException("got response " + response.statusCode());
                        }
                        return json.channels(response.body());
                    } catch (IOException e) {
                        throw new CompletionException(new IOException(response.uri() + ": " + e.getMessage(), e));
                    }
                });
    }

    private CompletableFuture<HttpResponse<byte[]>> askSecurely(PeerInfo peer, String topic, byte[] refusal) {
        try {
            return get("https", peer, json.httpsPort(refusal), topic);
        } catch (IOException e) {
            return CompletableFuture.failedFuture(e);
        }
    }

    private CompletableFuture<HttpResponse<byte[]>> get(String scheme, PeerInfo peer, int port, String topic) {
        String path = "/channels?topic=" + URLEncoder.encode(topic, StandardCharsets.UTF_8);
        LOG.info("CI: querying nsqlookupd {}://{}{}", scheme, peer.httpAddress(port), path);
        return CompletableFuture.supplyAsync(() -> request(scheme, peer, port, path), workers)
                .thenCompose(this::send);
    }

    private HttpRequest request(String scheme, PeerInfo peer, int port, String path) {
        try {
            URI uri = URI.create(scheme + "://" + peer.httpAddress(port) + path);
            if (uri.getHost() == null) {
                // A name that is none by the rules, such as one with an underscore, which containers often have.
                String ip = Addresses.ip(InetAddress.getByName(peer.broadcastAddress()));
                PeerInfo resolved = new PeerInfo(ip, peer.tcpPort(), peer.httpPort(), peer.version());
                uri = URI.create(scheme + "://" + resolved.httpAddress(port) + path);
            }
            return HttpRequest.newBuilder(uri)
                    .header("Accept", "application/vnd.nsq; version=1.0")
                    .build();
        } catch (IOException e) {
            throw new CompletionException(e);
        }
    }

    private CompletableFuture<HttpResponse<byte[]>> send(HttpRequest request) {
        if (closed) {
            return CompletableFuture.failedFuture(new IOException("closing"));
        }
        long limit = options.integer(Option.MAX_BODY_SIZE);
        CompletableFuture<HttpResponse<byte[]>> exchange = client().sendAsync(request, head -> new LimitedBody(limit));
        // Only a cancelled exchange frees its connection.
        Runnable breakOff = () -> exchange.cancel(true);
        underWay.add(breakOff);
        if (closed) {
            breakOff.run();
        }
        CompletableFuture<Void> timeout = timeout();
        var unused = timeout.thenRun(breakOff);
        return exchange.whenComplete((response, failure) -> {
                    underWay.remove(breakOff);
                    timeout.cancel(false);
                })
                .exceptionally(failure -> {
                    throw new CompletionException(
                            new IOException("GET " + request.uri() + ": " + describe(failure), failure));
                });
    }

    /** Done when time is up. A request's own time-out would let the body stall. */
    private CompletableFuture<Void> timeout() {
        CompletableFuture<Void> timeout = new CompletableFuture<>();
        long nanos = options.nanos(Option.HTTP_CLIENT_REQUEST_TIMEOUT);
        return nanos > 0 ? timeout.completeOnTimeout(null, nanos, TimeUnit.NANOSECONDS) : timeout;
    }

    /** A failure in words. */
    static String describe(Throwable failure) {
        Throwable cause = failure;
        while (cause instanceof CompletionException && cause.getCause() != null) {
            cause = cause.getCause();
        }
        if (cause instanceof CancellationException) {
            return "timed out";
        }
        if (cause.getMessage() != null) {
            return cause.getMessage();
        }
        // The client does not say why.
        return cause instanceof ConnectException ? "cannot connect" : cause.toString();
    }

    /** Breaks off what is under way, and lets go of the client, whose thread ends with it. */
    @Override
    public void close() {
        closed = true;
        underWay.forEach(Runnable::run);
        synchronized (this) {
            client = null;
        }
    }
}
