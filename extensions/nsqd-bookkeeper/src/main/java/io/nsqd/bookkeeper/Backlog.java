package io.nsqd.bookkeeper;

import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;

/** What of a log is not acknowledged yet. Guarded by the log's lock, save {@link #bytes}. */
final class Backlog {
    static final CompletableFuture<Void> DONE = CompletableFuture.completedFuture(null);

    /** Entries on their way at once: what comes meanwhile is one entry more. */
    private static final int WINDOW = 8;

    /** An entry of a segment. */
    @SuppressWarnings("ArrayRecordComponent") // As Znodes.Found.
    record Entry(Segment segment, byte[] bytes, long number, CompletableFuture<Void> kept) {}

    /** What is not acknowledged, the oldest first; of it the last ones, {@link #waiting}, are not sent. */
    private final Deque<Entry> unacked = new ArrayDeque<>();

    private final Deque<Entry> waiting = new ArrayDeque<>();

    /** The frames that the next entry has so far. */
    private final Entries.Filler filler = new Entries.Filler();

    private CompletableFuture<Void> fillerKept = new CompletableFuture<>();
    private long mark;
    private volatile long bytes;

    /** Bytes of frames. Any thread. */
    long bytes() {
        return bytes;
    }

    /** What was noted last. */
    long mark() {
        return mark;
    }

    void mark(long noted) {
        mark = Math.max(mark, noted);
    }

    /** Whether there is nothing that was made an entry. */
    boolean isEmpty() {
        return unacked.isEmpty();
    }

    /** Where the oldest entry goes; {@code null} where there is none. */
    Segment first() {
        return unacked.isEmpty() ? null : unacked.peek().segment;
    }

    // ---- in

    /** Whether a frame of that length takes more than one entry. */
    static boolean isLarge(int length) {
        return Entries.HEAD + 4 + length > Entries.MOST_BYTES;
    }

    boolean hasFrames() {
        return filler.frames() > 0;
    }

    /** Whether the entry that is being filled has room for a frame of that length. */
    boolean fits(int length) {
        return filler.fits(length);
    }

    /** Adds a frame that fits; says which of its entry's it is. */
    @SuppressWarnings("NonAtomicVolatileUpdate")
    int add(ByteBuffer frame) {
        bytes += Entries.cost(frame);
        return filler.add(frame);
    }

    /** Makes an entry of the frames that there are. */
    void finishEntry(Segment to) {
        if (hasFrames()) {
            int frames = filler.frames();
            add(to, filler.finish(to.frames, mark), fillerKept);
            to.frames += frames;
            fillerKept = new CompletableFuture<>();
        }
    }

    /** Adds a frame that takes several entries. */
    @SuppressWarnings("NonAtomicVolatileUpdate")
    void addLarge(Segment to, ByteBuffer frame) {
        bytes += Entries.cost(frame);
        ByteBuffer in = frame.duplicate();
        int first = Math.min(in.remaining(), Entries.MOST_BYTES - Entries.HEAD - 4);
        byte[] beginning = new byte[Entries.HEAD + 4 + first];
        Entries.putHead(beginning, Entries.BEGINNING, to.frames, 1, mark);
        ByteBuffer.wrap(beginning).putInt(Entries.HEAD, in.remaining());
        in.get(beginning, Entries.HEAD + 4, first);
        add(to, beginning, new CompletableFuture<>());
        to.frames++;
        while (in.hasRemaining()) {
            int more = Math.min(in.remaining(), Entries.MOST_BYTES - Entries.HEAD);
            byte[] part = new byte[Entries.HEAD + more];
            Entries.putHead(part, Entries.PART, to.frames, 0, mark);
            in.get(part, Entries.HEAD, more);
            add(to, part, new CompletableFuture<>());
        }
    }

    /** Adds an entry without frames. */
    void addNothing(Segment to) {
        byte[] nothing = new byte[Entries.HEAD];
        Entries.putHead(nothing, Entries.PART, to.frames, 0, mark);
        add(to, nothing, new CompletableFuture<>());
    }

    private void add(Segment to, byte[] entry, CompletableFuture<Void> kept) {
        Entry added = new Entry(to, entry, to.entries, kept);
        to.entries++;
        to.unacked++;
        unacked.add(added);
        waiting.add(added);
    }

    // ---- out

