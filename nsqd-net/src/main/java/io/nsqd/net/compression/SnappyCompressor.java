package io.nsqd.net.compression;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.handler.codec.compression.Snappy;

/** Writes the snappy framing format (P-40). */
final class SnappyCompressor extends Compressor {
    /** What the compression takes at once; the format allows twice as much. */
    private static final int CHUNK_BYTES = Short.MAX_VALUE;

    private static final int OVERHEAD_BYTES = 4 + SnappyFrame.CHECKSUM_BYTES;

    private final Snappy snappy = Snappy.withHashTableReuse();
    private boolean started;

    @Override
    ByteBuf compress(ByteBuf in, ByteBufAllocator allocator) {
        ByteBuf out = allocator.directBuffer(in.readableBytes() / 2 + 64);
        if (!started) {
            started = true;
            SnappyFrame.writeIdentifier(out);
        }
        while (in.isReadable()) {
            chunk(in, Math.min(CHUNK_BYTES, in.readableBytes()), out);
        }
        return out;
    }

    private void chunk(ByteBuf in, int length, ByteBuf out) {
        int start = out.writerIndex();
        int from = in.readerIndex();
        out.writeZero(OVERHEAD_BYTES);
        snappy.reset();
        snappy.encode(in.slice(from, length), out, length);
        int type = SnappyFrame.COMPRESSED;
        if (out.writerIndex() - start - OVERHEAD_BYTES >= length - length / 8) {
            type = SnappyFrame.UNCOMPRESSED;
            out.writerIndex(start + OVERHEAD_BYTES);
            out.writeBytes(in, from, length);
        }
        int end = out.writerIndex();
        out.writerIndex(start);
        SnappyFrame.writeHeader(type, end - start - 4, out);
        out.writeIntLE(SnappyFrame.checksum(in, from, length));
        out.writerIndex(end);
        in.skipBytes(length);
    }
}
