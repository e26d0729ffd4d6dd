package io.nsqd.core;

import io.nsqd.spi.Journal;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.function.LongConsumer;
import java.util.stream.IntStream;

/**
 * Messages that a channel holds back for long, by the time they are due: columns without bodies, which the journal has. A heap with
 * four branches, as its depth is what a message costs. Guarded by the channel's lock. Empty, it holds nothing.
 */
final class FarQueue {
    /** What is due later than that has no body in memory. */
    static final long FAR_NANOS = 60_000_000_000L;

    /** The memory that a message takes here, with room for the columns to grow. */
    static final int MESSAGE_BYTES = 48;

    private static final int FIRST = 64;
    private static final int BRANCHES = 4;

    private long[] ids = {};
    private long[] deadlines = {};
    private long[] positions = {};
    private int[] lengths = {};
    private char[] attempts = {};
    private int size;

    /** One message. */
    record Entry(long id, long deadline, long position, int length, int attempts) {}

    int size() {
        return size;
    }

    /** Shows the ids of all of them, in any order. */
    void eachId(LongConsumer action) {
        for (int i = 0; i < size; i++) {
            action.accept(ids[i]);
        }
    }

    /** Adds a message; {@code position} says where it lies in the journal. */
    void add(long id, long deadline, long position, int length, int attemptsSoFar) {
        if (size == ids.length) {
            resize((int) Math.min(Integer.MAX_VALUE - 16, Math.max(FIRST, size + (long) size / 4)));
        }
        set(size, id, deadline, position, length, (char) attemptsSoFar);
        size++;
        up(size - 1);
    }

    private void resize(int capacity) {
        ids = Arrays.copyOf(ids, capacity);
        deadlines = Arrays.copyOf(deadlines, capacity);
        positions = Arrays.copyOf(positions, capacity);
        lengths = Arrays.copyOf(lengths, capacity);
        attempts = Arrays.copyOf(attempts, capacity);
    }

    private void set(int i, long id, long deadline, long position, int length, char attemptsSoFar) {
        ids[i] = id;
        deadlines[i] = deadline;
        positions[i] = position;
        lengths[i] = length;
        attempts[i] = attemptsSoFar;
    }

    private void copy(int from, int to) {
        set(to, ids[from], deadlines[from], positions[from], lengths[from], attempts[from]);
    }

    private void up(int from) {
        int i = from;
        Entry moving = entry(i);
        while (i > 0) {
            int parent = (i - 1) / BRANCHES;
            if (deadlines[parent] - moving.deadline() <= 0) {
                break;
            }
            copy(parent, i);
            i = parent;
        }
        set(i, moving);
    }

    private void set(int i, Entry entry) {
        set(i, entry.id(), entry.deadline(), entry.position(), entry.length(), (char) entry.attempts());
    }

    private void down(int from) {
        int i = from;
        Entry moving = entry(i);
        while (true) {
            int first = i * BRANCHES + 1;
            if (first >= size || first < 0) {
                break;
            }
            int least = first;
            for (int child = first + 1; child < Math.min(size, first + BRANCHES); child++) {
                if (deadlines[child] - deadlines[least] < 0) {
                    least = child;
                }
            }
            if (deadlines[least] - moving.deadline() >= 0) {
                break;
            }
            copy(least, i);
            i = least;
        }
        set(i, moving);
    }

    /** The one at a place of the columns. */
    Entry entry(int i) {
        return new Entry(ids[i], deadlines[i], positions[i], lengths[i], attempts[i]);
    }

    /** When the next one is due; there is one. */
    long nextDeadline() {
        return deadlines[0];
    }

    /** Takes out the next one; there is one. */
    Entry remove() {
        Entry next = entry(0);
        size--;
        if (size == 0) {
            clear();
        } else {
            copy(size, 0);
            down(0);
            if (size < ids.length / 4 && ids.length > FIRST) {
                resize(ids.length / 2);
            }
        }
        return next;
    }

    /** Takes a message out; {@code null} when it is not here. */
    Entry remove(long id) {
        for (int i = 0; i < size; i++) {
            if (ids[i] == id) {
                Entry found = entry(i);
                size--;
                if (size == 0) {
                    clear();
                } else if (i < size) {
                    copy(size, i);
                    down(i);
                    up(i);
                }
                return found;
            }
        }
        return null;
    }

    /** Up to so many, the next first. */
    List<Entry> nearest(int count) {
        return IntStream.range(0, size)
                .mapToObj(this::entry)
                .sorted(Comparator.comparingLong(Entry::deadline))
                .limit(count)
                .toList();
    }

    void clear() {
        size = 0;
        resize(0);
    }

    /**
     * The place of the next one that lies in a segment of the journal up to one.
     *
     * @param from the first place to look at
     * @param to the last, excluded
     * @return negative when there is none
     */
    int find(int upTo, int from, int to) {
        for (int i = from; i < Math.min(to, size); i++) {
            if (Journal.segment(positions[i]) <= upTo) {
                return i;
            }
        }
        return -1;
    }

    /** Whether a message is still at a place of the columns. */
    boolean isAt(int i, Entry entry) {
        return i < size && ids[i] == entry.id() && positions[i] == entry.position();
    }

    /** Notes that a message lies elsewhere; false when it is not at that place any more. */
    boolean moved(int i, Entry entry, long position) {
        boolean there = isAt(i, entry);
        if (there) {
            positions[i] = position;
        }
        return there;
    }
}
