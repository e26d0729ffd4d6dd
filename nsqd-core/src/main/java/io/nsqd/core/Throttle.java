package io.nsqd.core;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;

/**
 * Has publishers wait who are faster than a rate: what they publish is taken at once, and their OK comes when the rate allows it, in the
 * order of the publishes. Its lock is a leaf; nothing is completed under it.
 */
final class Throttle {
    /** Those that are due within that time are told together. */
    private static final long TICK_NANOS = 1_000_000;

    private record Waiting(long until, CompletableFuture<Void> done) {}

    private final Clock clock;
    private final ScheduledExecutorService timer;
    private final RateLimit rate;

    /** In the order of their times. Guarded by this, as is the rate. */
    private final Queue<Waiting> waiting = new ArrayDeque<>();

    private boolean over;

    /** @param rate messages a second, greater than 0 */
    Throttle(long rate, Clock clock, ScheduledExecutorService timer) {
        this.rate = new RateLimit(rate, clock.nanoTime());
        this.clock = clock;
        this.timer = timer;
    }

    /**
     * So many messages were published.
     *
     * @return done when their OK may go out; {@code null} where it may at once
     */
    synchronized CompletableFuture<Void> take(int messages) {
        long now = clock.nanoTime();
        long wait = rate.take(messages, now);
        if (wait == 0 || over) {
            return null;
        }
        CompletableFuture<Void> done = new CompletableFuture<>();
        boolean first = waiting.isEmpty();
        waiting.add(new Waiting(now + wait, done));
        if (first) {
            schedule(wait);
        }
        return done;
    }

    private void schedule(long nanos) {
        try {
            timer.schedule(this::release, Math.max(TICK_NANOS, nanos), TimeUnit.NANOSECONDS);
        } catch (RejectedExecutionException e) {
            // The daemon stops: nobody is there who waits.
            over = true;
        }
    }

    private void release() {
        complete(false);
    }

    /** Nobody waits any more: the rate is another one. */
    void end() {
        complete(true);
    }

    private void complete(boolean all) {
        List<CompletableFuture<Void>> due = new ArrayList<>();
        synchronized (this) {
            over |= all;
            long now = clock.nanoTime();
            while (!waiting.isEmpty() && (over || waiting.element().until() - now <= 0)) {
                due.add(waiting.remove().done());
            }
            if (!waiting.isEmpty()) {
                schedule(waiting.element().until() - now);
            }
        }
        // The first last: who waits for the oldest alone finds the others done.
        for (int i = due.size() - 1; i >= 0; i--) {
            due.get(i).complete(null);
        }
    }
}
