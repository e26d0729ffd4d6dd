package io.nsqd.core.journal.file;

import io.nsqd.api.Durability;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;

/** Segments in which something lies that is not durable, the oldest first. Guarded by the journal's lock, but for {@link #isMuch}. */
final class Unforced {
    /** So much is written before it is forced though nobody waits: else the kernel would write back all of it at once, some day. */
    private static final long MOST_BYTES = 8L << 20;

    /**
     * The same where nobody ever waits for the disk. Most of what is written is given back before that, and never gets there.
     */
    private static final long MOST_LAZY_BYTES = 256L << 20;

    /** Beyond that publishers wait for the disk: it takes no more, and pages that the kernel holds up would hold up event loops. */
    private static final long TOO_MUCH_BYTES = 1L << 30;

    /** How old it may become, in units of the time after which what does not work is tried again: half a minute. */
    private static final int LAZY_PATIENCE = 60;

    private final boolean lazy;
    private final long patienceNanos;
    private final Deque<Part> parts = new ArrayDeque<>();
    private long bytes;
    private long since;
    private volatile boolean much;

    private static final class Part {
        private final Segment segment;
        private long bytes;

        Part(Segment segment) {
            this.segment = segment;
        }
    }

    Unforced(JournalSettings settings) {
        lazy = settings.durability() == Durability.WRITTEN;
        patienceNanos = lazy ? LAZY_PATIENCE * settings.retryNanos() : JournalSync.PATIENCE_NANOS;
    }

    private long most() {
        return lazy ? MOST_LAZY_BYTES : MOST_BYTES;
    }

    /** So many bytes were put into a segment. True when there is so much now that it is to be forced. */
    boolean add(Segment segment, int more) {
        if (parts.isEmpty()) {
            since = System.nanoTime();
        }
        Part last = parts.peekLast();
        if (last == null || last.segment != segment) {
            last = new Part(segment);
            parts.add(last);
        }
        boolean before = bytes >= most();
        last.bytes += more;
        count(more);
        return !before && bytes >= most();
    }

    private void count(long more) {
        bytes += more;
        boolean now = bytes >= TOO_MUCH_BYTES;
        if (now != much) {
            much = now;
        }
    }

    boolean isEmpty() {
        return parts.isEmpty();
    }

    /** Whether it is so much, or so old, that it is to be forced though nobody waits. */
    boolean isDue() {
        return !isEmpty() && (bytes >= most() || System.nanoTime() - since >= patienceNanos);
    }

    /** Whether it is so much that nobody should add to it before some of it is forced. Any thread. */
    boolean isMuch() {
        return much;
    }

    /** Whether what is given back need not be forced, nor wait until anything else is. */
    boolean isLazy() {
        return lazy;
    }

    /** Segments before one are given back. */
    void dropBefore(int number) {
        while (!parts.isEmpty() && parts.getFirst().segment.number() < number) {
            count(-parts.removeFirst().bytes);
        }
    }

    /** Takes all of them. */
    List<Segment> take() {
        List<Segment> taken = parts.stream().map(part -> part.segment).toList();
        parts.clear();
        count(-bytes);
        return taken;
    }
}
