package io.nsqd.api;

import java.util.Arrays;

/**
 * Messages as columns: the unit in which messages are published, moved and stored.
 *
 * <p>A publisher adds bodies; the topic stamps ids and timestamps. A batch can be cleared and used again as soon as the
 * call that took it has returned: whoever takes a batch reads it during the call only. The blocks, however, belong to the
 * broker from then on and must not be changed.
 *
 * <p>Not safe for use by several threads at once.
 */
public final class MessageBatch {
    /** Above this many entries {@link #clear} lets go of the columns, so that one huge MPUB is not held for ever. */
    private static final int KEPT = 1024;

    private int size;
    private long bytes;
    private long[] ids;
    private long[] timestamps;
    private long[] delays;
    private char[] attempts;
    private byte[][] blocks;
    private int[] offsets;
    private int[] lengths;

    /** An empty batch. */
    public MessageBatch() {
        allocate(1);
    }

    private void allocate(int capacity) {
        ids = new long[capacity];
        timestamps = new long[capacity];
        delays = new long[capacity];
        attempts = new char[capacity];
        blocks = new byte[capacity][];
        offsets = new int[capacity];
        lengths = new int[capacity];
    }

    /** A batch of one message whose body is the whole of {@code body}. */
    public static MessageBatch of(byte[] body) {
        MessageBatch batch = new MessageBatch();
        batch.add(body, 0, body.length);
        return batch;
    }

    /** Adds a message to be published: {@code length} bytes of {@code block} from {@code offset} on. */
    public void add(byte[] block, int offset, int length) {
        add(0, 0, 0, 0, block, offset, length);
    }

    /**
     * Adds a message that has an identity already.
     *
     * @param id its id
     * @param timestampNanos when it was published, nanoseconds since the epoch
     * @param attempts deliveries so far, 0 to 65,535
     * @param delayNanos how long it is still to be held back, in nanoseconds; 0 when it is due
     * @param block the array with the body
     * @param offset where the body begins
     * @param length bytes of the body
     */
    public void add(long id, long timestampNanos, int attempts, long delayNanos, byte[] block, int offset, int length) {
        int i = size;
        if (i == ids.length) {
            grow();
        }
        ids[i] = id;
        timestamps[i] = timestampNanos;
        this.attempts[i] = (char) attempts;
        delays[i] = delayNanos;
        blocks[i] = block;
        offsets[i] = offset;
        lengths[i] = length;
        bytes += length;
        size = i + 1;
    }

    private void grow() {
        int capacity = Math.max(16, ids.length * 2);
        ids = Arrays.copyOf(ids, capacity);
        timestamps = Arrays.copyOf(timestamps, capacity);
        delays = Arrays.copyOf(delays, capacity);
        attempts = Arrays.copyOf(attempts, capacity);
        blocks = Arrays.copyOf(blocks, capacity);
        offsets = Arrays.copyOf(offsets, capacity);
        lengths = Arrays.copyOf(lengths, capacity);
    }

    /** Gives message {@code i} its identity; the topic's business. */
    public void stamp(int i, long id, long timestampNanos, long delayNanos) {
        ids[i] = id;
        timestamps[i] = timestampNanos;
        delays[i] = delayNanos;
    }

    /** Forgets all messages; the batch can be filled again. */
    public void clear() {
        if (ids.length > KEPT) {
            allocate(16);
        } else {
            Arrays.fill(blocks, 0, size, null);
        }
        size = 0;
        bytes = 0;
    }

    /** The number of messages. */
    public int size() {
        return size;
    }

    /** Whether there is no message. */
    public boolean isEmpty() {
        return size == 0;
    }

    /** The sum of the lengths of all bodies. */
    public long bytes() {
        return bytes;
    }

    /** The id of message {@code i}. */
    public long id(int i) {
        return ids[i];
    }

    /** When message {@code i} was published, nanoseconds since the epoch. */
    public long timestampNanos(int i) {
        return timestamps[i];
    }

    /** Deliveries so far of message {@code i}. */
    public int attempts(int i) {
        return attempts[i];
    }

    /** How long message {@code i} is still to be held back, nanoseconds; 0 when it is due. */
    public long delayNanos(int i) {
        return delays[i];
    }

    /** The array with the body of message {@code i}. */
    public byte[] block(int i) {
        return blocks[i];
    }

    /** Where the body of message {@code i} begins. */
    public int offset(int i) {
        return offsets[i];
    }

    /** Bytes of the body of message {@code i}. */
    public int length(int i) {
        return lengths[i];
    }
}
