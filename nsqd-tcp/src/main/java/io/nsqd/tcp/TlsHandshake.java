package io.nsqd.tcp;

import io.netty.channel.Channel;
import io.netty.channel.ChannelDuplexHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPromise;
import io.netty.handler.ssl.NotSslRecordException;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslHandler;
import io.netty.handler.ssl.SslHandshakeTimeoutException;
import io.nsqd.api.Addresses;
import io.nsqd.net.InputEnd;
import java.io.EOFException;
import java.security.cert.CertificateException;
import java.util.function.Consumer;

/**
 * The server's side of a TLS handshake in the middle of a connection (P-36, P-38). It stands between TLS and the socket, as a
 * handshake that fails must not close the connection: the client is told in plaintext. Confined to the connection's loop.
 */
final class TlsHandshake extends ChannelDuplexHandler {
    private static final long LIMIT_MILLIS = 5_000;

    /** How long a close waits for the peer to take TLS's last words. */
    private static final long CLOSE_NOTIFY_MILLIS = 1_000;

    private final SslHandler tls;
    private final Runnable succeeded;
    private final Consumer<String> failed;
    private boolean over;

    private TlsHandshake(SslHandler tls, Runnable succeeded, Consumer<String> failed) {
        this.tls = tls;
        this.succeeded = succeeded;
        this.failed = failed;
    }

    /**
     * Wraps the channel in TLS and waits for the client's hello.
     *
     * @param succeeded called as soon as the connection is TLS
     * @param failed called with the reason when it is plaintext again
     */
    static void start(Channel channel, SslContext context, Runnable succeeded, Consumer<String> failed) {
        SslHandler tls = context.newHandler(channel.alloc());
        tls.setHandshakeTimeoutMillis(LIMIT_MILLIS);
        tls.setCloseNotifyFlushTimeoutMillis(CLOSE_NOTIFY_MILLIS);
        TlsHandshake handshake = new TlsHandshake(tls, succeeded, failed);
        channel.pipeline().addFirst(handshake, tls);
        tls.handshakeFuture().addListener(done -> {
            if (done.isSuccess()) {
                handshake.succeed(channel);
            } else {
                // Not before TLS has done with it: an alert is on its way.
                channel.eventLoop().execute(() -> handshake.fail(channel, done.cause()));
            }
        });
    }

    private void succeed(Channel channel) {
        over = true;
        channel.pipeline().remove(this);
        succeeded.run();
    }

    private void fail(Channel channel, Throwable cause) {
        if (over) {
            return;
        }
        over = true;
        if (channel.isActive()) {
            channel.pipeline().remove(tls);
            channel.pipeline().remove(this);
            failed.accept(text(channel, cause));
        }
    }

    /** In Go's words where it has them. */
    private static String text(Channel channel, Throwable cause) {
        if (cause instanceof NotSslRecordException) {
            return "tls: first record does not look like a TLS handshake";
        }
        if (cause instanceof SslHandshakeTimeoutException) {
            return "read tcp " + Addresses.of(channel.localAddress()) + "->" + Addresses.of(channel.remoteAddress())
                    + ": i/o timeout";
        }
        for (Throwable deeper = cause; deeper != null; deeper = deeper.getCause()) {
            // What is around it is a provider's, and says nothing of it.
            if (deeper instanceof CertificateException) {
                return "tls: failed to verify certificate: " + deeper.getMessage();
            }
        }
        return cause instanceof EOFException ? cause.getMessage() : "tls: " + cause.getMessage();
    }

    @Override
    public void close(ChannelHandlerContext ctx, ChannelPromise promise) throws Exception {
        if (!over && tls.handshakeFuture().isDone()) {
            // TLS would close; the connection does, when it has told why.
            return;
        }
        super.close(ctx, promise);
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
        if (InputEnd.is(event) && !over) {
            fail(ctx.channel(), new EOFException("EOF"));
        }
        ctx.fireUserEventTriggered(event);
    }
}
