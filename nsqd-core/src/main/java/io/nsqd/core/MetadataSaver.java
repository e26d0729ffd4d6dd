package io.nsqd.core;

import io.nsqd.spi.Metadata;
import io.nsqd.spi.MetadataService;
import java.io.IOException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Saves the metadata whenever a topic or channel comes, goes or is paused (B-31). Saves that are asked for while one waits
 * are one save: a thousand new topics do not cost a thousand fsyncs. And after a save it rests for as long as that took, so
 * that ten thousand leave half of the time to others.
 */
final class MetadataSaver implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(MetadataSaver.class);
    private static final long SAVE_SECONDS = 20;
    private static final long CLOSE_SECONDS = 30;
    private static final long MAX_REST_NANOS = TimeUnit.MILLISECONDS.toNanos(100);

    private final MetadataService service;
    private final Supplier<Metadata> snapshot;
    private final ScheduledExecutorService thread;
    private final AtomicBoolean pending = new AtomicBoolean();

    /** Until when it rests, a time of {@link System#nanoTime}. */
    private volatile long restedAt = System.nanoTime();

    /** Whether a save was given up waiting for. */
    private volatile boolean hung;

    MetadataSaver(MetadataService service, Supplier<Metadata> snapshot) {
        this.service = service;
        this.snapshot = snapshot;
        thread = Executors.newSingleThreadScheduledExecutor(task -> new Thread(task, "nsqd-metadata"));
    }

    /** Asks for a save and returns at once. */
    void saveSoon() {
        if (pending.compareAndSet(false, true)) {
            try {
                thread.schedule(this::savePending, restedAt - System.nanoTime(), TimeUnit.NANOSECONDS);
            } catch (RejectedExecutionException e) {
                // The daemon stops, and saves at the end.
                pending.set(false);
            }
        }
    }

    private void savePending() {
        pending.set(false);
        long begun = System.nanoTime();
        try {
            saveNow();
        } catch (IOException e) {
            LOG.error("failed to persist metadata - {}", e.getMessage());
        }
        long ended = System.nanoTime();
        restedAt = ended + Math.min(ended - begun, MAX_REST_NANOS);
    }

    /** Saves, and waits until it is done; not for ever, as a service that hangs must not keep the messages from the disk. */
    void save() throws IOException {
        try {
            thread.submit(() -> {
                        saveNow();
                        return true;
                    })
                    .get(hung ? 0 : SAVE_SECONDS, TimeUnit.SECONDS);
        } catch (ExecutionException e) {
            throw e.getCause() instanceof IOException failure ? failure : new IOException(e.getCause());
        } catch (TimeoutException e) {
            hung = true;
            throw new IOException("not saved after " + SAVE_SECONDS + " seconds", e);
        } catch (RejectedExecutionException e) {
            throw new IOException("the daemon has stopped", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted", e);
        }
    }

    /** On this class's thread: one save at a time. */
    private void saveNow() throws IOException {
        try {
            LOG.info("NSQ: persisting topic/channel metadata to {}", service.location());
            service.save(snapshot.get());
        } catch (RuntimeException | Error e) {
            LOG.debug("the metadata service failed", e);
            throw new IOException(e.toString(), e);
        }
    }

    @Override
    public void close() {
        if (hung) {
            thread.shutdownNow();
            return;
        }
        thread.shutdown();
        try {
            if (!thread.awaitTermination(CLOSE_SECONDS, TimeUnit.SECONDS)) {
                LOG.warn("NSQ: metadata are still being saved after {} seconds", CLOSE_SECONDS);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
