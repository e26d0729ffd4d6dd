package io.nsqd.core;

import io.nsqd.api.Consumer;
import io.nsqd.api.MessageBatch;
import io.nsqd.api.MessageSink;
import io.nsqd.api.NsqdException;
import io.nsqd.api.Reason;
import io.nsqd.api.SubscribeOptions;
import io.nsqd.api.Subscription;
import io.nsqd.core.journal.Entries;
import io.nsqd.spi.Journal;
import io.nsqd.spi.MessageEvents;
import java.io.IOException;
import java.util.Arrays;
import java.util.concurrent.atomic.AtomicReference;

/**
 * One consumer's hold on a channel, and the messages in flight to it.
 *
 * <p>What is in flight is guarded by the subscription's own lock, which is taken alone to finish a batch and after the
 * channel's for everything that moves messages. A closed subscription stays with its channel until nothing is in flight
 * to it any more (P-56).
 */
final class BrokerSubscription implements Subscription {
    /** How long a consumer may take to read what has arrived before its messages time out all the same. */
    private static final long INPUT_PATIENCE_NANOS = 1_000_000_000;

    /** Who is polling: what a poll brings is one object. */
    private final AtomicReference<Thread> polling = new AtomicReference<>();

    private final BrokerChannel channel;
    private volatile Consumer consumer;
    private final SubscribeOptions options;

    private final InFlightQueue inFlight = new InFlightQueue();
    private volatile int inFlightCount;
    private long messageCount;
    private long finishCount;
    private long requeueCount;

    private final Delivery delivery;

    /** On the channel's {@link IdleList}, whose links these are. Guarded by the channel's lock, as is {@link #closed}. */
    boolean idle;

    BrokerSubscription idleBefore;
    BrokerSubscription idleBehind;

    private boolean closed;

    /** All that had arrived from the client until then has been read. Guarded by the channel's lock, as are the two that follow. */
    private long inputReadAt;

    /** Whether the consumer was asked to say when it has read what had arrived at {@link #askedAt}, and has not yet. */
    private boolean asked;

    private long askedAt;

    /** Scratch space of {@link #finish}. */
    private long[] latencies = new long[0];

    /** What is taken out of the journal by {@link #finish}; {@code null} where there is none. */
    private final Entries settled;

    BrokerSubscription(BrokerChannel channel, Consumer consumer, SubscribeOptions options) {
        this.channel = channel;
        this.consumer = consumer;
        this.options = options;
        delivery = new Delivery(channel, inFlight, options);
        settled = channel.journal() == null ? null : new Entries();
        inputReadAt = channel.now();
    }

    Consumer consumer() {
        return consumer;
    }

    boolean isClosed() {
        return closed;
    }

    void markClosed() {
        closed = true;
    }

    @Override
    public int poll(int maxMessages, long maxBytes, MessageSink sink) {
        Thread other = polling.compareAndExchange(null, Thread.currentThread());
        if (other != null) {
            throw new IllegalStateException("a subscription is polled by one thread at a time: "
                    + Thread.currentThread().getName() + " came while " + other.getName() + " was at it");
        }
        try {
            delivery.begin(maxMessages, maxBytes);
            int total = 0;
            boolean more;
            do {
                more = channel.deliver(this, delivery);
                total += delivery.handOver(sink);
            } while (more);
            return total;
        } finally {
            polling.set(null);
        }
    }

    /**
     * A turn of a delivery; called by the channel, under its lock.
     *
     * @return how many messages left the queue, those sampled out included
     */
    synchronized int book(MessageQueue queue, long nanoTime) {
        try {
            delivery.take(queue, nanoTime);
        } finally {
            if (channel.journal() != null) {
                delivery.keep(channel.journal());
            }
            messageCount += delivery.booked();
            inFlightCount = inFlight.size();
        }
        return delivery.received();
    }

    @Override
    public void finish(long[] ids, int count, Refused refused) {
        int missing = 0;
        LatencyWindow window = channel.latency();
        // One time for all of the batch: they were read at once.
        long epochNanos = window == null ? 0 : channel.epochNanos();
        MessageTap tap = channel.tap();
        MessageEvents finished = tap == null ? null : new MessageEvents(count);
        synchronized (this) {
            long before = inFlight.cost();
            int measured = 0;
            if (window != null && latencies.length < count) {
                latencies = new long[count];
            }
            for (int i = 0; i < count; i++) {
                BrokerMessage message = inFlight.remove(ids[i]);
                if (message == null) {
                    ids[missing++] = ids[i];
                } else {
                    finishCount++;
                    if (settled != null) {
                        settled.add(ids[i], message.position, message.length());
                    }
                    if (finished != null) {
                        finished.add(message.id(), message.timestampNanos(), message.attempts(), message.length());
                    }
                    if (window != null) {
                        latencies[measured++] = epochNanos - message.timestampNanos();
                    }
                }
            }
            inFlightCount = inFlight.size();
            channel.budget().add(inFlight.cost() - before);
            if (settled != null) {
                channel.journal().finished(settled);
                settled.clear();
            }
            if (measured > 0) {
                window.record(latencies, measured);
            }
        }
        if (tap != null) {
            tap.tell(MessageFeed.Event.FINISHED, channel.name(), finished);
        }
        for (int i = 0; i < missing; i++) {
            refused.refused(ids[i], channel.whyMissing(ids[i]));
        }
    }

