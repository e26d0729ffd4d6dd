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

    /** The position of a frame that is not there. */
    private static final long NOWHERE = -1;

    /** So often in a row Java has nothing to tell of a missing page before a thread goes on. */
    private static final int QUIET = 3;

    /** So often at the most. */
    private static final int MOST_TOLD = 20;

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

    private final Unforced unforced;

    /** What was trimmed, and is to be deleted as soon as everything is durable that was appended before. */
    private final List<Stored> trimmed = new ArrayList<>();

    /** What was trimmed before something could not be made durable that may stand for it: kept until the next trim. */
    private final List<Stored> held = new ArrayList<>();

    private Segment current;
    private int epoch;

    /** Which segment was last written to by a call. */
    private Segment checked;

    private long checkedAt;
    private long sequence;

    /** All frames of the epoch up to this one are durable. */
    private long durable;

    private Commit committing;
    private boolean commitWanted;

    /** Why nothing of what is unforced can become durable. */
    private IOException broken;

    private final Completions completions = new Completions();

    /** Why nothing is taken any more. */
    private String ended = "";

    private IOException failedAtEnd;
    private volatile long liveBytes;
    private volatile int liveSegments;

    /** Kept and looked at, so that they are really made. */
    private volatile byte[][][] arrays;

    private FileJournal(
            JournalSettings settings, JournalStore.Listener listener, Consumer<? super FileJournal> closed) {
        this.settings = settings;
        this.closed = closed;
        this.listener = listener;
        unforced = new Unforced(settings);
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
            replay = new JournalReplay(
                    settings.files(), earlier.segments(), new ReplayTroubles(settings.files(), listener));
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
        for (int told = 0; ; told++) {
            try {
                long position = told > 0 ? NOWHERE : appendNow(frame, purpose);
                if (position != NOWHERE) {
                    return position;
                }
                hearOut();
                throw broken(new IOException("journal: a page cannot be written"));
            } catch (InternalError e) {
                // Any step may be where Java tells of it, the way to hearing it out included.
                if (told == MOST_TOLD) {
                    throw e;
                }
            }
        }
    }

    /**
     * Has Java tell of a missing page here, where it is known, lest it hit what this thread does next: it looks when the virtual machine has
     * been asked for something, as an array of arrays is. Nothing is to be thrown before, as then it would tell whoever catches that.
     */
    private void hearOut() {
        int quiet = 0;
        for (int i = 0; i < MOST_TOLD && quiet < QUIET; i++) {
            try {
                arrays = new byte[i + 1][QUIET][1];
                quiet += arrays.length > i ? 1 : 0;
            } catch (InternalError e) {
                quiet = 0;
            }
        }
    }

    /** Nothing that was put into the segment is to be relied on. */
    private IOException broken(IOException cause) {
        synchronized (this) {
            if (current != null) {
                unforced.add(current, 0);
                broken = cause;
                commitWanted = true;
                giveUpEpoch();
            }
        }
        sync.wake();
        return cause;
    }

    private long appendNow(ByteBuffer frame, Purpose purpose) throws IOException {
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
            checkDisk(segment);
            int at = put(segment, frame);
            if (at == Segment.MISSING) {
                return NOWHERE;
            }
            position = Format.position(segment.number(), at);
            wake = appended(segment, bytes);
        }
        if (wake) {
            sync.wake();
        }
        return position;
    }

    /** Where nobody waits for the disk, nobody would be told for long that it takes nothing any more. */
    private void checkDisk(Segment segment) throws IOException {
        if (settings.durability() != Durability.WRITTEN) {
            return;
        }
        long now = System.nanoTime();
        if (segment == checked && now - checkedAt < settings.retryNanos()) {
            return;
        }
        try {
            segment.writeAgain();
            checked = segment;
            checkedAt = now;
        } catch (IOException e) {
            throw broken(Errors.failed("write", segment.path(), e));
        }
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
            supply.freed(Math.max(0, excess(Format.frameBytes(frame.remaining()))));
            throw Errors.failed("write", segment.path(), e);
        }
    }

    /** A frame was put into a segment. True when the thread has something to do. */
    private boolean appended(Segment segment, int bytes) {
        sequence++;
        if (excess(bytes) > 0) {
            counted();
        }
        completions.appended();
        return unforced.add(segment, bytes);
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
            if (unforced.isMuch()) {
                return keptNow();
            }
            return supply.isLow() ? relief() : Completions.kept();
        }
        return keptNow();
    }

    /** Where segments are filled sooner than others are made publishers wait, lest they be refused for it. */
    private CompletableFuture<Void> relief() {
        synchronized (this) {
            if (current == null || !current.isHalfFull()) {
                return Completions.kept();
            }
        }
        CompletableFuture<Void> relief = supply.relief();
        return relief == null ? Completions.kept() : relief;
    }

    private CompletableFuture<Void> keptNow() {
        CompletableFuture<Void> kept;
        boolean wake;
        synchronized (this) {
            boolean before = completions.isWaitedFor();
            kept = completions.ofAll(!unforced.isEmpty(), committing == null ? null : committing.done());
            wake = !before && completions.isWaitedFor();
        }
        if (wake) {
            sync.wake();
        }
        return kept;
    }

    /**
     * Whether the thread is to force what is unforced now.
     *
     * @param all whether it is to do so in any case
     */
    synchronized boolean isCommitDue(boolean all) {
        if (completions.isWaitedFor() || commitWanted) {
            return true;
        }
        return unforced.isDue() || (all && !unforced.isEmpty());
    }

    /** Takes all that is unforced. */
    synchronized Commit begin() {
        committing = new Commit(unforced.take(), broken, epoch, sequence, completions.take(), List.copyOf(trimmed));
        trimmed.clear();
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
            // Under the lock, so that no later trim comes before it: the oldest go first.
            disposal.delete(commit.trimmed());
        }
        commit.done().complete(null);
        if (!commit.segments().isEmpty()) {
            health.works(Fault.SYNC);
        }
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
            List<Segment> since = unforced.take();
            List<Segment> all = since.isEmpty() ? commit.segments() : since;
            to = all.get(all.size() - 1).number();
            giveUpEpoch();
            held.addAll(commit.trimmed());
            held.addAll(trimmed);
            trimmed.clear();
            waiting = completions.fail(cause);
            committing = null;
            broken = null;
            if (!ended.isEmpty()) {
                failedAtEnd = cause;
            }
        }
        health.failed(Fault.SYNC, Errors.describe(cause));
        commit.done().completeExceptionally(cause);
        waiting.completeExceptionally(cause);
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
            if (unforced.isLazy()) {
                unforced.dropBefore(segment);
            }
            if ((unforced.isEmpty() || unforced.isLazy()) && committing == null) {
                disposal.delete(List.copyOf(trimmed));
                trimmed.clear();
            } else {
                // What stands for it now may have been appended a moment ago.
                commitWanted = true;
            }
        }
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
