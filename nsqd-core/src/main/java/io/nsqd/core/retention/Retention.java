package io.nsqd.core.retention;

import io.nsqd.api.Errors;
import io.nsqd.core.disk.FileCalls;
import io.nsqd.log.Logger;
import io.nsqd.log.LoggerFactory;
import io.nsqd.spi.OutOfMemory;
import io.nsqd.stats.Troubles;
import java.io.IOException;
import java.nio.LongBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/**
 * What the topics of a daemon retain, in the directory {@code retained} of the data path, and the thread {@code nsqd-retention}, on which
 * all of that happens that waits for the disk. Where nothing is retained there is neither.
 */
public final class Retention {
    private static final Logger LOG = LoggerFactory.getLogger(Retention.class);

    /** The directory, beside Go's files. */
    public static final String DIRECTORY = "retained";

    /** How a topic's directory ends: a topic may be called {@code ..}. */
    private static final String SUFFIX = ".topic";

    /** How the name of a file ends that says how far a rewind has come. */
    static final String REWIND_SUFFIX = ".rewind";

    private static final long TIDY_MILLIS = 1000;
    private static final long STOP_SECONDS = 60;

    private final Path directory;
    private final Troubles troubles;
    private final LongSupplier epochNanos;
    private final Map<String, RetainedLog> logs = new ConcurrentHashMap<>();
    private final List<Rewind> rewinds = new CopyOnWriteArrayList<>();

    /** Whether an earlier run has retained something, of whatever topic. */
    private final boolean left;

    private ScheduledThreadPoolExecutor thread;
    private boolean closed;

    /**
     * Nothing is touched before something is to be retained.
     *
     * @param dataPath the daemon's
     * @param epochNanos the time of day
     */
    public Retention(Path dataPath, Troubles troubles, LongSupplier epochNanos) {
        directory = dataPath.resolve(DIRECTORY);
        this.troubles = troubles;
        this.epochNanos = epochNanos;
        left = Files.isDirectory(directory);
    }

    /** A thread only once there is something to do. */
    private synchronized ScheduledThreadPoolExecutor thread() {
        if (closed) {
            throw new RejectedExecutionException("the daemon stops");
        }
        if (thread == null) {
            thread = new ScheduledThreadPoolExecutor(1, task -> new Thread(task, "nsqd-retention"));
            thread.setExecuteExistingDelayedTasksAfterShutdownPolicy(false);
            thread.setContinueExistingPeriodicTasksAfterShutdownPolicy(false);
            thread.scheduleWithFixedDelay(this::tidy, TIDY_MILLIS, TIDY_MILLIS, TimeUnit.MILLISECONDS);
        }
        return thread;
    }

    private void tidy() {
        for (RetainedLog log : logs.values()) {
            try {
                log.tidy(epochNanos.getAsLong());
            } catch (RuntimeException | Error e) {
                OutOfMemory.check(e);
                LOG.error("{}: failed to look after what is retained - {}", log, e.toString(), e);
            }
        }
    }

    private Path directoryOf(String topic) {
        return directory.resolve(topic + SUFFIX);
    }

    // ---- topics

    /** What an earlier run has left of a topic that is not retained now. Waits for the disk, where there is any such thing. */
    public Optional<Path> left(String topic) {
        return left && !logs.containsKey(topic)
                ? Optional.of(directoryOf(topic)).filter(Files::isDirectory)
                : Optional.empty();
    }

    /**
     * Begins to retain a topic's messages, or goes on with that. Waits for the disk.
     *
     * @throws IOException when that cannot be
     */
    public RetainedLog open(String topic, RetentionLimits limits) throws IOException {
        RetainedLog log = new RetainedLog(FileCalls.SYSTEM, directoryOf(topic), topic, limits, troubles);
        logs.put(topic, log);
        thread();
        return log;
    }

    /**
     * Retains nothing of a topic any more, and forgets what it has, or what an earlier run has left: in the background, and what this
     * returns never fails.
     */
    public CompletableFuture<Void> forget(String topic) {
        RetainedLog log = logs.remove(topic);
        if (log == null && !left) {
            return CompletableFuture.completedFuture(null);
        }
        try {
            return CompletableFuture.runAsync(() -> delete(topic, log), thread())
                    .exceptionally(failure -> {
                        LOG.error(
                                "TOPIC({}): failed to forget what is retained - {}",
                                topic,
                                failure.toString(),
                                failure);
                        return null;
                    });
        } catch (RejectedExecutionException e) {
            LOG.warn("TOPIC({}): what is retained stays, as the daemon stops", topic);
            return CompletableFuture.completedFuture(null);
        }
    }

