package io.nsqd.bookkeeper;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/** How far a log is needed, and its ledgers that are not: what is said of that on any thread, and done by one that may wait. */
final class LedgerTrim {
    private final Ledgers ledgers;
    private final SegmentList list;

    /** Segments behind the first that is needed which are not, as nothing is in them. */
    private final List<Integer> emptied = new ArrayList<>();

    private int first;
    private long index = -1;
    private boolean due;

    LedgerTrim(Ledgers ledgers, SegmentList list) {
        this.ledgers = ledgers;
        this.list = list;
    }

    /** The log begins with that segment, as an earlier run noted. */
    synchronized void from(int segment) {
        first = segment;
    }

    /**
     * Notes how far the log is needed, for the next time that it is persisted.
     *
     * @param segment the first that is
     * @param next which of its frames is; negative where nobody asks for that
     */
    synchronized void note(int segment, long next) {
        first = Math.max(first, segment);
        index = next;
        due = true;
    }

    /** There is nothing in a segment, or it has no ledger. */
    synchronized void empty(int segment) {
        emptied.add(segment);
    }

    /** Something that was noted before can be done now. */
    synchronized void again() {
        due = true;
    }

    /** The same, where there is something in question. */
    synchronized void againIfAny() {
        due |= !emptied.isEmpty();
    }

    /** Whether something was noted and is not persisted. */
    synchronized boolean isDue() {
        return due;
    }

    /** Notes what is needed, and deletes the rest. Only on the thread that may wait, or before and after that uses it. */
    void persist() throws IOException {
        int needed;
        long next;
        List<Integer> others;
        synchronized (this) {
            needed = first;
            next = index;
            others = List.copyOf(emptied);
            due = false;
        }
        list.trim(needed, others, next, List.of());
        List<Long> deleted = new ArrayList<>();
        for (long ledger : list.gone()) {
            // One that is still being written stays until that is over.
            Waiting.await(ledgers.delete(ledger), "delete ledger " + ledger);
            deleted.add(ledger);
        }
        if (!deleted.isEmpty()) {
            list.trim(needed, List.of(), next, deleted);
        }
        synchronized (this) {
            emptied.removeAll(others);
        }
    }
}
