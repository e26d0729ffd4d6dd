package io.nsqd.core;

import io.nsqd.api.MessageBatch;
import io.nsqd.spi.BackendQueue;
import java.io.IOException;
import java.util.concurrent.CompletableFuture;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What waits in a topic or a channel: memory up to {@code mem-queue-size}, the backend beyond (B-14).
 *
 * <p>Guarded by the lock of its owner; only the counters may be read by any thread.
 */
final class MessageQueue {
    /** The result of nearly every put. */
    static final CompletableFuture<Void> DONE = CompletableFuture.completedFuture(null);

    private static final Logger LOG = LoggerFactory.getLogger(MessageQueue.class);

    /** Messages copied at once to be moved to the backend. */
    private static final int BACKEND_BATCH = 1024;

    private final String owner;
    private final BackendQueue backend;
    private final MemoryQueue memory = new MemoryQueue();
    private final long memoryLimit;
    private boolean backendFirst;
    private volatile int memoryDepth;
    private long lost;
    /** Messages taken from the backend that it still remembers. */
    private int unsettled;

    /** Scratch space of {@link #put} and {@link #take}, kept while the backend is in use. */
    private MessageBatch scratch;

    /**
     * @param owner {@code TOPIC(t)} or {@code CHANNEL(c)}, for the log
     * @param memoryLimit messages that memory takes
     * @param backend takes the rest
     */
    MessageQueue(String owner, long memoryLimit, BackendQueue backend) {
        this.owner = owner;
        this.memoryLimit = memoryLimit;
        this.backend = backend;
    }

    /** Messages that wait. */
    long depth() {
        return memoryDepth + backend.depth();
    }

    /** The memory's part of them. */
    int memoryDepth() {
        return memoryDepth;
    }

    /** The backend's part of them. */
    long backendDepth() {
        return backend.depth();
    }

    boolean isEmpty() {
        return memoryDepth == 0 && !backend.hasUnread();
    }

    /**
     * Stores a batch: what fits in memory, the rest in the backend.
     *
     * @param extraRoom messages that memory takes beyond its limit, as somebody waits for them (B-15)
     * @return completed when the batch may be acknowledged; fails when some of it could not be stored
     */
    CompletableFuture<Void> put(MessageBatch batch, int extraRoom) {
        int size = batch.size();
        int toMemory = (int) Math.max(0, Math.min(size, Math.max(memoryLimit, extraRoom) - memory.size()));
        if (toMemory > 0) {
            memory.add(batch, 0, toMemory);
            memoryDepth = memory.size();
        }
        if (toMemory == size) {
            return DONE;
        }
        return append(batch, toMemory);
    }

    /**
     * Stores a batch that was promised to be kept: what the backend refuses stays in memory, above the limit.
     *
     * @return whether the backend took its part
     */
    boolean putPromised(MessageBatch batch, int extraRoom) {
        int size = batch.size();
        int toMemory = (int) Math.max(0, Math.min(size, Math.max(memoryLimit, extraRoom) - memory.size()));
        memory.add(batch, 0, toMemory);
        boolean good = true;
        if (toMemory < size) {
            long before = backend.depth();
            CompletableFuture<Void> stored = append(batch, toMemory);
            if (stored.isCompletedExceptionally()) {
                good = false;
                int kept = toMemory + (int) (backend.depth() - before);
                LOG.error("{}: failed to write message to backend - {}", owner, Outcome.reason(stored));
                memory.add(batch, kept, size);
            }
        }
        memoryDepth = memory.size();
        return good;
    }

    /**
     * Gives the backend a batch from message {@code from} on: all of it as it is, a part of it in copies of a bounded size.
     * After a failure nothing more is given.
     */
    private CompletableFuture<Void> append(MessageBatch batch, int from) {
        if (from == 0) {
            return backend.append(batch);
        }
        MessageBatch part = scratch();
        CompletableFuture<Void> all = DONE;
        int i = from;
        while (i < batch.size()) {
            part.clear();
            while (i < batch.size() && part.size() < BACKEND_BATCH) {
                copy(batch, i, part);
                i++;
            }
            CompletableFuture<Void> stored = backend.append(part);
            if (stored.isCompletedExceptionally()) {
                // At once, also while an earlier part waits for its fsync: the caller keeps what was refused.
                part.clear();
                return stored;
            }
            all = all.isDone() ? stored : CompletableFuture.allOf(all, stored);
        }
        part.clear();
        return all;
    }

