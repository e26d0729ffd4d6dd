package io.nsqd.net;

import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.socket.DuplexChannel;
import io.netty.handler.ssl.SslHandler;
import io.netty.util.concurrent.Future;
import java.util.concurrent.TimeUnit;

/**
 * Closes a connection so that the peer hears the last words: a close with unread bytes would be a reset, and could overtake them (P-6). So
 * the peer is told that no more will come, and has a moment to close, too.
 */
// What fails closes the channel, which is noticed by itself.
@SuppressWarnings("FutureReturnValueIgnored")
public final class GracefulClose {
    private GracefulClose() {}

    /** A handler of a protocol that has words for its end. */
    @FunctionalInterface
    public interface Farewell {
        /** Writes them, unless they are said already: nothing follows but the end. On the channel's loop. */
        void farewell(ChannelHandlerContext context);
    }

    /**
     * Closes it once everything written before is out. Whoever calls it reads what the peer still sends, and throws it away. On the
     * channel's loop.
     *
     * @param lingerMillis how long the peer has, in milliseconds
     */
    public static void start(Channel channel, long lingerMillis) {
        Future<?> end = channel.eventLoop().schedule(() -> channel.close(), lingerMillis, TimeUnit.MILLISECONDS);
        channel.closeFuture().addListener(closed -> end.cancel(false));
        for (ChannelHandler handler : channel.pipeline().toMap().values()) {
            if (handler instanceof Farewell words) {
                words.farewell(channel.pipeline().context(handler));
            }
        }
        channel.writeAndFlush(Unpooled.EMPTY_BUFFER).addListener(written -> endOutput(channel));
    }

    private static void endOutput(Channel channel) {
        if (channel instanceof DuplexChannel duplex && channel.isActive() && !duplex.isInputShutdown()) {
            SslHandler tls = channel.pipeline().get(SslHandler.class);
            ChannelFuture ended = tls == null ? channel.newSucceededFuture() : tls.closeOutbound();
            ended.addListener(closed -> duplex.shutdownOutput());
        } else {
            channel.close();
        }
    }
}
