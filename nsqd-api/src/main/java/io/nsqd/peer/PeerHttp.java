package io.nsqd.peer;

import io.nsqd.api.Errors;
import io.nsqd.api.Option;
import io.nsqd.api.Options;
import io.nsqd.api.TlsVersion;
import io.nsqd.json.JsonObject;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.ConnectException;
import java.net.http.HttpClient;
import java.net.http.HttpResponse;
import java.nio.channels.UnresolvedAddressException;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.zip.GZIPInputStream;
import javax.net.ssl.SSLParameters;

/**
 * Asks peers over HTTP, as the Go daemon's client does: {@code user:password@} in an address are sent, redirects are followed
 * until ten requests were made, a refusal of plain HTTP leads to HTTPS, compressed answers are unpacked, no proxy and no cookie
 * has a say. Time-outs are those of the options {@code http-client-connect-timeout} and {@code http-client-request-timeout},
 * the latter for all requests that redirects lead to; an answer is no longer than {@code max-body-size} bytes, unpacked as well.
 *
 * <p>Any thread; nothing blocks the caller. Name look-ups block a worker.
 */
public final class PeerHttp implements AutoCloseable {
    private static final int OK = 200;
    private static final int FORBIDDEN = 403;
    private static final int MAX_PORT = 0xffff;

    private final Options options;
    private final Executor workers;
    private final boolean ownRoots;

    private final Set<PeerCall> underWay = ConcurrentHashMap.newKeySet();

    /** Made for the first question: it has a thread and brings in TLS, for which most daemons have no use. */
    private HttpClient client;

    private volatile boolean closed;

    private PeerHttp(Options options, Executor workers, boolean ownRoots) {
        this.options = options;
        this.workers = workers;
        this.ownRoots = ownRoots;
    }

    /** One that trusts the certificates that the Java platform trusts. */
    public static PeerHttp trustingThePlatform(Options options, Executor workers) {
        return new PeerHttp(options, workers, false);
    }

    /** One that trusts those of {@code tls-root-ca-file}, if that is given, and speaks no TLS older than {@code tls-min-version}. */
    public static PeerHttp trustingTheOptions(Options options, Executor workers) {
        return new PeerHttp(options, workers, true);
    }

    /**
     * Asks for a page.
     *
     * @param url absolute, with its query
     * @return the body of an answer with status 200. Everything else is a failure, an {@link IOException} that says why; it names
     *     neither the address nor the query, which may hold a secret
     */
    public CompletableFuture<byte[]> get(String url) {
        return CompletableFuture.supplyAsync(() -> orFail(() -> PeerUrl.parse(url)), workers)
                .thenCompose(target -> call(target).thenCompose(answer -> followToHttps(target, answer)))
                .thenApply(answer -> orFail(() -> body(answer)))
                .exceptionally(failure -> {
                    throw new CompletionException(described(failure));
                });
    }

    private interface Attempt<T> {
        T make() throws IOException;
    }

    private static <T> T orFail(Attempt<T> attempt) {
        try {
            return attempt.make();
        } catch (IOException e) {
            throw new CompletionException(e);
        }
    }

    /** P-74, L-42: only the port is the server's to choose. */
    private CompletableFuture<HttpResponse<byte[]>> followToHttps(PeerUrl asked, HttpResponse<byte[]> answer) {
        if (answer.statusCode() != FORBIDDEN || asked.isSecure()) {
            return CompletableFuture.completedFuture(answer);
        }
        return CompletableFuture.supplyAsync(() -> orFail(() -> asked.secure(httpsPort(unpacked(answer)))), workers)
                .thenCompose(this::call);
    }

    private static long httpsPort(byte[] refusal) throws IOException {
        long port = JsonObject.read(refusal, "https_port").integer("https_port");
        if (port <= 0 || port > MAX_PORT) {
            throw new IOException("403 without https_port");
        }
        return port;
    }

    private byte[] body(HttpResponse<byte[]> answer) throws IOException {
        if (answer.statusCode() != OK) {
            throw new IOException("got response " + answer.statusCode());
        }
        return unpacked(answer);
    }

    /** The body; what unpacks to more than may be is refused before it fills the memory. */
    private byte[] unpacked(HttpResponse<byte[]> answer) throws IOException {
        boolean packed = answer.headers()
                .firstValue("Content-Encoding")
                .filter("gzip"::equalsIgnoreCase)
                .isPresent();
        if (!packed || answer.body().length == 0) {
            return answer.body();
        }
        int limit = (int) Math.max(0, Math.min(maxBytes(), Integer.MAX_VALUE - 8));
        try (InputStream in = new GZIPInputStream(new ByteArrayInputStream(answer.body()))) {
            byte[] bytes = in.readNBytes(limit);
            if (in.read() >= 0) {
                throw LimitedBody.tooLong(maxBytes());
            }
            return bytes;
        }
    }

    private long maxBytes() {
        return options.integer(Option.MAX_BODY_SIZE);
    }

    private CompletableFuture<HttpResponse<byte[]>> call(PeerUrl url) {
        HttpClient made;
        try {
            made = client();
        } catch (IOException e) {
            return CompletableFuture.failedFuture(e);
        }
        PeerCall call = new PeerCall(made, workers, maxBytes());
        underWay.add(call);
        CompletableFuture<HttpResponse<byte[]>> answer =
                call.start(url, options.nanos(Option.HTTP_CLIENT_REQUEST_TIMEOUT));
        var unused = answer.whenComplete((response, failure) -> underWay.remove(call));
        if (closed) {
            call.breakOff("closing");
        }
        return answer;
    }

    private synchronized HttpClient client() throws IOException {
        if (closed) {
            throw new IOException("closing");
        }
        if (client == null) {
            HttpClient.Builder builder = HttpClient.newBuilder()
                    .version(HttpClient.Version.HTTP_1_1)
                    .followRedirects(HttpClient.Redirect.NEVER)
                    .proxy(HttpClient.Builder.NO_PROXY)
                    .executor(workers);
            long connectNanos = options.nanos(Option.HTTP_CLIENT_CONNECT_TIMEOUT);
            if (connectNanos > 0) {
                builder.connectTimeout(Duration.ofNanos(connectNanos));
            }
            if (ownRoots) {
                configureTls(builder);
            }
            client = builder.build();
        }
        return client;
    }

    private void configureTls(HttpClient.Builder builder) throws IOException {
        String roots = options.string(Option.TLS_ROOT_CA_FILE);
        if (!roots.isEmpty()) {
            builder.sslContext(TrustedRoots.read(roots));
        }
        if (options.value(Option.TLS_MIN_VERSION) == TlsVersion.TLS1_3) {
            builder.sslParameters(new SSLParameters(null, new String[] {"TLSv1.3"}));
        }
    }

    /** What went wrong, in words: Java's client does not always say. */
    private static IOException described(Throwable failure) {
        Throwable cause = failure;
        while (cause instanceof CompletionException && cause.getCause() != null) {
            cause = cause.getCause();
        }
        if (cause instanceof ConnectException && cause.getMessage() == null) {
            boolean nameless = cause.getCause() instanceof UnresolvedAddressException;
            return new IOException(nameless ? "no such host" : "cannot connect", cause);
        }
        return cause instanceof IOException named && named.getMessage() != null
                ? named
                : new IOException(Errors.describe(cause), cause);
    }

    /** Breaks off what is under way, and lets go of the client, whose thread ends with it. */
    @Override
    public void close() {
        closed = true;
        underWay.forEach(call -> call.breakOff("closing"));
        synchronized (this) {
            client = null;
        }
    }
}
