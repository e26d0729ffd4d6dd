package io.nsqd.net.compression;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOutboundHandlerAdapter;
import io.netty.channel.ChannelPromise;

/**
 * Compresses what goes out. The connection flushes whatever it writes, so each write is made such that the client can
 * read all of it. The promise goes along: it tells when the kernel has the bytes. Confined to the connection's loop.
 */
abstract class Compressor extends ChannelOutboundHandlerAdapter {
    /** Compresses all of {@code in}, which stays the caller's. */
    abstract ByteBuf compress(ByteBuf in, ByteBufAllocator allocator);

    @Override
    public void write(ChannelHandlerContext ctx, Object message, ChannelPromise promise) {
        ByteBuf in = (ByteBuf) message;
        if (!in.isReadable()) {
            ctx.write(in, promise);
            return;
        }
        ByteBuf out;
        try {
            out = compress(in, ctx.alloc());
        } finally {
            in.release();
        }
        ctx.write(out, promise);
    }
}
