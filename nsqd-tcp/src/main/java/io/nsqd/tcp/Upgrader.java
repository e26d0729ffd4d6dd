package io.nsqd.tcp;

import io.netty.channel.Channel;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelPipeline;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslHandler;
import io.nsqd.stats.ClientStats;
import java.util.Optional;
import java.util.function.BooleanSupplier;
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

    /** @param connectionEnded whether nothing that comes matters any more */
    void startSnappy(ChannelHandler decoder, BooleanSupplier connectionEnded) {
        present = present.and(new Upgrades(false, false, true));
        compress(decoder, new SnappyDecompressor(connectionEnded), new SnappyCompressor());
    }

    /** @param connectionEnded whether nothing that comes matters any more */
    void startDeflate(int level, ChannelHandler decoder, BooleanSupplier connectionEnded) {
        present = present.and(new Upgrades(false, true, false));
        compress(decoder, new DeflateDecompressor(connectionEnded), new DeflateCompressor(level));
    }

    private void compress(ChannelHandler decoder, Decompressor decompressor, Compressor compressor) {
        ChannelPipeline pipeline = channel.pipeline();
        String before = pipeline.context(decoder).name();
        pipeline.addBefore(before, null, decompressor);
        pipeline.addBefore(before, null, compressor);
    }

    /** Ends TLS, if there is any, as it wants to be ended: what follows is the end of the connection. */
    void closeOutbound(ChannelFutureListener closed) {
        SslHandler handler = channel.pipeline().get(SslHandler.class);
        if (handler == null) {
            channel.newSucceededFuture().addListener(closed);
        } else {
            handler.closeOutbound().addListener(closed);
        }
    }
}
