package io.nsqd.core;

import io.nsqd.api.MessageBatch;
import io.nsqd.spi.Journal;
import java.io.IOException;
import java.util.Arrays;
import java.util.function.Consumer;

/**
 * Messages that wait in memory, first in first out, as columns in chunks: a waiting message is no object of its own, which
 * a collector would have to copy and to trace.
 *
 * <p>Guarded by the lock of its topic or channel. An empty queue holds nothing.
 */
final class MemoryQueue {
    /** Messages of a chunk; the first chunk of a queue is smaller, as most queues never hold many. */
    private static final int CHUNK = 512;

    private static final int FIRST_CHUNK = 16;

    private Chunk head;
    private Chunk tail;
    private int size;
    private long cost;

    private static final class Chunk {
        final long[] ids;
        final long[] timestamps;
        final char[] attempts;
        final byte[][] blocks;
        final int[] offsets;
        final int[] lengths;
        /** Made when the first delayed message comes. */
        long[] delays;

        /** Where the messages lie in the journal; made when the first one comes that does. */
        long[] positions;

        int first;
        int end;
        Chunk next;

        Chunk(int capacity) {
            ids = new long[capacity];
            timestamps = new long[capacity];
            attempts = new char[capacity];
            blocks = new byte[capacity][];
            offsets = new int[capacity];
            lengths = new int[capacity];
        }

        boolean isFull() {
            return end == ids.length;
        }

        void add(MessageBatch batch, int i) {
            ids[end] = batch.id(i);
            timestamps[end] = batch.timestampNanos(i);
            attempts[end] = (char) batch.attempts(i);
            blocks[end] = batch.block(i);
            offsets[end] = batch.offset(i);
            lengths[end] = batch.length(i);
            if (batch.delayNanos(i) != 0) {
                if (delays == null) {
                    delays = new long[ids.length];
                }
                delays[end] = batch.delayNanos(i);
            } else if (delays != null) {
                delays[end] = 0;
            }
            if (batch.position(i) != 0) {
                if (positions == null) {
                    positions = new long[ids.length];
                }
                positions[end] = batch.position(i);
            } else if (positions != null) {
                positions[end] = 0;
            }
            end++;
        }

        /** Whether a message lies in a segment of the journal up to one. */
        boolean lies(int i, int upTo) {
            return positions[i] != 0 && Journal.segment(positions[i]) <= upTo;
        }

        void addTo(MessageBatch batch, int i) {
            batch.add(
                    ids[i],
                    timestamps[i],
                    attempts[i],
                    delays == null ? 0 : delays[i],
                    blocks[i],
                    offsets[i],
                    lengths[i]);
            batch.place(batch.size() - 1, positions == null ? 0 : positions[i]);
        }

        /** The message leaves when the receiver has it; returns the length of its body. */
        int take(MessageReceiver receiver) {
            int i = first;
            give(i, receiver);
            blocks[i] = null;
            first = i + 1;
            return lengths[i];
        }

        /** Whether one is wanted. */
        boolean has(Wanted wanted) {
            for (int i = first; i < end; i++) {
                if (wanted.test(ids[i], timestamps[i])) {
                    return true;
                }
            }
            return false;
        }

        /** Hands out those that are wanted, as long as there is room; the others stay, in their order. Returns what was handed out, and its cost. */
        long takeIf(Wanted wanted, MessageReceiver receiver) {
            long gone = 0;
            int to = first;
            for (int i = first; i < end; i++) {
                if (!receiver.hasEnough() && wanted.test(ids[i], timestamps[i])) {
                    gone += MemoryBudget.cost(lengths[i]);
                    give(i, receiver);
                } else {
                    copy(i, to);
                    to++;
                }
            }
            Arrays.fill(blocks, to, end, null);
            end = to;
            return gone;
        }

        private void copy(int from, int to) {
            ids[to] = ids[from];
            timestamps[to] = timestamps[from];
            attempts[to] = attempts[from];
            blocks[to] = blocks[from];
            offsets[to] = offsets[from];
            lengths[to] = lengths[from];
            if (delays != null) {
                delays[to] = delays[from];
            }
            if (positions != null) {
                positions[to] = positions[from];
            }
        }

        private void give(int i, MessageReceiver receiver) {
            receiver.receive(
                    ids[i],
                    timestamps[i],
                    attempts[i],
                    delays == null ? 0 : delays[i],
                    positions == null ? 0 : positions[i],
                    blocks[i],
                    offsets[i],
                    lengths[i]);
        }
    }

    /** Chooses among messages. */
    @FunctionalInterface
    interface Wanted {
        boolean test(long id, long timestampNanos);
    }

    int size() {
        return size;
    }

