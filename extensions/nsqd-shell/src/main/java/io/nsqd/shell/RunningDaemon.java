package io.nsqd.shell;

import io.nsqd.api.Nsqd;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;

/**
 * The daemon while it is there. Commands and health checks are there before and after it, so that they can say that it is
 * not.
 */
final class RunningDaemon {
    /** How long a command waits for a daemon that is just starting or being updated. */
    private static final long ARRIVAL_SECONDS = 10;

    /** How long the daemon's departure waits for those who take messages; they have only to notice. */
    private static final long DEPARTURE_SECONDS = 5;

    private final Set<Tail> tails = new HashSet<>();
    private final long patienceNanos;
    private Nsqd nsqd;

    RunningDaemon() {
        this(TimeUnit.SECONDS.toNanos(ARRIVAL_SECONDS));
    }

    RunningDaemon(long patienceNanos) {
        this.patienceNanos = patienceNanos;
    }

    /** Takes note that it is there; closed when it leaves. */
    synchronized AutoCloseable attach(Nsqd arrived) {
        nsqd = arrived;
        notifyAll();
        return this::detach;
    }

    private synchronized void detach() throws InterruptedException {
        nsqd = null;
        tails.forEach(Tail::close);
        awaitNanos(TimeUnit.SECONDS.toNanos(DEPARTURE_SECONDS), false);
    }

    /** The daemon, if it is there now. */
    synchronized Optional<Nsqd> now() {
        return Optional.ofNullable(nsqd);
    }

    /**
     * The daemon, which is waited for a little.
     *
     * @throws Refused when it does not come
     */
    synchronized Nsqd get() {
        try {
            awaitNanos(patienceNanos, true);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        if (nsqd == null) {
            throw new Refused("nsqd is not running");
        }
        return nsqd;
    }

    /** Waits until the daemon is there, or else until nobody takes messages. */
    private void awaitNanos(long nanos, boolean forDaemon) throws InterruptedException {
        long end = System.nanoTime() + nanos;
        while (forDaemon ? nsqd == null : !tails.isEmpty()) {
            long millis = TimeUnit.NANOSECONDS.toMillis(end - System.nanoTime());
            if (millis <= 0) {
                return;
            }
            wait(millis);
        }
    }

    /** A command begins to take messages; it is told when the daemon leaves. */
    synchronized void begin(Tail tail) {
        if (nsqd == null) {
            throw new Refused("nsqd is not running");
        }
        tails.add(tail);
    }

    /** It has ended. */
    synchronized void end(Tail tail) {
        tails.remove(tail);
        notifyAll();
    }
}
