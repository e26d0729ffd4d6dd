package io.nsqd.net;

import io.netty.util.concurrent.EventExecutor;
import io.netty.util.concurrent.SingleThreadEventExecutor;
import io.nsqd.log.Logger;
import io.nsqd.log.LoggerFactory;
import io.nsqd.stats.Trouble;
import io.nsqd.stats.Troubles;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.stream.Collectors;

/**
 * The thread {@code nsqd-watch}: has each event loop that serves connections say that it is there, and counts, and logs with what it is
 * doing, one that does not: a call that blocks there holds up all its connections. Where the whole process stood still, no loop is to
 * blame. It rests while nothing is watched.
 */
final class LoopWatch implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(LoopWatch.class);

    private static final long ROUND_NANOS = TimeUnit.MILLISECONDS.toNanos(500);
    private static final long STALL_NANOS = TimeUnit.SECONDS.toNanos(1);
    private static final double NANOS = 1e9;

    /** Frames of a stack that say what a loop is doing. */
    private static final int FRAMES = 12;

    private final long roundNanos;
    private final long stallNanos;
    private final Map<Object, Group> groups = new ConcurrentHashMap<>();

    /**
     * Made with this object and not by who is the first to have something watched: a thread remembers who has made it, and that may be a
     * bundle that is to go. Guarded by this, as is all that follows.
     */
    private final Thread thread = new Thread(this::run, "nsqd-watch");

    private boolean started;
    private boolean closed;

    LoopWatch() {
        this(ROUND_NANOS, STALL_NANOS);
    }

    /**
     * @param roundNanos how often it looks
     * @param stallNanos how long a loop may take to answer
     */
    LoopWatch(long roundNanos, long stallNanos) {
        this.roundNanos = roundNanos;
        this.stallNanos = stallNanos;
        thread.setDaemon(true);
    }

    /** Loops of one name. */
    private record Group(List<Loop> loops, BooleanSupplier busy, Troubles troubles) {}

    /** One loop; but for the answer the watch's thread's alone. */
    private static final class Loop {
        private final EventExecutor executor;
        private boolean asked;
        private boolean stalled;
        private long askedAt;
        private volatile boolean answered;
        private volatile long answeredAt;

        Loop(EventExecutor executor) {
            this.executor = executor;
        }

        void ask(long now) {
            asked = true;
            stalled = false;
            askedAt = now;
            answered = false;
            executor.execute(() -> {
                answeredAt = System.nanoTime();
                answered = true;
            });
        }

        /** What its thread is doing. */
        String stack() {
            if (executor instanceof SingleThreadEventExecutor single) {
                return Arrays.stream(single.threadProperties().stackTrace())
                        .limit(FRAMES)
                        .map(StackTraceElement::toString)
                        .collect(Collectors.joining(" < "));
            }
            return "";
        }

        @Override
        public String toString() {
            return executor instanceof SingleThreadEventExecutor single
                    ? single.threadProperties().name()
                    : executor.toString();
        }
    }

    /**
     * Begins to watch loops.
     *
     * @param busy whether they serve anybody: else they are left in peace
     * @return ends it
     */
    Runnable watch(Iterable<EventExecutor> executors, BooleanSupplier busy, Troubles troubles) {
        Object key = new Object();
        List<Loop> loops = new ArrayList<>();
        executors.forEach(executor -> loops.add(new Loop(executor)));
        groups.put(key, new Group(loops, busy, troubles));
        begin();
        return () -> end(key);
    }

    private synchronized void begin() {
        if (!started && !closed) {
            started = true;
            thread.start();
        }
        notifyAll();
    }

    private synchronized void end(Object key) {
        groups.remove(key);
    }

    private void run() {
        while (awaitWork()) {
            long due = System.nanoTime() + roundNanos;
            if (!pauseUntil(due)) {
                return;
            }
            long now = System.nanoTime();
            try {
                round(now, now - due);
            } catch (RuntimeException | Error e) {
                LOG.error("NET: the watch of the event loops failed - {}", e.toString(), e);
            }
        }
    }

    /** Waits until something is watched; false when the watch is closed. */
    private synchronized boolean awaitWork() {
        try {
            while (groups.isEmpty() && !closed) {
                wait();
            }
            return !closed;
        } catch (InterruptedException e) {
            return false;
        }
    }

    /** Waits for the next round; false when the watch is closed. */
    private synchronized boolean pauseUntil(long due) {
        try {
            for (long left = due - System.nanoTime(); left > 0 && !closed; left = due - System.nanoTime()) {
                TimeUnit.NANOSECONDS.timedWait(this, left);
            }
            return !closed;
        } catch (InterruptedException e) {
            return false;
        }
    }

    /** @param late by how much the round has come too late */
    private void round(long now, long late) {
        boolean stoodStill = late >= stallNanos;
        if (stoodStill) {
            LOG.warn("NET: the process stood still for {} s", seconds(late));
            groups.values().stream().map(Group::troubles).distinct().forEach(troubles -> {
                troubles.count(Trouble.STANDSTILLS);
                troubles.add(Trouble.STANDSTILL_TIME, late);
            });
        }
        for (Group group : groups.values()) {
            for (Loop loop : group.loops()) {
                if (stoodStill) {
                    // What it owed before is not its fault.
                    loop.askedAt = now;
                }
                look(loop, group, now);
            }
        }
    }

    private void look(Loop loop, Group group, long now) {
        if (loop.asked && loop.answered) {
            loop.asked = false;
            if (loop.stalled) {
                long stood = loop.answeredAt - loop.askedAt;
                group.troubles().add(Trouble.LOOP_STALL_TIME, stood);
                LOG.warn("NET: {} goes on, after {} s", loop, seconds(stood));
            }
        } else if (loop.asked && !loop.stalled && now - loop.askedAt >= stallNanos) {
            loop.stalled = true;
            group.troubles().count(Trouble.LOOP_STALLS);
            LOG.warn("NET: {} stands still, and its connections with it: {}", loop, loop.stack());
        }
        if (!loop.asked && !loop.executor.isShuttingDown() && group.busy().getAsBoolean()) {
            loop.ask(now);
        }
    }

    private static String seconds(long nanos) {
        return String.format(Locale.ROOT, "%.1f", nanos / NANOS);
    }

    /** Watches nothing any more. */
    @Override
    public synchronized void close() {
        closed = true;
        groups.clear();
        notifyAll();
    }
}
