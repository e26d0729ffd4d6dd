package io.nsqd.core.journal;

/**
 * Messages that both the journal and a queue's storage have, as the storage is not yet to be relied on. Guarded by the lock of the queue's
 * owner.
 */
public final class Spilled {
    private final LiveTable table = new LiveTable();

    /** None. */
    public Spilled() {}

    /** The storage has a message, too; where it lies in the journal, and how long it is. */
    public void put(long id, long position, int length) {
        table.put(id, position, 0, length);
    }

    /** The message is the journal's alone; returns where it lies there, 0 when it is none of these. */
    public long remove(long id) {
        int slot = table.find(id);
        if (slot < 0) {
            return 0;
        }
        long position = table.position(slot);
        table.remove(id);
        return position;
    }

    /** Adds all of others, which may be {@code null}. */
    public void addAll(Spilled others) {
        if (others != null) {
            others.table.each((id, position, length) -> table.put(id, position, 0, length));
        }
    }

    /** They are the storage's alone. */
    public void settle(QueueJournal journal) {
        Entries entries = new Entries();
        table.each((id, position, length) -> entries.add(id, position, (int) length));
        journal.spilled(entries);
    }
}
