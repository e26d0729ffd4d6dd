package io.nsqd.core;

import io.nsqd.api.Durability;
import io.nsqd.api.Errors;
import io.nsqd.api.Names;
import io.nsqd.core.journal.MessageJournal;
import io.nsqd.core.journal.QueueJournal;
import io.nsqd.core.journal.Replay;
import io.nsqd.log.Logger;
import io.nsqd.log.LoggerFactory;
import io.nsqd.spi.Journal;
import io.nsqd.spi.JournalStore;
import io.nsqd.spi.OutOfMemory;
import io.nsqd.stats.JournalStats;
import io.nsqd.stats.Trouble;
import io.nsqd.stats.Troubles;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * A broker's journal from its start to its stop: opens it, hands back what an earlier run left, and gives back what is needed no more, on
 * the thread {@code nsqd-keeper}, which may wait for the disk. Where nothing is promised there is none, unless an earlier run has left one.
 */
final class BrokerJournal implements JournalStore.Listener {
    private static final Logger LOG = LoggerFactory.getLogger(BrokerJournal.class);

    /** How often it is looked for what can be given back, beside each time that a segment is begun. */
    private static final long INTERVAL_MILLIS = 1000;

    private static final long STOP_SECONDS = 60;

    private final JournalStore store;
    private final Durability stored;

    /** What is promised, at the most; changed before it is opened only. */
    private Durability durability;

    private final Clock clock;
    private final Troubles troubles;
    private boolean first;
    private final Runnable changed;
    private final AtomicBoolean tidying = new AtomicBoolean();
    private final ScheduledThreadPoolExecutor keeper;

    private Journal log;
    private Replay replay;
    private MessageJournal messages;

    /** The last segment that may not be as durable as was promised, and of which something is still to be added again; 0 for none. */
    private final AtomicInteger suspectUpTo = new AtomicInteger();

    private volatile String error = "";
    private volatile Runnable readable = () -> {};

    /**
     * @param store what keeps it
     * @param stored what the storage of queues promises by itself
     * @param changed told when {@link #failure} may have changed
     */
    BrokerJournal(
            JournalStore store,
            Durability durability,
            Durability stored,
            Clock clock,
            Troubles troubles,
            Runnable changed) {
        this.store = store;
        this.durability = durability;
        this.stored = stored;
        this.clock = clock;
        this.troubles = troubles;
        this.changed = changed;
        first = stored.compareTo(durability) < 0;
        keeper = new ScheduledThreadPoolExecutor(1, task -> new Thread(task, "nsqd-keeper"));
        keeper.setExecuteExistingDelayedTasksAfterShutdownPolicy(false);
        keeper.setContinueExistingPeriodicTasksAfterShutdownPolicy(false);
    }

    /** More is promised to some than to all; before it is opened. */
    void raise(Durability most) {
        if (most.compareTo(durability) > 0) {
            durability = most;
            first = stored.compareTo(durability) < 0;
        }
    }

    /**
     * Opens it and finds out what an earlier run has left.
     *
     * @param owner whose it is
     */
    void open(String owner) throws IOException {
        boolean promised = durability != Durability.MEMORY;
        if (!promised && !store.exists(owner)) {
            return;
        }
        try {
            log = store.open(owner, promised ? durability : Durability.WRITTEN, this);
            replay = new Replay(clock.epochNanos(), troubles);
            replay.read(log::replay);
        } catch (RuntimeException e) {
            throw new IOException("the journal store failed - " + e, e);
        }
        if (promised) {
            LOG.info("JOURNAL: an OK means {}", durability);
            messages = new MessageJournal(log, first, clock::epochNanos, troubles, this::tidySoon);
        } else {
            LOG.warn("JOURNAL: an earlier run has left one, and nothing is promised from now on");
        }
    }

    /** The view of a topic's queue or a channel; {@code null} where nothing is promised. */
    QueueJournal queue(QueueJournal.Owner of, String topic, String channel) {
        boolean kept = messages != null && !Names.isEphemeral(topic) && !Names.isEphemeral(channel);
        return kept ? messages.queue(of, topic, channel) : null;
    }

    /** Whether an earlier run has left it without closing it. */
    boolean isLeftOpen() {
        return replay != null && replay.isOpen();
    }

    /** The topics and channels that something is left of. */
    List<Replay.Left> left() {
        return replay == null ? List.of() : replay.left();
    }

    /** Where copies that the storage may hold are told of begins. */
    int firstSegment() {
        return replay.firstSegment();
    }

