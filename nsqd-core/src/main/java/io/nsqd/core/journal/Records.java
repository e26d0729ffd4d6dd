package io.nsqd.core.journal;

import io.nsqd.api.MessageBatch;
import java.io.IOException;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * The records of a frame. All numbers are big-endian; a name is a byte with its length and its bytes.
 *
 * <pre>
 * ADD      topic, channels (2 bytes), for each its name and how many of the messages, from the first on, are its own (4 bytes), flags (1),
 *          number (4), messages: id (8), timestamp (8), attempts (2), due (8), delay (8), length (4), body.
 *          Without channels they wait in the topic.
 * FINISHED, SPILLED, TAKEN, BOOKED
 *          topic, channel (empty for the topic's own queue), number (4), ids (8 each)
 * DEFERRED topic, channel, id (8), attempts (2), due (8), delay (8)
 * EMPTIED  topic, channel
 * CLOSED
 * </pre>
 */
final class Records {
    static final byte ADD = 1;
    /** Done with. */
    static final byte FINISHED = 2;
    /** Has a home in the queue's storage, safely. */
    static final byte SPILLED = 3;
    /** Has left the queue's storage. */
    static final byte TAKEN = 4;
    /** Handed to a client: one attempt more. */
    static final byte BOOKED = 5;
    /** Given back with a delay. */
    static final byte DEFERRED = 6;
    /** All that the queue had is gone: it was emptied, deleted, or has moved to the storage as a whole. */
    static final byte EMPTIED = 7;
    /** A clean stop: nothing is left. */
    static final byte CLOSED = 8;

    /** A flag of ADD: the queue's storage has, or had, a copy of these. */
    static final int ALSO_STORED = 1;

    /** What is written of a message beside its body. */
    static final int MESSAGE_BYTES = 8 + 8 + 2 + 8 + 8 + 4;

    private Records() {}

    /** What a message takes of the journal. */
    static int cost(int length) {
        return MESSAGE_BYTES + length;
    }

    /** Takes the records of a frame; of those that it does not ask for nothing becomes. */
    interface Visitor {
        /** Some queue's messages; of each, {@link #message} follows. */
        default void add(Name topic, Name[] channels, int[] counts, boolean alsoStored) {}

        /** One of them, the {@code i}th; the body is what remains between position and limit. */
        void message(int i, long id, long timestamp, int attempts, long due, long delay, ByteBuffer body);

        /** FINISHED, SPILLED, TAKEN or BOOKED. */
        default void happened(byte type, Name topic, Name channel, long id) {}

        /** DEFERRED. */
        default void deferred(Name topic, Name channel, long id, int attempts, long due, long delay) {}

        /** EMPTIED. */
        default void emptied(Name topic, Name channel) {}

        /** CLOSED. */
        default void closed() {}
    }

    /** A name as bytes: those of a frame, or its own. */
    static final class Name {
        static final Name NONE = new Name(new byte[0]);

        private final byte[] bytes;

        Name(byte[] bytes) {
            this.bytes = bytes;
        }

        static Name of(String text) {
            return new Name(text.getBytes(StandardCharsets.US_ASCII));
        }

        byte[] bytes() {
            return bytes;
        }

        boolean isEmpty() {
            return bytes.length == 0;
        }

        @Override
        public boolean equals(Object other) {
            return other instanceof Name name && Arrays.equals(bytes, name.bytes);
        }

        @Override
        public int hashCode() {
            return Arrays.hashCode(bytes);
        }

        @Override
        public String toString() {
            return new String(bytes, StandardCharsets.US_ASCII);
        }
    }

    /** Reads a frame; one that a newer version has written, or that is no frame of ours, is refused. */
    static void read(ByteBuffer frame, Visitor visitor) throws IOException {
        ByteBuffer in = frame.duplicate();
        try {
            while (in.hasRemaining()) {
                byte type = in.get();
                switch (type) {
                    case ADD -> readAdd(in, visitor);
                    case FINISHED, SPILLED, TAKEN, BOOKED -> readIds(type, in, visitor);
                    case DEFERRED ->
                        visitor.deferred(name(in), name(in), in.getLong(), in.getChar(), in.getLong(), in.getLong());
                    case EMPTIED -> visitor.emptied(name(in), name(in));
                    case CLOSED -> visitor.closed();
                    default -> throw new IOException("record of unknown type " + type);
                }
            }
        } catch (BufferUnderflowException | IllegalArgumentException | NegativeArraySizeException e) {
            throw new IOException("frame ends within a record", e);
        }
    }

    private static void readIds(byte type, ByteBuffer in, Visitor visitor) {
        Name topic = name(in);
        Name channel = name(in);
        int number = in.getInt();
        for (int i = 0; i < number; i++) {
            visitor.happened(type, topic, channel, in.getLong());
        }
    }

    private static void readAdd(ByteBuffer in, Visitor visitor) {
        Name topic = name(in);
        int channels = in.getChar();
        Name[] names = new Name[channels];
        int[] counts = new int[channels];
        for (int i = 0; i < channels; i++) {
            names[i] = name(in);
            counts[i] = in.getInt();
        }
        int flags = in.get();
        int number = in.getInt();
        visitor.add(topic, names, counts, (flags & ALSO_STORED) != 0);
        for (int i = 0; i < number; i++) {
            long id = in.getLong();
            long timestamp = in.getLong();
            int attempts = in.getChar();
            long due = in.getLong();
            long delay = in.getLong();
            int length = in.getInt();
            int end = in.position() + length;
            ByteBuffer body = in.duplicate().limit(end);
            visitor.message(i, id, timestamp, attempts, due, delay, body);
            in.position(end);
        }
    }

    private static Name name(ByteBuffer in) {
        int length = in.get() & 0xff;
        if (length == 0) {
            return Name.NONE;
        }
        byte[] bytes = new byte[length];
        in.get(bytes);
        return new Name(bytes);
    }

    /** Writes a frame into a buffer that grows. Guarded by whoever has it. */
    static final class Writer {
        private static final int KEPT = 2 * 1024 * 1024;
        private static final int FIRST = 8 * 1024;

        private ByteBuffer out = ByteBuffer.allocate(FIRST);

        /** Begins a frame. */
        Writer begin() {
            if (out.capacity() > KEPT) {
                out = ByteBuffer.allocate(FIRST);
            }
            out.clear();
            return this;
        }

        /** The frame as it is, to be read; valid until the next {@link #begin}. */
        ByteBuffer frame() {
            return out.flip();
        }

        private void room(int bytes) {
            if (out.remaining() < bytes) {
                long wanted = Math.max(2L * out.capacity(), (long) out.position() + bytes);
                ByteBuffer larger = ByteBuffer.allocate((int) Math.min(Integer.MAX_VALUE - 16, wanted));
                larger.put(out.flip());
                out = larger;
            }
        }

        private void name(Name name) {
            out.put((byte) name.bytes().length).put(name.bytes());
        }

        private void queue(byte type, Name topic, Name channel) {
            room(3 + topic.bytes().length + channel.bytes().length);
            out.put(type);
            name(topic);
            name(channel);
        }

        /** Begins an ADD of {@code number} messages, which follow. */
        void add(Name topic, int channels, boolean alsoStored) {
            room(4 + topic.bytes().length);
            out.put(ADD);
            name(topic);
            out.putChar((char) channels);
            flags = alsoStored ? ALSO_STORED : 0;
        }

        private int flags;

        void channel(Name name, int count) {
            room(5 + name.bytes().length);
            name(name);
            out.putInt(count);
        }

        void messages(int number) {
            room(5);
            out.put((byte) flags).putInt(number);
        }

        void message(MessageBatch batch, int i, long due, long delay) {
            message(
                    batch.id(i),
                    batch.timestampNanos(i),
                    batch.attempts(i),
                    due,
                    delay,
                    batch.block(i),
                    batch.offset(i),
                    batch.length(i));
        }

        void message(
                long id, long timestamp, int attempts, long due, long delay, byte[] block, int offset, int length) {
            room(MESSAGE_BYTES + length);
            out.putLong(id)
                    .putLong(timestamp)
                    .putChar((char) attempts)
                    .putLong(due)
                    .putLong(delay)
                    .putInt(length)
                    .put(block, offset, length);
        }

        void happened(byte type, Name topic, Name channel, long[] ids, int number) {
            queue(type, topic, channel);
            room(4 + 8 * number);
            out.putInt(number);
            for (int i = 0; i < number; i++) {
                out.putLong(ids[i]);
            }
        }

        void deferred(Name topic, Name channel, long id, int attempts, long due, long delay) {
            queue(DEFERRED, topic, channel);
            room(26);
            out.putLong(id).putChar((char) attempts).putLong(due).putLong(delay);
        }

        void emptied(Name topic, Name channel) {
            queue(EMPTIED, topic, channel);
        }

        void closed() {
            room(1);
            out.put(CLOSED);
        }
    }
}
