package io.nsqd.core.journal.file;

import io.nsqd.api.Durability;
import io.nsqd.api.Errors;
import io.nsqd.core.journal.file.JournalHealth.Fault;
import io.nsqd.core.journal.file.JournalSync.Commit;
import io.nsqd.log.Logger;
import io.nsqd.log.LoggerFactory;
import io.nsqd.spi.Journal;
import io.nsqd.spi.JournalStore;
import io.nsqd.stats.Trouble;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;

/**
 * The journal in files. One lock guards what follows; it is held for memory copies alone, and while nobody is called.
 *
 * <p>What was appended and is not durable lies in {@code unforced} segments; the thread of {@link JournalSync} takes all of them and
 * forces them together. Where that fails, all segments that were written since are given up: the next frame begins a new one, and with it
 * a new epoch.
 */
final class FileJournal implements Journal {
    private static final Logger LOG = LoggerFactory.getLogger(FileJournal.class);

    /** So much is written before it is forced though nobody waits: else the kernel would write back all of it at once, some day. */
    private static final int FORCE_BYTES = 8 << 20;

    private static final CompletableFuture<Void> KEPT = CompletableFuture.completedFuture(null);

    private final JournalSettings settings;
    private final JournalStore.Listener listener;
    private final Consumer<? super FileJournal> closed;
    private final JournalHealth health;
    private final JournalThread thread = new JournalThread();
    private final SegmentSupply supply;
    private final SegmentDisposal disposal;
    private final JournalSync sync = new JournalSync(this);
    private final Format.HeaderWriter headers = new Format.HeaderWriter();
    private final Object ending = new Object();
    private JournalReplay replay;

    /** Segments that have not been trimmed, the oldest first. */
    private final Deque<Stored> live = new ArrayDeque<>();

    private final Deque<Segment> unforced = new ArrayDeque<>();

    /** What was trimmed, and is to be deleted as soon as everything is durable that was appended before. */
    private final List<Stored> trimmed = new ArrayList<>();

    /** What was trimmed before something could not be made durable that may stand for it: kept until the next trim. */
    private final List<Stored> held = new ArrayList<>();

    private Segment current;
    private int epoch;
    private long sequence;

    /** All frames of the epoch up to this one are durable. */
    private long durable;

    private long unforcedBytes;
    private long unforcedSince;
    private CompletableFuture<Void> pending;
    private Commit committing;
    private boolean commitWanted;

    /** Why nothing of what is unforced can become durable. */
    private IOException broken;

    /** The last failure, until what came after it is waited for. */
    private CompletableFuture<Void> failure;

    private boolean appendedSinceFailure;

    /** Whether somebody may not have asked yet for what became of a frame. */
    private boolean unclaimed;

    private boolean failureUnclaimed;

    /** Why nothing is taken any more. */
    private String ended = "";

    private IOException failedAtEnd;
    private volatile long liveBytes;
    private volatile int liveSegments;

    private FileJournal(
            JournalSettings settings, JournalStore.Listener listener, Consumer<? super FileJournal> closed) {
        this.settings = settings;
        this.closed = closed;
        this.listener = listener;
        health = new JournalHealth(listener);
        supply = new SegmentSupply(settings, thread, health, listener);
        disposal = new SegmentDisposal(settings, thread, health, supply);
    }

    /**
     * Opens the journal of a directory, which nobody else has open. Waits for the disk.
     *
     * @param closed called when its owner has closed it
     */
    static FileJournal open(
            JournalSettings settings, JournalStore.Listener listener, Consumer<? super FileJournal> closed)
            throws IOException {
        FileJournal journal = new FileJournal(settings, listener, closed);
        boolean opened = false;
        try {
            journal.start();
            opened = true;
        } finally {
            if (!opened) {
                journal.thread.close();
            }
        }
        return journal;
    }

    private void start() throws IOException {
        EarlierSegments[] found = new EarlierSegments[1];
        thread.perform(() -> found[0] = EarlierSegments.find(settings.files(), settings.directory()));
        EarlierSegments earlier = found[0];
        synchronized (this) {
            replay = new JournalReplay(settings.files(), earlier.segments(), listener);
            live.addAll(earlier.segments());
            counted();
        }
        supply.start(earlier.next(), liveBytes);
        sync.start();
    }

    @Override
    public void replay(Sink sink) throws IOException {
        int first;
        synchronized (this) {
            first = live.isEmpty() ? Integer.MAX_VALUE : live.getFirst().number();
        }
        replay.run(first, sink);
        disposal.dropped(replay.dropped());
    }

