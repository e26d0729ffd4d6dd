package io.nsqd.peer;

import java.util.concurrent.Executor;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Threads for what may block, the name service above all, and for a {@link PeerHttp}. There are none while nothing is asked. Any
 * thread.
 *
 * <p>What it is given is done, always: an HTTP client of Java's whose last step is dropped keeps its thread, and with that the
 * classes of the bundle, for ever. What comes once it is closed is done by who brings it.
 */
public final class PeerWorkers implements Executor, AutoCloseable {
    private static final long KEEP_SECONDS = 10;

    private final ThreadPoolExecutor threads;

    /**
     * @param name its threads are called this, a hyphen and a number
     * @param most how many there are at the most: enough that one slow name server holds up neither the other peers nor the HTTP
     *     client
     */
    public PeerWorkers(String name, int most) {
        AtomicInteger number = new AtomicInteger();
        threads = new ThreadPoolExecutor(
                most,
                most,
                KEEP_SECONDS,
                TimeUnit.SECONDS,
                new LinkedBlockingQueue<>(),
                task -> {
                    Thread thread = new Thread(task, name + "-" + number.incrementAndGet());
                    // A name server that does not answer must not hold up the end of the process.
                    thread.setDaemon(true);
                    return thread;
                },
                (task, closed) -> task.run());
        threads.allowCoreThreadTimeOut(true);
    }

    @Override
    public void execute(Runnable task) {
        threads.execute(task);
    }

    /** Lets the threads end once they have done what they were given; does not wait for that. */
    @Override
    public void close() {
        threads.shutdown();
    }
}
