package io.nsqd.net.compression;

import io.netty.buffer.ByteBuf;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.zip.CRC32C;

/** The snappy framing format: a stream identifier, then chunks of type, length and masked checksum (P-40). */
final class SnappyFrame {
    static final int COMPRESSED = 0x00;
    static final int UNCOMPRESSED = 0x01;
    static final int STREAM_IDENTIFIER = 0xff;

    static final int CHECKSUM_BYTES = 4;

    /** The most that a chunk may stand for. */
    static final int MAX_CHUNK_BYTES = 65_536;

    /** The most that such a chunk is when it is compressed, checksum included. */
    static final int MAX_COMPRESSED_BYTES = CHECKSUM_BYTES + 32 + MAX_CHUNK_BYTES + MAX_CHUNK_BYTES / 6;

    private static final byte[] MAGIC = "sNaPpY".getBytes(StandardCharsets.US_ASCII);
    static final int MAGIC_BYTES = MAGIC.length;

    private static final int MASK = 0xa282ead8;

    private SnappyFrame() {}

    static void writeIdentifier(ByteBuf out) {
        writeHeader(STREAM_IDENTIFIER, MAGIC_BYTES, out);
        out.writeBytes(MAGIC);
    }

    static void writeHeader(int type, int length, ByteBuf out) {
        out.writeByte(type);
        out.writeMediumLE(length);
    }

    static boolean isMagic(ByteBuf bytes) {
        byte[] read = new byte[MAGIC_BYTES];
        bytes.readBytes(read);
        return Arrays.equals(read, MAGIC);
    }

    /** CRC-32C, rotated and offset as the format has it. */
    static int checksum(ByteBuf bytes, int start, int length) {
        CRC32C crc = new CRC32C();
        crc.update(bytes.nioBuffer(start, length));
        int value = (int) crc.getValue();
        return Integer.rotateRight(value, 15) + MASK;
    }
}
