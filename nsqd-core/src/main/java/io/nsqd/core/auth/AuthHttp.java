package io.nsqd.core.auth;

import io.nsqd.api.Addresses;
import io.nsqd.api.Option;
import io.nsqd.api.Options;
import java.io.IOException;
import java.io.InputStream;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;

/** Exchanges with auth servers, with the time-outs of P-75. Any thread; nothing blocks the caller. */
final class AuthHttp implements AutoCloseable {
    private final Options options;
    private final Executor workers;

    /** What breaks off each exchange that is under way. */
    private final Set<Runnable> underWay = ConcurrentHashMap.newKeySet();

    /** Made for the first question: it has a thread, and brings in TLS. */
    private HttpClient client;

    private volatile boolean closed;

    AuthHttp(Options options, Executor workers) {
        this.options = options;
        this.workers = workers;
    }

    private synchronized HttpClient client() throws IOException {
        if (closed) {
            throw new IOException("closing");
        }
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
            String roots = options.string(Option.TLS_ROOT_CA_FILE);
            if (!roots.isEmpty()) {
                builder.sslContext(trusting(Path.of(roots)));
            }
            client = builder.build();
        }
        return client;
    }

    /** A context that trusts the certificates in a file, and no others. */
    private static SSLContext trusting(Path roots) throws IOException {
        try (InputStream in = Files.newInputStream(roots)) {
            KeyStore trusted = KeyStore.getInstance(KeyStore.getDefaultType());
            trusted.load(null, null);
            int number = 0;
            for (Certificate root : CertificateFactory.getInstance("X.509").generateCertificates(in)) {
                trusted.setCertificateEntry("root-" + number++, root);
            }
            TrustManagerFactory trust = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
            trust.init(trusted);
            SSLContext context = SSLContext.getInstance("TLS");
            context.init(null, trust.getTrustManagers(), null);
            return context;
        } catch (GeneralSecurityException | IOException e) {
            throw new IOException("failed to read tls-root-ca-file " + roots + " - " + e.getMessage(), e);
        }
    }

    /**
     * Asks for a page. The failure says why; it names neither the address nor the query, which holds a secret.
     *
     * @param url the page with its query
     */
    CompletableFuture<HttpResponse<byte[]>> get(String url) {
        return CompletableFuture.supplyAsync(() -> request(url), workers)
                .thenCompose(this::send)
                .exceptionally(failure -> {
                    throw new CompletionException(new IOException(describe(failure), failure));
                });
    }

    private static HttpRequest request(String url) {
        try {
            return HttpRequest.newBuilder(resolvable(URI.create(url)))
                    .header("Accept", "application/vnd.nsq; version=1.0")
                    .build();
        } catch (IllegalArgumentException e) {
            // Its message would show the query.
            throw new CompletionException(new IOException("not an address of an auth server"));
        } catch (IOException e) {
            throw new CompletionException(e);
        }
    }

    /**
     * Java wants a host's name to keep the rules, which one with an underscore does not, nor none at all, which is this
     * host: the address takes its place.
     */
    private static URI resolvable(URI uri) throws IOException {
        String authority = uri.getRawAuthority();
        if (uri.getHost() != null || authority == null) {
            return uri;
        }
        int colon = authority.lastIndexOf(':');
        String host = colon < 0 ? authority : authority.substring(0, colon);
        String address = Addresses.ip(InetAddress.getByName(host));
        String port = colon < 0 ? "" : authority.substring(colon);
        String rest = uri.toString().substring(uri.getScheme().length() + "://".length() + authority.length());
        return URI.create(
                uri.getScheme() + "://" + (address.contains(":") ? "[" + address + "]" : address) + port + rest);
    }

    private CompletableFuture<HttpResponse<byte[]>> send(HttpRequest request) {
        CompletableFuture<HttpResponse<byte[]>> exchange;
        try {
            long limit = options.integer(Option.MAX_BODY_SIZE);
            exchange = client().sendAsync(request, head -> new LimitedBody(limit));
        } catch (IOException e) {
            return CompletableFuture.failedFuture(e);
        }
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