    /** Hands back what is left; the queues are there. */
    void restore(Replay.Targets targets) throws IOException {
        if (replay == null) {
            return;
        }
        long live = replay.live();
        if (live > 0) {
            LOG.warn("JOURNAL: the last stop was not a clean one, {} messages are left in the journal", live);
        }
        replay.restore(log::replay, targets);
        replay = null;
    }

    /** What is left of an earlier run has other homes now, as nothing is promised any more. */
    void forgetLeft() throws IOException {
        if (log != null && messages == null) {
            log.trim(Integer.MAX_VALUE);
            log.close();
            log = null;
        }
    }

    /** Begins to keep it small. */
    void start(Runnable whenReadable) {
        readable = whenReadable;
        if (messages != null) {
            keeper.scheduleWithFixedDelay(this::look, INTERVAL_MILLIS, INTERVAL_MILLIS, TimeUnit.MILLISECONDS);
        }
    }

    /** Any thread, under any lock: passes it on. */
    private void tidySoon() {
        if (tidying.compareAndSet(false, true)) {
            later(this::tidy);
        }
    }

    private void later(Runnable task) {
        try {
            keeper.execute(task);
        } catch (RejectedExecutionException e) {
            // The daemon stops, and what is needed no more goes with everything else.
            LOG.debug("the keeper has ended", e);
        }
    }

    private void look() {
        if (messages.segments() > 1 || !messages.failure().isEmpty() || suspectUpTo.get() > 0) {
            tidySoon();
        }
    }

    private void tidy() {
        tidying.set(false);
        try {
            // First: what is forgotten or given back must be where it can be relied on.
            int suspect = suspectUpTo.get();
            if (suspect > 0) {
                move(suspect);
                suspectUpTo.compareAndSet(suspect, 0);
            }
            for (QueueJournal.Owner queue : messages.pinnedBefore()) {
                queue.syncStorage();
            }
            boolean more = messages.trim();
            int upTo = messages.worthMoving();
            if (upTo > 0) {
                move(upTo);
                more |= messages.trim();
            }
            if (more && !messages.failure().isEmpty()) {
                room();
            }
            changed.run();
        } catch (IOException e) {
            LOG.warn("JOURNAL: what is old cannot be given back yet - {}", Errors.describe(e));
        } catch (RuntimeException | Error e) {
            OutOfMemory.check(e);
            LOG.error("JOURNAL: failed to give back what is old - {}", e.toString(), e);
        }
    }

    private void move(int upTo) throws IOException {
        for (QueueJournal.Owner queue : messages.liveUpTo(upTo)) {
            queue.move(upTo);
        }
    }

    /** Why an OK cannot be given now, in words; empty while it can. */
    String failure() {
        return messages == null ? "" : messages.failure().isEmpty() ? error : messages.failure();
    }

    /** Its figures; nothing where nothing is promised. */
    Optional<JournalStats> stats(String name) {
        MessageJournal kept = messages;
        return kept == null
                ? Optional.empty()
                : Optional.of(
                        new JournalStats(durability, name, kept.bytes(), kept.segments(), kept.live(), failure()));
    }

    // ---- told by the store

    @Override
    public void health(String text) {
        error = text;
        changed.run();
    }

    @Override
    public void suspect(int from, int to) {
        LOG.error("JOURNAL: segments {} to {} may not be on the disk, what is live in them is added again", from, to);
        suspectUpTo.accumulateAndGet(to, Math::max);
        tidySoon();
    }

    @Override
    public void room() {
        MessageJournal kept = messages;
        if (kept != null) {
            kept.room();
            later(() -> {
                readable.run();
                changed.run();
            });
        }
    }

    @Override
    public void trouble(Trouble trouble, long more) {
        troubles.add(trouble, more);
    }

    /** Whether a stop leaves everything in it, as others than this daemon can go on with that. */
    boolean outlivesDaemon() {
        return messages != null && store.outlivesDaemon();
    }

    /** Nothing is synced or moved any more: the queues are about to be closed. Waits for what is under way. */
    void stop() {
        keeper.shutdown();
        Patience.await(keeper::awaitTermination, STOP_SECONDS);
    }

    /**
     * Ends it; every queue is closed.
     *
     * @param clean whether the daemon had started
     * @return how many messages only the journal has
     */
    long close(boolean clean) throws IOException {
        if (messages != null) {
            return messages.close(clean);
        }
        if (log != null) {
            log.close();
        }
        return 0;
    }
}
