package io.nsqd.bookkeeper;

import io.nsqd.log.Logger;
import io.nsqd.log.LoggerFactory;
import io.nsqd.spi.Journal;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.IntConsumer;
import org.apache.bookkeeper.client.api.BKException;
import org.apache.bookkeeper.client.api.ReadHandle;
import org.apache.bookkeeper.client.api.WriteHandle;

/**
 * A log of frames in ledgers, one after the other: what journal and queues are made of. Appending never waits. Frames that come while
 * others are on their way share an entry.
 *
 * <p>Its lock is held for a moment only, by nobody who waits and by nobody who asks BookKeeper for something: that is an errand. What
 * waits for ZooKeeper runs on the thread {@code nsqd-bookkeeper}.
 */
final class LedgerLog {
    private static final Logger LOG = LoggerFactory.getLogger(LedgerLog.class);

    private static final long RETRY_MILLIS = 500;

    /** How long a close waits for what is on its way. */
    private static final long CLOSE_SECONDS = 30;

    /** What a log is like. */
    record Kind(String name, long segmentBytes, long unackedBytes, boolean resends) {}

    /** Told, without the log's lock, on any thread. */
    interface Owner {
        /** Nothing of a segment is to be counted on; what waited for it has failed. */
        void suspect(int segment);

        /** Why nothing can be kept now, or an empty text: it can again. */
        void health(String error);

        /** What was refused may be appended now. */
        void room();

        /**
         * What a segment did not acknowledge goes to another one.
         *
         * @param frames that it has kept
         */
        default void resent(int from, int frames, int to) {
            // Only a log that sends again has anything to tell.
        }
    }

    private final Ledgers ledgers;
    private final SegmentList list;
    private final Kind kind;
    private final Owner owner;
    private final ScheduledExecutorService thread;

    private final Object lock = new Object();
    private final NavigableMap<Integer, Segment> segments = new TreeMap<>();
    private final Backlog backlog = new Backlog();
    private final Errands errands;
    private final LedgerTrim trimming;
    private final LedgerReader reader;

    /** Where the next frame goes; {@code null} until there is one. */
    private Segment current;

    /** Made before it is needed. */
    private Segment spare;

    private int lastNumber;
    private boolean refused;
    private String trouble = "";
    private String fenced = "";
    private boolean closed;
    private boolean tidying;
    private volatile long bytes;

    private LedgerLog(Ledgers ledgers, SegmentList list, Kind kind, Owner owner, ScheduledExecutorService thread) {
        this.ledgers = ledgers;
        this.list = list;
        this.kind = kind;
        this.owner = owner;
        this.thread = thread;
        errands = ledgers.errands();
        trimming = new LedgerTrim(ledgers, list);
        reader = new LedgerReader(kind.name());
    }

    /**
     * Opens a log, with what earlier runs have left; whoever had it open is fenced. May block.
     *
     * @param missing told of ledgers that are not there
     */
    static LedgerLog open(
            Ledgers ledgers,
            SegmentList list,
            Kind kind,
            Owner owner,
            ScheduledExecutorService thread,
            IntConsumer missing)
            throws IOException {
        list.takeOver();
        LedgerLog log = new LedgerLog(ledgers, list, kind, owner, thread);
        log.takeOver(missing);
        return log;
    }

    private void takeOver(IntConsumer missing) throws IOException {
        long found = 0;
        Map<Integer, CompletableFuture<ReadHandle>> opening = new TreeMap<>();
        list.ledgers().forEach((number, ledger) -> opening.put(number, ledgers.takeOver(ledger)));
        for (Map.Entry<Integer, CompletableFuture<ReadHandle>> one : opening.entrySet()) {
            int number = one.getKey();
            lastNumber = Math.max(lastNumber, number);
            try {
                ReadHandle handle = Waiting.await(one.getValue(), "take over segment " + number + " of " + kind.name());
                Segment segment = Segment.earlier(number, handle);
                if (segment.entries > 0) {
                    segments.put(number, segment);
                    found += segment.bytes;
                } else {
                    trimming.empty(number);
                }
            } catch (IOException e) {
                if (!Ledgers.isMissing(e.getCause())) {
                    throw e;
                }
                trimming.empty(number);
                missing.accept(number);
            }
        }
        bytes = found;
        trimming.from(list.cursorSegment());
    }

