package io.nsqd.core;

import static io.nsqd.core.TestConsumer.body;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.nsqd.api.Channel;
import io.nsqd.api.Consumer;
import io.nsqd.api.Message;
import io.nsqd.api.MessageBatch;
import io.nsqd.api.NsqdException;
import io.nsqd.api.Option;
import io.nsqd.api.Reason;
import io.nsqd.api.SubscribeOptions;
import io.nsqd.api.Subscription;
import io.nsqd.stats.ChannelStats;
import io.nsqd.stats.ClientStats;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Channels: delivery, settling, time-outs, deferral (B-12, B-19 to B-26). */
final class ChannelTest {
    private static final long MINUTE = TimeUnit.MINUTES.toNanos(1);

    @TempDir
    private Path dataPath;

    private TestDaemon daemon;
    private Channel channel;

    @BeforeEach
    void start() throws IOException {
        daemon = TestDaemon.on(dataPath);
        channel = daemon.channel("t", "c");
    }

    @AfterEach
    void stop() {
        daemon.close();
    }

    private ChannelStats stats() {
        return daemon.stats("t", "c");
    }

    @Test
    @Tag("B-12")
    void aPausedChannelPushesNothingAndTakesEverythingElse() {
        TestConsumer consumer = TestConsumer.on(channel, 10);
        daemon.publish("t", "sent").join();
        Message sent = consumer.next();
        channel.pause();
        daemon.publish("t", "held").join();
        assertEquals(1, stats().depth());
        assertTrue(consumer.hasNothing());
        assertEquals(Optional.empty(), consumer.finish(sent.id()));
        channel.unpause();
        assertEquals("held", body(consumer.next()));
    }

    @Test
    @Tag("B-19")
    @Tag("B-22")
    @Tag("B-23")
    void theFiguresFollowAMessageOnItsWay() {
        daemon.publish("t", "a", "b", "c").join();
        assertEquals(3, stats().depth());
        TestConsumer consumer = TestConsumer.on(channel, 2);
        Message first = consumer.next();
        Message second = consumer.next();
        assertEquals(1, first.attempts());
        assertEquals(1, stats().depth());
        assertEquals(2, stats().inFlightCount());
        assertEquals(2, consumer.subscription().messageCount());
        consumer.ready(0);
        consumer.finish(first.id());
        assertEquals(1, consumer.subscription().finishCount());
        consumer.requeue(second.id(), MINUTE);
        assertEquals(1, consumer.subscription().requeueCount());
        assertEquals(0, stats().inFlightCount());
        assertEquals(1, stats().deferredCount());
        assertEquals(1, stats().depth());
        assertEquals(3, stats().messageCount());
        assertEquals(Optional.of(Reason.NOT_IN_FLIGHT), consumer.finish(first.id()));
        assertEquals(1, consumer.subscription().finishCount());
    }

    @Test
    @Tag("B-19")
    void attemptsWrapAfter65535() {
        MessageBatch batch = new MessageBatch();
        batch.add(1, 2, 65_535, 0, new byte[] {'x'}, 0, 1);
        TestConsumer consumer = TestConsumer.on(channel, 1);
        Wakeups wakeups = new Wakeups();
        ((BrokerChannel) channel).put(batch, wakeups);
        wakeups.run();
        assertEquals(0, consumer.next().attempts());
    }

    @Test
    @Tag("B-20")
    void aMessageGivenBackComesAgainWithOneMoreAttempt() {
        TestConsumer consumer = TestConsumer.on(channel, 1);
        daemon.publish("t", "m").join();
        Message first = consumer.next();
        consumer.requeue(first.id(), 0);
        Message again = consumer.next();
        assertEquals(first.id(), again.id());
        assertEquals(first.timestampNanos(), again.timestampNanos());
        assertEquals(2, again.attempts());
    }

    @Test
    @Tag("B-20")
    @Tag("B-26")
    @Tag("X-2")
    void aMessageGivenBackWithADelayComesWhenItIsOverAndNotBefore() {
        TestConsumer consumer = TestConsumer.on(channel, 1);
        daemon.publish("t", "m").join();
        long before = System.nanoTime();
        consumer.requeue(consumer.next().id(), TimeUnit.MILLISECONDS.toNanos(150));
        assertEquals(1, stats().deferredCount());
        consumer.next();
        assertTrue(System.nanoTime() - before >= TimeUnit.MILLISECONDS.toNanos(150));
        assertEquals(0, stats().deferredCount());
    }

    @Test
    @Tag("B-20")
    void aDeferredPublishIsHeldBackByEveryChannel() {
        daemon.channel("t", "other");
        long before = System.nanoTime();
        daemon.topic("t")
                .publishDeferred(TestDaemon.batch("m"), TimeUnit.MILLISECONDS.toNanos(150))
                .join();
        assertEquals(1, stats().deferredCount());
        assertEquals(1, daemon.stats("t", "other").deferredCount());
        assertEquals(0, stats().depth());
        assertEquals(1, TestConsumer.on(channel, 1).next().attempts());
        assertTrue(System.nanoTime() - before >= TimeUnit.MILLISECONDS.toNanos(150));
    }

