package io.nsqd.http;

import io.netty.channel.EventLoopGroup;
import io.netty.handler.ssl.SslContext;
import io.nsqd.api.Nsqd;
import io.nsqd.api.Option;
import io.nsqd.api.Options;
import io.nsqd.api.TlsRequired;
import io.nsqd.net.Listeners;
import io.nsqd.net.TlsContexts;
import io.nsqd.net.transport.ConnectionServer;
import io.nsqd.spi.Authentication;
import io.nsqd.spi.Transport;
import io.nsqd.stats.PluginStats;
import java.io.IOException;
import java.time.Clock;
import java.time.ZoneId;
import java.util.ArrayList;
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
    static final String HTTP = "http";
    static final String HTTPS = "https";

    private static final int WORKERS = 2;
    /** Threads for what other bundles serve, so that one of those that hangs hurts none of ours. */
    private static final int PLUGIN_WORKERS = 8;

    private static final int PLUGIN_QUEUE = 64;
    private static final long PLUGIN_WORKER_SECONDS = 10;
    /** How long what is being worked on may take when the transport closes. */
    private static final long GRACE_MILLIS = 5_000;

    private final Nsqd nsqd;
    private final EventLoopGroup loops;
    private final Function<Transport, Runnable> registry;
    private final ThreadPoolExecutor workers;
    private final ThreadPoolExecutor pluginWorkers;
    private final PluginEndpoints plugins;
    private final UpgradeEndpoints upgrades;
    private final OneJob profiling = new OneJob("nsqd-http-profile");
    private final HttpServer server;
    private final Endpoint routes;
    private final Map<Option, ConnectionServer> ports = new EnumMap<>(Option.class);

    /**
     * A transport; nobody listens yet.
     *
     * @param registry makes a transport known; what it returns takes that back
     * @param parts what the daemon is made of
     */
    HttpTransport(
            Nsqd nsqd,
            EventLoopGroup loops,
            Authentication authentication,
            Function<Transport, Runnable> registry,
            Supplier<List<PluginStats>> parts) {
        this.nsqd = nsqd;
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
        Clock clock = Clock.system(ZoneId.systemDefault());
        HttpAuthorization authorization = new HttpAuthorization(nsqd, authentication);
        plugins = new PluginEndpoints(nsqd, authorization, pluginWorkers);
        server = new HttpServer(clock, workers, nsqd.options().nanos(Option.HTTP_REQUEST_TIMEOUT));
        upgrades = new UpgradeEndpoints(authorization);
        routes = Routes.of(nsqd, clock, profiling, authorization, plugins, upgrades, parts);
    }

    /**
     * Listens where the options say, and goes on with the connections that were left there. To be called when everything that is served
     * is there: who asks first may have waited for it.
     *
     * @throws IOException saying which address could not be listened on, or what is wrong with a certificate
     */
    void listen(Listeners listeners, TlsContexts tls) throws IOException {
        Options options = nsqd.options();
        Endpoint plain = options.tlsRequired() == TlsRequired.TRUE ? new TlsRequiredEndpoint(nsqd) : routes;
        listen(Option.HTTP_ADDRESS, listeners, HTTP, plain, Optional::empty, "");
        Optional<SslContext> context = tls.server(options);
        if (context.isPresent()) {
            String encryption = ", TLS by " + TlsContexts.provider(context.get());
            listen(Option.HTTPS_ADDRESS, listeners, HTTPS, routes, () -> tls.server(options), encryption);
        }
    }

    private void listen(
            Option address,
            Listeners listeners,
            String protocol,
            Endpoint root,
            Callable<Optional<SslContext>> tls,
            String encryption)
            throws IOException {
        ConnectionServer port = new ConnectionServer(
                protocol.toUpperCase(Locale.ROOT),
                listeners,
                loops,
                new HttpConnections(protocol, encryption, nsqd.name(), server, root, tls, upgrades),
                registry);
        ports.put(address, port);
        port.open(wanted(nsqd.options(), address));
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
        return ports.values().stream().anyMatch(ConnectionServer::isBusy);
    }

    /** The paths that other bundles serve. */
    PluginEndpoints plugins() {
        return plugins;
    }

    /** What connections may become. */
    UpgradeEndpoints upgrades() {
        return upgrades;
    }

    /** Stops accepting, and leaves everybody to the next transport, or closes the connections, each after the answer that it owes. */
    @Override
    public void close() {
        try {
            profiling.close();
            closePorts();
            workers.shutdown();
            workers.awaitTermination(GRACE_MILLIS, TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        end(pluginWorkers);
        end(workers);
    }

    /** At the same time: what takes long at one of them is not to keep the clients of the other waiting. */
    private void closePorts() throws InterruptedException {
        List<Thread> closing = new ArrayList<>();
        for (ConnectionServer port : ports.values()) {
            Thread thread = new Thread(port::close, "nsqd-http-closing");
            thread.start();
            closing.add(thread);
        }
        for (Thread thread : closing) {
            thread.join();
        }
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
}
