package io.nsqd.core.journal;

import java.util.function.LongSupplier;

/** Which messages of a queue's storage are to be held back, and until when. Guarded by the lock of the queue's owner. */
public final class DelayTable {
    private final LongSupplier nanoTime;
    private final LiveTable table = new LiveTable();

    /** @param nanoTime the time that deadlines are in */
    public DelayTable(LongSupplier nanoTime) {
        this.nanoTime = nanoTime;
    }

    /** A message is not due before so many nanoseconds from now. */
    public void add(long id, long delayNanos) {
        // None lies anywhere; a position that is not 0 says that there is one.
        table.put(id, 1, 0, nanoTime.getAsLong() + delayNanos);
    }

    /** How long a message is still to be held back, in nanoseconds; 0 when it is not. It is forgotten here. */
    public long take(long id) {
        int slot = table.find(id);
        if (slot < 0) {
            return 0;
        }
        long deadline = table.due(slot);
        table.remove(id);
        return Math.max(0, deadline - nanoTime.getAsLong());
    }

    /** Whether there are none. */
    public boolean isEmpty() {
        return table.size() == 0;
    }

    /** How many. */
    public int size() {
        return table.size();
    }

    /** Takes one. */
    @FunctionalInterface
    public interface Each {
        /** @param delayNanos how long it is still to be held back */
        void message(long id, long delayNanos);
    }

    /** Tells of all of them. */
    public void each(Each action) {
        long now = nanoTime.getAsLong();
        table.each((id, position, deadline) -> action.message(id, Math.max(0, deadline - now)));
    }
}
