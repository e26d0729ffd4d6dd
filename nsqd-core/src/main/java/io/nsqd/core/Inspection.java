package io.nsqd.core;

import io.nsqd.api.Message;
import io.nsqd.api.MessageBatch;
import io.nsqd.api.NsqdException;
import io.nsqd.api.PeekedMessage;
import io.nsqd.api.PeekedMessage.DeadLetter;
import io.nsqd.api.PeekedMessage.State;
import io.nsqd.api.Reason;
import io.nsqd.core.journal.QueueJournal;
import io.nsqd.stats.ClientStats;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/**
 * A look into a channel, for people: shows its messages, and does something about one of them. What it looks at is the channel's, and guarded
 * by its lock; consumers and the disk are asked without it.
 */
final class Inspection {
    private final Object lock;
    private final MessageQueue queue;
    private final Subscribers subscribers;
    private final DeferredMessages deferred;
    private final QueueJournal journal;

    Inspection(
            Object lock, MessageQueue queue, Subscribers subscribers, DeferredMessages deferred, QueueJournal journal) {
        this.lock = lock;
        this.queue = queue;
        this.subscribers = subscribers;
        this.deferred = deferred;
        this.journal = journal;
    }

    /** What a message is known to be before others are asked about it. */
    private record Seen(Message message, long dueNanos, BrokerSubscription holder) {}

    /** Asks what is said of a dead letter. */
    @FunctionalInterface
    interface Letters {
        Optional<DeadLetter> find(long id);
    }

    /** @param onTheWay messages that are on their way to the dead-letter topic, the first of a row; {@code null} when there is none */
    List<PeekedMessage> peek(State state, int count, long now, BrokerMessage onTheWay, Letters letters) {
        List<Seen> seen =
                switch (state) {
                    case WAITING -> waiting(count);
                    case INFLIGHT -> inFlight(count, now, onTheWay);
                    case DEFERRED -> deferred(count, now);
                };
        List<PeekedMessage> shown = new ArrayList<>();
        for (Seen one : seen) {
            String consumer = one.holder() == null ? "" : name(one.holder());
            shown.add(new PeekedMessage(
                    one.message(),
                    state,
                    one.dueNanos(),
                    consumer,
                    letters.find(one.message().id())));
        }
        return shown;
    }

    private List<Seen> waiting(int count) {
        MessageBatch batch = new MessageBatch();
        synchronized (lock) {
            queue.peek(count, batch);
        }
        List<Seen> seen = new ArrayList<>();
        for (int i = 0; i < batch.size(); i++) {
            seen.add(new Seen(
                    new Message(
                            batch.id(i),
                            batch.timestampNanos(i),
                            batch.attempts(i),
                            batch.block(i),
                            batch.offset(i),
                            batch.length(i)),
                    0,
                    null));
        }
        return seen;
    }

    private List<Seen> inFlight(int count, long now, BrokerMessage onTheWay) {
        List<Seen> seen = new ArrayList<>();
        synchronized (lock) {
            for (BrokerSubscription subscription : subscribers.all()) {
                subscription.eachInFlight(message -> seen.add(new Seen(message, message.deadline - now, subscription)));
            }
            for (BrokerMessage message = onTheWay; message != null; message = message.next) {
                seen.add(new Seen(message, 0, null));
            }
        }
        seen.sort(Comparator.comparingLong(Seen::dueNanos));
        return seen.subList(0, Math.min(count, seen.size()));
    }

    private List<Seen> deferred(int count, long now) {
        List<BrokerMessage> near;
        List<FarQueue.Entry> far;
        synchronized (lock) {
            near = deferred.nearest(count);
            far = deferred.farthest(count - near.size());
        }
        List<BrokerMessage> all = new ArrayList<>(near);
        if (!far.isEmpty()) {
            all.addAll(DeferredMessages.read(far, journal.journal().bodies(), "peek"));
        }
        List<Seen> seen = new ArrayList<>();
        for (BrokerMessage message : all) {
            if (message != null) {
                seen.add(new Seen(message, Math.max(0, message.deadline - now), null));
            }
        }
        return seen;
    }

    private static String name(BrokerSubscription subscription) {
        try {
            ClientStats client = subscription.consumer().stats();
            return client.clientId() + " " + client.remoteAddress();
        } catch (RuntimeException e) {
            return subscription.consumer().getClass().getName();
        }
    }

    /**
     * Has a message be due at once that is held back, or finds it among those that wait. Called under the lock.
     *
     * @return whether there is something that is due now
     * @throws NsqdException when it is in neither place
     */
    boolean hurry(long id, long now) {
        int attempts = deferred.hurry(id, now);
        if (attempts >= 0) {
            if (journal != null) {
                journal.deferred(id, attempts, 0);
            }
            return true;
        }
        if (queue.has(id)) {
            return false;
        }
        throw missing();
    }

    /** Drops a message that is held back, or waits in memory. Called under the lock. */
    void drop(long id) {
        ChannelGuard.Gone gone = new ChannelGuard.Gone();
        gone.limit(1, Long.MAX_VALUE);
        if (!deferred.remove(id, gone)) {
            queue.takeIf((other, timestampNanos) -> other == id, gone);
        }
        if (gone.received() == 0) {
            throw missing();
        }
        queue.finish(gone.entries());
    }

    static NsqdException missing() {
        return new NsqdException(
                Reason.MESSAGE_NOT_FOUND,
                "message not found: it is finished, or waits in the storage, where nothing is changed but in order");
    }
}
