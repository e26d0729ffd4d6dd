package io.nsqd.lookup;

import java.util.concurrent.Executor;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Threads for what may block, the name service above all, and for the HTTP client. There are none while nothing is asked.
 */
final class Workers implements AutoCloseable {
    /** Enough that one slow name server holds up neither the other peers nor the HTTP client. */
    private static final int THREADS = 4;

    private static final long KEEP_SECONDS = 10;

    private final ThreadPoolExecutor executor;

    Workers() {
        AtomicInteger number = new AtomicInteger();
        executor = new ThreadPoolExecutor(
                THREADS, THREADS, KEEP_SECONDS, TimeUnit.SECONDS, new LinkedBlockingQueue<>(), task -> {
                    Thread thread = new Thread(task, "nsqd-lookup-" + number.incrementAndGet());
                    // A name server that does not answer must not hold up the end of the process.
                    thread.setDaemon(true);
                    return thread;
                });
        executor.allowCoreThreadTimeOut(true);
    }

    Executor executor() {
        return executor;
    }

    @Override
    public void close() {
        executor.shutdownNow();
    }
}
