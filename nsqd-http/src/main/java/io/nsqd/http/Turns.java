package io.nsqd.http;

import java.util.ArrayDeque;
import java.util.Queue;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;

/**
 * Whose turn it is at an endpoint that may block: so many requests at a time, while others wait, up to a bound. A number of
 * scrapers that come at the same moment are all served; one endpoint that hangs takes neither all threads nor all the memory.
 * Any thread.
 */
final class Turns {
    /** Requests that the endpoint may be busy with. */
    static final int AT_ONCE = 2;

    /** Requests that may wait for it. */
    static final int MAX_WAITING = 64;

    private final Executor executor;
    private final Queue<Turn> waiting = new ArrayDeque<>(0);
    private int busy;
    private long waitingBytes;
    private boolean closed;

    /** A request that is to be handled. */
    interface Turn {
        /** What it keeps in memory. */
        int bytes();

        /** Handles it, unless nobody wants the answer any more. Throws nothing. */
        void take();

        /** Tells that it will not be handled. */
        void turnAway();
    }

    /** @param executor where requests are handled */
    Turns(Executor executor) {
        this.executor = executor;
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
        if (busy < AT_ONCE) {
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
        for (Turn turn = first; turn != null; turn = next()) {
            turn.take();
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

    /** The endpoint leaves: what waits for it is turned away. */
    void close() {
        Queue<Turn> left;
        synchronized (this) {
            closed = true;
            left = new ArrayDeque<>(waiting);
            waiting.clear();
            waitingBytes = 0;
        }
        left.forEach(Turn::turnAway);
    }
}