    /**
     * Takes what may be sent next: of a segment only when all before it are acknowledged, so that what is acknowledged has no gap.
     *
     * @param current where the next frame goes; may be {@code null}
     * @return {@code null} when nothing may be
     */
    Entry nextToSend(Segment current) {
        Segment first = unacked.isEmpty() ? current : first();
        if (first == null || !first.isOpen() || unacked.size() - waiting.size() >= WINDOW) {
            return null;
        }
        if (waiting.isEmpty() && current == first) {
            finishEntry(current);
        }
        Entry next = waiting.peek();
        return next != null && next.segment == first ? waiting.poll() : null;
    }

    /**
     * The first entry of a segment that was not acknowledged is.
     *
     * @return who waits for it; {@code null} where it was of no interest any more
     */
    CompletableFuture<Void> acknowledged(Segment segment) {
        Entry entry = unacked.peek();
        if (entry == null || entry.segment != segment) {
            return null;
        }
        unacked.poll();
        segment.unacked--;
        subtract(entry);
        return entry.kept;
    }

    @SuppressWarnings("NonAtomicVolatileUpdate")
    private void subtract(Entry entry) {
        bytes = Math.max(0, bytes - entry.bytes.length + Entries.HEAD);
    }

    /** Completed once all that there is is acknowledged. */
    CompletableFuture<Void> kept() {
        return hasFrames() ? fillerKept : unacked.isEmpty() ? DONE : unacked.peekLast().kept;
    }

    /** Everybody who waits. */
    List<CompletableFuture<Void>> allKept() {
        List<CompletableFuture<Void>> all = new ArrayList<>();
        unacked.forEach(entry -> all.add(entry.kept));
        all.add(fillerKept);
        return all;
    }

    /** The entries that a segment has here, by number. */
    Map<Long, ByteBuffer> of(Segment segment, boolean isCurrent) {
        Map<Long, ByteBuffer> found = new HashMap<>();
        for (Entry entry : unacked) {
            if (entry.segment == segment) {
                found.put(entry.number, ByteBuffer.wrap(entry.bytes));
            }
        }
        if (isCurrent && hasFrames()) {
            ByteBuffer soFar = filler.soFar(segment.frames, mark);
            byte[] copy = new byte[soFar.remaining()];
            soFar.get(copy);
            found.put((long) segment.entries, ByteBuffer.wrap(copy));
        }
        return found;
    }

    // ---- what a segment did not take

    /** Nobody needs what a segment did not acknowledge; says who waited for it. */
    List<CompletableFuture<Void>> drop(Segment segment) {
        List<CompletableFuture<Void>> dropped = new ArrayList<>();
        unacked.removeIf(entry -> {
            if (entry.segment == segment) {
                subtract(entry);
                dropped.add(entry.kept);
                return true;
            }
            return false;
        });
        waiting.removeIf(entry -> entry.segment == segment);
        segment.unacked = 0;
        return dropped;
    }

    /**
     * What the first segment did not acknowledge goes to the next, before what was to go there: in its order, but the numbers of frames
     * are others then.
     *
     * @param next where what is behind it goes; asked for only where there is something to move
     * @param failed gets who waited for what did not work; who waits for what was to go to the next goes on waiting
     * @return where everything goes; {@code null} where there is nothing
     */
    Segment move(Segment from, Supplier<Segment> next, List<CompletableFuture<Void>> failed) {
        List<Entry> entries = List.copyOf(unacked);
        unacked.clear();
        waiting.clear();
        from.unacked = 0;
        if (entries.isEmpty()) {
            return null;
        }
        Segment last = entries.get(entries.size() - 1).segment;
        Segment to = last != from ? last : next.get();
        int frames = 0;
        int number = 0;
        for (Entry entry : entries) {
            int own = Entries.frames(entry.bytes);
            CompletableFuture<Void> kept = entry.kept;
            if (entry.segment == from) {
                failed.add(kept);
                kept = new CompletableFuture<>();
                from.frames -= own;
                from.entries--;
                from.bytes -= entry.bytes.length;
                to.bytes += entry.bytes.length;
            }
            // Whoever sends what did not work may still look at it.
            byte[] copy = entry.bytes.clone();
            Entries.first(copy, frames);
            frames += own;
            Entry again = new Entry(to, copy, number++, kept);
            unacked.add(again);
            waiting.add(again);
        }
        to.frames = frames;
        to.entries = number;
        to.unacked = number;
        return to;
    }
}