    private static void copy(MessageBatch from, int i, MessageBatch to) {
        to.add(
                from.id(i),
                from.timestampNanos(i),
                from.attempts(i),
                from.delayNanos(i),
                from.block(i),
                from.offset(i),
                from.length(i));
    }

    private MessageBatch scratch() {
        if (scratch == null) {
            scratch = new MessageBatch();
        }
        scratch.clear();
        return scratch;
    }

    /**
     * Takes messages. Memory and backend take turns in being asked first, so that neither starves. Those of the backend are
     * remembered there until {@link #settle}: a move stores first.
     *
     * @return how many were taken
     */
    int take(int max, long maxBytes, MessageTaker taker) {
        boolean unread = backend.hasUnread();
        if (!unread && memoryDepth == 0) {
            return 0;
        }
        backendFirst = !backendFirst && unread;
        int count = 0;
        if (backendFirst) {
            count = pollBackend(max, maxBytes, taker);
        }
        if (count < max && memoryDepth > 0) {
            count += memory.poll(max - count, maxBytes, taker);
            memoryDepth = memory.size();
        }
        if (count < max && unread && !backendFirst) {
            count += pollBackend(max - count, maxBytes, taker);
        }
        return count;
    }

    private int pollBackend(int max, long maxBytes, MessageTaker taker) {
        MessageBatch batch = scratch();
        int count = backend.read(max, maxBytes, batch);
        for (int i = 0; i < count; i++) {
            taker.take(
                    batch.id(i),
                    batch.timestampNanos(i),
                    batch.attempts(i),
                    batch.delayNanos(i),
                    batch.block(i),
                    batch.offset(i),
                    batch.length(i));
        }
        batch.clear();
        unsettled += count;
        return count;
    }

    /** What was taken has a new home by now. */
    void settle() {
        if (unsettled > 0) {
            backend.forget(unsettled);
            unsettled = 0;
            if (!backend.hasUnread()) {
                scratch = null;
            }
        }
    }

    /**
     * Drops everything (B-7).
     *
     * @return completed when it is gone from the storage, too
     */
    CompletableFuture<Void> empty() {
        memory.clear();
        memoryDepth = 0;
        unsettled = 0;
        return backend.empty();
    }

    /** Moves what is in memory to the backend (B-33). */
    int flush() {
        int flushed = 0;
        MessageBatch batch = new MessageBatch();
        while (memory.size() > 0) {
            batch.clear();
            flushed += memory.poll(BACKEND_BATCH, Long.MAX_VALUE, batch::add);
            store(batch);
            memoryDepth = memory.size();
        }
        return flushed;
    }

    /** Messages that {@link #flush} and {@link #store} could not give the backend. */
    long lost() {
        return lost;
    }

    /** Stores a batch as the daemon stops; what the backend refuses now is lost, and said so by name. */
    void store(MessageBatch batch) {
        long before = backend.depth();
        CompletableFuture<Void> stored = backend.append(batch);
        if (stored.isCompletedExceptionally()) {
            int first = (int) (backend.depth() - before);
            lost += Math.max(0, batch.size() - first);
            for (int i = first; i < batch.size(); i++) {
                LOG.error(
                        "{}: message {} lost, failed to write it to backend - {}",
                        owner,
                        io.nsqd.api.MessageId.toString(batch.id(i)),
                        Outcome.reason(stored));
            }
        }
    }

    void close() throws IOException {
        backend.close();
    }

    /** Drops everything and every trace of the queue; completed when that is done. */
    CompletableFuture<Void> delete() {
        memory.clear();
        memoryDepth = 0;
        unsettled = 0;
        return backend.delete();
    }
}
