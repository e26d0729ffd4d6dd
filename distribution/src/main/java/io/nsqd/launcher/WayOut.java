package io.nsqd.launcher;

import java.util.concurrent.atomic.AtomicInteger;

/**
 * The process's one way out, whatever the occasion: a signal, a fatal error, an end by itself (O-60 to O-64). It is the JVM's shutdown
 * hook, which halts with the exit code; a JVM that ends by a signal would else exit with 128 and the signal's number. Further signals
 * find the hook running and do nothing. See docs/decisions/one-way-out.md.
 *
 * <p>Any thread.
 */
final class WayOut {
    /** What a shell sees of a process that TERM has killed. */
    private static final int KILLED = 128 + 15;

    private final Thread hook = new Thread(this::take, "nsqd-shutdown");
    private final AtomicInteger exitCode = new AtomicInteger();

    /** What is to be done on the way; guarded by this. */
    private Runnable stop = () -> {};

    /** Whether somebody is on the way; guarded by this. */
    private boolean taken;

    private WayOut() {}

    /** Opens it: as early as can be, as a signal may come at any time. */
    static WayOut open() {
        WayOut out = new WayOut();
        try {
            Runtime.getRuntime().addShutdownHook(out.hook);
        } catch (IllegalStateException e) {
            // A signal was earlier still, and the JVM ends as it does then.
            out.taken = true;
        }
        return out;
    }

    /** Closes it: a signal ends the process at once, and not as if all were well. */
    void close() {
        exitCode.set(KILLED);
        try {
            Runtime.getRuntime().removeShutdownHook(hook);
        } catch (IllegalStateException e) {
            // Somebody is on the way already.
        }
    }

    /** What is started, and how that is stopped again. */
    interface Start {
        Runnable run() throws StartException;
    }

    /**
     * Starts something that is to be stopped on the way out. Whoever takes the way meanwhile waits for that.
     *
     * @return whether it was started: not so when somebody is on the way already
     */
    synchronized boolean leadsThrough(Start start) throws StartException {
        if (!taken) {
            stop = start.run();
        }
        return !taken;
    }

    /**
     * Makes the exit code that of a fatal error.
     *
     * @return whether it was the first; the first counts
     */
    boolean fail() {
        return exitCode.compareAndSet(0, StartException.FATAL);
    }

    /** Goes out with the exit code so far. */
    void go() {
        System.exit(exitCode.get());
    }

    /** Goes out with an exit code. */
    void go(int code) {
        exitCode.set(code);
        go();
    }

    private void take() {
        Runnable last;
        synchronized (this) {
            taken = true;
            last = stop;
        }
        try {
            last.run();
        } finally {
            Runtime.getRuntime().halt(exitCode.get());
        }
    }
}
