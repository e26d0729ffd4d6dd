package io.nsqd.core;

import io.nsqd.api.Errors;
import io.nsqd.core.disk.FileMetadataService;
import io.nsqd.spi.Metadata;
import io.nsqd.spi.MetadataService;
import java.io.IOException;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
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
final class MetadataSaver {
    private static final Logger LOG = LoggerFactory.getLogger(MetadataSaver.class);
    private static final long SAVE_SECONDS = 20;
    private static final long CLOSE_SECONDS = 60;
    private static final long MAX_REST_NANOS = TimeUnit.MILLISECONDS.toNanos(100);

    private final MetadataService service;
    private final Supplier<Metadata> snapshot;
    private final long saveSeconds;
    private final long closeSeconds;
    private final ScheduledExecutorService thread;
    private final AtomicBoolean pending = new AtomicBoolean();

    /** Until when it rests, a time of {@link System#nanoTime}. */
    private volatile long restedAt = System.nanoTime();

    /** Whether a save was given up waiting for, which has not come back yet. */
    private volatile boolean hung;

    /** The save of the stop. */
    private volatile Future<?> last = CompletableFuture.completedFuture(true);

    MetadataSaver(MetadataService service, Supplier<Metadata> snapshot) {
        this(service, snapshot, SAVE_SECONDS, CLOSE_SECONDS);
    }

    /**
     * @param saveSeconds how long a save by a plug-in's service is waited for
     * @param closeSeconds how long the last one is, once there is nothing else to be done
     */
    MetadataSaver(MetadataService service, Supplier<Metadata> snapshot, long saveSeconds, long closeSeconds) {
        this.service = service;
        this.snapshot = snapshot;
        this.saveSeconds = saveSeconds;
        this.closeSeconds = closeSeconds;
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
            LOG.error("failed to persist metadata - {}", Errors.describe(e));
        }
        long ended = System.nanoTime();
        restedAt = ended + Math.min(ended - begun, MAX_REST_NANOS);
    }

    /** Saves, and waits until it is done: for our own service as long as it takes, for one of a plug-in's not for ever. */
    void save() throws IOException {
        await(submit(), hung ? 0 : patience(saveSeconds));
    }

    /**
     * Saves as the daemon stops. Of a plug-in's service that is slow the messages need not wait for longer: they come next, and the
     * outcome is told by {@link #close}.
     */
    void saveLast() {
        last = submit();
        Patience.await(done(last), patience(saveSeconds));
    }

    private Future<?> submit() {
        try {
            return thread.submit(() -> {
                saveNow();
                return true;
            });
        } catch (RejectedExecutionException e) {
            return CompletableFuture.failedFuture(new IOException("the daemon has stopped", e));
        }
    }

    private long patience(long seconds) {
        return service instanceof FileMetadataService ? Patience.ENDLESS : seconds;
    }

    private void await(Future<?> save, long seconds) throws IOException {
        if (!Patience.await(done(save), seconds)) {
            hung = true;
            throw new IOException("save " + service.location() + ": the metadata service does not come back");
        }
        try {
            save.get();
        } catch (ExecutionException e) {
            throw e.getCause() instanceof IOException failure ? failure : new IOException(e.getCause());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted", e);
        }
    }

    private static Patience.Event done(Future<?> save) {
        return (time, unit) -> {
            try {
                save.get(time, unit);
            } catch (TimeoutException e) {
                return false;
            } catch (ExecutionException e) {
                return true;
            }
            return true;
        };
    }

    /** On this class's thread: one save at a time. */
    private void saveNow() throws IOException {
        try {
            LOG.info("NSQ: persisting topic/channel metadata to {}", service.location());
            service.save(snapshot.get());
        } catch (RuntimeException | Error e) {
            LOG.debug("the metadata service failed", e);
            throw new IOException(e.toString(), e);
        } finally {
            hung = false;
        }
    }

    /**
     * Ends, once the save in progress is done; a plug-in's that takes too long is left to itself. Nothing is interrupted: it might be
     * writing.
     *
     * @return why the last save did not succeed
     */
    Optional<IOException> close() {
        thread.shutdown();
        try {
            await(last, patience(closeSeconds));
            Patience.await(thread::awaitTermination, patience(closeSeconds));
            return Optional.empty();
        } catch (IOException e) {
            return Optional.of(e);
        }
    }
}
