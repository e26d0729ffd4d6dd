package io.nsqd.http;

import java.util.Map;
import java.util.TreeMap;
import java.util.function.Consumer;

/** Samples the stacks of running threads, one profile at a time (H-73). */
final class StackSampler {
    /** Often enough for a profile, seldom enough not to be one's own hot spot. */
    private static final long INTERVAL_MILLIS = 10;

    private final OneJob job;

    StackSampler(OneJob job) {
        this.job = job;
    }

    /**
     * Starts a profile.
     *
     * @param done gets the samples per stack, on the job's thread; those there are when it is cut short
     * @return whether it could start: no other may be under way
     */
    boolean start(int seconds, Consumer<Map<String, Integer>> done) {
        return job.start(() -> run(seconds, done));
    }

    private static void run(int seconds, Consumer<Map<String, Integer>> done) throws InterruptedException {
        Map<String, Integer> stacks = new TreeMap<>();
        long end = System.nanoTime() + seconds * 1_000_000_000L;
        try {
            while (System.nanoTime() - end < 0) {
                sample(stacks);
                Thread.sleep(INTERVAL_MILLIS);
            }
        } finally {
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
}
