package io.nsqd.bookkeeper;

import io.nsqd.log.Logger;
import io.nsqd.log.LoggerFactory;
import io.nsqd.spi.OutOfMemory;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;

/**
 * What is asked of BookKeeper's client: decided under a lock, and done in the same order once whoever decided has let go of it. Nothing
 * that is done may wait.
 *
 * <p>It is done by a thread of the bundle's own. The client keeps objects for each thread that calls it, and those of event loops outlive
 * the bundle: what was kept there would keep all of it.
 */
final class Errands {
    private static final Logger LOG = LoggerFactory.getLogger(Errands.class);

    private final Executor executor;
    private List<Runnable> errands = new ArrayList<>();
    private boolean running;

    /** @param executor one thread, which others may share */
    Errands(Executor executor) {
        this.executor = executor;
    }

    /** Any thread, under any lock. */
    synchronized void add(Runnable errand) {
        errands.add(errand);
    }

    /** Has done what was added before, unless that is about to be done anyway. Any thread. */
    void run() {
        if (begins()) {
            try {
                executor.execute(this::doAll);
            } catch (RejectedExecutionException e) {
                LOG.debug("the node has left the cluster", e);
                end();
            }
        }
    }

    private synchronized boolean begins() {
        boolean begins = !running && !errands.isEmpty();
        running |= begins;
        return begins;
    }

    /** Does what there is now; what comes meanwhile has its turn after that of others. */
    private void doAll() {
        for (Runnable errand : take()) {
            try {
                errand.run();
            } catch (RuntimeException | Error e) {
                OutOfMemory.check(e);
                LOG.error("BOOKKEEPER: {}", e.toString(), e);
            }
        }
        end();
        run();
    }

    private synchronized List<Runnable> take() {
        List<Runnable> taken = errands;
        errands = new ArrayList<>();
        return taken;
    }

    private synchronized void end() {
        running = false;
    }
}
