package io.nsqd.http;

import io.netty.buffer.ByteBuf;
import io.nsqd.api.Nsqd;
import io.nsqd.api.Option;
import io.nsqd.spi.HttpEndpoint;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.Semaphore;

/**
 * The paths that other bundles serve. Any thread; a request is handled on a thread that may block, and of those an endpoint
 * has only so many at a time.
 */
final class PluginEndpoints {
    /** Requests that one endpoint may be busy with; its others are turned away. */
    private static final int AT_ONCE = 2;

    private static final Response BUSY = Response.error(503, "BUSY");

    /** By what ranks them, the best last. */
    private final Map<Comparable<?>, Mounted> mounted = new ConcurrentHashMap<>();

    private final Nsqd nsqd;
    private final Executor executor;

    PluginEndpoints(Nsqd nsqd, Executor executor) {
        this.nsqd = nsqd;
        this.executor = executor;
    }

    /** An endpoint at its path. */
    private record Mounted(String path, HttpEndpoint endpoint, Semaphore turns) {
        boolean serves(String requested) {
            return requested.equals(path) || requested.startsWith(path.endsWith("/") ? path : path + "/");
        }
    }

    /** @param rank what orders endpoints of one path, the best last */
    void add(Comparable<?> rank, String path, HttpEndpoint endpoint) {
        mounted.put(rank, new Mounted(path, endpoint, new Semaphore(AT_ONCE)));
    }

    void remove(Comparable<?> rank) {
        mounted.remove(rank);
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
                .map(serving -> exchange -> new Body(serving, exchange));
    }

    @SuppressWarnings("unchecked")
    private static boolean isBetter(Map.Entry<Comparable<?>, Mounted> one, Map.Entry<Comparable<?>, Mounted> other) {
        int length = Integer.compare(
                one.getValue().path().length(), other.getValue().path().length());
        return length != 0 ? length > 0 : ((Comparable<Object>) one.getKey()).compareTo(other.getKey()) > 0;
    }

    private final class Body implements RequestBody {
        private final Mounted serving;
        private final BodyBytes bytes;

        Body(Mounted serving, Exchange exchange) {
            this.serving = serving;
            bytes = new BodyBytes(exchange.request().contentLength());
        }

        @Override
        public void add(ByteBuf piece) throws HttpException {
            if (!bytes.add(piece, nsqd.options().integer(Option.MAX_BODY_SIZE))) {
                throw new HttpException(413, "BODY_TOO_BIG");
            }
        }

        @Override
        public void end(Exchange exchange) throws HttpException {
            exchange.log();
            Request request = exchange.request();
            HttpEndpoint.Request asked = new HttpEndpoint.Request(
                    request.method(), request.path(), exchange.query().values(), bytes.toArray());
            if (!serving.turns().tryAcquire()) {
                throw new HttpException(BUSY);
            }
            try {
                executor.execute(() -> handle(asked, exchange));
            } catch (RejectedExecutionException e) {
                serving.turns().release();
                throw new HttpException(BUSY);
            }
        }

        private void handle(HttpEndpoint.Request asked, Exchange exchange) {
            Response answer;
            try {
                HttpEndpoint.Response response = serving.endpoint().handle(asked);
                answer = Response.of(response.status(), response.contentType(), response.body());
            } catch (Exception | Error e) {
                answer = exchange.crash(e);
            } finally {
                serving.turns().release();
            }
            exchange.answerLater(answer);
        }
    }
}