    @Test
    @Tag("B-20")
    void aDelayCountsFromTheRoutingOfThePublish() {
        daemon.topic("t").pause();
        daemon.topic("t").publishDeferred(TestDaemon.batch("m"), MINUTE).join();
        assertEquals(1, daemon.stats("t").depth());
        assertEquals(0, stats().deferredCount());
        daemon.topic("t").unpause();
        org.awaitility.Awaitility.await().until(() -> stats().deferredCount() == 1);
    }

    @Test
    @Tag("B-21")
    @Tag("B-25")
    @Tag("B-26")
    @Tag("X-2")
    void whatIsNotAnsweredComesAgainAfterItsTimeOutAndNotBefore() {
        long timeout = TimeUnit.MILLISECONDS.toNanos(150);
        TestConsumer consumer = TestConsumer.on(channel, 1, new SubscribeOptions(timeout, 0));
        long before = System.nanoTime();
        daemon.publish("t", "m").join();
        Message first = consumer.next();
        Message again = consumer.next();
        assertTrue(System.nanoTime() - before >= timeout);
        assertEquals(first.id(), again.id());
        assertEquals(2, again.attempts());
        assertEquals(1, stats().timeoutCount());
        assertEquals(0, stats().requeueCount());
        assertEquals(0, consumer.subscription().requeueCount());
    }

    @Test
    @Tag("B-24")
    @Tag("P-56")
    void whatIsInFlightToALostConsumerStaysSoUntilItsTimeOut() {
        TestConsumer lost = TestConsumer.on(channel, 1, new SubscribeOptions(TimeUnit.MILLISECONDS.toNanos(200), 0));
        daemon.publish("t", "m").join();
        Message first = lost.next();
        lost.subscription().close();
        TestConsumer other = TestConsumer.on(channel, 1);
        assertEquals(1, stats().inFlightCount());
        assertEquals(1, stats().clientCount());
        assertEquals(Optional.of(Reason.NOT_OWNER), other.finish(first.id()));
        Message again = other.next();
        assertEquals(first.id(), again.id());
        assertEquals(1, stats().timeoutCount());
    }

    @Test
    @Tag("B-24")
    @Tag("P-53")
    void theConsumerLimitHolds() throws IOException {
        daemon.close();
        daemon = TestDaemon.on(dataPath, Map.of(Option.MAX_CHANNEL_CONSUMERS, "2"));
        channel = daemon.channel("t", "c");
        TestConsumer first = TestConsumer.on(channel, 1);
        TestConsumer.on(channel, 1);
        NsqdException third = assertThrows(NsqdException.class, () -> TestConsumer.on(channel, 1));
        assertEquals(Reason.TOO_MANY_CONSUMERS, third.reason());
        assertEquals("consumers for t:c exceeds limit of 2", third.getMessage());
        first.subscription().close();
        TestConsumer.on(channel, 1);
    }

    @Test
    @Tag("B-7")
    @Tag("X-20")
    void emptyingAChannelDropsEverythingAndDeliveryResumes() {
        TestConsumer consumer = TestConsumer.on(channel, 2);
        daemon.publish("t", "a", "b", "c").join();
        daemon.topic("t").publishDeferred(TestDaemon.batch("d"), MINUTE).join();
        Message held = consumer.next();
        consumer.next();
        channel.empty();
        assertEquals(0, stats().depth());
        assertEquals(0, stats().inFlightCount());
        assertEquals(0, stats().deferredCount());
        assertEquals(4, stats().messageCount());
        assertEquals(Optional.of(Reason.NOT_IN_FLIGHT), consumer.finish(held.id()));
        daemon.publish("t", "fresh").join();
        assertEquals("fresh", body(consumer.next()));
    }

    @Test
    @Tag("P-61")
    void onlyTheOwnerSettlesAMessage() {
        TestConsumer owner = TestConsumer.on(channel, 1);
        daemon.publish("t", "m").join();
        Message message = owner.next();
        TestConsumer other = TestConsumer.on(channel, 1);
        assertEquals(Optional.of(Reason.NOT_OWNER), other.finish(message.id()));
        assertEquals(
                Reason.NOT_OWNER,
                assertThrows(NsqdException.class, () -> other.requeue(message.id(), 0))
                        .reason());
        assertEquals(
                Reason.NOT_OWNER,
                assertThrows(NsqdException.class, () -> other.subscription().touch(message.id()))
                        .reason());
        assertEquals(Optional.empty(), owner.finish(message.id()));
        NsqdException gone =
                assertThrows(NsqdException.class, () -> owner.subscription().touch(message.id()));
        assertEquals("ID not in flight", gone.getMessage());
    }

