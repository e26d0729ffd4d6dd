package io.nsqd.net.compression;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.handler.codec.compression.DecompressionException;
import io.netty.handler.codec.compression.Snappy;
import java.io.IOException;

/** Reads the snappy framing format (P-40): each chunk is a piece. */
final class SnappyDecompressor extends Decompressor {
    private static final int HEADER_BYTES = 4;
    private static final int FIRST_SKIPPABLE = 0x80;

    private final Snappy snappy = new Snappy();
    private boolean started;
    /** Bytes of a chunk without a meaning that are still to come. */
    private int toSkip;

    @Override
    ByteBuf next(ByteBuf in, ByteBufAllocator allocator) throws IOException {
        while (skipped(in) && in.readableBytes() >= HEADER_BYTES) {
            int at = in.readerIndex();
            int type = in.getUnsignedByte(at);
            int length = in.getUnsignedMediumLE(at + 1);
            if (started && type >= FIRST_SKIPPABLE && type != SnappyFrame.STREAM_IDENTIFIER) {
                in.skipBytes(HEADER_BYTES);
                toSkip = length;
                continue;
            }
            check(type, length);
            if (in.readableBytes() < HEADER_BYTES + length) {
                return null;
            }
            in.skipBytes(HEADER_BYTES);
            if (type == SnappyFrame.STREAM_IDENTIFIER) {
                identify(in.readSlice(length));
                continue;
            }
            ByteBuf piece = chunk(type, in.readSlice(length), allocator);
            if (piece.isReadable()) {
                return piece;
            }
            piece.release();
        }
        return null;
    }

    private boolean skipped(ByteBuf in) {
        int skip = Math.min(toSkip, in.readableBytes());
        in.skipBytes(skip);
        toSkip -= skip;
        return toSkip == 0;
    }

    /** Refuses a chunk by its head, so that no more is waited for than a valid one has. */
    private void check(int type, int length) throws IOException {
        if (!started && type != SnappyFrame.STREAM_IDENTIFIER) {
            throw new IOException("no snappy stream identifier");
        }
        boolean valid =
                switch (type) {
                    case SnappyFrame.STREAM_IDENTIFIER -> length == SnappyFrame.MAGIC_BYTES;
                    case SnappyFrame.COMPRESSED ->
                        length >= SnappyFrame.CHECKSUM_BYTES && length <= SnappyFrame.MAX_COMPRESSED_BYTES;
                    case SnappyFrame.UNCOMPRESSED ->
                        length >= SnappyFrame.CHECKSUM_BYTES
                                && length <= SnappyFrame.CHECKSUM_BYTES + SnappyFrame.MAX_CHUNK_BYTES;
                    default -> false;
                };
        if (!valid) {
            throw new IOException("no snappy chunk: type " + type + ", " + length + " bytes");
        }
    }

    private void identify(ByteBuf magic) throws IOException {
        if (!SnappyFrame.isMagic(magic)) {
            throw new IOException("no snappy stream identifier");
        }
        started = true;
    }

    private ByteBuf chunk(int type, ByteBuf content, ByteBufAllocator allocator) throws IOException {
        int checksum = content.readIntLE();
        int first = Math.min(SnappyFrame.MAX_CHUNK_BYTES, Math.max(64, content.readableBytes()));
        // A chunk that wants to be bigger than it may fails for want of room.
        ByteBuf piece = allocator.directBuffer(first, SnappyFrame.MAX_CHUNK_BYTES);
        boolean valid = false;
        try {
            if (type == SnappyFrame.UNCOMPRESSED) {
                piece.writeBytes(content);
            } else {
                snappy.reset();
                snappy.decode(content, piece);
            }
            valid = SnappyFrame.checksum(piece, 0, piece.writerIndex()) == checksum;
        } catch (DecompressionException | IndexOutOfBoundsException e) {
            throw new IOException("no snappy chunk: " + e.getMessage(), e);
        } finally {
            if (!valid) {
                piece.release();
            }
        }
        if (!valid) {
            throw new IOException("no snappy chunk: wrong checksum");
        }
        return piece;
    }
}