    /** The segments that there are, and what {@link Segment#frames} says of those of earlier runs is found out. May block. */
    void count() throws IOException {
        for (Segment segment : segments.values()) {
            backlog.mark(reader.count(segment));
        }
    }

    /** What was noted last, with {@link #append}. */
    long mark() {
        return backlog.mark();
    }

    SegmentList list() {
        return list;
    }

    // ---- in

    /**
     * Appends a frame.
     *
     * @param noted kept with it: see {@link #mark}
     * @param most bytes that the log may take, or what it takes is nothing to it: 0
     * @return its position
     */
    long append(ByteBuffer frame, long noted, long most) throws IOException {
        long position;
        synchronized (lock) {
            check(most);
            Segment to = current();
            boolean large = Backlog.isLarge(frame.remaining());
            if (large || !backlog.fits(frame.remaining())) {
                backlog.finishEntry(to);
                to = current();
            }
            backlog.mark(noted);
            added(to, Entries.cost(frame));
            if (large) {
                position = Entries.position(to, to.entries, 0);
                backlog.addLarge(to, frame);
            } else {
                position = Entries.position(to, to.entries, backlog.add(frame));
            }
            send();
        }
        errands.run();
        return position;
    }

    private void check(long most) throws IOException {
        if (!fenced.isEmpty()) {
            throw new IOException(fenced);
        }
        if (closed) {
            throw new IOException("it is closed");
        }
        if (!ledgers.mayServe()) {
            throw new IOException("the lease of this node is over");
        }
        if (!trouble.isEmpty()) {
            refused = true;
            throw new IOException(trouble);
        }
        if (backlog.bytes() > kind.unackedBytes()) {
            refused = true;
            throw new IOException("the bookies are behind: " + backlog.bytes() + " bytes are not acknowledged yet");
        }
        if (most > 0 && bytes > most) {
            refused = true;
            throw new IOException("it takes " + bytes + " bytes, and may take " + most);
        }
    }

    @SuppressWarnings("NonAtomicVolatileUpdate")
    private void added(Segment to, long more) {
        to.bytes += more;
        bytes += more;
    }

    /** Where the next frame goes. */
    private Segment current() {
        Segment segment = current;
        if (segment != null
                && (segment.bytes >= kind.segmentBytes() || segment.entries >= Entries.MOST_ENTRIES)
                && !backlog.hasFrames()) {
            seal();
            segment = null;
        }
        if (segment == null) {
            segment = takeSpare();
            if (segment.writer == null && !segment.making) {
                make(segment);
            }
            current = segment;
            segments.put(segment.number, segment);
        } else if (spare == null && segment.bytes >= kind.segmentBytes() / 2 && segment.isOpen()) {
            spare = new Segment(++lastNumber);
            make(spare);
        }
        return segment;
    }

    /** The one that was made before, or one that is not made yet. */
    private Segment takeSpare() {
        Segment next = spare != null ? spare : new Segment(++lastNumber);
        spare = null;
        return next;
    }

    private void seal() {
        Segment segment = current;
        if (segment != null) {
            backlog.finishEntry(segment);
            current = null;
            segment.sealed = true;
            closeWriterOnceDone(segment);
        }
    }

    private void closeWriterOnceDone(Segment segment) {
        WriteHandle writer = segment.writer;
        if (segment.sealed && segment.unacked == 0 && writer != null) {
            errands.add(() -> {
                var unused = writer.closeAsync().exceptionally(failure -> {
                    LOG.debug("a ledger stays open until somebody reads it", failure);
                    return null;
                });
            });
        }
    }

    /** Has sent what may be. */
    private void send() {
        for (Backlog.Entry next = backlog.nextToSend(current); next != null; next = backlog.nextToSend(current)) {
            Segment to = next.segment();
            byte[] entry = next.bytes();
            errands.add(() -> {
                var unused = to.writer.appendAsync(entry).whenComplete((id, failure) -> {
                    if (failure == null) {
                        acknowledged(to);
                    } else {
                        failed(to, failure);
                    }
                });
            });
        }
    }

    // ---- what becomes of it

