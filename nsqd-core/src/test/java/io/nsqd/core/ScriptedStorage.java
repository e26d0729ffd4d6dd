package io.nsqd.core;

import io.nsqd.api.MessageBatch;
import io.nsqd.spi.BackendQueue;
import io.nsqd.spi.BackendQueueFactory;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;

/** A storage in memory, whose queues begin with what the test says that an earlier run left, and refuse when it says so. */
final class ScriptedStorage implements BackendQueueFactory {
    private static final CompletableFuture<Void> DONE = CompletableFuture.completedFuture(null);

    private final Map<String, Queue> queues = new ConcurrentHashMap<>();

    /** The queue of a topic or channel, which need not be open yet. */
    Queue queue(String name) {
        return queues.computeIfAbsent(name, Queue::new);
    }

    @Override
    public BackendQueue open(String name, Listener listener) {
        return queue(name);
    }

    /** One queue. */
    static final class Queue implements BackendQueue {
        final String name;
        boolean mayRepeat;
        long highestId;

        /** The answer to every append; {@code null} when the messages are stored. */
        volatile CompletableFuture<Void> refusal;

        /** How many messages a read gives at the most. */
        volatile int readAtMost = Integer.MAX_VALUE;

        private final Deque<MessageBatch> stored = new ArrayDeque<>();
        private int unread;
        private long depth;

        private Queue(String name) {
            this.name = name;
        }

        /** Has a message be left by an earlier run. */
        Queue holds(long id, String body) {
            MessageBatch one = TestDaemon.batch(body);
            one.stamp(0, id, 1_700_000_000_000_000_000L, 0);
            append(one);
            highestId = Math.max(highestId, id);
            return this;
        }

        @Override
        public synchronized CompletableFuture<Void> append(MessageBatch batch) {
            if (refusal != null) {
                return refusal;
            }
            for (int i = 0; i < batch.size(); i++) {
                MessageBatch one = new MessageBatch();
                copy(batch, i, one);
                stored.add(one);
            }
            unread += batch.size();
            depth += batch.size();
            return DONE;
        }

        private static void copy(MessageBatch from, int i, MessageBatch to) {
            to.add(
                    from.id(i),
                    from.timestampNanos(i),
                    from.attempts(i),
                    0,
                    from.block(i),
                    from.offset(i),
                    from.length(i));
        }

        @Override
        public synchronized int read(int maxMessages, long maxBytes, MessageBatch batch) {
            int count = 0;
            long bytes = 0;
            while (count < Math.min(maxMessages, readAtMost) && bytes < maxBytes && unread > 0) {
                MessageBatch one = stored.remove();
                copy(one, 0, batch);
                bytes += one.length(0);
                unread--;
                count++;
            }
            return count;
        }

        @Override
        public synchronized void forget(int messages) {
            if (messages > depth - unread) {
                throw new IllegalArgumentException(messages + " of " + (depth - unread) + " that were read");
            }
            depth -= messages;
        }

        @Override
        public synchronized long depth() {
            return depth;
        }

        @Override
        public synchronized boolean hasUnread() {
            return unread > 0;
        }

        @Override
        public boolean mayRepeat() {
            return mayRepeat;
        }

        @Override
        public long highestId() {
            return highestId;
        }

        @Override
        public synchronized CompletableFuture<Void> empty() {
            stored.clear();
            unread = 0;
            depth = 0;
            return DONE;
        }

        @Override
        public CompletableFuture<Void> delete() {
            return empty();
        }

        @Override
        public void sync() {
            // Memory is all there is.
        }

        @Override
        public void close() {
            // What it holds can be looked at.
        }
    }
}
