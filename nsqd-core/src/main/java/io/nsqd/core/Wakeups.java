package io.nsqd.core;

import io.nsqd.api.Consumer;
import java.util.ArrayList;
import java.util.List;

/** Consumers to be woken once the locks are let go of. Used by one thread, for one operation. */
final class Wakeups {
    private Consumer first;
    private List<Consumer> others;

    void add(BrokerSubscription subscription) {
        if (subscription == null) {
            return;
        }
        if (first == null) {
            first = subscription.consumer();
        } else {
            if (others == null) {
                others = new ArrayList<>();
            }
            others.add(subscription.consumer());
        }
    }

    /** Wakes them all; no lock may be held. */
    void run() {
        if (first != null) {
            first.wakeUp();
            if (others != null) {
                others.forEach(Consumer::wakeUp);
            }
        }
    }
}
