package io.nsqd.tcp;

import io.netty.channel.Channel;
import io.netty.channel.ChannelHandler;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslHandler;
import io.nsqd.net.compression.StreamCompression;
import io.nsqd.stats.ClientStats;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Supplier;

/**
 * Wraps a connection in TLS and compression. The handlers stand between the socket and {@link CommandDecoder}, TLS next to
 * the socket (P-41). Confined to the connection's loop, save for what stats ask.
 */
final class Upgrader {
    private final Channel channel;
    private final Limits limits;
    private final Supplier<Optional<SslContext>> contexts;
    private SslContext context;
    private boolean handshaking;
    private volatile Upgrades present = Upgrades.NONE;
    private volatile Optional<ClientStats.Tls> tls = Optional.empty();

    /** @param contexts the context for the next handshake; nothing without a certificate */
    Upgrader(Channel channel, Limits limits, Supplier<Optional<SslContext>> contexts) {
        this.channel = channel;
        this.limits = limits;
        this.contexts = contexts;
    }

    /** What the client will get of what it asks for. */
    Upgrades grant(Identify identify) throws ProtocolException {
        context = identify.flag("tls_v1") ? contexts.get().orElse(null) : null;
        return Upgrades.granted(identify, limits, context != null, present);
    }

    /** Goes on with what the connection was wrapped in before. */
    void restore(Upgrades upgrades, Optional<ClientStats.Tls> session) {
        present = upgrades;
        tls = session;
    }

    /** Takes note of TLS that is there already. */
    void withinTls() {
        SslHandler handler = channel.pipeline().get(SslHandler.class);
        if (handler != null) {
            restore(new Upgrades(true, false, false), Optional.of(TlsSession.of(handler)));
        }
    }

    /** What there is. */
    Upgrades present() {
        return present;
    }

    /** The TLS session, where there is one. */
    Optional<ClientStats.Tls> tls() {
        return tls;
    }

    /** Whether nothing can be sent, as the client's side of the TLS handshake is missing. */
    boolean isHandshaking() {
        return handshaking;
    }

    void startTls(Runnable succeeded, Consumer<String> failed) {
        handshaking = true;
        TlsHandshake.start(
                channel,
                context,
                () -> {
                    handshaking = false;
                    tls = Optional.of(TlsSession.of(channel.pipeline().get(SslHandler.class)));
                    present = present.and(new Upgrades(true, false, false));
                    succeeded.run();
                },
                reason -> {
                    handshaking = false;
                    failed.accept(reason);
                });
    }

    void startSnappy(ChannelHandler decoder) {
        present = present.and(new Upgrades(false, false, true));
        StreamCompression.snappy(channel.pipeline(), decoder);
    }

    void startDeflate(int level, ChannelHandler decoder) {
        present = present.and(new Upgrades(false, true, false));
        StreamCompression.deflate(channel.pipeline(), decoder, level);
    }
}
