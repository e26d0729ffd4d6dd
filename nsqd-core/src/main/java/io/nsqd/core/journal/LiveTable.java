package io.nsqd.core.journal;

/** What is live of a queue while the journal is replayed, by id, as columns. Used by one thread. */
final class LiveTable {
    private static final int FIRST = 16;
    private static final long GOLDEN_RATIO = 0x9e3779b97f4a7c15L;

    private long[] ids = new long[FIRST];

    /** Where the message was added last; 0 for an empty slot. */
    private long[] positions = new long[FIRST];

    private long[] dues = new long[FIRST];
    private char[] attempts = new char[FIRST];
    private int size;

    int size() {
        return size;
    }

    private static int slot(long id, int mask) {
        return (int) (id * GOLDEN_RATIO >>> Integer.SIZE) & mask;
    }

    private int slotOf(long id) {
        int mask = ids.length - 1;
        int slot = slot(id, mask);
        while (positions[slot] != 0 && ids[slot] != id) {
            slot = (slot + 1) & mask;
        }
        return slot;
    }

    /** Where a message is; negative when it is not. */
    int find(long id) {
        int slot = slotOf(id);
        return positions[slot] == 0 ? -1 : slot;
    }

    void put(long id, long position, int attemptsSoFar, long due) {
        if (size * 3L >= ids.length * 2L) {
            grow();
        }
        int slot = slotOf(id);
        if (positions[slot] == 0) {
            size++;
        }
        ids[slot] = id;
        positions[slot] = position;
        attempts[slot] = (char) attemptsSoFar;
        dues[slot] = due;
    }

    private void grow() {
        long[] oldIds = ids;
        long[] oldPositions = positions;
        long[] oldDues = dues;
        char[] oldAttempts = attempts;
        int capacity = Math.multiplyExact(ids.length, 2);
        ids = new long[capacity];
        positions = new long[capacity];
        dues = new long[capacity];
        attempts = new char[capacity];
        for (int i = 0; i < oldIds.length; i++) {
            if (oldPositions[i] != 0) {
                int slot = slotOf(oldIds[i]);
                ids[slot] = oldIds[i];
                positions[slot] = oldPositions[i];
                dues[slot] = oldDues[i];
                attempts[slot] = oldAttempts[i];
            }
        }
    }

    /** Takes an entry. */
    @FunctionalInterface
    interface Each {
        void entry(long id, long position, long due);
    }

    void each(Each action) {
        for (int i = 0; i < ids.length; i++) {
            if (positions[i] != 0) {
                action.entry(ids[i], positions[i], dues[i]);
            }
        }
    }

    long position(int slot) {
        return positions[slot];
    }

    int attempts(int slot) {
        return attempts[slot];
    }

    long due(int slot) {
        return dues[slot];
    }

    void booked(int slot) {
        attempts[slot]++;
        dues[slot] = 0;
    }

    void deferred(int slot, int attemptsSoFar, long due) {
        attempts[slot] = (char) attemptsSoFar;
        dues[slot] = due;
    }

    void remove(long id) {
        int gap = slotOf(id);
        if (positions[gap] == 0) {
            return;
        }
        size--;
        int mask = ids.length - 1;
        int slot = gap;
        while (true) {
            slot = (slot + 1) & mask;
            if (positions[slot] == 0) {
                break;
            }
            if (((slot - slot(ids[slot], mask)) & mask) >= ((slot - gap) & mask)) {
                ids[gap] = ids[slot];
                positions[gap] = positions[slot];
                dues[gap] = dues[slot];
                attempts[gap] = attempts[slot];
                gap = slot;
            }
        }
        positions[gap] = 0;
    }
}
