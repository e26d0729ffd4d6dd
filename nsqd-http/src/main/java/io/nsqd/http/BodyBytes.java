package io.nsqd.http;

import io.netty.buffer.ByteBuf;
import java.util.Arrays;

/** A body on its way into one array, which grows with what has come, not with what was announced. */
final class BodyBytes {
    /** Up to here the announced length is taken at its word. */
    private static final int TRUSTED = 64 * 1024;

    /** The most that an array holds in any virtual machine. */
    private static final int LARGEST = Integer.MAX_VALUE - 8;

    private byte[] bytes;
    private int size;

    /** @param announced the length, or a negative number if not known */
    BodyBytes(long announced) {
        bytes = new byte[announced < 0 ? 0 : (int) Math.min(announced, TRUSTED)];
    }

    int size() {
        return size;
    }

    /** Bytes of the array. */
    long held() {
        return bytes.length;
    }

    /**
     * Adds a piece.
     *
     * @return whether there was room for it within {@code limit}; else a part of it at the most was added
     */
    boolean add(ByteBuf piece, long limit) {
        int length = piece.readableBytes();
        long most = Math.min(limit, LARGEST);
        if (size + (long) length > most) {
            return false;
        }
        int needed = size + length;
        if (needed > bytes.length) {
            bytes = Arrays.copyOf(bytes, (int) Math.min(most, Math.max(needed, bytes.length * 2L)));
        }
        piece.readBytes(bytes, size, length);
        size = needed;
        return true;
    }

    /** The whole; the array is the caller's. */
    byte[] toArray() {
        return size == bytes.length ? bytes : Arrays.copyOf(bytes, size);
    }
}
