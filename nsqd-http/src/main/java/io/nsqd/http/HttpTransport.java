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
import io.nsqd.net.TlsContexts;
import io.nsqd.spi.Authentication;
import io.nsqd.spi.Transport;
import java.io.IOException;
import java.time.Clock;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.Callable;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;

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
    private final List<Port> ports = new ArrayList<>();

    /** A port that is served. */
    private record Port(String name, Listeners.Listener listener, Runnable unregister) {}

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
     * @throws IOException saying which address could not be listened on, or what is wrong with a certificate
     */
    static HttpTransport open(
            Nsqd nsqd,
            EventLoopGroup loops,
            Listeners listeners,
            TlsContexts tls,
            Authentication authentication,
            Function<Transport, Runnable> registry)
            throws IOException {
        Options options = nsqd.options();
        Clock clock = Clock.system(ZoneId.systemDefault());
        HttpAuthorization authorization = new HttpAuthorization(nsqd, authentication);
        HttpTransport transport = new HttpTransport(
                nsqd, authorization, loops, registry, clock, options.nanos(Option.HTTP_REQUEST_TIMEOUT));
        try {
            transport.listen(nsqd, clock, listeners, tls, authorization);
            return transport;
        } catch (IOException | RuntimeException | Error e) {
            transport.close();
            throw e;
        }
    }

    private void listen(Nsqd nsqd, Clock clock, Listeners listeners, TlsContexts tls, HttpAuthorization authorization)
            throws IOException {
        Options options = nsqd.options();
        Endpoint routes = Routes.of(nsqd, clock, profiling, authorization, plugins);
        Endpoint plain = options.tlsRequired() == TlsRequired.TRUE ? new TlsRequiredEndpoint(nsqd) : routes;
        String address = options.string(Option.HTTP_ADDRESS);
        if (!address.isEmpty()) {
            listen("HTTP", address, listeners, new Connections(plain, Optional::empty), "");
        }
        Optional<SslContext> context = tls.server(options);
        String tlsAddress = options.string(Option.HTTPS_ADDRESS);
        if (context.isPresent() && !tlsAddress.isEmpty()) {
            String encryption = ", TLS by " + TlsContexts.provider(context.get());
            listen("HTTPS", tlsAddress, listeners, new Connections(routes, () -> tls.server(options)), encryption);
        }
    }

    /** Whether there is any connection. */
    boolean isBusy() {
        return server.isBusy();
    }

    /** The paths that other bundles serve. */
    PluginEndpoints plugins() {
        return plugins;
    }

    private void listen(String name, String address, Listeners listeners, Connections connections, String encryption)
            throws IOException {
        Listeners.Listener listener = listeners.listen(address, loops, connections);
        LOG.info("{}: listening on {}", name, listener.address());
        String protocol = name.equals("HTTP") ? "http" : "https";
        Runnable unregister = registry.apply(
                new BoundTransport(protocol, listener.address(), listener.port(), listener.kind() + encryption));
        ports.add(new Port(name, listener, unregister));
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
        ports.forEach(port -> port.unregister().run());
        for (Port port : ports) {
            LOG.info("{}: closing", port.name());
            port.listener().close();
        }
        ports.clear();
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
