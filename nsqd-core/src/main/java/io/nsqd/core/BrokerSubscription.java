package io.nsqd.core;

import io.nsqd.api.Consumer;
import io.nsqd.api.MessageBatch;
import io.nsqd.api.MessageSink;
import io.nsqd.api.NsqdException;
import io.nsqd.api.Reason;
import io.nsqd.api.SubscribeOptions;
import io.nsqd.api.Subscription;
import java.util.SplittableRandom;

/**
 * One consumer's hold on a channel, and the messages in flight to it.
 *
 * <p>What is in flight is guarded by the subscription's own lock, which is taken alone to finish a batch and after the
 * channel's for everything that moves messages. A closed subscription stays with its channel until nothing is in flight
 * to it any more (P-56).
 */
final class BrokerSubscription implements Subscription, MessageTaker {
    private static final int FIRST_HAND_OVER = 8;

    private final BrokerChannel channel;
    private final Consumer consumer;
    private final SubscribeOptions options;
    private final SplittableRandom sampling;

    private final InFlightQueue inFlight = new InFlightQueue();
    private volatile int inFlightCount;
    private long messageCount;
    private long finishCount;
    private long requeueCount;

    /** On the channel's {@link WaitingList}, whose links these are. Guarded by the channel's lock, as is {@link #closed}. */
    boolean waiting;

    BrokerSubscription waitsBehind;
    BrokerSubscription waitsBefore;

    private boolean closed;

    /** Used during one poll, under both locks. */
    private long now;

    /** What one poll took, until it is handed over; confined to the thread that polls. */
    private BrokerMessage[] handOver = new BrokerMessage[0];

    private int handOverCount;

    /** Scratch space of {@link #finish}. */
    private long[] latencies = new long[0];

    BrokerSubscription(BrokerChannel channel, Consumer consumer, SubscribeOptions options) {
        this.channel = channel;
        this.consumer = consumer;
        this.options = options;
        sampling = options.sampleRate() > 0 ? new SplittableRandom() : null;
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
        int total = 0;
        int asked;
        int taken;
        do {
            asked = maxMessages - total;
            taken = channel.poll(this, asked, maxBytes);
            total += handOver(sink);
            // What was sampled out made room for more.
        } while (taken > 0 && taken == asked && total < maxMessages);
        return total;
    }

    private int handOver(MessageSink sink) {
        int count = handOverCount;
        handOverCount = 0;
        for (int i = 0; i < count; i++) {
            BrokerMessage message = handOver[i];
            handOver[i] = null;
            sink.message(message);
        }
        return count;
    }

    /**
     * Takes messages out of the channel's queue and books them in flight; called by the channel, under its lock.
     *
     * @return how many left the queue, those sampled out included
     */
    synchronized int take(MessageQueue queue, int max, long maxBytes, long nanoTime) {
        now = nanoTime;
        int taken = queue.take(max, maxBytes, this);
        inFlightCount = inFlight.size();
        return taken;
    }

    /** Messages booked by the last {@link #take}. */
    int booked() {
        return handOverCount;
    }

    @Override
    public void take(
            long id, long timestampNanos, int attempts, long delayNanos, byte[] block, int offset, int length) {
        // P-58: the rate N lets N + 1 of 100 pass.
        if (sampling != null && sampling.nextInt(100) > options.sampleRate()) {
            return;
        }
        // a copy that a crash left in two files, while the other is in flight.
        if (channel.mayRepeat() && channel.isInFlight(id)) {
            return;
        }
        BrokerMessage message = new BrokerMessage(id, timestampNanos, (attempts + 1) & 0xffff, block, offset, length);
        message.deliveredAt = now;
        message.deadline = now + options.messageTimeoutNanos();
        inFlight.add(message);
        messageCount++;
        if (handOverCount == handOver.length) {
            handOver = java.util.Arrays.copyOf(handOver, Math.max(FIRST_HAND_OVER, handOverCount * 2));
        }
        handOver[handOverCount++] = message;
    }

    @Override
    public void finish(long[] ids, int count, Refused refused) {
        int missing = 0;
        LatencyWindow window = channel.latency();
        // One time for all of the batch: they were read at once.
        long epochNanos = window == null ? 0 : channel.epochNanos();
        synchronized (this) {
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
                    if (window != null) {
                        latencies[measured++] = epochNanos - message.timestampNanos();
                    }
                }
            }
            inFlightCount = inFlight.size();
            if (measured > 0) {
                window.record(latencies, measured);
            }
        }
        for (int i = 0; i < missing; i++) {
            refused.refused(ids[i], channel.whyMissing(ids[i]));
        }
    }

    @Override
    public void requeue(long id, long delayNanos) {
        channel.requeue(this, id, delayNanos);
    }

    /** Takes a message back from the client; called by the channel, under its lock. */
    synchronized BrokerMessage takeBack(long id) {
        BrokerMessage message = inFlight.remove(id);
        if (message != null) {
            requeueCount++;
            inFlightCount = inFlight.size();
        }
        return message;
    }

    @Override
    public void touch(long id) {
        synchronized (this) {
            BrokerMessage message = inFlight.get(id);
            if (message != null) {
                long restarted = channel.now() + options.messageTimeoutNanos();
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

    synchronized boolean holds(long id) {
        return inFlight.contains(id);
    }

    /** Moves the messages whose deadline has passed to {@code batch}, up to {@code max}; returns how many. */
    synchronized int expire(long nanoTime, int max, MessageBatch batch) {
        int count = 0;
        BrokerMessage message = inFlight.first();
        while (message != null && message.deadline - nanoTime <= 0 && count < max) {
            inFlight.remove(message.id());
            message.addTo(batch);
            count++;
            message = inFlight.first();
        }
        inFlightCount = inFlight.size();
        if (count > 0 || inFlightCount == 0) {
            inFlight.trim();
        }
        return count;
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
