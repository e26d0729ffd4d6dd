package io.nsqd.http;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;

/**
 * Whose turn it is at an endpoint that may block: so many requests at a time, while others wait, up to a bound. A number of
 * scrapers that come at the same moment are all served; one endpoint that hangs takes neither all threads nor all the memory.
 * Any thread.
 */
final class Turns {
    /** Requests that the endpoint may be busy with, where it says nothing else. */
    static final int AT_ONCE = 2;

    /** As many as it may say. */
    static final int MOST_AT_ONCE = 1024;

    /** Requests that may wait for it. */
    static final int MAX_WAITING = 64;

    private final Executor executor;
    private final int atOnce;
    private final Queue<Turn> waiting = new ArrayDeque<>(0);

    /** Those whose answer takes time without a thread that waits for it. */
    private final Set<Turn> pending = Collections.newSetFromMap(new IdentityHashMap<>(0));

    private int busy;
    private long waitingBytes;
    private boolean closed;

    /** A request that is to be handled. */
    interface Turn {
        /** What it keeps in memory. */
        int bytes();

        /**
         * Handles it, unless nobody wants the answer any more. Throws nothing.
         *
         * @return done when it has been answered
         */
        CompletableFuture<?> take();

        /** Tells that it will not be handled, or that nobody waits for the answer any more. */
        void turnAway();
    }

    /**
     * @param executor where requests are handled
     * @param atOnce how many at a time
     */
    Turns(Executor executor, int atOnce) {
        this.executor = executor;
        this.atOnce = atOnce;
    }

    /**
     * Has a request handled, now or later.
     *
     * @param maxBytes what all that wait may keep in memory
     * @return whether it will be; if not, too many wait already
     */
    synchronized boolean offer(Turn turn, long maxBytes) {
        if (closed) {
            return false;
        }
        if (busy < atOnce) {
            try {
                executor.execute(() -> run(turn));
            } catch (RejectedExecutionException e) {
                return false;
            }
            busy++;
            return true;
        }
        if (waiting.size() >= MAX_WAITING || waitingBytes + turn.bytes() > maxBytes) {
            return false;
        }
        waiting.add(turn);
        waitingBytes += turn.bytes();
        return true;
    }

    private void run(Turn first) {
        Turn turn = first;
        while (turn != null) {
            Turn taken = turn;
            CompletableFuture<?> answered = taken.take();
            if (!answered.isDone() && awaits(taken)) {
                var unused = answered.whenComplete((answer, failure) -> answered(taken));
                return;
            }
            turn = next();
        }
    }

    /** @return false where the endpoint has left meanwhile: the request was turned away */
    private boolean awaits(Turn turn) {
        synchronized (this) {
            if (!closed) {
                pending.add(turn);
                return true;
            }
        }
        turn.turnAway();
        return false;
    }

    /** By whoever has made the answer. */
    private void answered(Turn turn) {
        synchronized (this) {
            pending.remove(turn);
        }
        for (Turn next = next(); next != null; next = next()) {
            Turn following = next;
            try {
                executor.execute(() -> run(following));
                return;
            } catch (RejectedExecutionException e) {
                following.turnAway();
            }
        }
    }

    private synchronized Turn next() {
        Turn turn = waiting.poll();
        if (turn == null) {
            busy--;
        } else {
            waitingBytes -= turn.bytes();
        }
        return turn;
    }

    /** The endpoint leaves: what waits for it, or for its answer, is turned away. */
    void close() {
        List<Turn> left;
        synchronized (this) {
            closed = true;
            left = new ArrayList<>(waiting);
            left.addAll(pending);
            waiting.clear();
            pending.clear();
            waitingBytes = 0;
        }
        left.forEach(Turn::turnAway);
    }
}
