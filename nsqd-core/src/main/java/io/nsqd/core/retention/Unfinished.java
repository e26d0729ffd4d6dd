package io.nsqd.core.retention;

import io.nsqd.core.journal.LongSet;

/**
 * The messages that a channel had and that were not finished when it was rewound: they are not to come again. Those in memory are known at
 * once, those in the storage as they leave it. Guarded by the channel's lock until nothing is awaited any more; from then on nothing
 * changes.
 */
public final class Unfinished {
    private final LongSet ids = new LongSet();
    private final long fromNanos;
    private long awaited;

    /**
     * None so far.
     *
     * @param fromNanos how old a message may be to matter, in nanoseconds since 1970
     * @param awaited how many messages the storage has
     */
    public Unfinished(long fromNanos, long awaited) {
        this.fromNanos = fromNanos;
        this.awaited = awaited;
    }

    /** A message that is there. */
    public void add(long id, long timestampNanos) {
        if (timestampNanos >= fromNanos) {
            ids.add(id);
        }
    }

    /** One whose age is not known. */
    public void add(long id) {
        ids.add(id);
    }

    /** A message has left the storage. */
    public void left(long id, long timestampNanos) {
        if (awaited > 0) {
            awaited--;
            add(id, timestampNanos);
        }
    }

    /** What has left the storage is a copy of a message that is elsewhere, or finished. */
    public void left() {
        awaited = Math.max(0, awaited - 1);
    }

    /** How many are still to leave it, which is no more than it has. */
    public long awaited(long stored) {
        awaited = Math.min(awaited, stored);
        return awaited;
    }

    boolean contains(long id) {
        return ids.contains(id);
    }

    int size() {
        return ids.size();
    }

    /** All that are known. */
    public long[] toArray() {
        return ids.toArray();
    }
}