    @Override
    public void requeue(long id, long delayNanos) {
        channel.requeue(this, id, delayNanos);
    }

    @Override
    public void handOver(Consumer next) {
        consumer = next;
    }

    @Override
    public void requeueAll() {
        for (long id : idsInFlight()) {
            try {
                channel.requeue(this, id, 0);
            } catch (NsqdException e) {
                // It was finished, or has timed out, meanwhile; anything else is the caller's to know.
                if (e.reason() != Reason.NOT_IN_FLIGHT && e.reason() != Reason.NOT_OWNER) {
                    throw e;
                }
            }
        }
    }

    private synchronized long[] idsInFlight() {
        long[] ids = new long[inFlight.size()];
        int count = 0;
        for (BrokerMessage message = inFlight.first(); message != null; message = message.next) {
            ids[count++] = message.id();
        }
        return Arrays.copyOf(ids, count);
    }

    /** A message in flight; {@code null} when it is not. */
    synchronized BrokerMessage find(long id) {
        return inFlight.get(id);
    }

    /** Takes a message back from the client; called by the channel, under its lock. */
    synchronized void takeBack(long id) {
        BrokerMessage message = inFlight.remove(id);
        if (message != null) {
            requeueCount++;
            inFlightCount = inFlight.size();
            channel.budget().add(-MemoryBudget.cost(message.length()));
        }
    }

    @Override
    public void touch(long id) {
        synchronized (this) {
            BrokerMessage message = inFlight.get(id);
            if (message != null) {
                long restarted = channel.now() + channel.messageTimeoutNanos(options);
                long latest = message.deliveredAt + channel.maxMessageTimeoutNanos();
                // Differences: the clock's origin is arbitrary.
                message.deadline = restarted - latest < 0 ? restarted : latest;
                inFlight.deadlineChanged(message);
                return;
            }
        }
        throw refusal(channel.whyMissing(id));
    }

    static NsqdException refusal(Reason reason) {
        return new NsqdException(
                reason, reason == Reason.NOT_OWNER ? "client does not own message" : "ID not in flight");
    }

    /** Adds those again that lie in segments of the journal up to one; called by the channel, under its lock. */
    synchronized void move(int upTo, MemoryQueue.Move move) throws IOException {
        inFlight.move(message -> message.position != 0 && Journal.segment(message.position) <= upTo, move);
    }

    /** Tells of what is in flight, the next to time out first. */
    synchronized void eachInFlight(java.util.function.Consumer<BrokerMessage> action) {
        for (BrokerMessage message = inFlight.first(); message != null; message = message.next) {
            action.accept(message);
        }
    }

    synchronized boolean holds(long id) {
        return inFlight.contains(id);
    }

    /** Moves the messages whose deadline has passed to {@code batch}, up to {@code max}; returns how many. */
    synchronized int expire(long nanoTime, int max, MessageBatch batch) {
        int count = 0;
        long before = inFlight.cost();
        BrokerMessage message = inFlight.first();
        while (message != null && message.deadline - nanoTime <= 0 && count < max) {
            message.addTo(batch);
            inFlight.remove(message.id());
            count++;
            message = inFlight.first();
        }
        inFlightCount = inFlight.size();
        channel.budget().add(inFlight.cost() - before);
        if (count > 0 || inFlightCount == 0) {
            inFlight.trim();
        }
        return count;
    }

    /**
     * Up to when time-outs may be judged: what had arrived before has been read. Called by the channel, under its lock.
     *
     * @param now stands for it where the consumer has not answered for long: then it hangs, and its messages are due
     */
    long judgeableUntil(long now) {
        return asked && now - askedAt > INPUT_PATIENCE_NANOS ? now : inputReadAt;
    }

    /** Whether the consumer is to be asked to read what has arrived; false when it has been. Called under the channel's lock. */
    boolean askForInput(long now) {
        if (asked) {
            return false;
        }
        asked = true;
        askedAt = now;
        return true;
    }

    /** The consumer has read what had arrived when it was asked. Called under the channel's lock. */
    void inputRead() {
        asked = false;
        inputReadAt = askedAt;
    }

    /** When to look at its time-outs again: the next deadline or, where the consumer was asked, when it should have answered. */
    long nextLook(long none) {
        return asked ? askedAt + INPUT_PATIENCE_NANOS + 1 : nextDeadline(none);
    }

    /** When the next message times out, or {@code none}. */
    synchronized long nextDeadline(long none) {
        BrokerMessage message = inFlight.first();
        return message == null ? none : message.deadline;
    }

    /** Moves everything in flight to {@code batch} and forgets it. */
    synchronized void drainTo(MessageBatch batch) {
        for (BrokerMessage message = inFlight.first(); message != null; message = message.next) {
            message.addTo(batch);
        }
        clear();
    }

    /** Forgets everything in flight (B-7). */
    synchronized void clear() {
        channel.budget().add(-inFlight.cost());
        inFlight.clear();
        inFlightCount = 0;
    }

    @Override
    public int inFlight() {
        return inFlightCount;
    }

    @Override
    public synchronized long messageCount() {
        return messageCount;
    }

    @Override
    public synchronized long finishCount() {
        return finishCount;
    }

    @Override
    public synchronized long requeueCount() {
        return requeueCount;
    }

    @Override
    public void close() {
        channel.leave(this);
    }
}
