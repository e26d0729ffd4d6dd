package io.nsqd.bench;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;

/**
 * The threads of one measurement, which begin together, and what they have done so far. The first that fails ends the others.
 */
final class Crew implements AutoCloseable {
    private static final long SHOW_MILLIS = 100;

    /** A server that does nothing for so long does not work. */
    private static final long PATIENCE_NANOS = TimeUnit.SECONDS.toNanos(30);

    private final long goal;
    private final long mark;
    private final List<Connection> connections = new ArrayList<>();
    private final List<Thread> threads = new ArrayList<>();
    private final CountDownLatch gate = new CountDownLatch(1);
    private final AtomicLong done = new AtomicLong();
    private final AtomicReference<Throwable> failure = new AtomicReference<>();

    /** Written before the gate opens. */
    private long startNanos;

    /** By whom the mark was passed; read when the threads have ended. */
    private long markNanos;

    private long markDone;

    /** What a thread does. */
    interface Job {
        void run() throws BenchException, InterruptedException;
    }

    /**
     * @param goal messages that there are to be done
     * @param mark after which of them the time is taken
     */
    Crew(long goal, long mark) {
        this.goal = goal;
        this.mark = mark;
    }

    /** A connection that is closed when something goes wrong, and with the crew. */
    <T extends Connection> T add(T connection) {
        connections.add(connection);
        return connection;
    }

    void job(Job job) {
        Thread thread = new Thread(() -> work(job), "nsqd-bench-" + threads.size());
        thread.setDaemon(true);
        threads.add(thread);
    }

    private void work(Job job) {
        try {
            gate.await();
            job.run();
        } catch (BenchException | InterruptedException | RuntimeException | Error e) {
            fail(e);
        }
    }

    private void fail(Throwable e) {
        if (failure.compareAndSet(null, e)) {
            connections.forEach(Connection::close);
            threads.forEach(Thread::interrupt);
        }
    }

    /** Counts messages that are done; true for whoever does the last. */
    boolean advance(long messages) {
        long now = done.addAndGet(messages);
        if (now >= mark && now - messages < mark) {
            markNanos = System.nanoTime();
            markDone = now;
        }
        return now >= goal && now - messages < goal;
    }

    /** When the threads began, by {@link System#nanoTime}. */
    long startNanos() {
        return startNanos;
    }

    /** Lets them work until all have ended. */
    void run(ProgressLine progress) throws BenchException, InterruptedException {
        threads.forEach(Thread::start);
        startNanos = System.nanoTime();
        gate.countDown();
        long before = 0;
        long movedNanos = startNanos;
        for (Thread thread : threads) {
            thread.join(SHOW_MILLIS);
            while (thread.isAlive()) {
                long now = done.get();
                progress.show(now, goal);
                if (now != before) {
                    before = now;
                    movedNanos = System.nanoTime();
                } else if (System.nanoTime() - movedNanos > PATIENCE_NANOS) {
                    fail(BenchException.server(
                            connections.get(0).address(),
                            "nothing has happened for " + TimeUnit.NANOSECONDS.toSeconds(PATIENCE_NANOS) + " s, "
                                    + (goal - now) + " of " + goal + " messages are missing"));
                }
                thread.join(SHOW_MILLIS);
            }
        }
        rethrow(failure.get());
    }

    private static void rethrow(Throwable failed) throws BenchException, InterruptedException {
        if (failed instanceof BenchException told) {
            throw told;
        }
        if (failed instanceof InterruptedException interrupted) {
            throw interrupted;
        }
        if (failed != null) {
            throw new IllegalStateException(failed);
        }
    }

    /** Messages done when the mark was passed. */
    long markDone() {
        return markDone;
    }

    /** How long it took until then, in nanoseconds. */
    long markNanos() {
        return Math.max(1, markNanos - startNanos);
    }

    @Override
    public void close() {
        connections.forEach(Connection::close);
    }
}
