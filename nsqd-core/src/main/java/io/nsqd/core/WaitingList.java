package io.nsqd.core;

/**
 * The subscriptions of a channel that got less than they asked for, first come first served. Chained through the subscriptions
 * themselves: thousands may wait, and any of them may leave, without a search and without garbage. Guarded by the channel's lock.
 */
final class WaitingList {
    private BrokerSubscription first;
    private BrokerSubscription last;
    private int size;

    int size() {
        return size;
    }

    /** Adds one at the end; nothing happens when it is here already. */
    void add(BrokerSubscription subscription) {
        if (subscription.waiting) {
            return;
        }
        subscription.waiting = true;
        subscription.waitsBehind = last;
        if (last == null) {
            first = subscription;
        } else {
            last.waitsBefore = subscription;
        }
        last = subscription;
        size++;
    }

    /** Takes out the first; {@code null} when there is none. */
    BrokerSubscription poll() {
        BrokerSubscription next = first;
        if (next != null) {
            remove(next);
        }
        return next;
    }

    /** Takes one out; nothing happens when it is not here. */
    void remove(BrokerSubscription subscription) {
        if (!subscription.waiting) {
            return;
        }
        BrokerSubscription before = subscription.waitsBehind;
        BrokerSubscription behind = subscription.waitsBefore;
        if (before == null) {
            first = behind;
        } else {
            before.waitsBefore = behind;
        }
        if (behind == null) {
            last = before;
        } else {
            behind.waitsBehind = before;
        }
        subscription.waitsBehind = null;
        subscription.waitsBefore = null;
        subscription.waiting = false;
        size--;
    }

    void clear() {
        while (first != null) {
            remove(first);
        }
    }
}
