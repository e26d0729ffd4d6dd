package io.nsqd.core.journal;

import java.util.Arrays;

/** Ids of messages. Used by one thread at a time. */
public final class LongSet {
    private static final int FIRST = 16;
    private static final long GOLDEN_RATIO = 0x9e3779b97f4a7c15L;

    /** 0 is no id. */
    private long[] table = new long[FIRST];

    private int size;

    /** None. */
    public LongSet() {}

    private static int slot(long id, int mask) {
        return (int) (id * GOLDEN_RATIO >>> Integer.SIZE) & mask;
    }

    private int find(long id) {
        int mask = table.length - 1;
        int slot = slot(id, mask);
        while (table[slot] != 0 && table[slot] != id) {
            slot = (slot + 1) & mask;
        }
        return slot;
    }

    /** Adds an id; not 0. */
    public void add(long id) {
        if (size * 2 >= table.length) {
            long[] old = table;
            table = new long[old.length * 2];
            for (long one : old) {
                if (one != 0) {
                    table[find(one)] = one;
                }
            }
        }
        int slot = find(id);
        if (table[slot] == 0) {
            table[slot] = id;
            size++;
        }
    }

    /** Whether it has an id. */
    public boolean contains(long id) {
        return table[find(id)] != 0;
    }

    void remove(long id) {
        int gap = find(id);
        if (table[gap] == 0) {
            return;
        }
        size--;
        int mask = table.length - 1;
        int slot = gap;
        while (true) {
            slot = (slot + 1) & mask;
            if (table[slot] == 0) {
                break;
            }
            if (((slot - slot(table[slot], mask)) & mask) >= ((slot - gap) & mask)) {
                table[gap] = table[slot];
                gap = slot;
            }
        }
        table[gap] = 0;
    }

    /** How many. */
    public int size() {
        return size;
    }

    /** All of them, in any order. */
    public long[] toArray() {
        return Arrays.stream(table).filter(id -> id != 0).toArray();
    }

    void clear() {
        table = new long[FIRST];
        size = 0;
    }
}
