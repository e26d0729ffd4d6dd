package io.nsqd.core.journal.file;

import io.nsqd.core.disk.EndOfThread;
import io.nsqd.log.Logger;
import io.nsqd.log.LoggerFactory;
import io.nsqd.spi.OutOfMemory;
import java.io.IOException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/** The thread {@code nsqd-journal}, which makes and deletes segments. Nobody interrupts it: that would close its files. */
final class JournalThread implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(JournalThread.class);

    private final ScheduledThreadPoolExecutor thread;

    JournalThread() {
        thread = new ScheduledThreadPoolExecutor(1, task -> new Thread(task, "nsqd-journal"));
        // A stop does not wait for what is to be tried again.
        thread.setExecuteExistingDelayedTasksAfterShutdownPolicy(false);
    }

    /** Has something done; never, when the thread has ended. */
    void schedule(Runnable task, long delayNanos) {
        try {
            thread.schedule(() -> run(task), delayNanos, TimeUnit.NANOSECONDS);
        } catch (RejectedExecutionException e) {
            // Closed: whoever closes does what must be done.
            LOG.debug("JOURNAL: not done any more: {}", task);
        }
    }

    private static void run(Runnable task) {
        try {
            task.run();
        } catch (RuntimeException | Error e) {
            OutOfMemory.check(e);
            // The executor would keep it to itself.
            LOG.error("JOURNAL: {}", e.toString(), e);
        }
    }

    /** Something that waits for the disk. */
    @FunctionalInterface
    interface Work {
        void run() throws IOException;
    }

    /** Has something done on the thread and waits for it, whoever interrupts meanwhile. */
    void perform(Work work) throws IOException {
        CompletableFuture<Void> done = CompletableFuture.runAsync(
                () -> {
                    try {
                        work.run();
                    } catch (IOException e) {
                        throw new CompletionException(e);
                    }
                },
                thread);
        try {
            done.join();
        } catch (CompletionException e) {
            if (e.getCause() instanceof IOException cause) {
                throw cause;
            }
            throw e;
        }
    }

    /** Waits for what is under way, however long that takes. */
    @Override
    public void close() {
        EndOfThread.await(thread, () -> LOG.info("JOURNAL: still waiting for the disk"));
    }
}
