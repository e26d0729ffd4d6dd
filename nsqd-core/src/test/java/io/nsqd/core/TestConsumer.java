package io.nsqd.core;

import static org.awaitility.Awaitility.await;

import io.nsqd.api.Channel;
import io.nsqd.api.Consumer;
import io.nsqd.api.Message;
import io.nsqd.api.Reason;
import io.nsqd.api.SubscribeOptions;
import io.nsqd.api.Subscription;
import io.nsqd.stats.ClientStats;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * A consumer with a ready count: as a transport does, it polls when it is woken and whenever its window opens. Its state is
 * guarded by itself.
 */
final class TestConsumer implements Consumer {
    private final BlockingQueue<Message> received = new LinkedBlockingQueue<>();
    private final AtomicInteger wakeUps = new AtomicInteger();
    private Subscription subscription;
    private int ready;
    private volatile boolean closed;

    static TestConsumer on(Channel channel, int ready) {
        return on(channel, ready, new SubscribeOptions(TimeUnit.MINUTES.toNanos(1), 0));
    }

    static TestConsumer on(Channel channel, int ready, SubscribeOptions options) {
        TestConsumer consumer = new TestConsumer();
        consumer.subscription = channel.subscribe(consumer, options);
        consumer.ready(ready);
        return consumer;
    }

    synchronized void ready(int count) {
        ready = count;
        drain();
    }

    private synchronized void drain() {
        if (subscription == null) {
            return;
        }
        int room = ready - subscription.inFlight();
        subscription.poll(Math.max(0, room), Long.MAX_VALUE, received::add);
    }

    @Override
    public void wakeUp() {
        wakeUps.incrementAndGet();
        drain();
    }

    @Override
    public void close() {
        closed = true;
    }

    boolean isClosed() {
        return closed;
    }

    Subscription subscription() {
        return subscription;
    }

    /** The next message; fails when none comes. */
    Message next() {
        try {
            Message message = received.poll(10, TimeUnit.SECONDS);
            if (message == null) {
                throw new AssertionError("no message came");
            }
            return message;
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    /** The bodies of the next {@code count} messages, which are finished. */
    List<String> finishNext(int count) {
        List<String> bodies = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            Message message = next();
            bodies.add(body(message));
            finish(message.id());
        }
        return bodies;
    }

    /** Settles a message; why it could not be, if so. */
    synchronized Optional<Reason> finish(long id) {
        List<Reason> refused = new ArrayList<>();
        subscription.finish(new long[] {id}, 1, (refusedId, reason) -> refused.add(reason));
        drain();
        return refused.stream().findFirst();
    }

    synchronized void requeue(long id, long delayNanos) {
        subscription.requeue(id, delayNanos);
        drain();
    }

    /** Whether nothing has come that was not taken. */
    boolean hasNothing() {
        return received.isEmpty();
    }

    void awaitInFlight(int count) {
        await().until(() -> subscription.inFlight() == count);
    }

    static String body(Message message) {
        return new String(message.block(), message.offset(), message.length(), StandardCharsets.UTF_8);
    }

    @Override
    public ClientStats stats() {
        return new ClientStats(
                "test",
                "test",
                "V2",
                "127.0.0.1:1",
                3,
                ready,
                subscription.inFlight(),
                subscription.messageCount(),
                subscription.finishCount(),
                subscription.requeueCount(),
                Instant.EPOCH,
                0,
                false,
                false,
                "",
                Optional.empty(),
                Optional.empty(),
                List.of());
    }
}
