package io.nsqd.console;

import io.nsqd.api.Errors;
import io.nsqd.log.Logger;
import io.nsqd.log.LoggerFactory;
import io.nsqd.spi.OutOfMemory;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.BiConsumer;

/**
 * Changes what the page itself stands on, one thing at a time, on a thread that outlives that: nobody waits for it, and what became of it is
 * in the log and the audit log.
 */
final class BackgroundChange {
    private static final Logger LOG = LoggerFactory.getLogger(BackgroundChange.class);

    private final AtomicBoolean busy = new AtomicBoolean();
    private final BiConsumer<String, String> audit;

    /** @param audit told what was changed, and what became of it */
    BackgroundChange(BiConsumer<String, String> audit) {
        this.audit = audit;
        // What is called when the bundle is another already must have been loaded before.
        noteLoaded(new Refusal(200, "", ""));
    }

    /** A change. */
    @FunctionalInterface
    interface Change {
        /** @throws Refusal when it was not made */
        void make() throws Refusal;
    }

    private static void noteLoaded(Refusal any) {
        LOG.debug("CONSOLE: ready to change bundles{}", any.getMessage());
    }

    /** @throws Refusal when another is under way */
    void run(String what, Change change) throws Refusal {
        if (!busy.compareAndSet(false, true)) {
            throw new Refusal(409, "BUSY", "another bundle is just being changed");
        }
        // Not at once, so that the answer is on its way.
        Thread thread = new Thread(() -> make(what, change), "nsqd-console-change");
        thread.setDaemon(true);
        thread.start();
    }

    private void make(String what, Change change) {
        String outcome = "ok";
        try {
            Thread.sleep(200);
            change.make();
        } catch (Refusal e) {
            outcome = e.getMessage();
        } catch (InterruptedException e) {
            outcome = "interrupted";
            Thread.currentThread().interrupt();
        } catch (RuntimeException | Error e) {
            OutOfMemory.check(e);
            outcome = Errors.describe(e);
        }
        busy.set(false);
        audit.accept(what, outcome);
    }
}
