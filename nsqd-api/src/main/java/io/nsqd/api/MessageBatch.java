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

    private static final long[] NONE = {};
    private static final char[] NO_ATTEMPTS = {};

    private int size;
    private long bytes;
    private byte[][] blocks;
    private int[] offsets;
    private int[] lengths;

    // Identities: empty until the first message has one. A huge MPUB that is still arriving does not need them.
    private long[] ids = NONE;
    private long[] timestamps = NONE;
    private long[] delays = NONE;
    private char[] attempts = NO_ATTEMPTS;

    // Where messages lie in the journal: empty until the first of them lies there.
    private long[] positions = NONE;

    /** An empty batch. */
    public MessageBatch() {
        allocate(1);
    }

    private void allocate(int capacity) {
        blocks = new byte[capacity][];
        offsets = new int[capacity];
        lengths = new int[capacity];
        ids = NONE;
        timestamps = NONE;
        delays = NONE;
        attempts = NO_ATTEMPTS;
        positions = NONE;
    }

    /** Makes room for the identities of all messages that there is room for. */
    private void identify() {
        int capacity = blocks.length;
        ids = Arrays.copyOf(ids, capacity);
        timestamps = Arrays.copyOf(timestamps, capacity);
        delays = Arrays.copyOf(delays, capacity);
        attempts = Arrays.copyOf(attempts, capacity);
    }

    /** A batch of one message whose body is the whole of {@code body}. */
    public static MessageBatch of(byte[] body) {
        MessageBatch batch = new MessageBatch();
        batch.add(body, 0, body.length);
        return batch;
    }

    /** Adds a message to be published: {@code length} bytes of {@code block} from {@code offset} on. */
    public void add(byte[] block, int offset, int length) {
        int i = body(block, offset, length);
        if (ids.length > 0) {
            identity(i, 0, 0, 0, 0);
        }
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
        if (ids.length == 0) {
            identify();
        }
        int i = body(block, offset, length);
        identity(i, id, timestampNanos, attempts, delayNanos);
    }

    private int body(byte[] block, int offset, int length) {
        int i = size;
        if (i == blocks.length) {
            resize(Math.max(16, i * 2));
        }
        blocks[i] = block;
        offsets[i] = offset;
        lengths[i] = length;
        if (positions.length > 0) {
            positions[i] = 0;
        }
        bytes += length;
        size = i + 1;
        return i;
    }

    private void identity(int i, long id, long timestampNanos, int attempts, long delayNanos) {
        ids[i] = id;
        timestamps[i] = timestampNanos;
        this.attempts[i] = (char) attempts;
        delays[i] = delayNanos;
    }

    private void resize(int capacity) {
        blocks = Arrays.copyOf(blocks, capacity);
        offsets = Arrays.copyOf(offsets, capacity);
        lengths = Arrays.copyOf(lengths, capacity);
        if (ids.length > 0) {
            identify();
        }
        if (positions.length > 0) {
            positions = Arrays.copyOf(positions, capacity);
        }
    }

    /** Gives message {@code i} its identity; the topic's business. */
    public void stamp(int i, long id, long timestampNanos, long delayNanos) {
        if (ids.length == 0) {
            identify();
        }
        ids[i] = id;
        timestamps[i] = timestampNanos;
        delays[i] = delayNanos;
    }

    /** Notes where message {@code i} lies in the journal; the broker's business. */
    public void place(int i, long position) {
        if (positions.length == 0) {
            if (position == 0) {
                return;
            }
            positions = new long[blocks.length];
        }
        positions[i] = position;
    }

    /** Where message {@code i} lies in the journal; 0 when it does not. */
    public long position(int i) {
        return positions.length == 0 ? 0 : positions[i];
    }

    /** Forgets all messages; the batch can be filled again. */
    public void clear() {
        if (blocks.length > KEPT) {
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
        return ids.length == 0 ? 0 : ids[i];
    }

    /** When message {@code i} was published, nanoseconds since the epoch. */
    public long timestampNanos(int i) {
        return ids.length == 0 ? 0 : timestamps[i];
    }

    /** Deliveries so far of message {@code i}. */
    public int attempts(int i) {
        return ids.length == 0 ? 0 : attempts[i];
    }

    /** How long message {@code i} is still to be held back, nanoseconds; 0 when it is due. */
    public long delayNanos(int i) {
        return ids.length == 0 ? 0 : delays[i];
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
