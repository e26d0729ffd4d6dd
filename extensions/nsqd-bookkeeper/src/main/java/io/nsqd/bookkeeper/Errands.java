package io.nsqd.bookkeeper;

import io.nsqd.log.Logger;
import io.nsqd.log.LoggerFactory;
import java.util.ArrayDeque;
import java.util.Queue;

/**
 * What is asked of BookKeeper's client: decided under a lock, and done in the same order once whoever decided has let go of it. Nothing
 * that is done may wait.
 */
final class Errands {
    private static final Logger LOG = LoggerFactory.getLogger(Errands.class);

    private final Queue<Runnable> errands = new ArrayDeque<>();
    private boolean running;

    /** Any thread, under any lock. */
    synchronized void add(Runnable errand) {
        errands.add(errand);
    }

    /** Does what was added before, unless another thread, or the caller further up, is about to. Any thread, without a lock. */
    void run() {
        for (Runnable next = begin(); next != null; next = begin()) {
            try {
                next.run();
            } catch (RuntimeException e) {
                LOG.error("BOOKKEEPER: {}", e.toString(), e);
            } finally {
                end();
            }
        }
    }

    private synchronized Runnable begin() {
        Runnable next = running ? null : errands.poll();
        running |= next != null;
        return next;
    }

    private synchronized void end() {
        running = false;
    }
}
