package io.nsqd.launcher;

import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.osgi.framework.BundleException;

/** A call of a bundle's activator, on a thread of its own: nobody has to wait until it comes back. Used by one thread. */
final class ActivatorCall {
    /** What calls an activator. */
    @FunctionalInterface
    interface Task {
        void run() throws BundleException;
    }

    private final FutureTask<Boolean> task;
    private final Thread thread;
    private final long seconds;
    private final long begun = System.nanoTime();
    private boolean overdue;

    private ActivatorCall(String name, Task called, long seconds) {
        this.seconds = seconds;
        task = new FutureTask<>(() -> {
            called.run();
            return true;
        });
        thread = new Thread(task, name);
        thread.setDaemon(true);
    }

    /**
     * Begins one.
     *
     * @param name the thread's
     * @param seconds how long it may take
     */
    static ActivatorCall begin(String name, Task called, long seconds) {
        ActivatorCall call = new ActivatorCall(name, called, seconds);
        call.thread.start();
        return call;
    }

    /**
     * Waits for its end.
     *
     * @return whether it has come back
     * @throws BundleException with what it has thrown
     */
    boolean await(long millis) throws BundleException, InterruptedException {
        try {
            return task.get(millis, TimeUnit.MILLISECONDS);
        } catch (TimeoutException e) {
            return false;
        } catch (ExecutionException e) {
            throw e.getCause() instanceof BundleException failure
                    ? failure
                    : new BundleException("failed", e.getCause());
        }
    }

    /** Whether it takes longer than it may: from now on, for the first time, which is to be said. */
    boolean becomesOverdue() {
        boolean late = !overdue && System.nanoTime() - begun > TimeUnit.SECONDS.toNanos(seconds);
        overdue |= late;
        return late;
    }

    /** Whether it takes longer than it may, and is waited for no more. */
    boolean isOverdue() {
        return overdue;
    }

    /** How long it may take. */
    long seconds() {
        return seconds;
    }

    /** Asks it to come back. */
    void interrupt() {
        thread.interrupt();
    }
}
