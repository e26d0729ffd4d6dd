package io.nsqd.net.compression;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.channel.ChannelHandlerContext;
import java.nio.ByteBuffer;
import java.util.zip.Deflater;

/** Writes a raw deflate stream with a sync marker at each flush (P-39). */
final class DeflateCompressor extends Compressor {
    private static final int MIN_ROOM_BYTES = 64;

    private final Deflater deflater;

    DeflateCompressor(int level) {
        deflater = new Deflater(level, true);
    }

    @Override
    ByteBuf compress(ByteBuf in, ByteBufAllocator allocator) {
        ByteBuf out = allocator.directBuffer(in.readableBytes() / 2 + MIN_ROOM_BYTES);
        deflater.setInput(in.nioBuffer());
        boolean more = true;
        while (more) {
            out.ensureWritable(MIN_ROOM_BYTES);
            ByteBuffer room = out.nioBuffer(out.writerIndex(), out.writableBytes());
            int bytes = deflater.deflate(room, Deflater.SYNC_FLUSH);
            out.writerIndex(out.writerIndex() + bytes);
            // Room to spare means that all is out, the marker too.
            more = room.hasRemaining() ? !deflater.needsInput() : true;
        }
        return out;
    }

    @Override
    public void handlerRemoved(ChannelHandlerContext ctx) {
        deflater.end();
    }
}
