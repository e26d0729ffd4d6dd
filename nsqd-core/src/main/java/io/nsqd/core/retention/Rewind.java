package io.nsqd.core.retention;

import io.nsqd.api.Errors;
import io.nsqd.api.MessageBatch;
import io.nsqd.log.Logger;
import io.nsqd.log.LoggerFactory;
import io.nsqd.spi.OutOfMemory;
import java.io.IOException;
import java.nio.LongBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;

/**
 * Fills a channel again with what its topic has retained, once each: everything from a time on that was routed before the rewind began,
 * but for what the channel had not finished then. Behind what waited, and only as fast as it is consumed, so that neither memory nor the
 * storage fills up.
 *
 * <p>Its turns are run by {@link Retention}, on one thread; the figures are anybody's.
 */
public final class Rewind {
    private static final Logger LOG = LoggerFactory.getLogger(Rewind.class);

    /** A turn ends after so many frames, that others come between. */
    private static final int FRAMES = 16;

    private static final long REST_MILLIS = 5;
    private static final long AWAIT_MILLIS = 50;
    private static final long TROUBLE_MILLIS = 250;
    private static final long SAVE_NANOS = TimeUnit.SECONDS.toNanos(1);

    /** What is to be written down anew takes longer where there is more of it. */
    private static final long SAVE_NANOS_EACH = TimeUnit.MICROSECONDS.toNanos(10);

    private static final long TELL_NANOS = TimeUnit.SECONDS.toNanos(10);

    private final String what;
    private final RetainedLog log;
    private final Rewound channel;
    private final Unfinished unfinished;
    private final Path file;
    private final long fromNanos;
    private final long end;
    private final MessageBatch pending = new MessageBatch();

    private RetainedReader reader;
    private boolean begun;
    private long told = System.nanoTime();
    private long saved = System.nanoTime();
    private boolean troubled;
    private volatile long next;
    private volatile long done;
    private volatile boolean over;

    /** Whether another one has taken its place. */
    private volatile boolean replaced;

    /**
     * @param what names the channel, for the log
     * @param unfinished what is not to come again
     * @param file where it is noted how far it has come; {@code null} for nowhere
     * @param state where it begins
     */
    Rewind(String what, RetainedLog log, Rewound channel, Unfinished unfinished, Path file, RewindState state) {
        this.what = what;
        this.log = log;
        this.channel = channel;
        this.unfinished = unfinished;
        this.file = file;
        fromNanos = state.fromNanos();
        end = state.end();
        next = state.next();
        done = state.done();
    }

    /** From when on messages come again, in nanoseconds since 1970. */
    public long fromNanos() {
        return fromNanos;
    }

    /** How many were handed out again. */
    public long done() {
        return done;
    }

    /** How many retained messages are still to be looked at. */
    public long remaining() {
        return over ? 0 : Math.max(0, end - next);
    }

    /** Whether it has ended. */
    public boolean isOver() {
        return over;
    }

    /**
     * Does some of it.
     *
     * @return after how many milliseconds to go on; negative for never
     */
    long turn() {
        try {
            return over || channel.isOver() ? finish(false) : tryTurn();
        } catch (IOException e) {
            return trouble(Errors.describe(e));
        } catch (RuntimeException | Error e) {
            OutOfMemory.check(e);
            return trouble(e.toString());
        }
    }

    private long trouble(String why) {
        if (!troubled) {
            troubled = true;
            LOG.error("{}: messages cannot be handed out again for now - {}", what, why);
        }
        return TROUBLE_MILLIS;
    }

    private long tryTurn() throws IOException {
        if (!begun) {
            begun = true;
            save();
        }
        if (channel.awaited() > 0) {
            tell();
            return AWAIT_MILLIS;
        }
        for (int i = 0; i < FRAMES; i++) {
            if (pending.isEmpty() && !read()) {
                return finish(true);
            }
            if (pending.isEmpty()) {
                continue;
            }
            if (!channel.hasRoom()) {
                tell();
                return REST_MILLIS;
            }
            channel.put(pending);
            handedOut(pending.size());
            pending.clear();
            next = reader.next();
            troubled = false;
        }
        tell();
        return 0;
    }

    @SuppressWarnings("NonAtomicVolatileUpdate")
    private void handedOut(int messages) {
        // On one thread; others read.
        done += messages;
    }

    private boolean read() throws IOException {
        if (reader == null) {
            if (next == 0) {
                next = log.numberFrom(fromNanos);
            }
            reader = new RetainedReader(log, next);
        }
        boolean more = reader.read(
                end, (id, timestampNanos) -> timestampNanos >= fromNanos && !unfinished.contains(id), pending);
        if (pending.isEmpty()) {
            next = reader.next();
        }
        return more;
    }

    /** Says how far it has come, and takes that down, now and then. */
    private void tell() throws IOException {
        long now = System.nanoTime();
        if (now - told > TELL_NANOS) {
            told = now;
            LOG.info("{}: {} messages were handed out again, {} are to be looked at", what, done, remaining());
        }
        if (now - saved > SAVE_NANOS + unfinished.size() * SAVE_NANOS_EACH) {
            save();
        }
    }

    /** Takes down how far it has come. Waits for the disk. */
    void save() throws IOException {
        saved = System.nanoTime();
        if (file != null && !over) {
            new RewindState(fromNanos, next, end, done, LongBuffer.wrap(channel.excluded())).save(file);
        }
    }

    private long finish(boolean whole) {
        over = true;
        close();
        if (!replaced) {
            channel.ended();
        }
        LOG.info("{}: {}, {} messages were handed out again", what, whole ? "rewound" : "no more is rewound", done);
        try {
            if (file != null && !replaced) {
                Files.deleteIfExists(file);
            }
        } catch (IOException e) {
            LOG.error("{}: the next start begins it anew - {}", what, Errors.describe(e));
        }
        return -1;
    }

    /** Another one takes its place; any thread. */
    public void replace() {
        replaced = true;
        over = true;
    }

    /** Lets go of the files, so that the next run goes on. */
    void close() {
        if (reader != null) {
            reader.close();
            reader = null;
        }
    }
}
