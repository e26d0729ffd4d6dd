package io.nsqd.examples.memorystorage;

import io.nsqd.api.Message;
import io.nsqd.api.MessageBatch;
import io.nsqd.spi.BackendQueue;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.concurrent.CompletableFuture;

/** A queue that forgets everything when it is closed, and refuses what is too much. */
final class MemoryQueue implements BackendQueue {
    private static final CompletableFuture<Void> DONE = CompletableFuture.completedFuture(null);

    private final String name;
    private final int bound;
    private final ArrayDeque<Message> unread = new ArrayDeque<>();

    /** Messages that were read and have no new home yet: they count until then. */
    private int handedOut;

    /** Read by any thread without the lock. */
    private volatile int depth;

    MemoryQueue(String name, int bound) {
        this.name = name;
        this.bound = bound;
    }

    @Override
    public synchronized CompletableFuture<Void> append(MessageBatch batch) {
        int room = Math.min(batch.size(), bound - depth);
        for (int i = 0; i < room; i++) {
            // Its body stays where the publisher put it. How long it was to be held back is dropped, as on disk.
            unread.add(new Message(
                    batch.id(i),
                    batch.timestampNanos(i),
                    batch.attempts(i),
                    batch.block(i),
                    batch.offset(i),
                    batch.length(i)));
        }
        count();
        return room == batch.size()
                ? DONE
                : CompletableFuture.failedFuture(new IOException("queue " + name + " is full"));
    }

    @Override
    public synchronized int read(int maxMessages, long maxBytes, MessageBatch batch) {
        int count = 0;
        long bytes = 0;
        while (count < maxMessages && bytes < maxBytes && !unread.isEmpty()) {
            Message m = unread.remove();
            batch.add(m.id(), m.timestampNanos(), m.attempts(), 0, m.block(), m.offset(), m.length());
            bytes += m.length();
            count++;
        }
        handedOut += count;
        return count;
    }

    @Override
    public synchronized void forget(int messages) {
        handedOut -= messages;
        count();
    }

    private void count() {
        depth = unread.size() + handedOut;
    }

    @Override
    public long depth() {
        return depth;
    }

    @Override
    public synchronized boolean hasUnread() {
        return !unread.isEmpty();
    }

    @Override
    public CompletableFuture<Void> empty() {
        clear();
        return DONE;
    }

    private synchronized void clear() {
        unread.clear();
        handedOut = 0;
        count();
    }

    @Override
    public void sync() {
        // Nothing can be made durable here.
    }

    @Override
    public void close() {
        clear();
    }

    @Override
    public CompletableFuture<Void> delete() {
        return empty();
    }
}
