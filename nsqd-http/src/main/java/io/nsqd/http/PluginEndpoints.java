package io.nsqd.http;

import io.nsqd.api.Nsqd;
import io.nsqd.api.Option;
import io.nsqd.log.Logger;
import io.nsqd.log.LoggerFactory;
import io.nsqd.spi.HttpEndpoint;
import io.nsqd.spi.OutOfMemory;
import java.nio.ByteBuffer;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.Flow;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Predicate;

/**
 * The paths that other bundles serve. Any thread; a request is handled on a thread that may block, and of those an endpoint
 * has only so many at a time: its other requests wait for their {@linkplain Turns turn}. An endpoint that leaves has its streams ended.
 */
final class PluginEndpoints {
    private static final Logger LOG = LoggerFactory.getLogger(PluginEndpoints.class);

    private static final CompletableFuture<?> DONE = CompletableFuture.completedFuture(null);

    private static final Response BUSY = Response.error(503, "BUSY");
    private static final Response INTERNAL_ERROR = Response.error(500, "INTERNAL_ERROR");

    /** By what ranks them, the best last. */
    private final Map<Comparable<?>, Mounted> mounted = new ConcurrentHashMap<>();

    private volatile Predicate<String> ours = path -> false;
    private final Nsqd nsqd;
    private final HttpAuthorization authorization;
    private final Executor executor;

    PluginEndpoints(Nsqd nsqd, HttpAuthorization authorization, Executor executor) {
        this.nsqd = nsqd;
        this.authorization = authorization;
        this.executor = executor;
    }

    /**
     * An endpoint at its path.
     *
     * @param streams the answers that it is streaming
     */
    private record Mounted(String path, EndpointTerms terms, HttpEndpoint endpoint, Turns turns, Streams streams) {
        /** Reading is for everybody, as it is with the daemon's own paths. */
        Access access(Request request) {
            return terms.access().orElse(request.is("GET") || request.is("HEAD") ? Access.OPEN : Access.DAEMON);
        }

        boolean serves(String requested) {
            return requested.equals(path) || requested.startsWith(path.endsWith("/") ? path : path + "/");
        }
    }

    /** What an endpoint is streaming. Any thread. */
    private static final class Streams {
        private final Set<StreamedAnswer> streams = ConcurrentHashMap.newKeySet();
        private volatile boolean closed;

        void add(StreamedAnswer stream) {
            streams.add(stream);
            // Once more, as close() may have looked for them in between.
            if (closed) {
                stream.cut();
            }
        }

        void remove(StreamedAnswer stream) {
            streams.remove(stream);
        }

        /** The endpoint leaves. */
        void close() {
            closed = true;
            streams.forEach(StreamedAnswer::cut);
        }
    }

    /** @param rank what orders endpoints of one path, the best last */
    void add(Comparable<?> rank, String path, EndpointTerms terms, HttpEndpoint endpoint) {
        Turns turns = new Turns(executor, terms.atOnce());
        mounted.put(rank, new Mounted(path, terms, endpoint, turns, new Streams()));
    }

    void remove(Comparable<?> rank) {
        Mounted gone = mounted.remove(rank);
        if (gone != null) {
            gone.turns().close();
            gone.streams().close();
        }
    }

    /** @param serves whether a path is nsqd's own, which nobody else can serve */
    void reserve(Predicate<String> serves) {
        ours = serves;
    }

    /** Whether a path is one of nsqd's own. */
    boolean isOurs(String path) {
        return ours.test(path);
    }

    /** What serves a path, if anything does: the longest path that fits, and of equals the best-ranked. */
    Optional<Endpoint> find(String path) {
        Map.Entry<Comparable<?>, Mounted> best = null;
        for (Map.Entry<Comparable<?>, Mounted> entry : mounted.entrySet()) {
            if (entry.getValue().serves(path) && (best == null || isBetter(entry, best))) {
                best = entry;
            }
        }
        return Optional.ofNullable(best)
                .map(Map.Entry::getValue)
                .map(serving -> exchange -> authorization
                        .guard(serving.access(exchange.request()), allowed -> open(serving, allowed))
                        .open(exchange));
    }

    @SuppressWarnings("unchecked")
    private static boolean isBetter(Map.Entry<Comparable<?>, Mounted> one, Map.Entry<Comparable<?>, Mounted> other) {
        int length = Integer.compare(
                one.getValue().path().length(), other.getValue().path().length());
        return length != 0 ? length > 0 : ((Comparable<Object>) one.getKey()).compareTo(other.getKey()) > 0;
    }

