package io.nsqd.tcp;

import io.netty.channel.Channel;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.EventLoop;
import io.netty.channel.EventLoopGroup;
import io.netty.handler.ssl.SslContext;
import io.netty.util.concurrent.EventExecutor;
import io.nsqd.api.Nsqd;
import io.nsqd.api.Option;
import io.nsqd.log.Logger;
import io.nsqd.log.LoggerFactory;
import io.nsqd.net.EventLoops;
import io.nsqd.net.Listeners;
import io.nsqd.net.ServedPort;
import io.nsqd.net.TlsContexts;
import io.nsqd.spi.Authentication;
import io.nsqd.spi.Transport;
import io.nsqd.stats.ClientStats;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;

/** The listener for V2 clients, and the connections that it has. */
final class TcpTransport implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(TcpTransport.class);
    /** Of the protocol, and of the event loops. */
    private static final String NAME = "tcp";

    private static final long CLOSE_SECONDS = 10;

    private final Nsqd nsqd;
    private final TlsContexts tls;
    private final EventLoops eventLoops;
    private final EventLoopGroup workers;
    private final Limits limits;
    private final Map<EventLoop, LoopState> loops = new ConcurrentHashMap<>();
    private final Map<Channel, ClientConnection> connections = new ConcurrentHashMap<>();
    private ServedPort port;
    private String encryption = "";
    private Runnable unwatch = () -> {};
    private volatile boolean closing;

    TcpTransport(Nsqd nsqd, EventLoops loops, TlsContexts tls, Authentication authentication) {
        this.nsqd = nsqd;
        this.tls = tls;
        eventLoops = loops;
        workers = loops.workers(NAME);
        limits = Limits.of(nsqd.options(), authentication);
    }

    /** @param registry makes this transport known; what it returns takes that back */
    void listen(Listeners listeners, Function<Transport, Runnable> registry) throws IOException {
        // Files that cannot be used are found now, and not by the first client.
        encryption = tls.server(nsqd.options())
                .map(context -> ", TLS by " + TlsContexts.provider(context))
                .orElse("");
        unwatch = eventLoops.watch(NAME, () -> !connections.isEmpty(), nsqd.troubles());
        port = new ServedPort(
                "TCP", listeners, workers, new Initializer(), listener -> registry.apply(new BoundTransport(listener)));
        port.open(address());
    }

    private Optional<String> address() {
        return Optional.of(nsqd.options().string(Option.TCP_ADDRESS));
    }

    /** Listens where the options say now. */
    void follow() {
        port.follow(address());
    }

    /** What others see of it while it listens there. */
    private final class BoundTransport implements Transport {
        private final Listeners.Listener listener;

        BoundTransport(Listeners.Listener listener) {
            this.listener = listener;
        }

        @Override
        public String protocol() {
            return NAME;
        }

        @Override
        public String address() {
            return listener.address();
        }

        @Override
        public int port() {
            return listener.port();
        }

        @Override
        public String implementation() {
            return listener.kind() + encryption;
        }

        @Override
        public List<ClientStats> producers() {
            return TcpTransport.this.producers();
        }
    }

    @ChannelHandler.Sharable
    private final class Initializer extends ChannelInitializer<Channel> {
        @Override
        protected void initChannel(Channel channel) {
            if (closing) {
                channel.close();
                return;
            }
            LoopState loop = loops.computeIfAbsent(channel.eventLoop(), LoopState::new);
            ClientConnection connection =
                    new ClientConnection(channel, nsqd, limits, loop, TcpTransport.this::tlsContext);
            connections.put(channel, connection);
            loop.add(connection);
            channel.closeFuture().addListener(closed -> {
                loop.remove(connection);
                connections.remove(channel);
            });
            LOG.info("TCP: new client({})", connection.remoteAddress());
            channel.pipeline().addLast(new CommandDecoder(connection, loop));
            // Once more, as close() may have looked for connections in between.
            if (closing) {
                channel.close();
            }
        }
    }

    private Optional<SslContext> tlsContext() {
        try {
            return tls.server(nsqd.options());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Without those that have had their last word and only wait for the peer to hear it. */
    List<ClientStats> producers() {
        return connections.values().stream()
                .filter(connection -> !connection.hasEnded())
                .map(ClientConnection::stats)
                .filter(stats -> !stats.pubCounts().isEmpty())
                .toList();
    }

    /** Stops accepting, disconnects everybody, and returns when no connection is left on the loops. */
    @Override
    public void close() {
        port.unregister();
        LOG.info("TCP: closing");
        closing = true;
        unwatch.run();
        port.close();
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(CLOSE_SECONDS);
        awaitAccepted(deadline);
        for (Channel channel : connections.keySet()) {
            channel.close();
        }
        for (Channel channel : connections.keySet()) {
            channel.closeFuture().awaitUninterruptibly(deadline - System.nanoTime(), TimeUnit.NANOSECONDS);
        }
        for (LoopState loop : loops.values()) {
            loop.close();
        }
    }

    /** Waits until each loop has seen what was accepted before the listener closed: it may still be in its queue. */
    private void awaitAccepted(long deadline) {
        for (EventExecutor loop : workers) {
            loop.submit(() -> {}).awaitUninterruptibly(deadline - System.nanoTime(), TimeUnit.NANOSECONDS);
        }
    }
}
