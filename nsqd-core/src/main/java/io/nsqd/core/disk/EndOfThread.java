package io.nsqd.core.disk;

import java.util.concurrent.ExecutorService;
import java.util.concurrent.TimeUnit;

/** The end of a thread that waits for the disk: it is not interrupted, as that would close its files. */
public final class EndOfThread {
    /** How often a stop that waits for the disk says so. */
    private static final long PROGRESS_SECONDS = 5;

    private EndOfThread() {}

    /**
     * Waits for what is under way, however long that takes: it is somebody's messages. Who is interrupted meanwhile is so afterwards.
     *
     * @param thread is shut down
     * @param progress run every five seconds in which it has not ended
     */
    public static void await(ExecutorService thread, Runnable progress) {
        thread.shutdown();
        boolean interrupted = false;
        boolean done = false;
        while (!done) {
            try {
                done = thread.awaitTermination(PROGRESS_SECONDS, TimeUnit.SECONDS);
                if (!done) {
                    progress.run();
                }
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
