package io.nsqd.core.disk;

import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * Tries again, after a moment, what a queue could not do, and finds out what it can do again when nobody asks it to. On the
 * sync thread, and with no lock of the queue.
 */
final class DiskRetry {
    private final DiskQueueFactory factory;
    private final DiskFiles files;
    private final Runnable task;
    private final AtomicBoolean scheduled = new AtomicBoolean();

    /** @param task tries everything again that does not work */
    DiskRetry(DiskQueueFactory factory, DiskFiles files, Runnable task) {
        this.factory = factory;
        this.files = files;
        this.task = task;
    }

    /** Has the task run in a moment; once, however often it is asked for. Any thread. */
    void later() {
        if (scheduled.compareAndSet(false, true) && !factory.sync().schedule(this::run, factory.retryNanos())) {
            scheduled.set(false);
        }
    }

    private void run() {
        scheduled.set(false);
        try {
            task.run();
        } catch (RuntimeException | Error e) {
            // What it did not get to is not forgotten.
            later();
            throw e;
        }
    }

    /**
     * Whether a queue can be added to; if not, it is tried again.
     *
     * @param number the file that is being written, or {@link DiskFiles#NO_FILE}
     */
    boolean canWrite(long number) {
        try {
            factory.probe();
            if (number != DiskFiles.NO_FILE) {
                files.openForWriting(number).release();
            }
            return true;
        } catch (NoSuchFileException e) {
            // The next append goes to a file of its own, where there is a directory for it.
            return files.directoryIsThere() || again();
        } catch (IOException e) {
            return again();
        }
    }

    /** Whether the reader can go on at a position of a file, be it behind it; if not, it is tried again. */
    boolean canRead(long number, long position) {
        try {
            files.tryToRead(number, position);
            return true;
        } catch (NoSuchFileException e) {
            return files.directoryIsThere() || again();
        } catch (IOException e) {
            return again();
        }
    }

    private boolean again() {
        later();
        return false;
    }
}
