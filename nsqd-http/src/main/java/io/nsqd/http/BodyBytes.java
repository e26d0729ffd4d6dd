package io.nsqd.http;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.util.Arrays;

/** A body on its way into one array, which grows with what has come, not with what was announced. */
final class BodyBytes {
    /** Up to here the announced length is taken at its word. */
    private static final int TRUSTED = 64 * 1024;

    /** The most that an array holds in any virtual machine. */
    private static final int LARGEST = Integer.MAX_VALUE - 8;

    private final long announced;
    private byte[] bytes;
    private int size;

    /** @param announced the length, or a negative number if not known */
    BodyBytes(long announced) {
        this.announced = announced;
        bytes = new byte[announced < 0 ? 0 : (int) Math.min(announced, TRUSTED)];
    }

    int size() {
        return size;
    }

    /** Bytes of the array. */
    long held() {
        return bytes.length;
    }

    /** The bytes that are taken, for a moment or for longer, while so much is added within {@code limit}. */
    long heldWith(int length, long limit) {
        long needed = size + (long) length;
        return needed <= bytes.length || needed > limit ? bytes.length : bytes.length + (long) grown(needed, limit);
    }

    /** Twice as much as there is, but not more than will come. */
    private int grown(long needed, long limit) {
        long most = Math.min(limit, LARGEST);
        if (announced >= needed) {
            most = Math.min(most, announced);
        }
        return (int) Math.min(most, Math.max(needed, bytes.length * 2L));
    }

    /**
     * Adds a piece.
     *
     * @return whether there was room for it within {@code limit}; else a part of it at the most was added
     */
    boolean add(ByteBuf piece, long limit) {
        int length = piece.readableBytes();
        if (size + (long) length > Math.min(limit, LARGEST)) {
            return false;
        }
        int needed = size + length;
        if (needed > bytes.length) {
            bytes = Arrays.copyOf(bytes, grown(needed, limit));
        }
        piece.readBytes(bytes, size, length);
        size = needed;
        return true;
    }

    /** The whole, to be read; it is the caller's, and nothing is left. */
    ByteBuf takeBuffer() {
        ByteBuf whole = Unpooled.wrappedBuffer(bytes, 0, size);
        forget();
        return whole;
    }

    /** The whole; it is the caller's, and nothing is left. */
    byte[] take() {
        byte[] whole = size == bytes.length ? bytes : Arrays.copyOf(bytes, size);
        forget();
        return whole;
    }

    private void forget() {
        bytes = new byte[0];
        size = 0;
    }
}
