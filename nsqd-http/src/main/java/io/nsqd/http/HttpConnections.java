package io.nsqd.http;

import io.netty.channel.Channel;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelOption;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslHandler;
import io.nsqd.net.ParkedConnection;
import io.nsqd.net.Parking;
import io.nsqd.net.transport.HttpUpgrade;
import io.nsqd.net.transport.ServedConnection;
import io.nsqd.net.transport.TransportProtocol;
import io.nsqd.stats.ClientStats;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;

/** What is made of the connections of a port: of each the handlers that serve it, and what leaves it to the next transport. */
final class HttpConnections implements TransportProtocol {
    private final String protocol;
    private final String encryption;
    private final String daemon;
    private final HttpServer server;
    private final Endpoint root;
    private final Callable<Optional<SslContext>> tls;
    private final UpgradeEndpoints upgrades;

    /**
     * @param protocol {@code http} or {@code https}
     * @param encryption what does TLS, see {@link TransportProtocol#implementation}
     * @param daemon the name of the daemon, for which alone a connection is adopted: another one may ask for other certificates
     * @param root serves requests
     * @param tls asked for with each connection, as certificates may change
     * @param upgrades what connections may become
     */
    HttpConnections(
            String protocol,
            String encryption,
            String daemon,
            HttpServer server,
            Endpoint root,
            Callable<Optional<SslContext>> tls,
            UpgradeEndpoints upgrades) {
        this.protocol = protocol;
        this.encryption = encryption;
        this.daemon = daemon;
        this.server = server;
        this.root = root;
        this.tls = tls;
        this.upgrades = upgrades;
    }

    @Override
    public String name() {
        return protocol;
    }

    @Override
    public String implementation() {
        return encryption;
    }

    @Override
    public ServedConnection open(Channel channel) throws Exception {
        // A client may close its side after the request and still wants its answer.
        channel.config().setOption(ChannelOption.ALLOW_HALF_CLOSURE, true);
        Served served = new Served(channel);
        newDetector().ifPresent(channel.pipeline()::addLast);
        channel.pipeline().addLast(served.decoder, served.handler);
        return served;
    }

    @Override
    public Optional<ServedConnection> adopt(ParkedConnection parked) throws Exception {
        Optional<HttpRecord> record = HttpRecord.read(parked.record(), protocol)
                .filter(read -> read.daemon().equals(daemon));
        if (record.isEmpty()) {
            return upgrades.adopt(parked);
        }
        Served served = new Served(parked.channel());
        List<ChannelHandler> handlers = new ArrayList<>();
        if (record.get().silent()) {
            newDetector().ifPresent(handlers::add);
        }
        handlers.add(served.decoder);
        handlers.add(served.handler);
        if (!parked.adopt(handlers)) {
            return Optional.empty();
        }
        served.handler.begin();
        return Optional.of(served);
    }

    private Optional<ChannelHandler> newDetector() throws Exception {
        long handshakeMillis = Math.max(0, server.requestTimeoutNanos() / 1_000_000);
        return tls.call().map(context -> new TlsDetector(context, handshakeMillis));
    }

    /** A connection that is served. */
    private final class Served implements ServedConnection {
        private final Channel channel;
        private final RequestDecoder decoder;
        private final HttpHandler handler;

        /** What serves it instead; {@code null} while HTTP does. Other threads ask for figures. */
        private volatile ServedConnection upgraded;

        Served(Channel channel) {
            this.channel = channel;
            decoder = new RequestDecoder();
            handler = new HttpHandler(server, root, decoder);
            handler.upgradedBy(this::upgrade);
        }

        private void upgrade(HttpUpgrade upgrade) throws Exception {
            upgraded = upgrade.open(channel);
            // In this order what has come since is theirs.
            channel.pipeline().remove(handler);
            channel.pipeline().remove(decoder);
            channel.config().setAutoRead(true);
        }

        @Override
        public void leave(Parking parking) {
            if (upgraded != null) {
                upgraded.leave(parking);
            } else if (!isTurnedAway()) {
                handler.leave(() -> park(parking));
            }
        }

        /** Whether it speaks no TLS where it should: it has been told so, and ends. */
        private boolean isTurnedAway() {
            return protocol.equals(HttpTransport.HTTPS)
                    && channel.pipeline().get(TlsDetector.class) == null
                    && channel.pipeline().get(SslHandler.class) == null;
        }

        private void park(Parking parking) {
            TlsDetector detector = channel.pipeline().get(TlsDetector.class);
            // In this order each hands what it has kept to whoever comes, and not to one of us.
            List<ChannelHandler> leaving = new ArrayList<>(List.of(handler, decoder));
            if (detector != null) {
                leaving.add(detector);
            }
            HttpRecord record = new HttpRecord(protocol, daemon, detector != null);
            parking.park(channel, record.toRecord(), decoder.takeHead(), leaving);
        }

        @Override
        public boolean wrapUp() {
            if (upgraded != null) {
                return upgraded.wrapUp();
            }
            handler.stop();
            return true;
        }

        @Override
        public Optional<ClientStats> producer() {
            ServedConnection other = upgraded;
            return other == null ? Optional.empty() : other.producer();
        }
    }
}
