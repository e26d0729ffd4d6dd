package io.nsqd.http;

import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.ssl.OptionalSslHandler;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslHandler;
import io.netty.util.ReferenceCountUtil;
import java.nio.charset.StandardCharsets;

/** Tells a client that speaks plain HTTP to the HTTPS port so, in words it understands (H-92). */
// A write that fails closes the channel, which is noticed by itself.
@SuppressWarnings("FutureReturnValueIgnored")
final class TlsDetector extends OptionalSslHandler {
    private static final byte[] ANSWER =
            "HTTP/1.0 400 Bad Request\r\n\r\nClient sent an HTTP request to an HTTPS server.\n"
                    .getBytes(StandardCharsets.US_ASCII);

    private final SslContext context;
    private final long handshakeTimeoutMillis;

    /** @param handshakeTimeoutMillis how long a client may take; 0 is for ever */
    TlsDetector(SslContext context, long handshakeTimeoutMillis) {
        super(context);
        this.context = context;
        this.handshakeTimeoutMillis = handshakeTimeoutMillis;
    }

    @Override
    protected SslHandler newSslHandler(ChannelHandlerContext ctx, SslContext sslContext) {
        SslHandler handler = context.newHandler(ctx.alloc());
        handler.setHandshakeTimeoutMillis(handshakeTimeoutMillis);
        return handler;
    }

    @Override
    protected ChannelHandler newNonSslHandler(ChannelHandlerContext ctx) {
        return new ChannelInboundHandlerAdapter() {
            @Override
            public void handlerAdded(ChannelHandlerContext added) {
                added.writeAndFlush(Unpooled.wrappedBuffer(ANSWER)).addListener(ChannelFutureListener.CLOSE);
            }

            @Override
            public void channelRead(ChannelHandlerContext read, Object message) {
                ReferenceCountUtil.release(message);
            }
        };
    }
}
