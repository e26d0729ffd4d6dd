package io.nsqd.testing;

import io.nsqd.api.Channel;
import io.nsqd.api.Consumer;
import io.nsqd.api.Message;
import io.nsqd.api.MessageSink;
import io.nsqd.api.NsqdException;
import io.nsqd.api.Reason;
import io.nsqd.api.SubscribeOptions;
import io.nsqd.api.Subscription;
import io.nsqd.stats.ChannelStats;
import io.nsqd.stats.LatencyStats;
import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** A channel of a {@link FakeNsqd} with at most one consumer, and that one's subscription. */
public class FakeChannel implements Channel, Subscription {
    private final FakeTopic topic;
    private final String name;

    /** Guarded by this, as is all that follows. */
    private final ArrayDeque<byte[]> queue = new ArrayDeque<>();

    private final Map<Long, byte[]> inFlight = new HashMap<>();
    private Consumer consumer;
    private boolean idle;
    private long count;
    private long handedOver;
    private long finished;
    private long requeued;
    private int emptied;
    private boolean paused;

    protected FakeChannel(FakeTopic topic, String name) {
        this.topic = topic;
        this.name = name;
    }

    /** How often it was emptied. */
    public synchronized int emptied() {
        return emptied;
    }

    /** The consumer; {@code null} while there is none. */
    public synchronized Consumer consumer() {
        return consumer;
    }

    synchronized void put(byte[] body) {
        queue.add(body);
        count++;
    }

    /** Wakes the consumer where it waits for what has come. */
    void wake() {
        Consumer woken;
        synchronized (this) {
            woken = idle && !queue.isEmpty() ? consumer : null;
            idle &= woken == null;
        }
        if (woken != null) {
            woken.wakeUp();
        }
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public synchronized void handOver(Consumer next) {
        consumer = next;
    }

    @Override
    public synchronized Subscription subscribe(Consumer subscribing, SubscribeOptions options) {
        consumer = subscribing;
        idle = true;
        return this;
    }

    @Override
    public synchronized int poll(int maxMessages, long maxBytes, MessageSink sink) {
        int taken = 0;
        long bytes = 0;
        while (taken < maxMessages && (taken == 0 || bytes < maxBytes) && !queue.isEmpty()) {
            byte[] body = queue.poll();
            handedOver++;
            taken++;
            bytes += body.length;
            inFlight.put(handedOver, body);
            sink.message(new Message(handedOver, 1, 1, body, 0, body.length));
        }
        idle = taken < maxMessages || maxMessages == 0;
        return taken;
    }

    @Override
    public void finish(long[] ids, int howMany, Refused refused) {
        for (int i = 0; i < howMany; i++) {
            if (!settle(ids[i])) {
                refused.refused(ids[i], Reason.NOT_IN_FLIGHT);
            }
        }
    }

    /** Takes a message out of flight; whether it was there. */
    protected synchronized boolean settle(long id) {
        boolean settled = inFlight.remove(id) != null;
        finished += settled ? 1 : 0;
        return settled;
    }

    @Override
    public void requeue(long id, long delayNanos) {
        synchronized (this) {
            byte[] body = inFlight.remove(id);
            if (body == null) {
                throw new NsqdException(Reason.NOT_IN_FLIGHT, "ID not in flight");
            }
            queue.add(body);
            requeued++;
        }
        wake();
    }

    @Override
    public void requeueAll() {
        List<Long> ids;
        synchronized (this) {
            ids = List.copyOf(inFlight.keySet());
        }
        ids.forEach(id -> requeue(id, 0));
    }

    @Override
    public synchronized void touch(long id) {
        if (!inFlight.containsKey(id)) {
            throw new NsqdException(Reason.NOT_IN_FLIGHT, "ID not in flight");
        }
    }

    @Override
    public synchronized int inFlight() {
        return inFlight.size();
    }

    @Override
    public synchronized long messageCount() {
        return handedOver;
    }

    @Override
    public synchronized long finishCount() {
        return finished;
    }

    @Override
    public synchronized long requeueCount() {
        return requeued;
    }

    @Override
    public void close() {
        synchronized (this) {
            consumer = null;
        }
        if (isEphemeral()) {
            topic.vanishes(this);
        }
    }

    void disconnect() {
        Consumer leaving;
        synchronized (this) {
            leaving = consumer;
            consumer = null;
        }
        if (leaving != null) {
            leaving.close();
        }
    }

    @Override
    public synchronized boolean isPaused() {
        return paused;
    }

    @Override
    public synchronized void pause() {
        paused = true;
    }

    @Override
    public synchronized void unpause() {
        paused = false;
    }

    @Override
    public synchronized void empty() {
        queue.clear();
        inFlight.clear();
        emptied++;
    }

    synchronized ChannelStats figures() {
        return new ChannelStats(
                name,
                queue.size(),
                0,
                inFlight.size(),
                0,
                count,
                requeued,
                0,
                consumer == null ? 0 : 1,
                List.of(),
                paused,
                LatencyStats.NONE);
    }
}