    /** The first entry of a segment that was not acknowledged is: BookKeeper keeps their order. */
    private void acknowledged(Segment segment) {
        if (!ledgers.mayServe()) {
            fence("the lease of this node is over");
            return;
        }
        CompletableFuture<Void> kept;
        boolean roomAgain;
        boolean healed;
        synchronized (lock) {
            kept = segment.failed ? null : backlog.acknowledged(segment);
            if (kept == null) {
                return;
            }
            closeWriterOnceDone(segment);
            healed = !trouble.isEmpty();
            if (healed) {
                trouble = "";
                trimming.againIfAny();
            }
            roomAgain = refused && trouble.isEmpty() && backlog.bytes() < kind.unackedBytes() / 2;
            refused &= !roomAgain;
            send();
        }
        errands.run();
        kept.complete(null);
        if (healed) {
            LOG.info("BOOKKEEPER({}): goes on, in ledger {}", kind.name(), segment.ledger);
            owner.health("");
            execute(this::tidyIfNeeded);
        }
        if (healed || roomAgain) {
            owner.room();
        }
    }

    private void tidyIfNeeded() {
        boolean needed;
        synchronized (lock) {
            needed = trimming.isDue() && !tidying;
        }
        if (needed) {
            tidy();
        }
    }

    /** A segment cannot be written any more. */
    private void failed(Segment segment, Throwable failure) {
        int code = Waiting.code(failure);
        if (code == BKException.Code.LedgerFencedException) {
            fence("another node has taken over");
            return;
        }
        String reason =
                Waiting.failed("write to ledger " + segment.ledger, failure).getMessage();
        List<CompletableFuture<Void>> failing = new ArrayList<>();
        List<CompletableFuture<Void>> done = List.of();
        Segment to = null;
        boolean dropped;
        boolean news;
        synchronized (lock) {
            if (segment.failed || !fenced.isEmpty() || closed) {
                return;
            }
            segment.failed = true;
            segment.sealed = true;
            news = trouble.isEmpty();
            dropped = segment.dropped;
            if (dropped) {
                done = backlog.drop(segment);
                send();
            } else {
                trouble = reason;
                giveUp(segment, failing);
                to = backlog.isEmpty() ? null : current;
            }
        }
        errands.run();
        if (dropped) {
            // Its ledger was deleted before all of it was there, and nobody needs it.
            done.forEach(kept -> kept.complete(null));
            return;
        }
        if (news) {
            LOG.error("BOOKKEEPER({}): {}", kind.name(), reason);
        }
        IOException told = new IOException(reason, failure);
        failing.forEach(kept -> kept.completeExceptionally(told));
        if (!kind.resends()) {
            if (segment.frames > 0) {
                owner.suspect(segment.number);
            }
        } else if (to != null) {
            owner.resent(segment.number, segment.frames, to.number);
        }
        if (news) {
            owner.health(reason);
            goOn();
        } else {
            later(this::goOn);
        }
    }

    /** What a segment did not acknowledge has failed; it goes to the next where the log sends again. */
    private void giveUp(Segment segment, List<CompletableFuture<Void>> failing) {
        if (current == segment) {
            backlog.finishEntry(segment);
            current = null;
        }
        if (kind.resends()) {
            Segment to = backlog.move(segment, () -> current != null ? current : takeSpare(), failing);
            if (to != null) {
                segments.put(to.number, to);
                current = to;
            }
        } else {
            failing.addAll(backlog.drop(segment));
        }
        if (segment.frames == 0) {
            segments.remove(segment.number);
            trimming.empty(segment.number);
        }
    }

    // ---- segments

    private void make(Segment segment) {
        segment.making = true;
        errands.add(() -> {
            var unused = ledgers.create(kind.name() + " " + segment.number)
                    .whenComplete((handle, failure) -> execute(() -> made(segment, handle, failure)));
        });
    }

    /** On the thread that may wait. */
    private void made(Segment segment, WriteHandle handle, Throwable failure) {
        IOException reason = failure == null ? null : Waiting.failed("make a ledger", failure);
        if (reason == null) {
            try {
                list.add(segment.number, handle.getId());
            } catch (Znodes.Outdated e) {
                fence("another node has taken over");
                return;
            } catch (IOException e) {
                reason = e;
                var unused = ledgers.delete(handle.getId());
            }
        }
        if (reason != null) {
            notMade(segment, reason);
            return;
        }
        synchronized (lock) {
            segment.making = false;
            segment.ledger = handle.getId();
            segment.reader = handle;
            segment.writer = handle;
            if (segment.dropped) {
                // What was trimmed before it was there goes with the next.
                trimming.again();
            }
            closeWriterOnceDone(segment);
            probe(segment);
            send();
        }
        errands.run();
    }

