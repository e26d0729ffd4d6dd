package io.nsqd.core;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.nsqd.api.Message;
import io.nsqd.api.MessageBatch;
import io.nsqd.api.SubscribeOptions;
import io.nsqd.spi.MessageEvents;
import io.nsqd.spi.MessageListener;
import io.nsqd.stats.Trouble;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Plug-ins that are told of messages: what they ask for, all of it, and at nobody else's expense. */
final class MessageListenerTest {
    @TempDir
    private Path dataPath;

    private TestDaemon daemon;

    @BeforeEach
    void start() throws IOException {
        daemon = TestDaemon.on(dataPath);
    }

    @AfterEach
    void stop() {
        daemon.close();
    }

    /** Writes down what it is told. */
    private static class Scribe implements MessageListener {
        final List<String> lines = new ArrayList<>();
        final AtomicLong missed = new AtomicLong();
        private final List<String> topics;

        Scribe(String... topics) {
            this.topics = List.of(topics);
        }

        @Override
        public List<String> topics() {
            return topics;
        }

        synchronized void write(String event, String where, MessageEvents messages) {
            for (int i = 0; i < messages.size(); i++) {
                lines.add(event + " " + where + " " + messages.id(i) + " " + messages.attempts(i) + " "
                        + messages.length(i));
            }
        }

        synchronized Set<String> written() {
            return new TreeSet<>(lines);
        }

        synchronized int count() {
            return lines.size();
        }

        @Override
        public void published(String topic, MessageEvents messages) {
            write("published", topic, messages);
        }

        @Override
        public void finished(String topic, String channel, MessageEvents messages) {
            write("finished", topic + ":" + channel, messages);
        }

        @Override
        public void requeued(String topic, String channel, MessageEvents messages) {
            write("requeued", topic + ":" + channel, messages);
        }

        @Override
        public void timedOut(String topic, String channel, MessageEvents messages) {
            write("timed out", topic + ":" + channel, messages);
        }

        @Override
        public void missed(long messages) {
            missed.addAndGet(messages);
        }
    }

    /** Waits until it has been asked what it wants. */
    private <T extends MessageListener> T arrive(T listener, String topic) {
        daemon.broker.whiteboard().add(listener);
        await().until(() -> ((BrokerTopic) daemon.topic(topic)).tap() != null);
        return listener;
    }

    @Test
    void itIsToldWhatBecomesOfEachMessage() {
        Scribe scribe = arrive(new Scribe("*"), "t");
        SubscribeOptions soon = new SubscribeOptions(TimeUnit.MILLISECONDS.toNanos(100), 0);
        TestConsumer consumer = TestConsumer.on(daemon.channel("t", "c"), 3, soon);
        daemon.publish("t", "a", "bb", "ccc").join();
        Message first = consumer.next();
        Message second = consumer.next();
        Message third = consumer.next();
        consumer.ready(0);
        consumer.finish(first.id());
        consumer.requeue(second.id(), TimeUnit.HOURS.toNanos(1));
        daemon.topic("t")
                .publishDeferred(TestDaemon.batch("later"), TimeUnit.HOURS.toNanos(1))
                .join();
        await().until(() -> scribe.count() == 7);
        Set<String> expected = new TreeSet<>(Set.of(
                "published t " + first.id() + " 0 1",
                "published t " + second.id() + " 0 2",
                "published t " + third.id() + " 0 3",
                "finished t:c " + first.id() + " 1 1",
                "requeued t:c " + second.id() + " 1 2",
                "timed out t:c " + third.id() + " 1 3"));
        Set<String> written = scribe.written();
        assertTrue(written.containsAll(expected), written::toString);
        written.removeAll(expected);
        assertTrue(written.iterator().next().matches("published t \\d+ 0 5"), written::toString);
    }

    @Test
    void itIsToldOfTheTopicsThatItAsksForFromTheirFirstMessageOn() {
        Scribe scribe = arrive(new Scribe("orders", "log.*"), "orders");
        for (String topic : List.of("orders", "orders2", "log.a", "log.b", "lo", "log.")) {
            daemon.publish(topic, topic).join();
        }
        await().until(() -> scribe.count() == 4);
        assertEquals(
                Set.of("orders", "log.a", "log.b", "log."),
                Set.copyOf(scribe.written().stream()
                        .map(line -> line.split(" ", -1)[1])
                        .toList()));
        assertNull(((BrokerTopic) daemon.topic("orders2")).tap());
    }

    @Test
    void whenItHasLeftNobodyIsTold() {
        assertNull(((BrokerTopic) daemon.topic("t")).tap());
        Scribe first = arrive(new Scribe("*"), "t");
        Scribe second = new Scribe("*");
        daemon.broker.whiteboard().add(second);
        await().until(() -> {
            daemon.publish("t", "m").join();
            return second.count() > 0;
        });
        daemon.broker.whiteboard().remove(first);
        assertNotNull(((BrokerTopic) daemon.topic("t")).tap());
        daemon.broker.whiteboard().remove(second);
        assertNull(((BrokerTopic) daemon.topic("t")).tap());
    }

    @Test
    void oneThatThrowsIsToldTheNext() {
        Scribe scribe = new Scribe("*") {
            @Override
            public void published(String topic, MessageEvents messages) {
                super.published(topic, messages);
                throw new AssertionError("injected");
            }
        };
        arrive(scribe, "t");
        for (int i = 0; i < 10; i++) {
            daemon.publish("t", "m").join();
        }
        await().until(() -> scribe.count() == 10);
    }

    @Test
    void oneThatHangsHoldsUpNobodyAndHearsHowMuchItMissed() {
        CountDownLatch end = new CountDownLatch(1);
        Scribe scribe = new Scribe("*") {
            @Override
            public void published(String topic, MessageEvents messages) {
                try {
                    end.await();
                } catch (InterruptedException e) {
                    throw new IllegalStateException(e);
                }
                super.published(topic, messages);
            }
        };
        arrive(scribe, "t");
        Scribe other = new Scribe("*");
        daemon.broker.whiteboard().add(other);
        MessageBatch batch = new MessageBatch();
        for (int i = 0; i < 1_000; i++) {
            batch.add(new byte[1], 0, 1);
        }
        int messages = 150_000;
        for (int i = 0; i < messages; i += batch.size()) {
            daemon.topic("t").publish(batch).join();
        }
        assertEquals(messages, daemon.stats("t").messageCount());
        await().until(() -> other.count() > 0);
        long dropped = daemon.broker.troubles().value(Trouble.MESSAGE_EVENTS_DROPPED);
        assertTrue(dropped > 0 && dropped < messages, dropped + " dropped");
        end.countDown();
        await().until(() -> scribe.count() + scribe.missed.get() == messages);
    }
}