    @Override
    public long append(ByteBuffer frame, Purpose purpose) throws IOException {
        int length = frame.remaining();
        if (length < 1 || length > LARGEST_FRAME) {
            throw new IllegalArgumentException("a frame of " + length + " bytes");
        }
        int bytes = Format.frameBytes(length);
        boolean wake;
        long position;
        synchronized (this) {
            if (!ended.isEmpty()) {
                throw new IOException("journal: " + ended);
            }
            Segment segment = segmentFor(bytes, purpose);
            position = Format.position(segment.number(), put(segment, frame));
            wake = appended(segment, bytes);
        }
        if (wake) {
            sync.wake();
        }
        return position;
    }

    private Segment segmentFor(int bytes, Purpose purpose) throws IOException {
        if (current != null && (current.isEmpty() || current.hasRoom(bytes))) {
            supply.check(purpose, 0);
        } else {
            current = supply.take(purpose);
            live.add(current);
            counted();
        }
        if (epoch == 0) {
            epoch = current.number();
        }
        if (!current.hasRoom(bytes)) {
            supply.grow(purpose, excess(bytes));
        }
        return current;
    }

    /** By how much a segment grows for a frame that does not fit into any. */
    private long excess(int bytes) {
        return Format.SEGMENT_HEADER + (long) bytes - settings.segmentBytes();
    }

    private int put(Segment segment, ByteBuffer frame) throws IOException {
        ByteBuffer header = headers.header(frame, epoch, segment, sequence + 1, durable);
        try {
            return segment.put(header, frame);
        } catch (IOException e) {
            supply.freed(excess(Format.frameBytes(frame.remaining())));
            throw Errors.failed("write", segment.path(), e);
        } catch (InternalError e) {
            // What Java makes of a page that the system cannot provide, as where the disk is broken.
            IOException cause = new IOException("write " + segment.path() + ": a page of it cannot be written", e);
            if (unforced.peekLast() != segment) {
                unforced.add(segment);
            }
            broken = cause;
            commitWanted = true;
            giveUpEpoch();
            sync.wake();
            throw cause;
        }
    }

    /** A frame was put into a segment. True when the thread has something to do. */
    private boolean appended(Segment segment, int bytes) {
        sequence++;
        if (excess(bytes) > 0) {
            counted();
        }
        if (unforced.isEmpty()) {
            unforcedSince = System.nanoTime();
        }
        if (unforced.peekLast() != segment) {
            unforced.add(segment);
        }
        unclaimed = true;
        appendedSinceFailure = true;
        if (!failureUnclaimed) {
            failure = null;
        }
        boolean before = unforcedBytes >= FORCE_BYTES;
        unforcedBytes += bytes;
        return !before && unforcedBytes >= FORCE_BYTES;
    }

    /** Nothing more is put into the segments that there are, and sequences begin anew with the next. */
    private void giveUpEpoch() {
        current = null;
        epoch = 0;
        sequence = 0;
        durable = 0;
    }

    @Override
    public CompletableFuture<Void> kept() {
        if (settings.durability() != Durability.SYNCED) {
            return KEPT;
        }
        CompletableFuture<Void> kept;
        synchronized (this) {
            unclaimed = false;
            failureUnclaimed = false;
            if (failure != null) {
                kept = failure;
                failure = appendedSinceFailure ? null : failure;
                return kept;
            }
            if (pending != null) {
                return pending;
            }
            if (unforced.isEmpty()) {
                return committing == null ? KEPT : committing.done();
            }
            pending = new CompletableFuture<>();
            kept = pending;
        }
        sync.wake();
        return kept;
    }

    /**
     * Whether the thread is to force what is unforced now.
     *
     * @param all whether it is to do so in any case
     */
    synchronized boolean isCommitDue(boolean all) {
        if (pending != null || commitWanted) {
            return true;
        }
        return !unforced.isEmpty()
                && (all
                        || unforcedBytes >= FORCE_BYTES
                        || System.nanoTime() - unforcedSince >= JournalSync.PATIENCE_NANOS);
    }

    /** Takes all that is unforced. */
    synchronized Commit begin() {
        CompletableFuture<Void> done = pending == null ? new CompletableFuture<>() : pending;
        committing = new Commit(List.copyOf(unforced), broken, epoch, sequence, done, List.copyOf(trimmed));
        unforced.clear();
        unforcedBytes = 0;
        trimmed.clear();
        pending = null;
        commitWanted = false;
        return committing;
    }

