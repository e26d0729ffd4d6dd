package io.nsqd.core;

import io.nsqd.log.Logger;
import io.nsqd.log.LoggerFactory;
import io.nsqd.spi.OutOfMemory;
import io.nsqd.stats.Trouble;
import io.nsqd.stats.Troubles;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * The thread on which a service of somebody else's is called, one call at a time: one that blocks or throws holds up its own
 * calls and nobody else's. The thread is there only while there is something to do.
 */
final class Lane implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Lane.class);

    /** Calls that may wait; to one that has hung for so long, more is not to be told. */
    private static final int MOST_QUEUED = 10_000;

    private static final long IDLE_SECONDS = 10;
    private static final long ANSWER_MILLIS = 1_000;

    /** A call that takes so long is not expected to come back. */
    private static final long HANG_NANOS = TimeUnit.SECONDS.toNanos(30);

    private final String name;
    private final Troubles troubles;
    private final ThreadPoolExecutor thread;

    /** When the call in progress began, by {@link System#nanoTime}. */
    private volatile long begun;

    /** Whether a call is in progress, and whether it was found to take too long. */
    private volatile boolean calling;

    private final AtomicBoolean hanging = new AtomicBoolean();

    /** Whether an answer is overdue: others are not asked for meanwhile. */
    private volatile boolean overdue;

    /**
     * @param name what the service is, for the log
     * @param troubles counts its trouble
     */
    Lane(String name, Troubles troubles) {
        this.name = name;
        this.troubles = troubles;
        thread = new ThreadPoolExecutor(
                1, 1, IDLE_SECONDS, TimeUnit.SECONDS, new LinkedBlockingQueue<>(MOST_QUEUED), Lane::newThread);
        thread.allowCoreThreadTimeOut(true);
    }

    @Override
    public String toString() {
        return name;
    }

    private static Thread newThread(Runnable task) {
        Thread thread = new Thread(task, "nsqd-events");
        thread.setDaemon(true);
        return thread;
    }

    /** Calls later, in the order of the calls; what cannot be taken any more is dropped. */
    void later(Runnable call) {
        noticeHang();
        try {
            thread.execute(() -> call(call));
        } catch (RejectedExecutionException e) {
            if (!thread.isShutdown()) {
                troubles.count(Trouble.PLUGIN_CALLS_DROPPED);
                LOG.error("NSQ: {} hangs, and is not told any more", name);
            }
        }
    }

    private void call(Runnable call) {
        begun = System.nanoTime();
        calling = true;
        try {
            call.run();
        } catch (RuntimeException | Error e) {
            OutOfMemory.check(e);
            LOG.error("NSQ: {} failed - {}", name, e.toString(), e);
        } finally {
            calling = false;
            if (hanging.compareAndSet(true, false)) {
                LOG.warn("NSQ: {} goes on", name);
            }
        }
    }

    /** Found out by the next who has something for it: who is never called again may take its time. */
    private void noticeHang() {
        boolean hangs = calling && System.nanoTime() - begun > HANG_NANOS;
        if (hangs && hanging.compareAndSet(false, true)) {
            troubles.count(Trouble.PLUGIN_HANGS);
            LOG.warn("NSQ: {} has not come back for {} seconds", name, TimeUnit.NANOSECONDS.toSeconds(HANG_NANOS));
        }
    }

    /**
     * Asks and waits a moment for the answer.
     *
     * @param otherwise the answer where there is none in time
     */
    <T> T ask(Callable<T> question, T otherwise) {
        if (overdue) {
            return otherwise;
        }
        FutureTask<T> asked = new FutureTask<>(() -> {
            try {
                return question.call();
            } finally {
                overdue = false;
            }
        });
        try {
            thread.execute(asked);
            return asked.get(ANSWER_MILLIS, TimeUnit.MILLISECONDS);
        } catch (TimeoutException e) {
            LOG.warn("NSQ: {} does not answer", name);
            troubles.count(Trouble.PLUGIN_HANGS);
            overdue = true;
            if (asked.isDone()) {
                overdue = false;
            }
        } catch (ExecutionException e) {
            LOG.error("NSQ: {} failed - {}", name, e.getCause().toString(), e.getCause());
        } catch (RejectedExecutionException e) {
            LOG.debug("NSQ: {} is not asked any more", name);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        return otherwise;
    }

    /** Drops what waits; the call in progress goes on. */
    @Override
    public void close() {
        thread.getQueue().clear();
        thread.shutdown();
    }

    /** Ends once what waits is done. */
    void end() {
        thread.shutdown();
    }
}
