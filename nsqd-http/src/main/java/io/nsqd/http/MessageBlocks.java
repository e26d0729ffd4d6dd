package io.nsqd.http;

import io.netty.buffer.ByteBuf;
import io.nsqd.api.MessageBatch;
import java.util.Arrays;

/**
 * Puts the messages of one request into shared blocks as they come: a block pins all messages in it, so it is small; a
 * message that is larger has an array of its own. Confined to the connection's loop.
 */
final class MessageBlocks {
    /** The size of a block; what a message that waits long can pin at the most, beside itself. */
    static final int BLOCK = 32 * 1024;

    /** The first block of a body whose length is not known. */
    private static final int FIRST = 1024;

    private MessageBatch batch = new MessageBatch();
    /** Bytes that are still to come, or less; decides how large the next block is worth being. */
    private long expected;

    /** Bytes of all blocks so far. */
    private long held;

    private byte[] block = new byte[0];
    private int start;
    private int end;

    /** @param announced the length of the body, or a negative number if not known */
    MessageBlocks(long announced) {
        expected = announced;
    }

    /** Adds bytes to the current message. */
    void append(ByteBuf from, int length) {
        if (length > block.length - end) {
            makeRoom(length);
        }
        from.readBytes(block, end, length);
        end += length;
        expected -= length;
    }

    private void makeRoom(int length) {
        int current = end - start;
        int needed = current + length;
        byte[] larger;
        if (needed > BLOCK) {
            larger = new byte[grown(needed)];
        } else {
            long worthwhile = expected < 0 ? Math.max(FIRST, block.length * 2L) : current + expected;
            larger = new byte[(int) Math.max(needed, Math.min(BLOCK, worthwhile))];
        }
        System.arraycopy(block, start, larger, 0, current);
        if (start == 0) {
            // It held nothing but what has moved.
            held -= block.length;
        }
        held += larger.length;
        block = larger;
        start = 0;
        end = current;
    }

    /** The memory that all messages so far take, in bytes. */
    long held() {
        return held;
    }

    /** The most that is taken, for a moment or for longer, while so many bytes are added. */
    long heldWith(int added) {
        int needed = end - start + added;
        if (needed <= BLOCK) {
            return held + added + BLOCK;
        }
        // The current message may move to a larger array, and, when it is complete, to one of its size.
        long moved = added > block.length - end ? grown(needed) : 0;
        return held + moved + (block.length == end + added || moved == needed ? 0 : needed) + BLOCK;
    }

    /** The array of a message of its own: twice what there is, but not more than will come. */
    private int grown(int needed) {
        int current = end - start;
        long most = Math.min(current * 2L, Integer.MAX_VALUE - 8);
        return (int) Math.max(needed, expected < 0 ? most : Math.min(most, current + expected));
    }

    /** Bytes of the current message so far. */
    int length() {
        return end - start;
    }

    /** Completes the current message. */
    void endMessage() {
        if (end - start > BLOCK) {
            // An array of its own has no room to share.
            batch.add(block.length == end ? block : Arrays.copyOf(block, end), start, end - start);
            block = new byte[0];
            start = 0;
            end = 0;
        } else {
            batch.add(block, start, end - start);
            start = end;
        }
    }

    /** The messages completed so far; they are the caller's. */
    MessageBatch take() {
        MessageBatch taken = batch;
        batch = new MessageBatch();
        block = new byte[0];
        start = 0;
        end = 0;
        held = 0;
        return taken;
    }
}
