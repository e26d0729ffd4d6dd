package io.nsqd.http;

import io.netty.channel.Channel;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.handler.ssl.SslContext;
import io.netty.util.concurrent.EventExecutor;
import io.nsqd.api.Nsqd;
import io.nsqd.api.Option;
import io.nsqd.api.Options;
import io.nsqd.api.TlsRequired;
import io.nsqd.log.Logger;
import io.nsqd.log.LoggerFactory;
import io.nsqd.net.Listeners;
import io.nsqd.net.ParkedConnection;
import io.nsqd.net.ServedPort;
import io.nsqd.net.TlsContexts;
import io.nsqd.spi.Authentication;
import io.nsqd.spi.Transport;
import io.nsqd.stats.PluginStats;
import java.io.IOException;
import java.time.Clock;
import java.time.ZoneId;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.Callable;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import java.util.function.Supplier;

/**
 * HTTP and HTTPS (H-90 to H-95). Made and closed on the bundle's own thread; when {@link #close} returns no connection is
 * left on the loops, no listener and no thread.
 */
final class HttpTransport implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(HttpTransport.class);

    private static final int WORKERS = 2;
    /** Threads for what other bundles serve, so that one of those that hangs hurts none of ours. */
    private static final int PLUGIN_WORKERS = 8;

    private static final int PLUGIN_QUEUE = 64;
    private static final long PLUGIN_WORKER_SECONDS = 10;
    /** How long answers in progress may take when the transport closes. */
    private static final long GRACE_MILLIS = 5_000;

    private final EventLoopGroup loops;
    private final Function<Transport, Runnable> registry;
    private final ThreadPoolExecutor workers;
    private final ThreadPoolExecutor pluginWorkers;
    private final PluginEndpoints plugins;
    private final OneJob profiling = new OneJob("nsqd-http-profile");
    private final HttpServer server;
    private final Map<Option, ServedPort> ports = new EnumMap<>(Option.class);

    /** What other bundles see of a port. */
    private record BoundTransport(String protocol, String address, int port, String implementation)
            implements Transport {}

    private HttpTransport(
            Nsqd nsqd,
            HttpAuthorization authorization,
            EventLoopGroup loops,
            Function<Transport, Runnable> registry,
            Clock clock,
            long requestTimeoutNanos) {
        this.loops = loops;
        this.registry = registry;
        AtomicInteger number = new AtomicInteger();
        workers = new ThreadPoolExecutor(
                WORKERS,
                WORKERS,
                0,
                TimeUnit.SECONDS,
                new LinkedBlockingQueue<>(),
                task -> new Thread(task, "nsqd-http-worker-" + number.incrementAndGet()));
        AtomicInteger pluginNumber = new AtomicInteger();
        pluginWorkers = new ThreadPoolExecutor(
                PLUGIN_WORKERS,
                PLUGIN_WORKERS,
                PLUGIN_WORKER_SECONDS,
                TimeUnit.SECONDS,
                new ArrayBlockingQueue<>(PLUGIN_QUEUE),
                task -> newPluginThread(task, pluginNumber.incrementAndGet()));
        pluginWorkers.allowCoreThreadTimeOut(true);
        plugins = new PluginEndpoints(nsqd, authorization, pluginWorkers);
        server = new HttpServer(clock, workers, requestTimeoutNanos);
    }

    /**
     * Listens where the options say.
     *
     * @param registry makes a transport known; what it returns takes that back
     * @param parts what the daemon is made of
     * @throws IOException saying which address could not be listened on, or what is wrong with a certificate
     */
    static HttpTransport open(
            Nsqd nsqd,
            EventLoopGroup loops,
            Listeners listeners,
            TlsContexts tls,
            Authentication authentication,
            Function<Transport, Runnable> registry,
            Supplier<List<PluginStats>> parts)
            throws IOException {
        Options options = nsqd.options();
        Clock clock = Clock.system(ZoneId.systemDefault());
        HttpAuthorization authorization = new HttpAuthorization(nsqd, authentication);
        HttpTransport transport = new HttpTransport(
                nsqd, authorization, loops, registry, clock, options.nanos(Option.HTTP_REQUEST_TIMEOUT));
        try {
            Endpoint routes = Routes.of(nsqd, clock, transport.profiling, authorization, transport.plugins, parts);
            transport.listen(nsqd, listeners, tls, routes);
            return transport;
        } catch (IOException | RuntimeException | Error e) {
            transport.close();
            throw e;
        }
    }

    private void listen(Nsqd nsqd, Listeners listeners, TlsContexts tls, Endpoint routes) throws IOException {
        Options options = nsqd.options();
        Endpoint plain = options.tlsRequired() == TlsRequired.TRUE ? new TlsRequiredEndpoint(nsqd) : routes;
        listen(Option.HTTP_ADDRESS, options, listeners, new Connections(plain, Optional::empty), "");
        Optional<SslContext> context = tls.server(options);
        if (context.isPresent()) {
            String encryption = ", TLS by " + TlsContexts.provider(context.get());
            Connections connections = new Connections(routes, () -> tls.server(options));
            listen(Option.HTTPS_ADDRESS, options, listeners, connections, encryption);
        }
    }

    private void listen(
            Option address, Options options, Listeners listeners, Connections connections, String encryption)
            throws IOException {
        String protocol = address == Option.HTTP_ADDRESS ? "http" : "https";
        ServedPort port = new ServedPort(
                protocol.toUpperCase(Locale.ROOT),
                listeners,
                loops,
                connections,
                ParkedConnection::close,
                bound -> registry.apply(
                        new BoundTransport(protocol, bound.address(), bound.port(), bound.kind() + encryption)));
        ports.put(address, port);
        port.open(wanted(options, address));
    }

    private static Optional<String> wanted(Options options, Option address) {
        return Optional.of(options.string(address)).filter(text -> !text.isEmpty());
    }

    /** Listens where the options say now. */
    void follow(Options options) {
        ports.forEach((address, port) -> port.follow(wanted(options, address)));
    }

    /** Whether there is any connection. */
    boolean isBusy() {
        return server.isBusy();
    }

    /** The paths that other bundles serve. */
    PluginEndpoints plugins() {
        return plugins;
    }

    /** Sets up accepted connections. */
    @ChannelHandler.Sharable
    private final class Connections extends ChannelInitializer<Channel> {
        private final Endpoint root;
        private final Callable<Optional<SslContext>> tls;

        /** @param tls asked for with each connection, as certificates may change */
        Connections(Endpoint root, Callable<Optional<SslContext>> tls) {
            this.root = root;
            this.tls = tls;
        }

        @Override
        protected void initChannel(Channel channel) throws Exception {
            // A client may close its side after the request and still wants its answer.
            channel.config().setOption(ChannelOption.ALLOW_HALF_CLOSURE, true);
            long handshakeMillis = Math.max(0, server.requestTimeoutNanos() / 1_000_000);
            tls.call().ifPresent(context -> channel.pipeline().addLast(new TlsDetector(context, handshakeMillis)));
            RequestDecoder decoder = new RequestDecoder();
            channel.pipeline().addLast(decoder, new HttpHandler(server, root, decoder));
        }
    }

    @Override
    public void close() {
        ports.values().forEach(ServedPort::unregister);
        ports.forEach((address, port) -> {
            if (port.listener().isPresent()) {
                LOG.info("{}: closing", address == Option.HTTP_ADDRESS ? "HTTP" : "HTTPS");
            }
            port.close();
        });
        server.stop();
        try {
            profiling.close();
            // What was accepted before may still be in the loops' queues.
            awaitLoops();
            server.awaitStopped(GRACE_MILLIS);
            // What closed connections left to the loops is done then, so that none of our classes is in a queue.
            awaitLoops();
            workers.shutdown();
            workers.awaitTermination(GRACE_MILLIS, TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        end(pluginWorkers);
        end(workers);
    }

    /** Drops what has not begun. What has is not interrupted: it may be writing a queue's file. */
    private static void end(ThreadPoolExecutor threads) {
        threads.shutdown();
        threads.getQueue().clear();
    }

    private static Thread newPluginThread(Runnable task, int number) {
        Thread thread = new Thread(task, "nsqd-http-plugin-" + number);
        // One that never comes back is no reason for a program to go on.
        thread.setDaemon(true);
        return thread;
    }

    /** Waits until each loop has done what it was given so far. */
    private void awaitLoops() throws InterruptedException {
        for (EventExecutor loop : loops) {
            loop.submit(() -> {}).await(GRACE_MILLIS);
        }
    }
}
