package io.nsqd.core.disk;

import io.nsqd.log.Logger;
import io.nsqd.log.LoggerFactory;
import io.nsqd.spi.OutOfMemory;
import java.io.IOException;
import java.util.Iterator;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * The thread {@code nsqd-sync}: all waiting for the disk is done here, so that no event loop ever does (S-13). Nobody interrupts
 * it.
 *
 * <p>A queue asks to be synced at once when {@code sync-every} is reached, or says that it is dirty, and is synced
 * {@code sync-timeout} later. While nothing is dirty nothing is scheduled.
 */
final class DiskSync implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(DiskSync.class);

    private final ScheduledThreadPoolExecutor thread;
    private final long timeoutNanos;
    private final Set<DiskQueue> dirty = ConcurrentHashMap.newKeySet();
    private final AtomicBoolean tickScheduled = new AtomicBoolean();

    /** @param timeoutNanos how long a dirty queue may wait ({@code sync-timeout}) */
    DiskSync(long timeoutNanos) {
        this.timeoutNanos = Math.max(1, timeoutNanos);
        thread = new ScheduledThreadPoolExecutor(1, task -> new Thread(task, "nsqd-sync"));
        // A stop does not wait for a tick: queues sync themselves when they are closed.
        thread.setExecuteExistingDelayedTasksAfterShutdownPolicy(false);
    }

    /** Something was written or read: sync within the time-out. Any thread. */
    void dirty(DiskQueue queue) {
        dirty.add(queue);
        if (tickScheduled.compareAndSet(false, true)) {
            schedule(this::tick, timeoutNanos);
        }
    }

    /** Sync now. Any thread. */
    void now(DiskQueue queue) {
        schedule(queue::syncInBackground, 0);
    }

    /**
     * Has a task done on the thread.
     *
     * @return false when the thread has ended: then it is never done
     */
    boolean schedule(Runnable task, long delayNanos) {
        try {
            thread.schedule(() -> run(task), delayNanos, TimeUnit.NANOSECONDS);
            return true;
        } catch (RejectedExecutionException e) {
            // Closing: every queue syncs itself when it is closed.
            tickScheduled.set(false);
            return false;
        }
    }

    /** Something that waits for the disk. */
    @FunctionalInterface
    interface Work {
        void run() throws IOException;
    }

    /**
     * Has something done on the thread or, where that has ended, at once.
     *
     * @return completed, or failed, when it is done
     */
    CompletableFuture<Void> perform(Work work) {
        CompletableFuture<Void> done = new CompletableFuture<>();
        Runnable task = () -> {
            try {
                work.run();
                done.complete(null);
            } catch (IOException | RuntimeException | Error e) {
                OutOfMemory.check(e);
                done.completeExceptionally(e);
            }
        };
        if (!schedule(task, 0)) {
            task.run();
        }
        return done;
    }

    private static void run(Runnable task) {
        try {
            task.run();
        } catch (RuntimeException | Error e) {
            OutOfMemory.check(e);
            // The executor would keep it to itself.
            LOG.error("DISKQUEUE: {}", e.toString(), e);
        }
    }

    private void tick() {
        tickScheduled.set(false);
        for (Iterator<DiskQueue> queues = dirty.iterator(); queues.hasNext(); ) {
            DiskQueue queue = queues.next();
            queues.remove();
            queue.syncInBackground();
        }
    }

    /**
     * Waits for what is under way, however long that takes: it is somebody's messages. Queues that are still open are not synced:
     * closing them does that.
     */
    @Override
    public void close() {
        EndOfThread.await(thread, () -> LOG.info("DISKQUEUE: still waiting for the disk"));
    }
}
