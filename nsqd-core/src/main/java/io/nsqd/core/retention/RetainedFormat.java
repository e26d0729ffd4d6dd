package io.nsqd.core.retention;

import io.nsqd.api.MessageBatch;
import java.nio.ByteBuffer;
import java.util.zip.CRC32C;

/**
 * The bytes of a retained file: a magic, then frames. A frame has its length, the CRC32C of all that follows, the number of its first
 * message, the time of its newest one, how many they are, and of each the id, the time when it was published, the length of its body and
 * the body.
 */
final class RetainedFormat {
    /** With what a file begins. */
    static final long MAGIC = 0x4e53514452455431L;

    /** The length of that. */
    static final int FILE_HEADER = Long.BYTES;

    /** Length, check sum, first number, newest time, count. */
    static final int FRAME_HEADER = 2 * Integer.BYTES + 2 * Long.BYTES + Integer.BYTES;

    /** Id, time, length. */
    static final int RECORD_HEADER = 2 * Long.BYTES + Integer.BYTES;

    /** A frame ends with the message that brings it to so many bytes. */
    static final int FRAME_BYTES = 256 * 1024;

    private static final int CHECKED_FROM = 2 * Integer.BYTES;

    private RetainedFormat() {}

    /** Bytes of a message. */
    static int size(MessageBatch batch, int i) {
        return RECORD_HEADER + batch.length(i);
    }

    /** Puts a frame of the messages from one to another, the last not included, and flips the buffer. */
    static void frame(MessageBatch batch, int from, int to, long number, ByteBuffer buffer) {
        buffer.clear();
        buffer.position(FRAME_HEADER);
        long newest = Long.MIN_VALUE;
        for (int i = from; i < to; i++) {
            newest = Math.max(newest, batch.timestampNanos(i));
            buffer.putLong(batch.id(i));
            buffer.putLong(batch.timestampNanos(i));
            buffer.putInt(batch.length(i));
            buffer.put(batch.block(i), batch.offset(i), batch.length(i));
        }
        buffer.flip();
        buffer.putInt(0, buffer.limit());
        buffer.putLong(8, number);
        buffer.putLong(16, newest);
        buffer.putInt(24, to - from);
        buffer.putInt(4, checkSum(buffer));
    }

    private static int checkSum(ByteBuffer frame) {
        CRC32C crc = new CRC32C();
        crc.update(frame.duplicate().position(CHECKED_FROM));
        return (int) crc.getValue();
    }

    /** Whether a frame is as it was written; from position 0 to the limit. */
    static boolean isIntact(ByteBuffer frame) {
        return frame.limit() >= FRAME_HEADER && frame.getInt(4) == checkSum(frame);
    }

    /** What the header of a frame says. */
    record Header(int bytes, long number, long newestNanos, int count) {
        /** Reads one at position 0. */
        static Header of(ByteBuffer buffer) {
            return new Header(buffer.getInt(0), buffer.getLong(8), buffer.getLong(16), buffer.getInt(24));
        }

        /** Whether it can be one that is followed by as many bytes. */
        boolean isPossible(long left) {
            return bytes >= FRAME_HEADER && bytes <= left && count > 0 && count <= bytes / RECORD_HEADER;
        }
    }
}
