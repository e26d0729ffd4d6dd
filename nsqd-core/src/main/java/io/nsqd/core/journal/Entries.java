package io.nsqd.core.journal;

import io.nsqd.spi.Journal;
import java.util.Arrays;

/** Messages that something happens to, as columns: which, where they lie in the journal, how long they are. Used by one thread at a time. */
public final class Entries {
    private static final int FIRST = 16;

    /** Above this many entries {@link #clear} lets go of the columns. */
    private static final int KEPT = 4096;

    long[] ids = new long[FIRST];
    int[] segments = new int[FIRST];
    int size;

    /** What they took of the journal, in bytes. */
    long bytes;

    /** None. */
    public Entries() {}

    /**
     * Adds a message, if it lies in the journal.
     *
     * @param position where; 0 for one that does not
     * @param length bytes of its body
     */
    public void add(long id, long position, int length) {
        if (position != 0) {
            addIn(id, Journal.segment(position), length);
        }
    }

    private void addIn(long id, int segment, int length) {
        if (size == ids.length) {
            ids = Arrays.copyOf(ids, size * 2);
            segments = Arrays.copyOf(segments, size * 2);
        }
        ids[size] = id;
        segments[size++] = segment;
        bytes += Records.cost(length);
    }

    /** How many. */
    public int size() {
        return size;
    }

    /** Whether there are none. */
    public boolean isEmpty() {
        return size == 0;
    }

    /** Forgets them. */
    public void clear() {
        if (ids.length > KEPT) {
            ids = new long[FIRST];
            segments = new int[FIRST];
        }
        size = 0;
        bytes = 0;
    }
}
