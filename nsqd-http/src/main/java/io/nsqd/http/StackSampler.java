package io.nsqd.http;

import java.util.Map;
import java.util.TreeMap;
import java.util.function.Consumer;

/** Samples the stacks of running threads, one profile at a time, on a thread of its own (H-73). */
final class StackSampler {
    /** Often enough for a profile, seldom enough not to be one's own hot spot. */
    private static final long INTERVAL_MILLIS = 10;

    private Thread running;

    /**
     * Starts a profile.
     *
     * @param done gets the samples per stack, on the sampler's thread
     * @return whether it could start: no other may be under way
     */
    synchronized boolean start(int seconds, Consumer<Map<String, Integer>> done) {
        if (running != null) {
            return false;
        }
        running = new Thread(() -> run(seconds, done), "nsqd-http-profile");
        running.setDaemon(true);
        running.start();
        return true;
    }

    private void run(int seconds, Consumer<Map<String, Integer>> done) {
        Map<String, Integer> stacks = new TreeMap<>();
        long end = System.nanoTime() + seconds * 1_000_000_000L;
        try {
            while (System.nanoTime() - end < 0) {
                sample(stacks);
                Thread.sleep(INTERVAL_MILLIS);
            }
        } catch (InterruptedException e) {
            // Closed: what there is goes out.
            Thread.currentThread().interrupt();
        } finally {
            synchronized (this) {
                running = null;
            }
            done.accept(stacks);
        }
    }

    private static void sample(Map<String, Integer> stacks) {
        Thread self = Thread.currentThread();
        Thread.getAllStackTraces().forEach((thread, frames) -> {
            if (thread != self && thread.getState() == Thread.State.RUNNABLE && frames.length > 0) {
                stacks.merge(collapse(thread, frames), 1, Integer::sum);
            }
        });
    }

    private static String collapse(Thread thread, StackTraceElement[] frames) {
        StringBuilder stack =
                new StringBuilder(thread.getName().replace(';', ',').replace(' ', '_'));
        for (int i = frames.length - 1; i >= 0; i--) {
            stack.append(';').append(frames[i].getClassName()).append('.').append(frames[i].getMethodName());
        }
        return stack.toString();
    }

    /** Cuts a profile short and waits for its thread. */
    void close() throws InterruptedException {
        Thread sampling;
        synchronized (this) {
            sampling = running;
        }
        if (sampling != null) {
            sampling.interrupt();
            sampling.join();
        }
    }
}
