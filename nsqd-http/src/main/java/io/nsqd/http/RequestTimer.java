package io.nsqd.http;

import io.netty.util.concurrent.EventExecutor;
import io.netty.util.concurrent.Future;
import java.util.concurrent.TimeUnit;

/**
 * Watches that a client does not leave a request half sent for ever. A head has to be complete in time, of a body
 * something has to come. A request is given up only after what has arrived was read, and time in which the loop stood still, as in a
 * paused container, is not the client's: it has the whole time once more. Confined to the connection's loop; costs nothing while
 * whole requests come.
 */
final class RequestTimer {
    /** Who is called later than this has stood still. */
    private static final long STANDSTILL_NANOS = TimeUnit.SECONDS.toNanos(1);

    /** A task that is scheduled, for however soon, runs after the loop has read once more. */
    private static final long NEXT_ROUND_NANOS = TimeUnit.MILLISECONDS.toNanos(1);

    private final EventExecutor loop;
    private final long timeoutNanos;
    private final Runnable expired;

    private boolean waiting;
    private boolean lastLook;
    private long since;
    private Future<?> check;

    /**
     * @param timeoutNanos 0 or less is for ever
     * @param expired called on the loop when a request has stalled
     */
    RequestTimer(EventExecutor loop, long timeoutNanos, Runnable expired) {
        this.loop = loop;
        this.timeoutNanos = timeoutNanos;
        this.expired = expired;
    }

    /** A part of a head has come; the rest is due. */
    void awaitHead() {
        if (!waiting) {
            await();
        }
    }

    /** The body has got so far; more is due. */
    void awaitBody() {
        await();
    }

    private void await() {
        if (timeoutNanos > 0) {
            waiting = true;
            lastLook = false;
            since = System.nanoTime();
            if (check == null) {
                schedule(timeoutNanos);
            }
        }
    }

    /** The client owes nothing. The timer is left to run out: the next request would only start it again. */
    void rest() {
        waiting = false;
    }

    /** Nothing more will be awaited. */
    void cancel() {
        waiting = false;
        if (check != null) {
            check.cancel(false);
            check = null;
        }
    }

    private void schedule(long nanos) {
        check = loop.schedule(this::check, nanos, TimeUnit.NANOSECONDS);
    }

    private void check() {
        check = null;
        if (!waiting) {
            return;
        }
        long now = System.nanoTime();
        long left = since + timeoutNanos - now;
        if (left <= -STANDSTILL_NANOS) {
            since = now;
            left = timeoutNanos;
        }
        if (left > 0) {
            lastLook = false;
            schedule(left);
        } else if (!lastLook) {
            lastLook = true;
            schedule(NEXT_ROUND_NANOS);
        } else {
            waiting = false;
            expired.run();
        }
    }
}
