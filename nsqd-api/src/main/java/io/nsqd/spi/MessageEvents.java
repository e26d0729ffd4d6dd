package io.nsqd.spi;

import io.nsqd.api.MessageBatch;
import java.util.Arrays;

/** Messages to which the same has happened at the same time, as columns. Filled by the broker; then it does not change any more. */
public final class MessageEvents {
    private int size;
    private long[] ids;
    private long[] timestamps;
    private char[] attempts;
    private int[] lengths;

    /** @param capacity how many there will be; more make it grow */
    public MessageEvents(int capacity) {
        ids = new long[capacity];
        timestamps = new long[capacity];
        attempts = new char[capacity];
        lengths = new int[capacity];
    }

    /** The messages of a batch from {@code from} on. */
    public static MessageEvents of(MessageBatch batch, int from) {
        MessageEvents events = new MessageEvents(batch.size() - from);
        for (int i = from; i < batch.size(); i++) {
            events.add(batch.id(i), batch.timestampNanos(i), batch.attempts(i), batch.length(i));
        }
        return events;
    }

    /** Adds a message; the broker's business. */
    public void add(long id, long timestampNanos, int attempt, int length) {
        if (size == ids.length) {
            int capacity = Math.max(8, size * 2);
            ids = Arrays.copyOf(ids, capacity);
            timestamps = Arrays.copyOf(timestamps, capacity);
            attempts = Arrays.copyOf(attempts, capacity);
            lengths = Arrays.copyOf(lengths, capacity);
        }
        ids[size] = id;
        timestamps[size] = timestampNanos;
        attempts[size] = (char) attempt;
        lengths[size] = length;
        size++;
    }

    /** The number of messages. */
    public int size() {
        return size;
    }

    /** The id of message {@code i}; {@link io.nsqd.api.MessageId#toString} writes it as clients see it. */
    public long id(int i) {
        return ids[i];
    }

    /** When message {@code i} was published, nanoseconds since the epoch. */
    public long timestampNanos(int i) {
        return timestamps[i];
    }

    /** How often message {@code i} had been delivered when this happened. */
    public int attempts(int i) {
        return attempts[i];
    }

    /** Bytes of the body of message {@code i}. */
    public int length(int i) {
        return lengths[i];
    }
}
