package io.nsqd.http;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.socket.DuplexChannel;
import io.netty.handler.ssl.SslHandler;
import io.netty.util.concurrent.Future;
import java.util.concurrent.TimeUnit;

/**
 * The end of a connection whose client is still sending. Closed at once it would be reset, and the client might lose the
 * answer; so the client is told that no more will come, and has a moment to take note.
 */
// A write that fails closes the channel, which is noticed by itself.
@SuppressWarnings("FutureReturnValueIgnored")
final class LingeringClose {
    private static final long LINGER_MILLIS = 500;

    private LingeringClose() {}

    /** Writes the last answer; the caller drops all input from here on. On the loop. */
    static void start(ChannelHandlerContext ctx, ByteBuf last) {
        Future<?> end = ctx.executor().schedule(() -> ctx.close(), LINGER_MILLIS, TimeUnit.MILLISECONDS);
        ctx.channel().closeFuture().addListener(closed -> end.cancel(false));
        ctx.writeAndFlush(last).addListener(written -> {
            SslHandler tls = ctx.pipeline().get(SslHandler.class);
            if (tls != null) {
                tls.closeOutbound();
            } else if (ctx.channel() instanceof DuplexChannel duplex) {
                duplex.shutdownOutput();
            }
        });
    }
}
