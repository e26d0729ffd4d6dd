package io.nsqd.bookkeeper;

import io.nsqd.log.Logger;
import io.nsqd.log.LoggerFactory;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.apache.bookkeeper.client.api.BKException;
import org.apache.bookkeeper.client.api.ReadHandle;
import org.apache.bookkeeper.client.api.WriteHandle;

/**
 * A log of frames in ledgers, one after the other: what journal and queues are made of. Appending never waits. Frames that come while
 * others are on their way share an entry.
 *
 * <p>Its lock is held for a moment only, and by nobody who waits; what waits for ZooKeeper runs on the thread {@code nsqd-bookkeeper}.
 */
final class LedgerLog {
    private static final Logger LOG = LoggerFactory.getLogger(LedgerLog.class);

    /** Entries on their way at once: what comes meanwhile is one entry more. */
    private static final int WINDOW = 8;

    private static final long RETRY_MILLIS = 500;

    /** How long a close waits for what is on its way. */
    private static final long CLOSE_SECONDS = 30;

    static final CompletableFuture<Void> DONE = CompletableFuture.completedFuture(null);

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

    private static final class Entry {
        Segment segment;
        final byte[] bytes;
        final long number;
        final CompletableFuture<Void> kept;

        Entry(Segment segment, byte[] bytes, long number, CompletableFuture<Void> kept) {
            this.segment = segment;
            this.bytes = bytes;
            this.number = number;
            this.kept = kept;
        }
    }

    private final Ledgers ledgers;
    private final SegmentList list;
    private final Kind kind;
    private final Owner owner;
    private final ScheduledExecutorService thread;

    private final Object lock = new Object();
    private final NavigableMap<Integer, Segment> segments = new TreeMap<>();

    /** What is not acknowledged, the oldest first; of it the last ones, {@link #waiting}, are not sent. */
    private final Deque<Entry> unacked = new ArrayDeque<>();

    private final Deque<Entry> waiting = new ArrayDeque<>();
    private final Entries.Filler filler = new Entries.Filler();
    private CompletableFuture<Void> fillerKept = new CompletableFuture<>();
    private Segment current;
    private Segment spare;
    private int lastNumber;
    private long mark;
    private volatile long unackedBytes;
    private boolean refused;
    private String trouble = "";
    private String fenced = "";
    private boolean closed;
    private int trimmedTo;
    private final List<Integer> emptied = new ArrayList<>();
    private long cursorIndex = -1;
    private boolean tidying;

    /** Whether something was trimmed, and that is not noted yet. */
    private boolean untidy;

    private volatile long bytes;

    private LedgerLog(Ledgers ledgers, SegmentList list, Kind kind, Owner owner, ScheduledExecutorService thread) {
        this.ledgers = ledgers;
        this.list = list;
        this.kind = kind;
        this.owner = owner;
        this.thread = thread;
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
            java.util.function.IntConsumer missing)
            throws IOException {
        list.takeOver();
        LedgerLog log = new LedgerLog(ledgers, list, kind, owner, thread);
        log.takeOver(missing);
        return log;
    }

