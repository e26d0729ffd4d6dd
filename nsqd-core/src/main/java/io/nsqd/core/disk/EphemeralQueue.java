package io.nsqd.core.disk;

import io.nsqd.api.MessageBatch;
import io.nsqd.spi.BackendQueue;
import java.util.concurrent.CompletableFuture;

/** The backend of what is ephemeral: it drops everything, and says that all is well (B-8). */
public final class EphemeralQueue implements BackendQueue {
    private static final CompletableFuture<Void> DONE = CompletableFuture.completedFuture(null);

    @Override
    public CompletableFuture<Void> append(MessageBatch batch) {
        return DONE;
    }

    @Override
    public int read(int maxMessages, long maxBytes, MessageBatch batch) {
        return 0;
    }

    @Override
    public void forget(int messages) {
        // Nothing was ever read.
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
    public CompletableFuture<Void> empty() {
        return DONE;
    }

    @Override
    public void sync() {
        // Nothing is stored.
    }

    @Override
    public void close() {
        // Nothing is held.
    }

    @Override
    public CompletableFuture<Void> delete() {
        return DONE;
    }
}
