package io.nsqd.core;

import io.nsqd.api.Errors;
import io.nsqd.core.disk.FileMetadataService;
import io.nsqd.log.Logger;
import io.nsqd.log.LoggerFactory;
import io.nsqd.spi.Metadata;
import io.nsqd.spi.MetadataService;
import io.nsqd.spi.OutOfMemory;
import io.nsqd.stats.Trouble;
import io.nsqd.stats.Troubles;
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

    /** How long it rests after a save that did not work. */
    private static final long RETRY_NANOS = TimeUnit.MILLISECONDS.toNanos(500);

    private final MetadataService service;
    private final Supplier<Metadata> snapshot;
    private final Troubles troubles;
    private final long saveSeconds;
    private final long closeSeconds;
    private final ScheduledExecutorService thread;
    private final AtomicBoolean pending = new AtomicBoolean();

    /** Until when it rests, a time of {@link System#nanoTime}. */
    private volatile long restedAt = System.nanoTime();

    /** Why the last save did not work; written by the thread alone. */
    private volatile String failure = "";

    private volatile Runnable changed = () -> {};

    /** Whether a save was given up waiting for, which has not come back yet. */
    private volatile boolean hung;

    /** The save of the stop. */
    private volatile Future<?> last = CompletableFuture.completedFuture(true);

    MetadataSaver(MetadataService service, Supplier<Metadata> snapshot, Troubles troubles) {
        this(service, snapshot, troubles, SAVE_SECONDS, CLOSE_SECONDS);
    }

    /**
     * @param saveSeconds how long a save by a plug-in's service is waited for
     * @param closeSeconds how long the last one is, once there is nothing else to be done
     */
    MetadataSaver(
            MetadataService service,
            Supplier<Metadata> snapshot,
            Troubles troubles,
            long saveSeconds,
            long closeSeconds) {
        this.service = service;
        this.snapshot = snapshot;
        this.troubles = troubles;
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
            restedAt = System.nanoTime() + Math.min(System.nanoTime() - begun, MAX_REST_NANOS);
        } catch (IOException e) {
            // What was not saved is not forgotten, also when nothing else happens that would be saved.
            restedAt = System.nanoTime() + RETRY_NANOS;
            saveSoon();
        }
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
        if (failure.isEmpty()) {
            LOG.info("NSQ: persisting topic/channel metadata to {}", service.location());
        }
        try {
            service.save(snapshot.get());
            worked();
        } catch (IOException e) {
            failed(e);
            throw e;
        } catch (RuntimeException | Error e) {
            OutOfMemory.check(e);
            LOG.debug("the metadata service failed", e);
            failed(e);
            throw new IOException(e.toString(), e);
        } finally {
            hung = false;
        }
    }

    private void worked() {
        if (!failure.isEmpty()) {
            LOG.info("NSQ: the metadata are saved again, after: {}", failure);
            failure = "";
            changed.run();
        }
    }

    /** What is wrong is said when it begins or changes, and not each time that it is tried again. */
    private void failed(Throwable cause) {
        troubles.count(Trouble.METADATA_FAILURES);
        String now = Errors.describe(cause);
        if (!now.equals(failure)) {
            LOG.error("failed to persist metadata - {}", now);
        }
        failure = now;
        changed.run();
    }

    /** Who is told that saving has begun to fail, or works again; on the saver's thread. */
    void onChange(Runnable told) {
        changed = told;
    }

    /** Why the metadata could not be saved the last time; empty when they were. Any thread. */
    String failure() {
        return failure;
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