    private void takeOver(java.util.function.IntConsumer missing) throws IOException {
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
                    emptied.add(number);
                }
            } catch (IOException e) {
                if (!Ledgers.isMissing(e.getCause())) {
                    throw e;
                }
                emptied.add(number);
                missing.accept(number);
            }
        }
        bytes = found;
        trimmedTo = list.cursorSegment();
    }

    /** The segments that there are, and what {@link Segment#frames} says of those of earlier runs is found out. May block. */
    void count() throws IOException {
        for (Segment segment : segments.values()) {
            long last = segment.lastReadable();
            Segment.each(Waiting.await(segment.read(last, last), "read the end of " + kind.name()), (number, entry) -> {
                segment.frames = Entries.first(entry) + Entries.frames(entry);
                mark = Math.max(mark, Entries.mark(entry));
            });
        }
    }

    /** What was noted last, with {@link #append}. */
    long mark() {
        return mark;
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
        synchronized (lock) {
            check(most);
            int length = frame.remaining();
            Segment to = current();
            boolean large = Entries.HEAD + 4 + length > Entries.MOST_BYTES && length + 64 > Entries.MOST_BYTES;
            if (large || !filler.fits(length)) {
                finishEntry();
                to = current();
            }
            mark = Math.max(mark, noted);
            long position;
            if (large) {
                position = position(to, to.entries, 0);
                addLarge(to, frame);
            } else {
                position = position(to, to.entries, filler.add(frame));
            }
            added(length + 4L);
            send();
            return position;
        }
    }

    private static long position(Segment segment, int entry, int frame) {
        return (long) segment.number << 32 | (long) entry << Entries.FRAME_BITS | frame;
    }

    static int segment(long position) {
        return (int) (position >>> 32);
    }

    static long entry(long position) {
        return (position & 0xffff_ffffL) >>> Entries.FRAME_BITS;
    }

    static int frame(long position) {
        return (int) position & Entries.MOST_FRAMES;
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
        if (unackedBytes > kind.unackedBytes()) {
            refused = true;
            throw new IOException("the bookies are behind: " + unackedBytes + " bytes are not acknowledged yet");
        }
        if (most > 0 && bytes > most) {
            refused = true;
            throw new IOException("it takes " + bytes + " bytes, and may take " + most);
        }
    }

    @SuppressWarnings("NonAtomicVolatileUpdate")
    private void added(long more) {
        current.bytes += more;
        bytes += more;
        unackedBytes += more;
    }

    /** Where the next frame goes. */
    private Segment current() {
        Segment segment = current;
        if (segment != null
                && (segment.bytes >= kind.segmentBytes() || segment.entries >= Entries.MOST_ENTRIES)
                && filler.frames() == 0) {
            seal();
            segment = null;
        }
        if (segment == null) {
            if (spare != null) {
                segment = spare;
                spare = null;
            } else {
                segment = new Segment(++lastNumber);
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

    private void seal() {
        finishEntry();
        Segment segment = current;
        current = null;
        if (segment != null) {
            segment.sealed = true;
            if (segment.unacked == 0) {
                closeWriter(segment);
            }
        }
    }

    private void closeWriter(Segment segment) {
        if (segment.writer != null) {
            var unused = segment.writer.closeAsync().exceptionally(failure -> {
                LOG.debug("a ledger stays open until somebody reads it", failure);
                return null;
            });
        }
    }

    private void finishEntry() {
        if (filler.frames() > 0) {
            int frames = filler.frames();
            add(new Entry(current, filler.finish(current.frames, mark), current.entries, fillerKept));
            current.frames += frames;
            fillerKept = new CompletableFuture<>();
        }
    }

    private void addLarge(Segment to, ByteBuffer frame) {
        ByteBuffer in = frame.duplicate();
        int first = Math.min(in.remaining(), Entries.MOST_BYTES - Entries.HEAD - 4);
        byte[] beginning = new byte[Entries.HEAD + 4 + first];
        Entries.putHead(beginning, Entries.BEGINNING, to.frames, 1, mark);
        ByteBuffer.wrap(beginning).putInt(Entries.HEAD, in.remaining());
        in.get(beginning, Entries.HEAD + 4, first);
        add(new Entry(to, beginning, to.entries, new CompletableFuture<>()));
        to.frames++;
        while (in.hasRemaining()) {
            int more = Math.min(in.remaining(), Entries.MOST_BYTES - Entries.HEAD);
            byte[] part = new byte[Entries.HEAD + more];
            Entries.putHead(part, Entries.PART, to.frames, 0, mark);
            in.get(part, Entries.HEAD, more);
            add(new Entry(to, part, to.entries, new CompletableFuture<>()));
        }
    }

    private void add(Entry entry) {
        entry.segment.entries++;
        entry.segment.unacked++;
        unacked.add(entry);
        waiting.add(entry);
    }

    /** Sends what may be: of a segment only when all before it are acknowledged, so that what is acknowledged has no gap. */
    private void send() {
        while (true) {
            Segment first = unacked.isEmpty() ? current : unacked.peek().segment;
            if (first == null || !first.isOpen() || unacked.size() - waiting.size() >= WINDOW) {
                return;
            }
            if (waiting.isEmpty()) {
                if (filler.frames() == 0 || current != first) {
                    return;
                }
                finishEntry();
            }
            Entry entry = waiting.peek();
            if (entry.segment != first) {
                return;
            }
            waiting.poll();
            Segment to = first;
            var unused = first.writer.appendAsync(entry.bytes).whenComplete((id, failure) -> {
                if (failure == null) {
                    acknowledged(to);
                } else {
                    failed(to, failure);
                }
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
            Entry entry = unacked.peek();
            if (segment.failed || entry == null || entry.segment != segment) {
                return;
            }
            unacked.poll();
            segment.unacked--;
            acked(entry);
            kept = entry.kept;
            if (segment.sealed && segment.unacked == 0) {
                closeWriter(segment);
            }
            healed = !trouble.isEmpty();
            if (healed) {
                trouble = "";
                untidy |= !emptied.isEmpty();
            }
            roomAgain = refused && trouble.isEmpty() && unackedBytes < kind.unackedBytes() / 2;
            refused &= !roomAgain;
            send();
        }
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
            needed = untidy && !tidying;
        }
        if (needed) {
            tidy();
        }
    }

    @SuppressWarnings("NonAtomicVolatileUpdate")
    private void acked(Entry entry) {
        unackedBytes = Math.max(0, unackedBytes - entry.bytes.length + Entries.HEAD);
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
        boolean news;
        synchronized (lock) {
            if (segment.failed || !fenced.isEmpty() || closed) {
                return;
            }
            segment.failed = true;
            segment.sealed = true;
            news = trouble.isEmpty();
            if (segment.dropped) {
                done = dropUnacked(segment);
            } else {
                trouble = reason;
                if (current == segment && filler.frames() > 0) {
                    finishEntry();
                }
                giveUp(segment, failing);
                if (current == segment) {
                    current = null;
                }
                to = unacked.isEmpty() ? null : current;
            }
        }
        if (segment.dropped) {
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

    private List<CompletableFuture<Void>> dropUnacked(Segment segment) {
        List<CompletableFuture<Void>> done = new ArrayList<>();
        unacked.removeIf(entry -> {
            if (entry.segment == segment) {
                acked(entry);
                done.add(entry.kept);
                return true;
            }
            return false;
        });
        waiting.removeIf(entry -> entry.segment == segment);
        segment.unacked = 0;
        send();
        return done;
    }

    /** What a segment did not acknowledge has failed; it goes to the next where the log sends again. */
    private void giveUp(Segment segment, List<CompletableFuture<Void>> failing) {
        List<Entry> others = new ArrayList<>();
        for (Entry entry : unacked) {
            if (entry.segment == segment) {
                failing.add(entry.kept);
                if (!kind.resends()) {
                    acked(entry);
                    continue;
                }
            }
            others.add(entry);
        }
        unacked.clear();
        waiting.clear();
        if (kind.resends()) {
            resend(segment, others);
        } else {
            unacked.addAll(others);
            waiting.addAll(others);
        }
        segment.unacked = 0;
        if (segment.frames == 0) {
            segments.remove(segment.number);
            emptied.add(segment.number);
        }
    }

    /** In their order, before what was to go there: the numbers of frames in it are others then. */
    private void resend(Segment from, List<Entry> entries) {
        if (entries.isEmpty()) {
            return;
        }
        Segment next = null;
        for (Entry entry : entries) {
            if (entry.segment != from) {
                next = entry.segment;
            }
        }
        if (next == null) {
            next = current != null && current != from ? current : spare != null ? spare : new Segment(++lastNumber);
            if (next == spare) {
                spare = null;
            }
        }
        int frames = 0;
        int number = 0;
        for (Entry entry : entries) {
            int own = ByteBuffer.wrap(entry.bytes).getChar(6);
            if (entry.segment == from) {
                from.frames -= own;
                from.entries--;
                from.bytes -= entry.bytes.length;
                next.bytes += entry.bytes.length;
            }
            Entries.first(entry.bytes, frames);
            frames += own;
            Entry again = new Entry(next, entry.bytes, number++, new CompletableFuture<>());
            unacked.add(again);
            waiting.add(again);
        }
        next.frames = frames;
        next.entries = number;
        next.unacked = number;
        segments.put(next.number, next);
        current = next;
    }

    // ---- segments

    private void make(Segment segment) {
        segment.making = true;
        var unused = ledgers.create(kind.name() + " " + segment.number)
                .whenComplete((handle, failure) -> execute(() -> made(segment, handle, failure)));
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
            // What was trimmed before it was there goes with the next.
            untidy |= segment.dropped;
            if (segment.sealed && segment.unacked == 0) {
                closeWriter(segment);
            }
            probe(segment);
            send();
        }
    }

    /** After trouble a ledger is believed in when it has taken something: it may be made of bookies that have just died. */
    private void probe(Segment segment) {
        if (!trouble.isEmpty() && unacked.isEmpty() && segment == current) {
            byte[] nothing = new byte[Entries.HEAD];
            Entries.putHead(nothing, Entries.PART, segment.frames, 0, mark);
            add(new Entry(segment, nothing, segment.entries, new CompletableFuture<>()));
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
                if (current == segment) {
                    finishEntry();
                    current = null;
                }
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
            Segment first = unacked.isEmpty() ? current : unacked.peek().segment;
            if (first == null) {
                first = spare != null ? spare : new Segment(++lastNumber);
                if (first == spare) {
                    spare = null;
                }
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
    }

    /** Nothing is written any more, and nothing that is on its way is acknowledged. */
    void fence(String reason) {
        List<CompletableFuture<Void>> failing = new ArrayList<>();
        synchronized (lock) {
            if (!fenced.isEmpty() || closed) {
                return;
            }
            fenced = reason;
            unacked.forEach(entry -> failing.add(entry.kept));
            failing.add(fillerKept);
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
            return filler.frames() > 0 ? fillerKept : unacked.isEmpty() ? DONE : unacked.peekLast().kept;
        }
    }

    /** Bytes that are not acknowledged. */
    long lag() {
        return unackedBytes;
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
    void replay(io.nsqd.spi.Journal.Sink sink) throws IOException {
        for (Segment segment : segments()) {
            if (segment.writer == null && segment.reader != null) {
                Entries.Reader reader = new Entries.Reader();
                long from = 0;
                long last = segment.lastReadable();
                CompletableFuture<org.apache.bookkeeper.client.api.LedgerEntries> next = null;
                while (from <= last) {
                    long to = segment.batchEnd(from);
                    var entries = next != null ? next : segment.read(from, to);
                    next = to < last ? segment.read(to + 1, segment.batchEnd(to + 1)) : null;
                    from = to + 1;
                    try {
                        Segment.each(
                                Waiting.await(entries, "read " + kind.name()),
                                (number, entry) -> reader.entry(
                                        number,
                                        entry,
                                        (e, i, index, frame) -> sink.frame(position(segment, (int) e, i), frame)));
                    } catch (IOException e) {
                        forget(next);
                        throw e;
                    }
                }
            }
        }
    }

    private static void forget(CompletableFuture<org.apache.bookkeeper.client.api.LedgerEntries> read) {
        if (read != null) {
            var unused = read.thenAccept(org.apache.bookkeeper.client.api.LedgerEntries::close);
        }
    }

    /** Reads a frame. May block. */
    ByteBuffer read(long position) throws IOException {
        Map<Long, ByteBuffer> fresh = new HashMap<>();
        Segment segment;
        synchronized (lock) {
            segment = segments.get(segment(position));
            if (segment == null) {
                throw new IOException("segment " + segment(position) + " is not there");
            }
            for (Entry entry : unacked) {
                if (entry.segment == segment) {
                    fresh.put(entry.number, ByteBuffer.wrap(entry.bytes));
                }
            }
            if (segment == current && filler.frames() > 0) {
                ByteBuffer soFar = filler.soFar(segment.frames, mark);
                byte[] copy = new byte[soFar.remaining()];
                soFar.get(copy);
                fresh.put((long) segment.entries, ByteBuffer.wrap(copy));
            }
        }
        Entries.Reader reader = new Entries.Reader();
        ByteBuffer[] found = new ByteBuffer[1];
        long number = entry(position);
        do {
            ByteBuffer own = fresh.get(number);
            Segment.EntryTaker taker = (n, entry) -> reader.entry(n, entry, (e, i, index, frame) -> {
                if (i == frame(position)) {
                    byte[] copy = new byte[frame.remaining()];
                    frame.duplicate().get(copy);
                    found[0] = ByteBuffer.wrap(copy);
                }
            });
            if (own != null) {
                taker.entry(number, own);
            } else {
                Segment.each(Waiting.await(segment.read(number, number), "read " + kind.name()), taker);
            }
            number++;
        } while (reader.isWithinFrame());
        if (found[0] == null) {
            throw new IOException("there is no frame at " + Long.toHexString(position));
        }
        return found[0];
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
            trimmedTo = Math.max(trimmedTo, Math.min(segment, next));
            cursorIndex = index;
            untidy = true;
            start = !tidying && !closed;
            tidying |= start;
        }
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
        int first;
        long index;
        List<Integer> others;
        synchronized (lock) {
            first = trimmedTo;
            index = cursorIndex;
            others = List.copyOf(emptied);
            untidy = false;
        }
        list.trim(first, others, index, List.of());
        List<Long> deleted = new ArrayList<>();
        for (long ledger : list.gone()) {
            // One that is still being written stays until that is over.
            Waiting.await(ledgers.delete(ledger), "delete ledger " + ledger);
            deleted.add(ledger);
        }
        if (!deleted.isEmpty()) {
            list.trim(first, List.of(), index, deleted);
        }
        synchronized (lock) {
            emptied.removeAll(others);
        }
    }

    /** Notes how far the log is needed, for the next time that it is persisted. */
    void note(int segment, long index) {
        synchronized (lock) {
            trimmedTo = Math.max(trimmedTo, segment);
            cursorIndex = index;
            untidy = true;
        }
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
            last = fenced.isEmpty() ? kept() : DONE;
            unused = spare;
            spare = null;
        }
        IOException failure = null;
        try {
            Waiting.await(last, "close " + kind.name(), CLOSE_SECONDS);
        } catch (IOException e) {
            failure = e;
        }
        synchronized (lock) {
            closed = true;
            if (unused != null) {
                emptied.add(unused.number);
            }
        }
        boolean leaves;
        synchronized (lock) {
            leaves = fenced.isEmpty()
                    && (unused != null || untidy || tidying || !list.gone().isEmpty());
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
            if (segment.writer == null && segment.reader != null) {
                var ignored = segment.reader.closeAsync();
            }
        }
        if (failure != null) {
            throw failure;
        }
    }
}
