package io.nsqd.net;

import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOutboundHandlerAdapter;
import io.netty.channel.socket.DuplexChannel;

/**
 * Stands next to the socket and reads nothing more once the peer has said that it will send no more. A connection that waits for
 * something does not read meanwhile; where its peer ends its side then, the system is asked to watch the socket for nothing at all, and Netty
 * fails to have it watched again: the answers would go with the connection.
 */
@ChannelHandler.Sharable
final class ReadGuard extends ChannelOutboundHandlerAdapter {
    static final ReadGuard INSTANCE = new ReadGuard();

    private ReadGuard() {}

    @Override
    public void read(ChannelHandlerContext ctx) {
        if (!(ctx.channel() instanceof DuplexChannel duplex) || !duplex.isInputShutdown()) {
            ctx.read();
        }
    }
}