    /** After trouble a ledger is believed in when it has taken something: it may be made of bookies that have just died. */
    private void probe(Segment segment) {
        if (!trouble.isEmpty() && backlog.isEmpty() && segment == current) {
            backlog.addNothing(segment);
        }
    }

    private void notMade(Segment segment, IOException reason) {
        List<CompletableFuture<Void>> failing = new ArrayList<>();
        boolean news;
        synchronized (lock) {
            if (!fenced.isEmpty() || closed) {
                return;
            }
            segment.making = false;
            if (segment == spare) {
                // There is time yet.
                spare = null;
                lastNumber = Math.max(lastNumber, segment.number);
                return;
            }
            news = trouble.isEmpty();
            trouble = reason.getMessage();
            if (!kind.resends()) {
                segment.failed = true;
                segment.sealed = true;
                giveUp(segment, failing);
            }
        }
        failing.forEach(kept -> kept.completeExceptionally(reason));
        if (news) {
            LOG.error("BOOKKEEPER({}): {}", kind.name(), reason.getMessage());
            owner.health(reason.getMessage());
        }
        if (!failing.isEmpty()) {
            owner.suspect(segment.number);
        }
        later(this::goOn);
    }

    /** Makes the segment in which the log goes on after trouble. */
    private void goOn() {
        synchronized (lock) {
            if (!fenced.isEmpty() || closed) {
                return;
            }
            Segment first = backlog.isEmpty() ? current : backlog.first();
            if (first == null) {
                first = takeSpare();
                current = first;
                segments.put(first.number, first);
            }
            if (first.writer != null) {
                probe(first);
                send();
            } else if (!first.making) {
                make(first);
            }
        }
        errands.run();
    }

    /** Nothing is written any more, and nothing that is on its way is acknowledged. */
    void fence(String reason) {
        List<CompletableFuture<Void>> failing;
        synchronized (lock) {
            if (!fenced.isEmpty() || closed) {
                return;
            }
            fenced = reason;
            failing = backlog.allKept();
        }
        LOG.warn("BOOKKEEPER({}): fenced: {}", kind.name(), reason);
        IOException told = new IOException(reason);
        failing.forEach(kept -> kept.completeExceptionally(told));
    }

    private void execute(Runnable task) {
        try {
            thread.execute(task);
        } catch (RejectedExecutionException e) {
            LOG.debug("the node has left the cluster", e);
        }
    }

    private void later(Runnable task) {
        try {
            thread.schedule(task, RETRY_MILLIS, TimeUnit.MILLISECONDS);
        } catch (RejectedExecutionException e) {
            LOG.debug("the node has left the cluster", e);
        }
    }

    // ---- what is kept

    /** See {@link io.nsqd.spi.Journal#kept}. */
    CompletableFuture<Void> kept() {
        synchronized (lock) {
            if (!fenced.isEmpty()) {
                return CompletableFuture.failedFuture(new IOException(fenced));
            }
            return backlog.kept();
        }
    }

    /** Bytes that are not acknowledged. */
    long lag() {
        return backlog.bytes();
    }

    long bytes() {
        return bytes;
    }

    int segmentCount() {
        synchronized (lock) {
            return (int) segments.values().stream().filter(s -> s.bytes > 0).count();
        }
    }

    /** Why nothing can be kept now; empty while it can. */
    String trouble() {
        synchronized (lock) {
            return fenced.isEmpty() ? trouble : fenced;
        }
    }

    /** The segments, the first first. */
    List<Segment> segments() {
        synchronized (lock) {
            return List.copyOf(segments.values());
        }
    }

    // ---- out

    /** Hands out the frames of earlier runs that have not been trimmed. May block. */
    void replay(Journal.Sink sink) throws IOException {
        reader.replay(segments(), sink);
    }

