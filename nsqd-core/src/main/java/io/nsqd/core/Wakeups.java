package io.nsqd.core;

import io.nsqd.api.Consumer;
import io.nsqd.log.Logger;
import io.nsqd.log.LoggerFactory;
import java.util.ArrayList;
import java.util.List;

/** Consumers to be woken once the locks are let go of. Used by one thread, for one operation. */
final class Wakeups {
    private static final Logger LOG = LoggerFactory.getLogger(Wakeups.class);

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
            wake(first);
            if (others != null) {
                others.forEach(Wakeups::wake);
            }
        }
    }

    /** Wakes one; what a transport throws must not hit who published, nor those who are woken next. */
    static void wake(Consumer consumer) {
        try {
            consumer.wakeUp();
        } catch (RuntimeException | Error e) {
            LOG.error("NSQ: a consumer failed to wake up - {}", e.toString(), e);
        }
    }

    /** Disconnects one, in the same way. */
    static void close(Consumer consumer) {
        try {
            consumer.close();
        } catch (RuntimeException | Error e) {
            LOG.error("NSQ: a consumer failed to close - {}", e.toString(), e);
        }
    }
}
