package io.nsqd.websocket;

import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelDuplexHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPromise;
import io.netty.handler.codec.http.websocketx.BinaryWebSocketFrame;
import io.netty.handler.codec.http.websocketx.CloseWebSocketFrame;
import io.netty.handler.codec.http.websocketx.ContinuationWebSocketFrame;
import io.netty.handler.codec.http.websocketx.CorruptedWebSocketFrameException;
import io.netty.handler.codec.http.websocketx.PingWebSocketFrame;
import io.netty.handler.codec.http.websocketx.PongWebSocketFrame;
import io.netty.handler.codec.http.websocketx.WebSocketCloseStatus;
import io.netty.handler.codec.http.websocketx.WebSocketFrame;
import io.netty.util.ReferenceCountUtil;
import io.nsqd.api.Addresses;
import io.nsqd.log.Logger;
import io.nsqd.log.LoggerFactory;
import io.nsqd.net.GracefulClose;
import java.nio.channels.ClosedChannelException;

/**
 * Makes a stream of bytes of binary frames, and the other way round: where a frame ends says nothing. Stays with the connection, whoever
 * serves it. Confined to the connection's loop.
 */
// A write that fails closes the channel, which is noticed by itself.
@SuppressWarnings("FutureReturnValueIgnored")
final class WebSocketBytes extends ChannelDuplexHandler implements GracefulClose.Farewell {
    private static final Logger LOG = LoggerFactory.getLogger(WebSocketBytes.class);

    /** How long the peer has to take note of the end. */
    private static final long LINGER_MILLIS = 1000;

    private boolean closing;

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
        if (!(message instanceof WebSocketFrame frame)) {
            ctx.fireChannelRead(message);
        } else if (closing) {
            frame.release();
        } else if (frame instanceof BinaryWebSocketFrame || frame instanceof ContinuationWebSocketFrame) {
            ctx.fireChannelRead(frame.content());
        } else if (frame instanceof PingWebSocketFrame) {
            ctx.writeAndFlush(new PongWebSocketFrame(frame.content()));
        } else {
            // A pong, or the peer goes, or it has not understood what this is.
            boolean ends = frame instanceof CloseWebSocketFrame;
            boolean pong = frame instanceof PongWebSocketFrame;
            ReferenceCountUtil.release(frame);
            if (!pong) {
                close(
                        ctx.channel(),
                        ends ? WebSocketCloseStatus.NORMAL_CLOSURE : WebSocketCloseStatus.INVALID_MESSAGE_TYPE);
            }
        }
    }

    @Override
    public void write(ChannelHandlerContext ctx, Object message, ChannelPromise promise) {
        boolean bytes = message instanceof ByteBuf buffer && buffer.isReadable();
        if (bytes && closing) {
            // Nothing follows a frame that closes.
            ReferenceCountUtil.release(message);
            promise.tryFailure(new ClosedChannelException());
            return;
        }
        ctx.write(bytes ? new BinaryWebSocketFrame((ByteBuf) message) : message, promise);
    }

    /** Says why, and closes. */
    void close(Channel channel, WebSocketCloseStatus why) {
        ChannelHandlerContext ctx = channel.pipeline().context(this);
        if (!closing && ctx != null) {
            closing = true;
            ctx.write(new CloseWebSocketFrame(why));
            // What the peer still sends is read, and dropped, or it might not hear why.
            channel.config().setAutoRead(true);
            GracefulClose.start(channel, LINGER_MILLIS);
        }
    }

    /** Whoever speaks within the frames ends the connection: an end without a word is an error to clients, and some miss it. */
    @Override
    public void farewell(ChannelHandlerContext ctx) {
        if (!closing) {
            closing = true;
            ctx.write(new CloseWebSocketFrame(WebSocketCloseStatus.ENDPOINT_UNAVAILABLE));
        }
    }

    @Override
    public void close(ChannelHandlerContext ctx, ChannelPromise promise) {
        farewell(ctx);
        ctx.flush();
        ctx.close(promise);
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
        if (cause instanceof CorruptedWebSocketFrameException corrupted) {
            LOG.debug("websocket: client({}) - {}", Addresses.of(ctx.channel().remoteAddress()), cause.getMessage());
            close(ctx.channel(), corrupted.closeStatus());
        } else {
            ctx.fireExceptionCaught(cause);
        }
    }
}
