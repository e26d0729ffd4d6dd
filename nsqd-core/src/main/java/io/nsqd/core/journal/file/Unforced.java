package io.nsqd.core.journal.file;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;

/** Segments in which something lies that is not durable, the oldest first. Guarded by the journal's lock. */
final class Unforced {
    /** So much is written before it is forced though nobody waits: else the kernel would write back all of it at once, some day. */
    private static final int MOST_BYTES = 8 << 20;

    private final Deque<Segment> segments = new ArrayDeque<>();
    private long bytes;
    private long since;

    /** So many bytes were put into a segment. True when there is so much now that it is to be forced. */
    boolean add(Segment segment, int more) {
        if (segments.isEmpty()) {
            since = System.nanoTime();
        }
        if (segments.peekLast() != segment) {
            segments.add(segment);
        }
        boolean before = bytes >= MOST_BYTES;
        bytes += more;
        return !before && bytes >= MOST_BYTES;
    }

    boolean isEmpty() {
        return segments.isEmpty();
    }

    /** Whether it is so much, or so old, that it is to be forced though nobody waits. */
    boolean isDue() {
        return !isEmpty() && (bytes >= MOST_BYTES || System.nanoTime() - since >= JournalSync.PATIENCE_NANOS);
    }

    /** Takes all of them. */
    List<Segment> take() {
        List<Segment> taken = List.copyOf(segments);
        segments.clear();
        bytes = 0;
        return taken;
    }
}
