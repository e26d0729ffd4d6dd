package io.nsqd.core;

import io.nsqd.api.MessageBatch;
import io.nsqd.core.retention.Unfinished;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;

/** The subscriptions of a channel, and those of them that are idle. Guarded by the channel's lock. */
final class Subscribers {
    private final Set<BrokerSubscription> attached = new LinkedHashSet<>(2);

    /** Closed ones with something still in flight (P-56). */
    private final Set<BrokerSubscription> detached = new LinkedHashSet<>(0);

    private final IdleList idle = new IdleList();

    /** Those that got less than they want. */
    IdleList idle() {
        return idle;
    }

    void attach(BrokerSubscription subscription) {
        attached.add(subscription);
    }

    /** One is closed; what is in flight to it stays so. */
    void detach(BrokerSubscription subscription) {
        subscription.markClosed();
        attached.remove(subscription);
        idle.remove(subscription);
        if (subscription.inFlight() > 0) {
            detached.add(subscription);
        }
    }

    /** How many are attached. */
    int size() {
        return attached.size();
    }

    /** Those that are attached. */
    List<BrokerSubscription> attached() {
        return List.copyOf(attached);
    }

    /** All of them, those that are closed and have something in flight included. */
    List<BrokerSubscription> all() {
        List<BrokerSubscription> all = new ArrayList<>(attached);
        all.addAll(detached);
        return all;
    }

    private void each(Consumer<BrokerSubscription> action) {
        attached.forEach(action);
        detached.forEach(action);
    }

    /** Tells of all that is in flight. */
    void tell(Unfinished collector) {
        each(subscription ->
                subscription.eachInFlight(message -> collector.add(message.id(), message.timestampNanos())));
    }

    /** Whether one holds a message. */
    boolean hold(long id) {
        return hold(attached, id) || hold(detached, id);
    }

    private static boolean hold(Set<BrokerSubscription> subscriptions, long id) {
        for (BrokerSubscription subscription : subscriptions) {
            // Without its lock: what is in flight becomes more under the channel's only.
            if (subscription.inFlight() > 0 && subscription.holds(id)) {
                return true;
            }
        }
        return false;
    }

    /** Messages in flight to those that are closed. */
    int inFlightToDetached() {
        int inFlight = 0;
        for (BrokerSubscription subscription : detached) {
            inFlight += subscription.inFlight();
        }
        return inFlight;
    }

    /**
     * Moves messages whose deadline has passed to a batch, as long as that has fewer than {@code max}. Those whose window opens by it
     * are to be woken. Where it is not known whether what settles a message has arrived before its deadline, the consumer is to be
     * asked first.
     *
     * @param toAsk takes those who are
     */
    void expire(long nanoTime, int max, MessageBatch batch, Wakeups wakeups, List<BrokerSubscription> toAsk) {
        for (BrokerSubscription subscription : attached) {
            long until = subscription.judgeableUntil(nanoTime);
            if (expire(subscription, until, max, batch) > 0) {
                wakeups.add(subscription);
            }
            boolean more = subscription.nextDeadline(nanoTime + 1) - nanoTime <= 0;
            if (more && batch.size() < max && subscription.askForInput(nanoTime)) {
                toAsk.add(subscription);
            }
        }
        for (BrokerSubscription subscription : detached) {
            expire(subscription, nanoTime, max, batch);
        }
        detached.removeIf(subscription -> subscription.inFlight() == 0);
    }

    private static int expire(BrokerSubscription subscription, long nanoTime, int max, MessageBatch batch) {
        return subscription.expire(nanoTime, Math.max(0, max - batch.size()), batch);
    }

    /** When the next message times out, if that is before {@code latest}; else {@code latest}. */
    long nextDeadline(long latest) {
        return nextDeadline(detached, nextDeadline(attached, latest));
    }

    private static long nextDeadline(Set<BrokerSubscription> subscriptions, long latest) {
        long next = latest;
        for (BrokerSubscription subscription : subscriptions) {
            if (subscription.inFlight() > 0) {
                long deadline = subscription.nextLook(next);
                // Differences: the clock's origin is arbitrary.
                next = deadline - next < 0 ? deadline : next;
            }
        }
        return next;
    }

    /** Adds those in flight again that lie in segments of the journal up to one. */
    void move(int upTo, MemoryQueue.Move move) throws IOException {
        for (BrokerSubscription subscription : attached) {
            subscription.move(upTo, move);
        }
        for (BrokerSubscription subscription : detached) {
            subscription.move(upTo, move);
        }
    }

    /** Forgets what is in flight (B-7). */
    void clear() {
        each(BrokerSubscription::clear);
        detached.clear();
    }

    /** Moves all that is in flight to a batch. */
    void drainTo(MessageBatch batch) {
        each(subscription -> subscription.drainTo(batch));
        detached.clear();
    }

    /** Forgets all of them, and what is in flight; returns those that are attached. */
    List<BrokerSubscription> removeAll() {
        List<BrokerSubscription> leaving = attached();
        clear();
        idle.clear();
        attached.clear();
        return leaving;
    }
}
