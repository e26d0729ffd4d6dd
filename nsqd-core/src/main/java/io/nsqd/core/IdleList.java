package io.nsqd.core;

/**
 * The subscriptions of a channel that got less than they asked for, first come first served. Chained through the subscriptions
 * themselves: thousands may be idle, and any of them may leave, without a search and without garbage. Guarded by the channel's lock.
 */
final class IdleList {
    private BrokerSubscription first;
    private BrokerSubscription last;
    private int size;

    int size() {
        return size;
    }

    /** Adds one at the end; nothing happens when it is here already. */
    void add(BrokerSubscription subscription) {
        if (subscription.idle) {
            return;
        }
        subscription.idle = true;
        subscription.idleBefore = last;
        if (last == null) {
            first = subscription;
        } else {
            last.idleBehind = subscription;
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
        if (!subscription.idle) {
            return;
        }
        BrokerSubscription before = subscription.idleBefore;
        BrokerSubscription behind = subscription.idleBehind;
        if (before == null) {
            first = behind;
        } else {
            before.idleBehind = behind;
        }
        if (behind == null) {
            last = before;
        } else {
            behind.idleBefore = before;
        }
        subscription.idleBefore = null;
        subscription.idleBehind = null;
        subscription.idle = false;
        size--;
    }

    void clear() {
        while (first != null) {
            remove(first);
        }
    }
}
