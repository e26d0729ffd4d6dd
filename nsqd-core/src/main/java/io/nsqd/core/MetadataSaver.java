package io.nsqd.core;

import io.nsqd.spi.Metadata;
import io.nsqd.spi.MetadataService;
import java.io.IOException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Saves the metadata whenever a topic or channel comes, goes or is paused (B-31). Saves that are asked for while one waits
 * are one save: a thousand new topics do not cost a thousand fsyncs.
 */
final class MetadataSaver implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(MetadataSaver.class);
    private static final long CLOSE_SECONDS = 30;

    private final MetadataService service;
    private final Supplier<Metadata> snapshot;
    private final ExecutorService thread;
    private final AtomicBoolean pending = new AtomicBoolean();

    MetadataSaver(MetadataService service, Supplier<Metadata> snapshot) {
        this.service = service;
        this.snapshot = snapshot;
        thread = Executors.newSingleThreadExecutor(task -> new Thread(task, "nsqd-metadata"));
    }

    /** Asks for a save and returns at once. */
    void saveSoon() {
        if (pending.compareAndSet(false, true)) {
            try {
                thread.execute(this::savePending);
            } catch (RejectedExecutionException e) {
                // The daemon stops, and saves at the end.
                pending.set(false);
            }
        }
    }

    private void savePending() {
        pending.set(false);
        try {
            save();
        } catch (IOException e) {
            LOG.error("failed to persist metadata - {}", e.getMessage());
        }
    }

    /** Saves now. */
    synchronized void save() throws IOException {
        LOG.info("NSQ: persisting topic/channel metadata to {}", service.location());
        service.save(snapshot.get());
    }

    @Override
    public void close() {
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