    /** What was taken is durable. */
    void committed(Commit commit) {
        synchronized (this) {
            committing = null;
            if (commit.epoch() == epoch) {
                durable = commit.sequence();
            }
        }
        commit.done().complete(null);
        if (!commit.segments().isEmpty()) {
            health.works(Fault.SYNC);
        }
        disposal.delete(commit.trimmed());
    }

    /**
     * What was taken, and what came since, will never surely be durable.
     *
     * @param failing which of the segments could not be forced
     * @param nanos how long it took until that was known
     */
    void failed(Commit commit, int failing, Throwable error, long nanos) {
        Segment first =
                commit.segments().get(Math.min(failing, commit.segments().size() - 1));
        IOException cause = error instanceof IOException known && known == commit.cause()
                ? known
                : new IOException(Errors.describe("sync", first.path(), error), error);
        CompletableFuture<Void> waiting;
        int from = first.number();
        int to;
        synchronized (this) {
            Segment last =
                    unforced.isEmpty() ? commit.segments().get(commit.segments().size() - 1) : unforced.getLast();
            to = last.number();
            unforced.clear();
            unforcedBytes = 0;
            giveUpEpoch();
            held.addAll(commit.trimmed());
            held.addAll(trimmed);
            trimmed.clear();
            waiting = pending;
            pending = null;
            committing = null;
            broken = null;
            failure = CompletableFuture.failedFuture(cause);
            failureUnclaimed = unclaimed;
            appendedSinceFailure = false;
            if (!ended.isEmpty()) {
                failedAtEnd = cause;
            }
        }
        health.failed(Fault.SYNC, Errors.describe(cause));
        commit.done().completeExceptionally(cause);
        if (waiting != null) {
            waiting.completeExceptionally(cause);
        }
        listener.trouble(Trouble.SYNC_FAILURES, 1);
        listener.trouble(Trouble.SYNC_FAILURE_TIME, nanos);
        listener.suspect(from, to);
        // Whether the disk is well again is found out by making another segment.
        supply.fill();
    }

    @Override
    public ByteBuffer read(long position) throws IOException {
        int number = Journal.segment(position);
        return SegmentReader.readFrame(
                settings.files(), Format.path(settings.directory(), number), number, Format.offset(position));
    }

    @Override
    public void trim(int segment) {
        List<Stored> deleted = List.of();
        synchronized (this) {
            if (!ended.isEmpty()) {
                return;
            }
            trimmed.addAll(0, held);
            held.clear();
            while (!live.isEmpty() && live.getFirst().number() < segment) {
                trimmed.add(live.removeFirst());
            }
            if (current != null && current.number() < segment) {
                current = null;
            }
            counted();
            if (trimmed.isEmpty()) {
                return;
            }
            if (unforced.isEmpty() && committing == null) {
                deleted = List.copyOf(trimmed);
                trimmed.clear();
            } else {
                // What stands for it now may have been appended a moment ago.
                commitWanted = true;
            }
        }
        disposal.delete(deleted);
        sync.wake();
    }

    private void counted() {
        liveBytes = live.stream().mapToLong(Stored::size).sum();
        liveSegments = live.size();
    }

    @Override
    public long bytes() {
        return liveBytes;
    }

    @Override
    public int segments() {
        return liveSegments;
    }

    /** Somebody else has opened the journal: nothing more is taken. Waits for the disk. */
    void fence() {
        LOG.info("JOURNAL: another run opens {}", settings.directory());
        end("it was opened by another run");
    }

    @Override
    public void close() throws IOException {
        end("closed");
        closed.accept(this);
        synchronized (this) {
            if (failedAtEnd != null) {
                throw failedAtEnd;
            }
        }
    }

    private void end(String reason) {
        // Who comes second waits until the first is through.
        synchronized (ending) {
            synchronized (this) {
                if (!ended.isEmpty()) {
                    return;
                }
                ended = reason;
            }
            sync.close();
            try {
                thread.perform(this::letGo);
            } catch (IOException e) {
                health.failed(Fault.DELETE, Errors.describe(e));
            }
            thread.close();
        }
    }

    private void letGo() throws IOException {
        disposal.finish();
        supply.stop();
        List<Stored> open;
        synchronized (this) {
            current = null;
            open = new ArrayList<>(live);
            open.addAll(held);
            live.clear();
            held.clear();
        }
        for (Stored segment : open) {
            segment.release(false);
        }
        settings.files().forceDirectory(settings.directory());
    }
}
