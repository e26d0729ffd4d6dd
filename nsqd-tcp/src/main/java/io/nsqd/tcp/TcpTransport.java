package io.nsqd.tcp;

import io.netty.channel.Channel;
import io.netty.channel.ChannelHandler;
import io.netty.channel.EventLoop;
import io.netty.channel.EventLoopGroup;
import io.netty.handler.ssl.SslContext;
import io.nsqd.api.Nsqd;
import io.nsqd.api.Option;
import io.nsqd.log.Logger;
import io.nsqd.log.LoggerFactory;
import io.nsqd.net.EventLoops;
import io.nsqd.net.Listeners;
import io.nsqd.net.ParkedConnection;
import io.nsqd.net.TlsContexts;
import io.nsqd.net.transport.ConnectionServer;
import io.nsqd.net.transport.ServedConnection;
import io.nsqd.net.transport.TransportProtocol;
import io.nsqd.net.transport.V2Protocol;
import io.nsqd.spi.Authentication;
import io.nsqd.spi.Transport;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;

/** The listener for V2 clients, and the connections that it has. */
final class TcpTransport implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(TcpTransport.class);
    /** Of the protocol, and of the event loops. */
    private static final String NAME = "tcp";

    private final Nsqd nsqd;
    private final TlsContexts tls;
    private final EventLoops eventLoops;
    private final EventLoopGroup workers;
    private final Limits limits;
    private final Map<EventLoop, LoopState> loops = new ConcurrentHashMap<>();
    private final NestedClients nested = new NestedClients();
    private ConnectionServer server;
    private String encryption = "";
    private Runnable unwatch = () -> {};

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
        server = new ConnectionServer("TCP", listeners, workers, new V2(), registry);
        unwatch = eventLoops.watch(NAME, server::isBusy, nsqd.troubles());
        server.open(address());
    }

    private Optional<String> address() {
        return Optional.of(nsqd.options().string(Option.TCP_ADDRESS));
    }

    /** Listens where the options say now. */
    void follow() {
        server.follow(address());
    }

    /** The protocol for connections that others accept. */
    V2Protocol nested() {
        return new Nested();
    }

    /** What is made of the connections. */
    private class V2 implements TransportProtocol {
        @Override
        public String name() {
            return NAME;
        }

        @Override
        public String implementation() {
            return encryption;
        }

        @Override
        public ServedConnection open(Channel channel) {
            LoopState loop = loop(channel);
            ClientConnection connection = connection(channel, loop);
            LOG.info("TCP: new client({})", connection.remoteAddress());
            begin(connection);
            loop.add(connection);
            channel.pipeline().addLast(new CommandDecoder(connection, loop));
            return connection;
        }

        @Override
        public Optional<ServedConnection> adopt(ParkedConnection parked) {
            Optional<ClientRecord> record = ClientRecord.read(parked.record())
                    .filter(read -> read.daemon().equals(nsqd.name()) && !parked.isDisconnected(nsqd));
            if (record.isEmpty()) {
                return Optional.empty();
            }
            LoopState loop = loop(parked.channel());
            ClientConnection connection = connection(parked.channel(), loop);
            connection.restore(record.get(), parked);
            loop.add(connection);
            ChannelHandler decoder =
                    new CommandDecoder(connection, loop, record.get().begun());
            if (!parked.adopt(List.of(decoder))) {
                loop.remove(connection);
                connection.closed();
                return Optional.empty();
            }
            connection.adopted(record.get());
            return Optional.of(connection);
        }

        private LoopState loop(Channel channel) {
            return loops.computeIfAbsent(channel.eventLoop(), LoopState::new);
        }

        /** The TLS that a client may ask for. */
        Optional<SslContext> tls() {
            return tlsContext();
        }

        /** A client has come. */
        void begin(ClientConnection connection) {
            // It begins with nothing but the socket.
        }

        private ClientConnection connection(Channel channel, LoopState loop) {
            return new ClientConnection(channel, nsqd, limits, loop, this::tls);
        }
    }

    /** What is made of connections that others accept: TLS is a matter of theirs. */
    private final class Nested extends V2 implements V2Protocol {
        @Override
        public ServedConnection open(Channel channel) {
            return nested.add(channel, super::open);
        }

        @Override
        public Optional<ServedConnection> adopt(ParkedConnection parked) {
            return nested.add(parked.channel(), channel -> super.adopt(parked));
        }

        @Override
        Optional<SslContext> tls() {
            return Optional.empty();
        }

        @Override
        void begin(ClientConnection connection) {
            connection.withinTls();
        }
    }

    private Optional<SslContext> tlsContext() {
        try {
            return tls.server(nsqd.options());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Stops accepting, leaves everybody to the next transport or disconnects them, and returns when no connection is left on the loops. */
    @Override
    public void close() {
        unwatch.run();
        nested.close();
        server.close();
        for (LoopState loop : loops.values()) {
            loop.close();
        }
    }
}