    private RequestBody open(Mounted serving, Exchange exchange) throws HttpException {
        if (!serving.terms().streaming()) {
            return new Body(serving, exchange);
        }
        StreamedBody body = new StreamedBody(exchange);
        visit(serving, exchange, request(exchange, new byte[0]).streaming(body));
        return body;
    }

    /** A request as endpoints of other bundles have it. */
    static HttpEndpoint.Request request(Exchange exchange, byte[] body) throws HttpException {
        Request request = exchange.request();
        HttpEndpoint.Client client = new HttpEndpoint.Client(
                exchange.remoteIp(), exchange.isTls(), exchange.clientCommonName(), exchange.authorization());
        return new HttpEndpoint.Request(
                        request.method(), request.path(), exchange.query().values(), body)
                .with(request.headers())
                .from(client);
    }

    private void visit(Mounted serving, Exchange exchange, HttpEndpoint.Request asked) throws HttpException {
        exchange.log();
        if (!serving.turns().offer(new Visit(serving, asked, exchange), maxBodyBytes())) {
            throw new HttpException(BUSY);
        }
    }

    private final class Body extends WholeBody {
        private final Mounted serving;

        Body(Mounted serving, Exchange exchange) {
            super(exchange.request().contentLength(), maxBodyBytes(), "BODY_TOO_BIG");
            this.serving = serving;
        }

        @Override
        public void end(Exchange exchange) throws HttpException {
            visit(serving, exchange, request(exchange, bytes().take()));
        }
    }

    private long maxBodyBytes() {
        return nsqd.options().integer(Option.MAX_BODY_SIZE);
    }

    /** A request on its way to an endpoint. */
    private final class Visit implements Turns.Turn {
        private final Mounted serving;
        private final HttpEndpoint.Request asked;
        private final Exchange exchange;

        Visit(Mounted serving, HttpEndpoint.Request asked, Exchange exchange) {
            this.serving = serving;
            this.asked = asked;
            this.exchange = exchange;
        }

        @Override
        public int bytes() {
            return asked.body().length;
        }

        @Override
        public CompletableFuture<?> take() {
            if (exchange.isAbandoned()) {
                return DONE;
            }
            try {
                CompletableFuture<HttpEndpoint.Response> answer =
                        serving.endpoint().answer(asked).toCompletableFuture();
                return answer.handle((response, failure) -> {
                    exchange.answerLater(failure == null ? encoded(response) : failed(unwrapped(failure)));
                    return response;
                });
            } catch (Exception | Error e) {
                exchange.answerLater(failed(e));
                return DONE;
            }
        }

        private Response encoded(HttpEndpoint.Response response) {
            try {
                return response.stream()
                        .map(source -> withHeaders(
                                Response.streamed(
                                        response.status(),
                                        response.contentType(),
                                        stream(response.contentType(), source)),
                                response))
                        .orElseGet(() -> PluginEndpoints.encoded(response));
            } catch (RuntimeException | Error e) {
                return failed(e);
            }
        }

        private StreamedAnswer stream(String contentType, Flow.Publisher<ByteBuffer> source) {
            AtomicReference<StreamedAnswer> made = new AtomicReference<>();
            StreamedAnswer stream =
                    new StreamedAnswer(source, contentType, executor, asked.path(), () -> serving.streams()
                            .remove(made.get()));
            made.set(stream);
            serving.streams().add(stream);
            return stream;
        }

        private Response failed(Throwable failure) {
            OutOfMemory.check(failure);
            LOG.error(
                    "HTTP: {} of {} failed - {}",
                    asked.path(),
                    serving.endpoint().getClass().getName(),
                    failure.toString(),
                    failure);
            return INTERNAL_ERROR;
        }

        @Override
        public void turnAway() {
            exchange.answerLater(BUSY);
        }
    }

    /** An answer that is not streamed. */
    static Response encoded(HttpEndpoint.Response response) {
        return withHeaders(Response.of(response.status(), response.contentType(), response.body()), response);
    }

    private static Response withHeaders(Response answer, HttpEndpoint.Response response) {
        Response all = answer;
        for (Map.Entry<String, String> header : response.headers()) {
            all = all.with(header.getKey(), header.getValue());
        }
        return all;
    }

    private static Throwable unwrapped(Throwable failure) {
        return failure instanceof CompletionException && failure.getCause() != null ? failure.getCause() : failure;
    }
}
