package io.nsqd.core;

import io.nsqd.api.MessageBatch;
import io.nsqd.log.Logger;
import io.nsqd.log.LoggerFactory;
import io.nsqd.spi.BackendQueue;
import io.nsqd.spi.BackendQueueFactory;
import io.nsqd.spi.OutOfMemory;
import java.io.IOException;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;

/**
 * A queue of a plug-in's storage: whatever it throws is a failure of the kinds that {@link BackendQueue} knows, which costs the
 * one who published, and is told of as health.
 */
final class GuardedQueue implements BackendQueue {
    private static final Logger LOG = LoggerFactory.getLogger(GuardedQueue.class);

    private final String name;
    private final BackendQueue queue;
    private final BackendQueueFactory.Listener listener;

    GuardedQueue(String name, BackendQueue queue, BackendQueueFactory.Listener listener) {
        this.name = name;
        this.queue = Objects.requireNonNull(queue, "the storage opened nothing");
        this.listener = listener;
    }

    /** What may fail. */
    @FunctionalInterface
    private interface Step {
        void run() throws IOException;
    }

    private void report(Throwable failure) {
        LOG.error("BACKEND({}): failed - {}", name, failure.toString(), failure);
        listener.health(failure.toString());
    }

    /** A call whose outcome comes later: one that throws, or answers with nothing, has failed at once. */
    private CompletableFuture<Void> begin(String call, Supplier<CompletableFuture<Void>> begun) {
        try {
            return Objects.requireNonNull(begun.get(), call + " returned nothing");
        } catch (RuntimeException | Error e) {
            report(e);
            return CompletableFuture.failedFuture(new IOException(e.toString(), e));
        }
    }

    @Override
    public CompletableFuture<Void> append(MessageBatch batch) {
        try {
            return Objects.requireNonNull(queue.append(batch), "append() returned nothing");
        } catch (RuntimeException | Error e) {
            report(e);
            return CompletableFuture.failedFuture(new IOException(e.toString(), e));
        }
    }

    @Override
    public int read(int maxMessages, long maxBytes, MessageBatch batch) {
        try {
            return Math.max(0, Math.min(queue.read(maxMessages, maxBytes, batch), batch.size()));
        } catch (RuntimeException | Error e) {
            report(e);
            return 0;
        }
    }

    @Override
    public void forget(int messages) {
        try {
            queue.forget(messages);
        } catch (RuntimeException | Error e) {
            report(e);
        }
    }

    @Override
    public long depth() {
        try {
            return queue.depth();
        } catch (RuntimeException | Error e) {
            report(e);
            return 0;
        }
    }

    @Override
    public boolean hasUnread() {
        try {
            return queue.hasUnread();
        } catch (RuntimeException | Error e) {
            report(e);
            return false;
        }
    }

    @Override
    public boolean mayRepeat() {
        try {
            return queue.mayRepeat();
        } catch (RuntimeException | Error e) {
            report(e);
            return true;
        }
    }

    @Override
    public long highestId() {
        try {
            return queue.highestId();
        } catch (RuntimeException | Error e) {
            report(e);
            return 0;
        }
    }

    private static void attempt(Step step) throws IOException {
        try {
            step.run();
        } catch (RuntimeException | Error e) {
            OutOfMemory.check(e);
            throw new IOException(e.toString(), e);
        }
    }

    @Override
    public CompletableFuture<Void> empty() {
        return begin("empty()", queue::empty);
    }

    @Override
    public void sync() throws IOException {
        attempt(queue::sync);
    }

    @Override
    public void close() throws IOException {
        attempt(queue::close);
    }

    @Override
    public CompletableFuture<Void> delete() {
        return begin("delete()", queue::delete);
    }
}
