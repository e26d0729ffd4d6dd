package io.nsqd.net.compression;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.channel.ChannelHandlerContext;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.zip.DataFormatException;
import java.util.zip.Inflater;

/** Reads a raw deflate stream (P-39). */
final class DeflateDecompressor extends Decompressor {
    private static final int PIECE_BYTES = 16 * 1024;

    private final Inflater inflater = new Inflater(true);

    @Override
    ByteBuf next(ByteBuf in, ByteBufAllocator allocator) throws IOException {
        if (inflater.finished()) {
            throw new IOException("the deflate stream ends");
        }
        ByteBuf piece = allocator.directBuffer(PIECE_BYTES, PIECE_BYTES);
        boolean made = false;
        try {
            ByteBuffer source = in.nioBuffer();
            int available = source.remaining();
            inflater.setInput(source);
            int bytes = inflater.inflate(piece.nioBuffer(0, PIECE_BYTES));
            in.skipBytes(available - source.remaining());
            piece.writerIndex(bytes);
            made = bytes > 0;
            if (!made && inflater.finished()) {
                throw new IOException("the deflate stream ends");
            }
            return made ? piece : null;
        } catch (DataFormatException e) {
            throw new IOException("no deflate stream: " + e.getMessage(), e);
        } finally {
            if (!made) {
                piece.release();
            }
        }
    }

    @Override
    public void handlerRemoved(ChannelHandlerContext ctx) {
        super.handlerRemoved(ctx);
        inflater.end();
    }
}