    @Test
    @Tag("P-63")
    void aTouchRestartsTheTimeOutButNotBeyondTheLongest() throws IOException {
        daemon.close();
        daemon = TestDaemon.on(dataPath, Map.of(Option.MAX_MSG_TIMEOUT, "2h"));
        channel = daemon.channel("t", "c");
        TestConsumer consumer = TestConsumer.on(channel, 1, new SubscribeOptions(60 * MINUTE, 0));
        daemon.publish("t", "m").join();
        Message message = consumer.next();
        daemon.pass(59 * MINUTE);
        consumer.subscription().touch(message.id());
        daemon.pass(59 * MINUTE);
        consumer.subscription().touch(message.id());
        consumer.ready(0);
        assertEquals(1, stats().inFlightCount());
        // The last touch would reach to 2 h 58 min, but two hours are the most.
        daemon.pass(3 * MINUTE);
        TestConsumer other = TestConsumer.on(channel, 1);
        assertEquals(2, other.next().attempts());
        assertEquals(1, stats().timeoutCount());
    }

    @Test
    @Tag("P-58")
    void aSampleRateLetsOneMoreThanItsShareThrough() {
        TestConsumer consumer = TestConsumer.on(channel, 10_000, new SubscribeOptions(MINUTE, 49));
        for (int i = 0; i < 40; i++) {
            String[] bodies = new String[250];
            java.util.Arrays.fill(bodies, "m");
            daemon.publish("t", bodies).join();
        }
        long delivered = consumer.subscription().messageCount();
        // 50 % of 10,000: six standard deviations are 300.
        assertTrue(delivered > 4_700 && delivered < 5_300, delivered + " delivered");
        assertEquals(0, stats().depth());
        assertEquals(delivered, stats().inFlightCount());
        assertEquals(10_000, stats().messageCount());
    }

    @Test
    @Tag("P-58")
    void aSampleRateOf99DeliversAll() {
        TestConsumer consumer = TestConsumer.on(channel, 1_000, new SubscribeOptions(MINUTE, 99));
        for (int i = 0; i < 1_000; i++) {
            daemon.publish("t", "m").join();
        }
        assertEquals(1_000, consumer.subscription().messageCount());
    }

    @Test
    @Tag("P-55")
    void theReadyCountIsAWindow() {
        TestConsumer consumer = TestConsumer.on(channel, 2);
        daemon.publish("t", "1", "2", "3", "4").join();
        Message first = consumer.next();
        consumer.next();
        assertTrue(consumer.hasNothing());
        consumer.ready(1);
        consumer.finish(first.id());
        assertTrue(consumer.hasNothing());
        consumer.ready(2);
        consumer.next();
        assertTrue(consumer.hasNothing());
    }

    @Test
    void consumersShareTheMessagesAndNoneIsForgotten() {
        TestConsumer[] consumers = new TestConsumer[4];
        for (int i = 0; i < consumers.length; i++) {
            consumers[i] = TestConsumer.on(channel, 100);
        }
        for (int i = 0; i < 100; i++) {
            daemon.publish("t", "m" + i).join();
        }
        Set<String> all = new HashSet<>();
        int busy = 0;
        for (TestConsumer consumer : consumers) {
            int mine = (int) consumer.subscription().messageCount();
            busy += mine > 0 ? 1 : 0;
            all.addAll(consumer.finishNext(mine));
        }
        assertEquals(100, all.size());
        assertEquals(4, busy);
        assertFalse(stats().depth() > 0);
    }

    @Test
    void whatAClientHeldThatHasLeftIsGivenBackAtOnce() {
        TestConsumer leaving = TestConsumer.on(channel, 10);
        daemon.publish("t", "a", "b", "c").join();
        leaving.finish(leaving.next().id());
        leaving.next();
        leaving.next();
        leaving.subscription().close();
        assertEquals(2, stats().inFlightCount());
        leaving.subscription().requeueAll();
        assertEquals(0, stats().inFlightCount());
        assertEquals(2, stats().requeueCount());
        TestConsumer next = TestConsumer.on(channel, 10);
        assertEquals(2, next.next().attempts());
        assertEquals(2, next.next().attempts());
        assertTrue(leaving.hasNothing());
    }

    @Test
    void aSubscriptionIsPolledByOneThreadAtATime() throws Exception {
        Consumer consumer = new Consumer() {
            @Override
            public void wakeUp() {
                // The test polls.
            }

            @Override
            public void close() {
                // Nothing to close.
            }

            @Override
            public ClientStats stats() {
                throw new UnsupportedOperationException();
            }
        };
        Subscription subscription = channel.subscribe(consumer, new SubscribeOptions(MINUTE, 0));
        daemon.publish("t", "a", "b").join();
        List<String> refusals = new ArrayList<>();
        int taken = subscription.poll(1, Long.MAX_VALUE, message -> {
            refusals.add(assertThrows(
                            IllegalStateException.class,
                            () -> subscription.poll(1, Long.MAX_VALUE, other -> refusals.add("taken")))
                    .getMessage());
            Thread thread = new Thread(
                    () -> refusals.add(assertThrows(
                                    IllegalStateException.class,
                                    () -> subscription.poll(1, Long.MAX_VALUE, other -> refusals.add("taken")))
                            .getMessage()),
                    "another");
            thread.start();
            try {
                thread.join();
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
        });
        assertEquals(1, taken);
        assertEquals(2, refusals.size());
        assertTrue(refusals.get(1).startsWith("a subscription is polled by one thread at a time: another came"));
        assertEquals(1, subscription.poll(1, Long.MAX_VALUE, message -> {}));
    }
}