    /** Reads a frame. May block. */
    ByteBuffer read(long position) throws IOException {
        Segment segment;
        Map<Long, ByteBuffer> fresh;
        synchronized (lock) {
            segment = segments.get(Entries.segmentOf(position));
            if (segment == null) {
                throw new IOException("segment " + Entries.segmentOf(position) + " is not there");
            }
            fresh = backlog.of(segment, segment == current);
        }
        return reader.read(position, segment, fresh);
    }

    // ---- giving back

    /**
     * What is in segments before one is needed no more, nor is what is before a frame of that one.
     *
     * @param index which frame; negative where nobody asks for that
     */
    void trim(int segment, long index) {
        boolean start;
        synchronized (lock) {
            while (!segments.isEmpty() && segments.firstKey() < segment) {
                drop(segments.pollFirstEntry().getValue());
            }
            int next = spare != null ? spare.number : lastNumber + 1;
            trimming.note(Math.min(segment, next), index);
            start = !tidying && !closed;
            tidying |= start;
        }
        errands.run();
        if (start) {
            execute(this::tidy);
        }
    }

    @SuppressWarnings("NonAtomicVolatileUpdate")
    private void drop(Segment segment) {
        bytes -= segment.bytes;
        segment.dropped = true;
        if (segment == current) {
            seal();
        }
    }

    private void tidy() {
        synchronized (lock) {
            tidying = false;
            if (!fenced.isEmpty() || closed) {
                return;
            }
        }
        try {
            persist();
        } catch (Znodes.Outdated e) {
            fence("another node has taken over");
        } catch (IOException e) {
            LOG.warn("BOOKKEEPER({}): what is old cannot be given back yet - {}", kind.name(), e.getMessage());
            synchronized (lock) {
                tidying = true;
            }
            later(this::tidy);
        }
    }

    /** Notes what is needed, and deletes the rest. Only on the thread that may wait, or before and after that uses it. */
    void persist() throws IOException {
        trimming.persist();
    }

    /** Notes how far the log is needed, for the next time that it is persisted. */
    void note(int segment, long index) {
        trimming.note(segment, index);
    }

    /** The segment of a number; {@code null} where there is none. */
    Segment segmentOf(int number) {
        synchronized (lock) {
            return segments.get(number);
        }
    }

    /** Whether it was ever written to, as far as ZooKeeper knows. */
    boolean exists() {
        return list.exists();
    }

    /** Has something done on the thread that may wait, after all that it has to do before; and waits for that. */
    void onThread(IoTask task) throws IOException {
        try {
            Waiting.await(
                    thread.submit(() -> {
                        task.run();
                        return null;
                    }),
                    kind.name(),
                    60);
        } catch (RejectedExecutionException e) {
            throw new IOException("the node has left the cluster", e);
        }
    }

    /** Something that may fail. */
    @FunctionalInterface
    interface IoTask {
        void run() throws IOException;
    }

    /** Waits for what is on its way, and lets go of everything. May block. */
    void close() throws IOException {
        if (!ledgers.mayServe()) {
            // What is on its way is not to be waited for.
            fence("the lease of this node is over");
        }
        CompletableFuture<Void> last;
        Segment unused;
        synchronized (lock) {
            if (closed) {
                return;
            }
            seal();
            send();
            last = fenced.isEmpty() ? backlog.kept() : Backlog.DONE;
            unused = spare;
            spare = null;
        }
        errands.run();
        IOException failure = null;
        try {
            Waiting.await(last, "close " + kind.name(), CLOSE_SECONDS);
        } catch (IOException e) {
            failure = e;
        }
        synchronized (lock) {
            closed = true;
            if (unused != null) {
                trimming.empty(unused.number);
            }
        }
        boolean leaves;
        synchronized (lock) {
            leaves = fenced.isEmpty()
                    && (unused != null
                            || trimming.isDue()
                            || tidying
                            || !list.gone().isEmpty());
        }
        if (leaves) {
            try {
                onThread(this::persist);
            } catch (IOException e) {
                // Somebody else has it by now, or will find it as it is.
                LOG.debug("what is old is not given back", e);
            }
        }
        for (Segment segment : segments()) {
            if (segment.isOfEarlierRun()) {
                var ignored = segment.reader.closeAsync();
            }
        }
        if (failure != null) {
            throw failure;
        }
    }
}
