package io.nsqd.net;

import io.netty.util.concurrent.EventExecutor;
import io.nsqd.log.Logger;
import io.nsqd.log.LoggerFactory;
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.Set;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;

/**
 * The memory that connections take for what they have begun to receive: a body may have megabytes, and of many connections that each
 * send one at the same time, the heap would be full before the first is complete. All connections of the process share one budget.
 *
 * <p>Where it is used up, a connection that wants more is not read from until others are done. A big array is asked for before it is
 * made: each of many connections would make one otherwise before it is told to wait. The body that was begun first may
 * always go on, so that something is always completed; if it has not, and nothing of it has come for a while in which others wait
 * for it, its connection is given up. Small bodies, and what is small of big ones, are not counted.
 */
public final class InputBudget {
    /** A connection may have so many bytes without being counted. */
    public static final int FREE_BYTES = 64 * 1024;

    private static final Logger LOG = LoggerFactory.getLogger(InputBudget.class);

    /** A heap in so many parts: what is being received may have one of them. */
    private static final int SHARE = 8;

    private static final long PATIENCE_SECONDS = 10;

    private static final InputBudget SHARED =
            new InputBudget(Runtime.getRuntime().maxMemory() / SHARE, TimeUnit.SECONDS.toNanos(PATIENCE_SECONDS));

    private final long limit;
    private final long patienceNanos;

    /** Those that are counted, the first first. Guarded by this, as is all that follows, and what is counted of each. */
    private final Set<Claim> claims = new LinkedHashSet<>();

    /** Those of them that are not to be read from. */
    private final Set<Claim> paused = new LinkedHashSet<>();

    private long used;
    private boolean watching;

    /**
     * @param limit bytes that all connections may take
     * @param patienceNanos after which one that sends nothing is given up, if others wait for it
     */
    InputBudget(long limit, long patienceNanos) {
        this.limit = limit;
        this.patienceNanos = patienceNanos;
    }

    /** That of the process: an eighth of the heap. */
    public static InputBudget shared() {
        return SHARED;
    }

    /** What one connection takes. Its methods are called on the connection's loop, and so are its listeners. */
    public final class Claim {
        private final EventExecutor loop;
        private final Runnable goOn;
        private final Runnable giveUp;
        private long counted;

        /** What it takes, once it may, beyond what is counted. */
        private long wanted;

        private long progress;

        private Claim(EventExecutor loop, Runnable goOn, Runnable giveUp) {
            this.loop = loop;
            this.goOn = goOn;
            this.giveUp = giveUp;
        }

        /**
         * Tells how much the connection takes now; to be called whenever some of an unfinished body has come, and, with 0, when it is
         * complete or the connection closed.
         *
         * @return whether the connection may be read from; if not, {@code goOn} is run when it may
         */
        public boolean takes(long bytes) {
            long now = bytes <= FREE_BYTES ? 0 : bytes;
            return isNothing(now) || count(this, now, false);
        }

        /**
         * Asks whether the connection may take so much. If it may, that is counted as taken.
         *
         * @param bytes all that it is going to take, for a moment or for longer
         * @return whether it may; if not, it has what it had, and is not to be read from before {@code goOn} is run, and it has asked again
         */
        public boolean mayTake(long bytes) {
            return isNothing(bytes) || bytes <= FREE_BYTES && counted == 0 || count(this, bytes, true);
        }

        /** The fields are written on this loop only. */
        private boolean isNothing(long bytes) {
            return bytes == 0 && counted == 0 && wanted == 0;
        }
    }

    /**
     * A connection's claim, which takes nothing yet.
     *
     * @param loop the connection's
     * @param goOn run when it may be read from again
     * @param giveUp run when it has to be closed, so that others can go on
     */
    public Claim claim(EventExecutor loop, Runnable goOn, Runnable giveUp) {
        return new Claim(loop, goOn, giveUp);
    }

    /** @param asks whether it is taken only where there is room for it */
    private boolean count(Claim claim, long bytes, boolean asks) {
        Claim next;
        boolean mayGoOn;
        synchronized (this) {
            long more = bytes - claim.counted;
            claim.progress = System.nanoTime();
            claim.wanted = 0;
            if (bytes == 0) {
                claims.remove(claim);
            } else {
                claims.add(claim);
            }
            mayGoOn = bytes == 0 || used + more <= limit || first() == claim;
            if (mayGoOn || !asks) {
                used += more;
                claim.counted = bytes;
            } else {
                claim.wanted = more;
            }
            if (mayGoOn) {
                paused.remove(claim);
            } else {
                paused.add(claim);
                watch(claim.loop);
            }
            next = nextPaused();
        }
        if (next != null) {
            run(next.loop, next.goOn);
        }
        return mayGoOn;
    }

    private Claim first() {
        return claims.isEmpty() ? null : claims.iterator().next();
    }

    /** Takes one out that may go on: each that does lets another. */
    private Claim nextPaused() {
        Claim next = first();
        if (next != null && paused.remove(next)) {
            return next;
        }
        Iterator<Claim> others = paused.iterator();
        while (used <= limit && others.hasNext()) {
            next = others.next();
            if (used + next.wanted <= limit) {
                others.remove();
                return next;
            }
        }
        return null;
    }

    private void watch(EventExecutor loop) {
        if (!watching) {
            try {
                var unused = loop.schedule(() -> look(loop), patienceNanos, TimeUnit.NANOSECONDS);
                watching = true;
            } catch (RejectedExecutionException e) {
                LOG.debug("the loop has ended, and its connections with it", e);
            }
        }
    }

    /** Gives up the one that everybody waits for, if it sends nothing. */
    private void look(EventExecutor loop) {
        Claim stalled = null;
        synchronized (this) {
            watching = false;
            if (paused.isEmpty()) {
                return;
            }
            Claim first = first();
            if (first != null && System.nanoTime() - first.progress >= patienceNanos) {
                stalled = first;
                LOG.warn(
                        "NET: a connection that has sent {} bytes of a body, and no more for a while, is closed: {} others wait for memory",
                        first.counted,
                        paused.size());
            }
            watch(loop);
        }
        if (stalled != null) {
            run(stalled.loop, stalled.giveUp);
        }
    }

    private static void run(EventExecutor loop, Runnable task) {
        try {
            loop.execute(task);
        } catch (RejectedExecutionException e) {
            LOG.debug("the loop has ended, and its connections with it", e);
        }
    }

    /** What all connections take. */
    synchronized long used() {
        return used;
    }
}
