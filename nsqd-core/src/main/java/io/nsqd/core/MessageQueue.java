package io.nsqd.core;

import io.nsqd.api.MessageBatch;
import io.nsqd.log.Logger;
import io.nsqd.log.LoggerFactory;
import io.nsqd.spi.BackendQueue;
import io.nsqd.stats.Trouble;
import io.nsqd.stats.Troubles;
import java.io.IOException;
import java.util.concurrent.CompletableFuture;

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
    private final MemoryBudget budget;
    private final Troubles troubles;
    private final MemoryQueue memory = new MemoryQueue();
    private final long memoryLimit;
    private boolean backendFirst;
    private volatile int memoryDepth;
    private long lost;

    /** What was read from the backend, and which of it is the next to be taken; kept while the backend is in use. */
    private MessageBatch ahead;

    private int nextAhead;

    /** Messages of the backend that were taken and that it still remembers. */
    private int unforgotten;

    /** Scratch space of {@link #append}, kept in the same way. */
    private MessageBatch scratch;

    /**
     * @param owner {@code TOPIC(t)} or {@code CHANNEL(c)}, for the log
     * @param memoryLimit messages that memory takes
     * @param backend takes the rest
     * @param budget bounds what memory takes, too, together with all other queues
     * @param troubles counts what is lost
     */
    MessageQueue(String owner, long memoryLimit, BackendQueue backend, MemoryBudget budget, Troubles troubles) {
        this.budget = budget;
        this.troubles = troubles;
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
        return memoryDepth == 0 && !hasUnread();
    }

    private boolean hasUnread() {
        return isAhead() || backend.hasUnread();
    }

    /** Whether messages were read from the backend and not taken: the one who was to take them threw. */
    private boolean isAhead() {
        return ahead != null && nextAhead < ahead.size();
    }

    /**
     * Stores a batch: what fits in memory, the rest in the backend.
     *
     * @param extraRoom messages that memory takes beyond its limit, as somebody waits for them (B-15)
     * @return completed when the batch may be acknowledged; fails when some of it could not be stored
     */
    CompletableFuture<Void> put(MessageBatch batch, int extraRoom) {
        int toMemory = fitting(batch, extraRoom);
        if (toMemory > 0) {
            keep(batch, 0, toMemory);
        }
        return toMemory == batch.size() ? DONE : append(batch, toMemory);
    }

    /** How many of the first messages of a batch memory takes. */
    private int fitting(MessageBatch batch, int extraRoom) {
        int size = batch.size();
        int byCount = (int) Math.max(0, Math.min(size, Math.max(memoryLimit, extraRoom) - memory.size()));
        long room = budget.roomToWait();
        if (MemoryBudget.cost(byCount, batch.bytes()) <= room) {
            return byCount;
        }
        int fitting = 0;
        while (fitting < byCount && (room -= MemoryBudget.cost(batch.length(fitting))) >= 0) {
            fitting++;
        }
        // For somebody who waits for it there is always room: it is not here for long.
        return Math.max(fitting, Math.max(0, Math.min(byCount, extraRoom - memory.size())));
    }

    private void keep(MessageBatch batch, int from, int to) {
        long before = memory.cost();
        try {
            memory.add(batch, from, to);
        } finally {
            memoryDepth = memory.size();
            budget.add(memory.cost() - before);
        }
    }

    /**
     * Stores a batch that was promised to be kept: what the backend refuses stays in memory, above the limit.
     *
     * @return whether the backend took its part
     */
    boolean putPromised(MessageBatch batch, int extraRoom) {
        int size = batch.size();
        int toMemory = fitting(batch, extraRoom);
        keep(batch, 0, toMemory);
        boolean good = true;
        if (toMemory < size) {
            long before = backend.depth();
            CompletableFuture<Void> stored = append(batch, toMemory);
            if (stored.isCompletedExceptionally()) {
                good = false;
                int kept = toMemory + storedSince(before, size - toMemory);
                LOG.error("{}: failed to write message to backend - {}", owner, Outcome.reason(stored));
                keep(batch, kept, size);
            }
        }
        return good;
    }

    /**
     * Gives the backend a batch from message {@code from} on: all of it as it is, a part of it in copies of a bounded size.
     * After a failure nothing more is given.
     */
    private CompletableFuture<Void> append(MessageBatch batch, int from) {
        if (from == 0) {
            return give(batch);
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
            CompletableFuture<Void> stored = give(part);
            if (stored.isCompletedExceptionally()) {
                // At once, also while an earlier part waits for its fsync: the caller keeps what was refused.
                part.clear();
                return stored;
            }
            all = all.isDone() && !all.isCompletedExceptionally() ? stored : CompletableFuture.allOf(all, stored);
        }
        part.clear();
        return all;
    }

    /** Whatever the backend throws, it has refused: the caller knows what to do about that. */
    private CompletableFuture<Void> give(MessageBatch batch) {
        try {
            return backend.append(batch);
        } catch (RuntimeException | Error e) {
            LOG.error("{}: the backend failed - {}", owner, e.toString(), e);
            return CompletableFuture.failedFuture(new IOException(e.toString(), e));
        }
    }

    /** How many of {@code given} messages the backend stored since it had a depth, which may also have been set right meanwhile. */
    private int storedSince(long depthBefore, int given) {
        return (int) Math.max(0, Math.min(given, backend.depth() - depthBefore));
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
     * Hands out messages until the receiver has enough, or none is to be had now. Memory and backend take turns in being asked first,
     * so that neither starves. Each message leaves when the receiver has it: of a receiver that throws, the one that it did not take
     * and all behind it stay. Those of the backend are remembered there until {@link #forgetTaken}: a move stores first.
     */
    void take(MessageReceiver receiver) {
        boolean unread = hasUnread();
        if (!unread && memoryDepth == 0) {
            return;
        }
        backendFirst = !backendFirst && unread;
        long before = memory.cost() + receiver.kept();
        try {
            if (backendFirst) {
                takeFromBackend(receiver);
            }
            memory.take(receiver);
            if (unread && !backendFirst) {
                takeFromBackend(receiver);
            }
        } finally {
            memoryDepth = memory.size();
            budget.add(memory.cost() + receiver.kept() - before);
        }
    }

    private void takeFromBackend(MessageReceiver receiver) {
        if (receiver.hasEnough()) {
            return;
        }
        if (!isAhead()) {
            if (ahead == null) {
                ahead = new MessageBatch();
            }
            ahead.clear();
            nextAhead = 0;
            long bytes = receiver.backendRoom(budget.room());
            if (bytes > 0) {
                backend.read(receiver.room(), bytes, ahead);
            }
        }
        while (nextAhead < ahead.size() && !receiver.hasEnough()) {
            int i = nextAhead;
            receiver.receive(
                    ahead.id(i),
                    ahead.timestampNanos(i),
                    ahead.attempts(i),
                    ahead.delayNanos(i),
                    ahead.block(i),
                    ahead.offset(i),
                    ahead.length(i));
            nextAhead = i + 1;
            unforgotten++;
        }
        if (nextAhead == ahead.size()) {
            // The bodies are the receiver's.
            ahead.clear();
            nextAhead = 0;
        }
    }

    /** What was taken has a new home by now. */
    void forgetTaken() {
        if (unforgotten > 0) {
            int taken = unforgotten;
            unforgotten = 0;
            backend.forget(taken);
            if (!hasUnread()) {
                ahead = null;
                scratch = null;
            }
        }
    }

    /** Messages of the backend that were taken and not forgotten: {@link #depth} counts them still. */
    int unforgotten() {
        return unforgotten;
    }

    private void dropMemory() {
        budget.add(-memory.cost());
        memory.clear();
        memoryDepth = 0;
        ahead = null;
        nextAhead = 0;
        unforgotten = 0;
    }

    /**
     * Drops everything (B-7).
     *
     * @return completed when it is gone from the storage, too
     */
    CompletableFuture<Void> empty() {
        dropMemory();
        return backend.empty();
    }

    /** Moves what is in memory to the backend (B-33). */
    int flush() {
        int flushed = 0;
        BatchReceiver batch = new BatchReceiver();
        while (memory.size() > 0) {
            batch.limit(BACKEND_BATCH, Long.MAX_VALUE);
            budget.add(-memory.cost());
            memory.take(batch);
            budget.add(memory.cost());
            flushed += batch.received();
            store(batch.messages);
            batch.messages.clear();
            memoryDepth = memory.size();
        }
        return flushed;
    }

    private static final class BatchReceiver extends MessageReceiver {
        final MessageBatch messages = new MessageBatch();

        @Override
        boolean accept(
                long id, long timestampNanos, int attempts, long delayNanos, byte[] block, int offset, int length) {
            messages.add(id, timestampNanos, attempts, delayNanos, block, offset, length);
            return false;
        }
    }

    /** Messages that {@link #flush} and {@link #store} could not give the backend. */
    long lost() {
        return lost;
    }

    /** Stores a batch as the daemon stops; what the backend refuses now is lost, and said so by name. */
    void store(MessageBatch batch) {
        long before = backend.depth();
        CompletableFuture<Void> stored = give(batch);
        if (stored.isCompletedExceptionally()) {
            int first = storedSince(before, batch.size());
            lost += batch.size() - first;
            troubles.add(Trouble.MESSAGES_LOST, batch.size() - first);
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
        dropMemory();
        return backend.delete();
    }
}
