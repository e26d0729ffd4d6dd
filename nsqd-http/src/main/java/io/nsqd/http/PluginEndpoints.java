package io.nsqd.http;

import io.netty.buffer.ByteBuf;
import io.nsqd.api.Nsqd;
import io.nsqd.api.Option;
import io.nsqd.log.Logger;
import io.nsqd.log.LoggerFactory;
import io.nsqd.spi.HttpEndpoint;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.function.Predicate;

/**
 * The paths that other bundles serve. Any thread; a request is handled on a thread that may block, and of those an endpoint
 * has only so many at a time: its other requests wait for their {@linkplain Turns turn}.
 */
final class PluginEndpoints {
    private static final Logger LOG = LoggerFactory.getLogger(PluginEndpoints.class);

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
     * @param access what a client must be permitted to do; nothing where that depends on the method
     */
    private record Mounted(String path, Optional<Access> access, HttpEndpoint endpoint, Turns turns) {
        /** Reading is for everybody, as it is with the daemon's own paths. */
        Access access(Request request) {
            return access.orElse(request.is("GET") || request.is("HEAD") ? Access.OPEN : Access.DAEMON);
        }

        boolean serves(String requested) {
            return requested.equals(path) || requested.startsWith(path.endsWith("/") ? path : path + "/");
        }
    }

    /**
     * @param rank what orders endpoints of one path, the best last
     * @param access what a client must be permitted to do; without: to administer the daemon, save to read
     */
    void add(Comparable<?> rank, String path, Optional<Access> access, HttpEndpoint endpoint) {
        mounted.put(rank, new Mounted(path, access, endpoint, new Turns(executor)));
    }

    void remove(Comparable<?> rank) {
        Mounted gone = mounted.remove(rank);
        if (gone != null) {
            gone.turns().close();
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
                        .guard(serving.access(exchange.request()), allowed -> new Body(serving, allowed))
                        .open(exchange));
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
            if (!bytes.add(piece, maxBodyBytes())) {
                throw new HttpException(413, "BODY_TOO_BIG");
            }
        }

        @Override
        public long held() {
            return bytes.held();
        }

        @Override
        public void end(Exchange exchange) throws HttpException {
            exchange.log();
            Request request = exchange.request();
            HttpEndpoint.Client client = new HttpEndpoint.Client(
                    exchange.remoteIp(), exchange.isTls(), exchange.clientCommonName(), exchange.authorization());
            HttpEndpoint.Request asked = new HttpEndpoint.Request(
                            request.method(), request.path(), exchange.query().values(), bytes.toArray())
                    .with(request.headers())
                    .from(client);
            if (!serving.turns().offer(new Visit(serving.endpoint(), asked, exchange), maxBodyBytes())) {
                throw new HttpException(BUSY);
            }
        }
    }

    private long maxBodyBytes() {
        return nsqd.options().integer(Option.MAX_BODY_SIZE);
    }

    /** A request on its way to an endpoint. */
    private record Visit(HttpEndpoint endpoint, HttpEndpoint.Request asked, Exchange exchange) implements Turns.Turn {
        @Override
        public int bytes() {
            return asked.body().length;
        }

        @Override
        public void take() {
            if (exchange.isAbandoned()) {
                return;
            }
            Response answer;
            try {
                HttpEndpoint.Response response = endpoint.handle(asked);
                answer = Response.of(response.status(), response.contentType(), response.body());
                for (Map.Entry<String, String> header : response.headers()) {
                    answer = answer.with(header.getKey(), header.getValue());
                }
            } catch (Exception | Error e) {
                LOG.error(
                        "HTTP: {} of {} failed - {}",
                        asked.path(),
                        endpoint.getClass().getName(),
                        e.toString(),
                        e);
                answer = INTERNAL_ERROR;
            }
            exchange.answerLater(answer);
        }

        @Override
        public void turnAway() {
            exchange.answerLater(BUSY);
        }
    }
}
