package io.nsqd.core.journal.file;

import io.nsqd.log.Logger;
import io.nsqd.log.LoggerFactory;
import io.nsqd.spi.OutOfMemory;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * The thread {@code nsqd-journal-sync}, which forces what was appended: what has come while it waits for the disk is forced together
 * next. Nobody interrupts it.
 */
final class JournalSync {
    private static final Logger LOG = LoggerFactory.getLogger(JournalSync.class);

    /** How long something is left unforced for which nobody waits. */
    static final long PATIENCE_NANOS = TimeUnit.SECONDS.toNanos(1);

    private final FileJournal journal;
    private final Thread thread = new Thread(this::run, "nsqd-journal-sync");
    private volatile boolean stopping;

    /**
     * What is forced together.
     *
     * @param segments in which something is not durable
     * @param cause why it cannot be, where that is known; else {@code null}
     * @param epoch of what was appended last
     * @param sequence of what was appended last
     * @param done completed when it is durable, or never will be
     * @param trimmed segments that can be deleted then
     */
    record Commit(
            List<Segment> segments,
            IOException cause,
            int epoch,
            long sequence,
            CompletableFuture<Void> done,
            List<Stored> trimmed) {}

    JournalSync(FileJournal journal) {
        this.journal = journal;
    }

    void start() {
        thread.start();
    }

    /** There is something to do. Any thread. */
    void wake() {
        LockSupport.unpark(thread);
    }

    private void run() {
        while (true) {
            // What came before the stop is forced before the end.
            boolean last = stopping;
            if (journal.isCommitDue(last)) {
                try {
                    commit();
                } catch (RuntimeException | Error e) {
                    // A listener's, say: those that wait for the disk still have to be served.
                    OutOfMemory.check(e);
                    LOG.error("JOURNAL: {}", e.toString(), e);
                }
            } else if (last) {
                return;
            } else {
                LockSupport.parkNanos(this, PATIENCE_NANOS);
            }
        }
    }

    private void commit() {
        Commit commit = journal.begin();
        int failing = 0;
        long start = System.nanoTime();
        try {
            if (commit.cause() != null) {
                throw commit.cause();
            }
            for (Segment segment : commit.segments()) {
                segment.force();
                failing++;
            }
        } catch (IOException | RuntimeException | Error e) {
            OutOfMemory.check(e);
            journal.failed(commit, failing, e, System.nanoTime() - start);
            return;
        }
        journal.committed(commit);
    }

    /** Has everything forced that was appended, and ends. Waits for the disk. */
    void close() {
        stopping = true;
        wake();
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
