package io.nsqd.core;

import io.nsqd.api.MessageBatch;
import io.nsqd.core.disk.EphemeralQueue;
import io.nsqd.spi.BackendQueue;
import io.nsqd.spi.BackendQueueFactory;
import java.io.IOException;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;

/** A storage that keeps nothing, and whose files are gone only when the test says so. */
final class SlowStorage implements BackendQueueFactory {
    /** What {@link BackendQueue#empty} and {@link BackendQueue#delete} returned, in the order of the calls. */
    final CopyOnWriteArrayList<CompletableFuture<Void>> drops = new CopyOnWriteArrayList<>();

    /** What an earlier run left, by the names of queues. */
    final Map<String, Long> highestIds = new ConcurrentHashMap<>();

    final CopyOnWriteArrayList<String> opened = new CopyOnWriteArrayList<>();

    @Override
    public BackendQueue open(String name, Listener listener) {
        opened.add(name);
        return new Queue(name);
    }

    private final class Queue implements BackendQueue {
        private final BackendQueue nothing = new EphemeralQueue();
        private final String name;

        Queue(String name) {
            this.name = name;
        }

        @Override
        public CompletableFuture<Void> append(MessageBatch batch) {
            return nothing.append(batch);
        }

        @Override
        public int read(int maxMessages, long maxBytes, MessageBatch batch) {
            return 0;
        }

        @Override
        public void forget(int messages) {
            throw new IllegalStateException("nothing was read");
        }

        @Override
        public long depth() {
            return 0;
        }

        @Override
        public boolean hasUnread() {
            return false;
        }

        @Override
        public long highestId() {
            return highestIds.getOrDefault(name, 0L);
        }

        private CompletableFuture<Void> drop() {
            CompletableFuture<Void> gone = new CompletableFuture<>();
            drops.add(gone);
            return gone;
        }

        @Override
        public CompletableFuture<Void> empty() {
            return drop();
        }

        @Override
        public CompletableFuture<Void> delete() {
            return drop();
        }

        @Override
        public void sync() {
            // Nothing is stored.
        }

        @Override
        public void close() throws IOException {
            if (drops.stream().anyMatch(gone -> !gone.isDone())) {
                throw new IOException("something is still being dropped");
            }
        }
    }
}
