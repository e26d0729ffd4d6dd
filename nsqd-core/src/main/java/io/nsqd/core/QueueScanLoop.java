package io.nsqd.core;

import io.nsqd.log.Logger;
import io.nsqd.log.LoggerFactory;
import io.nsqd.spi.OutOfMemory;
import io.nsqd.stats.Trouble;
import io.nsqd.stats.Troubles;
import java.util.PriorityQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;

/**
 * The thread {@code nsqd-scan}: brings back messages whose time-out has passed or whose delay is over.
 *
 * <p>It lists only channels that have something in flight or deferred, each with the time from which on it is worth a look
 * (perhaps too early, never too late), and sleeps until the nearest: exact, without sampling.
 */
final class QueueScanLoop implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(QueueScanLoop.class);
    private static final long CLOSE_MILLIS = 10_000;

    private record Visit(long at, BrokerChannel channel) {}

    private final Clock clock;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition earlier = lock.newCondition();
    private final PriorityQueue<Visit> visits;
    private final Thread thread = new Thread(this::run, "nsqd-scan");
    private final Troubles troubles;
    private final Consumer<Throwable> died;
    private boolean closed;

    /**
     * @param troubles counts the scans that failed
     * @param died told when the loop cannot go on: without it nothing ever times out, so neither can the daemon
     */
    QueueScanLoop(Clock clock, Troubles troubles, Consumer<Throwable> died) {
        this.clock = clock;
        this.troubles = troubles;
        this.died = died;
        // Differences, as the clock's origin is arbitrary and it may overflow.
        visits = new PriorityQueue<>((a, b) -> Long.signum(a.at() - b.at()));
    }

    void start() {
        thread.setUncaughtExceptionHandler((dead, failure) -> died.accept(failure));
        thread.start();
    }

    /** Asks for {@link BrokerChannel#scan} at a time of {@link Clock#nanoTime}. Any thread; its lock is a leaf. */
    void schedule(BrokerChannel channel, long at) {
        lock.lock();
        try {
            visits.add(new Visit(at, channel));
            if (visits.peek().at() == at) {
                earlier.signal();
            }
        } finally {
            lock.unlock();
        }
    }

    private void run() {
        while (true) {
            Visit visit = next();
            if (visit == null) {
                return;
            }
            try {
                visit.channel().scan(visit.at());
            } catch (RuntimeException | Error e) {
                // One channel's trouble must not stop the time-outs of all others. It is on the list again.
                OutOfMemory.check(e);
                troubles.count(Trouble.SCAN_FAILURES);
                LOG.error("QUEUESCAN: {} - {}", visit.channel(), e.toString(), e);
            }
        }
    }

    /** Waits for the next visit that is due; {@code null} when the loop is closed. */
    private Visit next() {
        lock.lock();
        try {
            while (!closed) {
                Visit visit = visits.peek();
                long wait = visit == null ? Long.MAX_VALUE : visit.at() - clock.nanoTime();
                if (wait <= 0) {
                    return visits.poll();
                }
                earlier.awaitNanos(Math.min(wait, TimeUnit.HOURS.toNanos(1)));
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            lock.unlock();
        }
        return null;
    }

    @Override
    public void close() {
        LOG.info("QUEUESCAN: closing");
        lock.lock();
        try {
            closed = true;
            earlier.signal();
        } finally {
            lock.unlock();
        }
        try {
            thread.join(CLOSE_MILLIS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
