package io.nsqd.core.journal;

import java.util.Arrays;

/** How many live messages lie in which segment. Guarded by whoever has it. */
final class SegmentCounts {
    private static final int FIRST = 4;

    /** The segment that the first count is of. */
    private int base;

    private int[] counts = new int[FIRST];
    private int end;
    private long total;

    /** Adds, or by a negative number takes away. */
    void add(int segment, int more) {
        if (more == 0) {
            return;
        }
        if (total == 0) {
            Arrays.fill(counts, 0, end, 0);
            base = segment;
            end = 0;
        }
        if (segment < base) {
            shift(base - segment);
        }
        int i = segment - base;
        if (i >= counts.length) {
            makeRoom(i);
        }
        i = segment - base;
        counts[i] += more;
        end = Math.max(end, i + 1);
        total += more;
    }

    private void shift(int by) {
        int[] wider = new int[Math.max(counts.length, end + by)];
        System.arraycopy(counts, 0, wider, by, end);
        counts = wider;
        base -= by;
        end += by;
    }

    /** What is empty at the beginning is left out first. */
    private void makeRoom(int i) {
        int empty = 0;
        while (empty < end && counts[empty] == 0) {
            empty++;
        }
        int needed = i + 1 - empty;
        int[] room = needed > counts.length ? new int[Math.max(needed, counts.length * 2)] : new int[counts.length];
        System.arraycopy(counts, empty, room, 0, end - empty);
        counts = room;
        base += empty;
        end -= empty;
    }

    long total() {
        return total;
    }

    int count(int segment) {
        int i = segment - base;
        return i < 0 || i >= end ? 0 : counts[i];
    }

    /** The first segment with something in it, or {@code none}. */
    int first(int none) {
        for (int i = 0; total > 0 && i < end; i++) {
            if (counts[i] > 0) {
                return base + i;
            }
        }
        return none;
    }

    /** Takes away all that another one has counted. */
    void subtract(SegmentCounts other) {
        for (int i = 0; i < other.end; i++) {
            add(other.base + i, -other.counts[i]);
        }
    }

    void clear() {
        Arrays.fill(counts, 0, end, 0);
        end = 0;
        total = 0;
    }
}
