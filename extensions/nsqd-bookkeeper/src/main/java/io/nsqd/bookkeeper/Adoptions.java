package io.nsqd.bookkeeper;

import io.nsqd.api.Errors;
import io.nsqd.log.Logger;
import io.nsqd.log.LoggerFactory;
import io.nsqd.spi.Adopter;
import io.nsqd.spi.OutOfMemory;
import java.io.IOException;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;

/**
 * Looks for what nodes have left that are gone, and has this daemon adopt it. Whoever makes the lock is elected; it goes with his session.
 * One estate at a time, on the thread {@code nsqd-adopt}.
 */
final class Adoptions implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Adoptions.class);

    /** How often it is looked without anybody's having said that there is something. */
    private static final long LOOK_MILLIS = 1000;

    private static final long PROGRESS_NANOS = TimeUnit.SECONDS.toNanos(5);

    private final ClusterRun run;
    private final Adopter adopter;
    private final Semaphore news = new Semaphore(1);
    private final Thread thread = new Thread(this::live, "nsqd-adopt");
    private volatile boolean closing;
    private volatile Current current = new Current("", new Adopter.Adopted(0, 0, 0));
    private volatile long estates;
    private volatile long messages;
    private volatile String failure = "";
    private long toldAt;

    /** What is being adopted: an estate, or the empty text, and how far it is. */
    record Current(String estate, Adopter.Adopted progress) {}

    Adoptions(ClusterRun run, Adopter adopter) {
        this.run = run;
        this.adopter = adopter;
        thread.start();
    }

    Current current() {
        return current;
    }

    /** Estates that were adopted. */
    long estates() {
        return estates;
    }

    /** Messages that were. */
    long messages() {
        return messages;
    }

    /** Why an adoption does not go on; empty where none has failed. */
    String failure() {
        return failure;
    }

    private void live() {
        while (!closing) {
            try {
                look();
            } catch (IOException e) {
                LOG.debug("the lease will tell", e);
            } catch (RuntimeException | Error e) {
                OutOfMemory.check(e);
                LOG.error("ADOPT: failed to look for what is left - {}", e.toString(), e);
            }
            rest();
        }
    }

    private void rest() {
        try {
            if (news.tryAcquire(LOOK_MILLIS, TimeUnit.MILLISECONDS)) {
                news.drainPermits();
            }
        } catch (InterruptedException e) {
            LOG.debug("interrupted", e);
        }
    }

    private void look() throws IOException {
        run.znodes().children(Estates.NODES, event -> news.release());
        for (String estate : run.znodes().children(Estates.ESTATES, event -> news.release())) {
            if (!closing && !estate.equals(run.estate()) && run.membership().holds()) {
                tryToAdopt(estate);
            }
        }
    }

    private void tryToAdopt(String estate) throws IOException {
        if (!run.estates().begin(estate, run.settings().node())) {
            return;
        }
        try {
            adopt(estate);
            failure = "";
        } catch (IOException e) {
            String why = Errors.describe(e);
            if (!closing && !why.equals(failure)) {
                LOG.error("ADOPT({}): cannot go on, and will try again - {}", estate, why);
            }
            failure = closing ? "" : why;
            run.estates().letGo(estate);
        } finally {
            current = new Current("", new Adopter.Adopted(0, 0, 0));
        }
    }

    @SuppressWarnings("NonAtomicVolatileUpdate")
    private void adopt(String estate) throws IOException {
        long begun = System.nanoTime();
        LOG.info("ADOPT({}): its node is gone, and this one takes over what it has left", estate);
        LedgerEstate left = LedgerEstate.open(run, estate);
        boolean deleted = false;
        try {
            toldAt = System.nanoTime();
            Adopter.Adopted all = adopter.adopt(left, sofar -> progress(estate, sofar));
            left.delete();
            deleted = true;
            estates++;
            messages += all.messages();
            LOG.info(
                    "ADOPT({}): {} messages, {} bytes, in {} ms",
                    estate,
                    all.messages(),
                    all.bytes(),
                    TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - begun));
        } finally {
            if (!deleted) {
                left.close();
            }
        }
    }

    private void progress(String estate, Adopter.Adopted sofar) throws IOException {
        current = new Current(estate, sofar);
        if (closing || !run.membership().holds()) {
            throw new IOException("this node stops, another one goes on");
        }
        if (System.nanoTime() - toldAt > PROGRESS_NANOS) {
            toldAt = System.nanoTime();
            LOG.info(
                    "ADOPT({}): {} messages, {} bytes, {} messages to go",
                    estate,
                    sofar.messages(),
                    sofar.bytes(),
                    sofar.left());
        }
    }

    /** Ends after the piece that is under way. */
    @Override
    public void close() {
        closing = true;
        news.release();
        boolean interrupted = false;
        while (thread.isAlive()) {
            try {
                thread.join();
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