    private void delete(String topic, RetainedLog log) {
        if (log != null) {
            log.delete();
        } else if (Files.isDirectory(directoryOf(topic))) {
            try {
                new RetainedLog(FileCalls.SYSTEM, directoryOf(topic), topic, RetentionLimits.NONE, troubles).delete();
            } catch (IOException e) {
                LOG.warn("TOPIC({}): {} stays - {}", topic, directoryOf(topic), Errors.describe(e));
            }
        }
    }

    // ---- rewinding

    /**
     * Begins a rewind.
     *
     * @param what names the channel, for the log
     * @param fromNanos how old messages may be, in nanoseconds since 1970
     * @param end the number behind the last message that may come again
     * @param kept whether a later run is to go on with it
     */
    public Rewind rewind(
            String what,
            RetainedLog log,
            String channel,
            Rewound target,
            Unfinished unfinished,
            long fromNanos,
            long end,
            boolean kept) {
        RewindState state = new RewindState(fromNanos, 0, end, 0, LongBuffer.allocate(0));
        return start(new Rewind(what, log, target, unfinished, kept ? fileOf(log, channel) : null, state));
    }

    private static Path fileOf(RetainedLog log, String channel) {
        return log.directory().resolve(channel + REWIND_SUFFIX);
    }

    /** What an earlier run has left to do. */
    public interface Left {
        /** How old messages may be, in nanoseconds since 1970. */
        long fromNanos();

        /** Tells of the messages that were not to come again. */
        void tell(Unfinished unfinished);

        /** Goes on with it. */
        Rewind go(String what, Rewound target, Unfinished unfinished);
    }

    /** Whether an earlier run has not ended the rewind of a channel. Waits for the disk. */
    public Optional<Left> left(RetainedLog log, String channel) {
        Path file = fileOf(log, channel);
        if (!Files.exists(file)) {
            return Optional.empty();
        }
        try {
            RewindState state = RewindState.read(file);
            return Optional.of(new Left() {
                @Override
                public long fromNanos() {
                    return state.fromNanos();
                }

                @Override
                public void tell(Unfinished unfinished) {
                    LongBuffer excluded = state.excluded();
                    for (int i = excluded.position(); i < excluded.limit(); i++) {
                        unfinished.add(excluded.get(i));
                    }
                }

                @Override
                public Rewind go(String what, Rewound target, Unfinished unfinished) {
                    return start(new Rewind(what, log, target, unfinished, file, state));
                }
            });
        } catch (IOException e) {
            LOG.error("{}: the rewind of channel {} does not go on - {}", log, channel, Errors.describe(e));
            return Optional.empty();
        }
    }

    private Rewind start(Rewind rewind) {
        rewinds.add(rewind);
        later(rewind, 0);
        return rewind;
    }

    private void later(Rewind rewind, long millis) {
        try {
            thread().schedule(() -> turn(rewind), millis, TimeUnit.MILLISECONDS);
        } catch (RejectedExecutionException e) {
            LOG.debug("the daemon stops", e);
        }
    }

    private void turn(Rewind rewind) {
        long millis = rewind.turn();
        if (millis >= 0) {
            later(rewind, millis);
        } else {
            rewinds.remove(rewind);
        }
    }

    // ---- the end

    /** Ends all rewinds, so that the next run goes on with them; before the channels are closed. Waits for the disk. */
    public void stop() {
        ScheduledThreadPoolExecutor running;
        synchronized (this) {
            closed = true;
            running = thread;
        }
        if (running == null) {
            return;
        }
        running.shutdown();
        try {
            if (!running.awaitTermination(STOP_SECONDS, TimeUnit.SECONDS)) {
                LOG.warn("NSQ: what is retained did not come to rest within {} seconds", STOP_SECONDS);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        for (Rewind rewind : rewinds) {
            try {
                rewind.save();
            } catch (IOException e) {
                LOG.error("NSQ: the next run repeats some of a rewind - {}", Errors.describe(e));
            }
            rewind.close();
        }
    }

    /** Makes everything durable and lets go of it; once nothing is routed any more. Waits for the disk. */
    public void close() {
        logs.values().forEach(log -> log.close(epochNanos.getAsLong()));
        logs.clear();
    }
}
