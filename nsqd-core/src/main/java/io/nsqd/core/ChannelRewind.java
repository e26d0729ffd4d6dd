package io.nsqd.core;

import io.nsqd.api.MessageBatch;
import io.nsqd.core.retention.Rewind;
import io.nsqd.core.retention.Rewound;
import io.nsqd.core.retention.Unfinished;
import io.nsqd.stats.RewindStats;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Instant;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/** The rewind that a channel is under. What it asks of the channel is guarded by the channel's lock. */
final class ChannelRewind implements Rewound {
    /** So much waits at the most when more is added. */
    private static final long MOST_WAITING = 1024;

    private final BrokerChannel channel;
    private final MessageQueue queue;
    private final Object lock;
    private final Unfinished unfinished;
    private volatile Rewind rewind;
    private volatile boolean over;

    /**
     * @param lock the channel's, which is held
     * @param unfinished knows what is in memory already
     */
    ChannelRewind(BrokerChannel channel, MessageQueue queue, Object lock, Unfinished unfinished) {
        this.channel = channel;
        this.queue = queue;
        this.lock = lock;
        this.unfinished = unfinished;
    }

    Unfinished unfinished() {
        return unfinished;
    }

    /** What does it. */
    void begin(Rewind begun) {
        synchronized (lock) {
            rewind = begun;
        }
    }

    /** Another one takes its place. Called under the lock. */
    void replace() {
        over = true;
        if (rewind != null) {
            rewind.replace();
        }
    }

    /** The channel is emptied, or goes. Called under the lock. */
    void end() {
        over = true;
    }

    @Override
    public boolean isOver() {
        return over || channel.isExiting();
    }

    @Override
    public long awaited() {
        synchronized (lock) {
            return unfinished.awaited(queue.untaken());
        }
    }

    @Override
    public long[] excluded() {
        synchronized (lock) {
            return unfinished.toArray();
        }
    }

    @Override
    public boolean hasRoom() {
        synchronized (lock) {
            return queue.depth() < MOST_WAITING;
        }
    }

    @Override
    public void put(MessageBatch batch) throws IOException {
        Wakeups wakeups = new Wakeups();
        try {
            // What the storage refuses waits in memory, so that there is no room until it has gone.
            channel.putReplayed(batch, wakeups);
        } catch (UncheckedIOException e) {
            throw e.getCause();
        } finally {
            wakeups.run();
        }
    }

    @Override
    public void ended() {
        channel.rewindEnded(this);
    }

    /** Its figures, while it goes on. */
    Optional<RewindStats> stats() {
        Rewind begun = rewind;
        if (begun == null || begun.isOver()) {
            return Optional.empty();
        }
        long from = begun.fromNanos();
        long second = TimeUnit.SECONDS.toNanos(1);
        return Optional.of(new RewindStats(
                Instant.ofEpochSecond(Math.floorDiv(from, second), Math.floorMod(from, second)),
                begun.done(),
                begun.remaining()));
    }
}
