package io.nsqd.core;

import io.nsqd.api.MessageBatch;
import java.io.IOException;
import java.util.Arrays;
import java.util.function.Predicate;

/**
 * The messages in flight to one consumer: found by id, and listed in the order of their deadlines.
 *
 * <p>An open-addressing table holds the messages themselves, which are chained into the list. A delivery goes to the end of
 * the list, as its deadline is the latest; a touch may have to walk a little. Guarded by the subscription's lock. Empty, it
 * holds nothing.
 */
final class InFlightQueue {
    private static final int FIRST_CAPACITY = 16;

    /** 2^64 by the golden ratio, made odd. */
    private static final long GOLDEN_RATIO = 0x9e3779b97f4a7c15L;

    private BrokerMessage[] table;
    private int size;
    private long cost;
    private BrokerMessage first;
    private BrokerMessage last;

    int size() {
        return size;
    }

    /** The memory that the messages take, as {@link MemoryBudget} counts it. */
    long cost() {
        return cost;
    }

    /** The message whose deadline is next, or {@code null}. */
    BrokerMessage first() {
        return first;
    }

    boolean contains(long id) {
        return size > 0 && table[find(id)] != null;
    }

    /**
     * Adds a message, if none of its id is here.
     *
     * @return whether it was added; if not, nothing has changed
     */
    boolean add(BrokerMessage message) {
        if (table == null) {
            table = new BrokerMessage[FIRST_CAPACITY];
        } else if (size * 2 >= table.length) {
            grow();
        }
        int slot = find(message.id());
        if (table[slot] != null) {
            return false;
        }
        table[slot] = message;
        size++;
        cost += MemoryBudget.cost(message.length());
        link(message);
        return true;
    }

    /** Takes the message out; {@code null} when it is not here. */
    BrokerMessage remove(long id) {
        if (size == 0) {
            return null;
        }
        int slot = find(id);
        BrokerMessage message = table[slot];
        if (message != null) {
            free(slot);
            unlink(message);
            size--;
            cost -= MemoryBudget.cost(message.length());
        }
        return message;
    }

    /** The message; {@code null} when it is not here. */
    BrokerMessage get(long id) {
        return size == 0 ? null : table[find(id)];
    }

    /** Puts a message in its new place after its deadline changed. */
    void deadlineChanged(BrokerMessage message) {
        unlink(message);
        link(message);
    }

    /** Has some of them added to the journal again; they say afterwards where they lie, also if not all could be added. */
    void move(Predicate<BrokerMessage> wanted, MemoryQueue.Move move) throws IOException {
        MessageBatch batch = new MessageBatch();
        for (BrokerMessage message = first; message != null; message = message.next) {
            if (wanted.test(message)) {
                message.addTo(batch);
            }
        }
        if (batch.isEmpty()) {
            return;
        }
        try {
            move.move(batch);
        } finally {
            for (int i = 0; i < batch.size(); i++) {
                get(batch.id(i)).position = batch.position(i);
            }
        }
    }

    /** Lets go of a table that a burst has left behind. */
    void trim() {
        if (size == 0) {
            table = null;
        }
    }

    void clear() {
        if (table != null) {
            Arrays.fill(table, null);
        }
        size = 0;
        cost = 0;
        first = null;
        last = null;
    }

    private int find(long id) {
        int mask = table.length - 1;
        int slot = slot(id, mask);
        while (table[slot] != null && table[slot].id() != id) {
            slot = (slot + 1) & mask;
        }
        return slot;
    }

    /**
     * Ids of one tick follow each other, and each tick begins anew from 0: their bits are mixed, lest the ids of all ticks lie in one
     * heap that every search has to walk through. Fibonacci hashing scatters neighbours evenly.
     */
    static int slot(long id, int mask) {
        return (int) (id * GOLDEN_RATIO >>> Integer.SIZE) & mask;
    }

    private void grow() {
        BrokerMessage[] old = table;
        table = new BrokerMessage[old.length * 2];
        for (BrokerMessage message : old) {
            if (message != null) {
                table[find(message.id())] = message;
            }
        }
    }

    /** Empties a slot and moves up what a search would no longer find beyond the gap. */
    private void free(int gap) {
        int mask = table.length - 1;
        int slot = gap;
        while (true) {
            slot = (slot + 1) & mask;
            BrokerMessage message = table[slot];
            if (message == null) {
                break;
            }
            int home = slot(message.id(), mask);
            if (((slot - home) & mask) >= ((slot - gap) & mask)) {
                table[gap] = message;
                gap = slot;
            }
        }
        table[gap] = null;
    }

    private void link(BrokerMessage message) {
        BrokerMessage before = last;
        while (before != null && before.deadline > message.deadline) {
            before = before.previous;
        }
        message.previous = before;
        message.next = before == null ? first : before.next;
        if (message.next == null) {
            last = message;
        } else {
            message.next.previous = message;
        }
        if (before == null) {
            first = message;
        } else {
            before.next = message;
        }
    }

    private void unlink(BrokerMessage message) {
        if (message.previous == null) {
            first = message.next;
        } else {
            message.previous.next = message.next;
        }
        if (message.next == null) {
            last = message.previous;
        } else {
            message.next.previous = message.previous;
        }
        message.previous = null;
        message.next = null;
    }
}