    /** Shows all messages to one who wants none. */
    void each(Seen action) {
        for (Chunk chunk = head; chunk != null; chunk = chunk.next) {
            for (int i = chunk.first; i < chunk.end; i++) {
                action.message(chunk.ids[i], chunk.timestamps[i]);
            }
        }
    }

    /** Is shown messages. */
    @FunctionalInterface
    interface Seen {
        void message(long id, long timestampNanos);
    }

    /** The memory that the messages take, as {@link MemoryBudget} counts it. */
    long cost() {
        return cost;
    }

    /** Adds the messages {@code from} to {@code to}, the latter excluded. */
    void add(MessageBatch batch, int from, int to) {
        for (int i = from; i < to; i++) {
            if (tail == null || tail.isFull()) {
                append(new Chunk(tail == null ? FIRST_CHUNK : CHUNK));
            }
            tail.add(batch, i);
            size++;
            cost += MemoryBudget.cost(batch.length(i));
        }
    }

    private void append(Chunk chunk) {
        if (tail == null) {
            head = chunk;
        } else {
            tail.next = chunk;
        }
        tail = chunk;
    }

    /** Hands out the oldest messages until the receiver has enough or none is left. */
    void take(MessageReceiver receiver) {
        while (size > 0 && !receiver.hasEnough()) {
            while (head.first == head.end) {
                head = head.next;
            }
            cost -= MemoryBudget.cost(head.take(receiver));
            size--;
        }
        if (size == 0 && tail != null) {
            release();
        }
    }

    /** Hands out those of the messages that are wanted, the oldest first, until the receiver has enough; the others stay as they are. */
    void takeIf(Wanted wanted, MessageReceiver receiver) {
        for (Chunk chunk = size == 0 ? null : head; chunk != null && !receiver.hasEnough(); chunk = chunk.next) {
            if (chunk.has(wanted)) {
                int before = receiver.received();
                cost -= chunk.takeIf(wanted, receiver);
                size -= receiver.received() - before;
            }
        }
        if (size == 0 && tail != null) {
            head = tail;
            release();
        }
    }

    /** Copies the oldest messages to a batch, up to so many. */
    void peek(int max, MessageBatch batch) {
        int most = batch.size() + max;
        for (Chunk chunk = size == 0 ? null : head; chunk != null; chunk = chunk.next) {
            for (int i = chunk.first; i < chunk.end && batch.size() < most; i++) {
                chunk.addTo(batch, i);
            }
        }
    }

    /** Adds messages again; the batch says afterwards where each lies, also if not all could be added. */
    @FunctionalInterface
    interface Move {
        void move(MessageBatch batch) throws IOException;
    }

    /**
     * Adds those messages again that lie in segments of the journal up to one, so many at a time.
     *
     * @param move fails where that is not possible: what it was given stays where it lies
     */
    void move(int upTo, int atATime, Move move) throws IOException {
        MessageBatch batch = new MessageBatch();
        for (Chunk chunk = size == 0 ? null : head; chunk != null; chunk = chunk.next) {
            int i = chunk.positions == null ? chunk.end : chunk.first;
            while (i < chunk.end) {
                batch.clear();
                int from = i;
                while (i < chunk.end && batch.size() < atATime) {
                    if (chunk.lies(i, upTo)) {
                        chunk.addTo(batch, i);
                    }
                    i++;
                }
                if (!batch.isEmpty()) {
                    try {
                        move.move(batch);
                    } finally {
                        int moved = 0;
                        for (int j = from; j < i; j++) {
                            if (chunk.lies(j, upTo)) {
                                chunk.positions[j] = batch.position(moved++);
                            }
                        }
                    }
                }
            }
        }
    }

    /** Tells of those that have delays, some at a time. */
    void eachDelayed(int atATime, Consumer<MessageBatch> action) {
        MessageBatch batch = new MessageBatch();
        for (Chunk chunk = size == 0 ? null : head; chunk != null; chunk = chunk.next) {
            for (int i = chunk.delays == null ? chunk.end : chunk.first; i < chunk.end; i++) {
                if (chunk.delays[i] > 0) {
                    chunk.addTo(batch, i);
                }
                if (batch.size() == atATime) {
                    action.accept(batch);
                    batch.clear();
                }
            }
        }
        if (!batch.isEmpty()) {
            action.accept(batch);
        }
    }

    /** Keeps a small, emptied chunk for the next message, so that a queue in lockstep allocates nothing. */
    private void release() {
        if (tail.ids.length <= FIRST_CHUNK) {
            tail.first = 0;
            tail.end = 0;
            head = tail;
        } else {
            head = null;
            tail = null;
        }
    }

    void clear() {
        head = null;
        tail = null;
        size = 0;
        cost = 0;
    }
}
