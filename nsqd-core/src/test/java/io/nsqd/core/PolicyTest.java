package io.nsqd.core;

import static io.nsqd.core.TestConsumer.body;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.nsqd.api.Channel;
import io.nsqd.api.Message;
import io.nsqd.api.MessageBatch;
import io.nsqd.api.NsqdException;
import io.nsqd.api.Option;
import io.nsqd.api.PeekedMessage;
import io.nsqd.api.Reason;
import io.nsqd.api.SubscribeOptions;
import io.nsqd.policy.PolicyRule;
import io.nsqd.stats.PolicyStats;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What policies do to messages. */
final class PolicyTest {
    private static final long SECOND = TimeUnit.SECONDS.toNanos(1);

    @TempDir
    private Path dataPath;

    private TestDaemon daemon;

    @BeforeEach
    void start() throws IOException {
        daemon = TestDaemon.on(dataPath, Map.of(Option.MEM_QUEUE_SIZE, "20"));
    }

    @AfterEach
    void stop() {
        daemon.close();
    }

    private void topicPolicy(String topic, String... texts) {
        daemon.broker.policies().set(PolicyRule.of(topic, Optional.empty(), texts(texts), ""));
    }

    private void channelPolicy(String topic, String channel, String... texts) {
        daemon.broker.policies().set(PolicyRule.of(topic, Optional.of(channel), texts(texts), ""));
    }

    private static Map<String, String> texts(String... texts) {
        Map<String, String> values = new LinkedHashMap<>();
        for (int i = 0; i < texts.length; i += 2) {
            values.put(texts[i], texts[i + 1]);
        }
        return values;
    }

    private PolicyStats policy(String topic, String channel) {
        return daemon.stats(topic, channel).policy().orElseThrow();
    }

    private static String[] bodies(int from, int to) {
        String[] bodies = new String[to - from];
        for (int i = from; i < to; i++) {
            bodies[i - from] = "m" + i;
        }
        return bodies;
    }

    private static Reason refusal(CompletableFuture<Void> published) {
        CompletionException failure = assertThrows(CompletionException.class, published::join);
        return ((NsqdException) failure.getCause()).reason();
    }

    @Test
    void aMessageThatFailsTooOftenIsADeadLetterUnchanged() {
        channelPolicy("t", "*", "max-attempts", "3", "dead-letter-topic", "dead");
        Channel channel = daemon.channel("t", "c");
        TestConsumer consumer = TestConsumer.on(channel, 1);
        TestConsumer ofDead = TestConsumer.on(daemon.channel("dead", "d"), 10);
        daemon.publish("t", "poison", "good").join();
        long id = 0;
        long timestamp = 0;
        List<String> seen = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            Message message = consumer.next();
            seen.add(body(message) + message.attempts());
            if (body(message).equals("poison")) {
                id = message.id();
                timestamp = message.timestampNanos();
                consumer.requeue(message.id(), 0);
            } else {
                consumer.finish(message.id());
            }
        }
        assertEquals(List.of("poison1", "good1", "poison2", "poison3"), seen);
        Message dead = ofDead.next();
        assertEquals("poison", body(dead));
        assertEquals(id, dead.id());
        assertEquals(timestamp, dead.timestampNanos());
        assertEquals(1, dead.attempts());
        await().until(() -> policy("t", "c").inTransit() == 0);
        assertEquals(new PolicyStats(0, 1, 0, 0, 0, 0, 0), policy("t", "c"));
        assertTrue(consumer.hasNothing());
        assertEquals(0, daemon.stats("t", "c").inFlightCount());
    }

    @Test
    void aMessageThatTimesOutTooOftenIsDroppedWithoutADeadLetterTopic() {
        channelPolicy("t", "*", "max-attempts", "2");
        TestConsumer consumer = TestConsumer.on(daemon.channel("t", "c"), 1);
        daemon.publish("t", "poison").join();
        consumer.next();
        daemon.pass(2 * TimeUnit.MINUTES.toNanos(1));
        assertEquals(2, consumer.next().attempts());
        daemon.pass(2 * TimeUnit.MINUTES.toNanos(1));
        await().until(() -> policy("t", "c").dead() == 1);
        assertEquals(1, policy("t", "c").dropped());
        assertEquals(0, daemon.stats("t", "c").inFlightCount());
        assertEquals(0, daemon.stats("t", "c").depth());
    }

    @Test
    void aPolicyThatComesLaterCountsForWhatWaits() {
        TestConsumer consumer = TestConsumer.on(daemon.channel("t", "c"), 1);
        daemon.publish("t", "poison").join();
        for (int i = 1; i < 5; i++) {
            Message message = consumer.next();
            assertEquals(i, message.attempts());
            if (i == 4) {
                consumer.ready(0);
            }
            consumer.requeue(message.id(), 0);
        }
        channelPolicy("t", "c", "max-attempts", "3", "dead-letter-topic", "dead");
        consumer.ready(1);
        daemon.awaitDepth("dead", 1);
        assertTrue(consumer.hasNothing());
    }

    @Test
    void whatFailsIsHeldBackForTwiceAsLongEachTime() {
        channelPolicy("t", "*", "retry-delay", "1s", "max-retry-delay", "3s");
        TestConsumer consumer = TestConsumer.on(daemon.channel("t", "c"), 1);
        daemon.publish("t", "late").join();
        for (long seconds : new long[] {1, 2, 3, 3}) {
            consumer.requeue(consumer.next().id(), 0);
            await().until(() -> daemon.stats("t", "c").deferredCount() == 1);
            daemon.pass(seconds * SECOND - SECOND / 2);
            assertEquals(1, daemon.stats("t", "c").deferredCount());
            daemon.pass(SECOND / 2);
        }
        consumer.requeue(consumer.next().id(), TimeUnit.MINUTES.toNanos(1));
        daemon.pass(59 * SECOND);
        assertEquals(1, daemon.stats("t", "c").deferredCount(), "who says a delay gets it");
    }

    @Test
    void whatHasExpiredIsNeverDeliveredBeItInMemoryOrOnDisk() {
        channelPolicy("t", "*", "ttl", "10s", "dead-letter-topic", "dead");
        Channel channel = daemon.channel("t", "c");
        daemon.publish("t", bodies(0, 50)).join();
        assertEquals(30, daemon.stats("t", "c").backendDepth());
        daemon.clock.stepEpoch(9 * SECOND);
        daemon.publish("t", "young").join();
        daemon.clock.stepEpoch(SECOND);
        TestConsumer consumer = TestConsumer.on(channel, 100);
        assertEquals("young", body(consumer.next()));
        daemon.awaitDepth("dead", 50);
        assertTrue(consumer.hasNothing());
        assertEquals(50, policy("t", "c").expired());
        assertEquals(0, policy("t", "c").dropped());
    }

    @Test
    void whatHasExpiredGoesWithoutAConsumer() {
        channelPolicy("t", "*", "ttl", "10s");
        daemon.channel("t", "c");
        daemon.publish("t", bodies(0, 50)).join();
        daemon.clock.stepEpoch(9 * SECOND);
        daemon.publish("t", "young").join();
        daemon.clock.stepEpoch(SECOND);
        daemon.pass(SECOND);
        // On disk nobody looks behind one that is still of use.
        daemon.awaitDepth("t", "c", 1);
        assertEquals(50, policy("t", "c").expired());
        assertEquals(50, policy("t", "c").dropped());
    }

    @Test
    void whatWaitsInATopicExpiresToo() {
        topicPolicy("t", "ttl", "10s");
        daemon.publish("t", bodies(0, 50)).join();
        assertEquals(50, daemon.stats("t").depth());
        daemon.clock.stepEpoch(10 * SECOND);
        daemon.awaitDepth("t", 0);
        assertEquals(50, daemon.stats("t").policy().orElseThrow().expired());
        daemon.publish("t", "new").join();
        TestConsumer consumer = TestConsumer.on(daemon.channel("t", "c"), 100);
        assertEquals("new", body(consumer.next()));
    }

    @Test
    void aFullChannelRefusesExactlyWhatIsTooMuch() throws Exception {
        channelPolicy("t", "c", "max-depth", "1000", "overflow", "reject");
        daemon.channel("t", "c");
        daemon.channel("t", "other");
        AtomicInteger taken = new AtomicInteger();
        AtomicInteger refused = new AtomicInteger();
        CountDownLatch done = new CountDownLatch(16);
        for (int p = 0; p < 16; p++) {
            new Thread(() -> {
                        for (int i = 0; i < 100; i++) {
                            CompletableFuture<Void> published = daemon.publish("t", "m");
                            (published.isCompletedExceptionally() ? refused : taken).incrementAndGet();
                        }
                        done.countDown();
                    })
                    .start();
        }
        assertTrue(done.await(30, TimeUnit.SECONDS));
        assertEquals(1000, taken.get());
        assertEquals(600, refused.get());
        assertEquals(1000, daemon.stats("t", "c").depth());
        assertEquals(1000, daemon.stats("t", "other").depth(), "what one channel refuses no channel gets");
        assertEquals(600, policy("t", "c").rejected());
        assertEquals(600, daemon.stats("t").policy().orElseThrow().rejected());
        assertEquals(Reason.FULL, refusal(daemon.publish("t", "m")));
        TestConsumer consumer = TestConsumer.on(daemon.channel("t", "c"), 10);
        assertEquals("m", consumer.finishNext(1).get(0));
        daemon.publish("t", "fits").join();
    }

    @Test
    void bytesAreBoundedToo() {
        topicPolicy("t", "max-bytes", "10", "overflow", "reject");
        daemon.publish("t", "12345").join();
        daemon.publish("t", "12345").join();
        assertEquals(Reason.FULL, refusal(daemon.publish("t", "1")));
        daemon.channel("t", "c");
        daemon.awaitDepth("t", "c", 2);
        assertEquals(Reason.FULL, refusal(daemon.publish("t", "1")));
        assertEquals(
                "12345",
                TestConsumer.on(daemon.channel("t", "c"), 1).finishNext(1).get(0));
        daemon.publish("t", "1").join();
    }

    @Test
    void theOldestGoWhereNewOnesAreWanted() {
        channelPolicy("t", "c", "max-depth", "30", "overflow", "drop-oldest");
        Channel channel = daemon.channel("t", "c");
        daemon.publish("t", bodies(0, 10)).join();
        daemon.publish("t", bodies(10, 20)).join();
        daemon.publish("t", bodies(20, 25)).join();
        daemon.publish("t", bodies(25, 60)).join();
        assertEquals(30, daemon.stats("t", "c").depth());
        assertEquals(30, policy("t", "c").dropped());
        TestConsumer consumer = TestConsumer.on(channel, 100);
        List<String> rest = consumer.finishNext(30);
        for (int i = 0; i < 20; i++) {
            assertFalse(rest.contains("m" + i), "m" + i);
        }
        assertTrue(consumer.hasNothing());
    }

    @Test
    void aTopicThatNobodyListensToMayDrop() {
        topicPolicy("t", "no-channel", "drop");
        daemon.publish("t", "a", "b").join();
        assertEquals(0, daemon.stats("t").depth());
        assertEquals(2, daemon.stats("t").policy().orElseThrow().dropped());
        daemon.channel("t", "c");
        daemon.publish("t", "c").join();
        assertEquals(1, daemon.stats("t", "c").depth());
    }

    @Test
    void memoryAndTimeOutsAreThePolicys() {
        topicPolicy("t", "mem-queue-size", "5", "msg-timeout", "10s");
        Channel channel = daemon.channel("t", "c");
        daemon.publish("t", bodies(0, 10)).join();
        assertEquals(5, daemon.stats("t", "c").backendDepth());
        long standard = daemon.broker.options().nanos(Option.MSG_TIMEOUT);
        TestConsumer consumer = TestConsumer.on(channel, 1, new SubscribeOptions(standard, 0));
        Message first = consumer.next();
        daemon.pass(11 * SECOND);
        await().until(() -> daemon.stats("t", "c").timeoutCount() == 1);
        TestConsumer patient = TestConsumer.on(channel, 1, new SubscribeOptions(2 * standard, 0));
        patient.next();
        daemon.pass(11 * SECOND);
        assertTrue(patient.subscription().inFlight() == 1, "who asks for a time gets it");
        assertEquals(1, first.attempts());
    }

    @Test
    void deliveriesKeepToTheRate() {
        channelPolicy("t", "c", "consume-rate", "1");
        Channel channel = daemon.channel("t", "c");
        TestConsumer consumer = TestConsumer.on(channel, 100);
        daemon.publish("t", bodies(0, 5)).join();
        assertEquals("m0", body(consumer.next()));
        assertTrue(consumer.hasNothing());
        for (int i = 1; i < 5; i++) {
            daemon.pass(SECOND);
            assertEquals("m" + i, body(consumer.next()));
            assertTrue(consumer.hasNothing());
        }
        channelPolicy("t", "c", "ttl", "1h");
        daemon.publish("t", bodies(5, 105)).join();
        assertEquals(100, daemon.stats("t", "c").messageCount() - 5);
        for (int i = 0; i < 95; i++) {
            consumer.next();
        }
    }

    @Test
    void lettersThatCannotGoAreNotLostAndGoLater() {
        channelPolicy("t", "*", "max-attempts", "1", "dead-letter-topic", "dead");
        topicPolicy("dead", "max-depth", "1", "overflow", "reject");
        TestConsumer consumer = TestConsumer.on(daemon.channel("t", "c"), 10);
        daemon.publish("dead", "in the way").join();
        daemon.publish("t", "poison").join();
        consumer.requeue(consumer.next().id(), 0);
        await().until(() -> policy("t", "c").inTransit() == 1);
        assertEquals(1, daemon.stats("dead").depth());
        topicPolicy("dead", "max-depth", "10", "overflow", "reject");
        daemon.awaitDepth("dead", 2);
        await().until(() -> policy("t", "c").inTransit() == 0);
    }

    @Test
    void lettersThatCannotGoOutliveAStop() throws IOException {
        channelPolicy("t", "*", "max-attempts", "1", "dead-letter-topic", "dead");
        topicPolicy("dead", "max-depth", "1", "overflow", "reject");
        TestConsumer consumer = TestConsumer.on(daemon.channel("t", "c"), 10);
        daemon.publish("dead", "in the way").join();
        daemon.publish("t", "poison").join();
        consumer.requeue(consumer.next().id(), 0);
        await().until(() -> policy("t", "c").inTransit() == 1);
        daemon.close();
        daemon = TestDaemon.on(dataPath);
        topicPolicy("dead", "max-depth", "10", "overflow", "reject");
        assertEquals(1, daemon.stats("t", "c").depth());
        TestConsumer again = TestConsumer.on(daemon.channel("t", "c"), 10);
        daemon.awaitDepth("dead", 2);
        assertTrue(again.hasNothing());
    }

    @Test
    void whatIsLookedAtStaysBeItInMemoryOrOnDisk() {
        Channel channel = daemon.channel("t", "c");
        daemon.publish("t", bodies(0, 50)).join();
        List<String> seen = channel.peek(PeekedMessage.State.WAITING, 100).stream()
                .map(peeked -> body(peeked.message()))
                .toList();
        assertEquals(List.of(bodies(0, 50)), seen);
        assertEquals(5, channel.peek(PeekedMessage.State.WAITING, 5).size());
        assertEquals(50, daemon.stats("t", "c").depth());
        TestConsumer consumer = TestConsumer.on(channel, 100);
        assertEquals(new TreeSet<>(seen), new TreeSet<>(consumer.finishNext(50)));
        assertTrue(consumer.hasNothing());
        await().until(() -> daemon.stats("t", "c").depth() == 0);
    }

    @Test
    void aMessageIsDroppedWhereverItIs() {
        Channel channel = daemon.channel("t", "c");
        daemon.publish("t", "a", "b", "c").join();
        TestConsumer consumer = TestConsumer.on(channel, 1);
        long inFlight = consumer.next().id();
        consumer.ready(0);
        long waiting =
                channel.peek(PeekedMessage.State.WAITING, 1).get(0).message().id();
        channel.drop(inFlight);
        channel.drop(waiting);
        assertEquals(1, daemon.stats("t", "c").depth());
        assertEquals(0, daemon.stats("t", "c").inFlightCount());
        consumer.ready(1);
        Message last = consumer.next();
        assertEquals("c", body(last));
        consumer.ready(0);
        consumer.requeue(last.id(), SECOND * 3600);
        assertEquals(1, channel.peek(PeekedMessage.State.DEFERRED, 9).size());
        channel.drop(last.id());
        assertEquals(0, daemon.stats("t", "c").deferredCount());
        assertEquals(
                Reason.MESSAGE_NOT_FOUND,
                assertThrows(NsqdException.class, () -> channel.drop(last.id())).reason());
        assertEquals(
                Reason.MESSAGE_NOT_FOUND,
                assertThrows(NsqdException.class, () -> channel.requeue(last.id()))
                        .reason());
    }

    @Test
    void aTopicMayPromiseMoreThanTheDaemon(@TempDir Path copy) throws IOException {
        topicPolicy("safe*", "durability", "written");
        daemon.close();
        daemon = TestDaemon.on(dataPath);
        daemon.channel("safe", "c");
        daemon.channel("plain", "c");
        daemon.publish("safe", "kept").join();
        daemon.publish("safe.too", "kept without a channel").join();
        daemon.publish("plain", "as with Go").join();
        // Names are saved soon, and not before the answer.
        daemon.broker.persistMetadata();
        daemon.copyTo(copy);
        try (TestDaemon again = TestDaemon.on(copy)) {
            assertEquals(1, again.stats("safe", "c").depth());
            assertEquals(1, again.stats("safe.too").depth());
            assertEquals(0, again.stats("plain", "c").depth());
        }
    }

    @Test
    void aMessageThatDiesInTwoChannelsIsTwoLetters() {
        channelPolicy("t", "*", "max-attempts", "1", "dead-letter-topic", "dead");
        TestConsumer one = TestConsumer.on(daemon.channel("t", "one"), 10);
        TestConsumer two = TestConsumer.on(daemon.channel("t", "two"), 10);
        TestConsumer ofDead = TestConsumer.on(daemon.channel("dead", "d"), 10);
        daemon.publish("t", "poison").join();
        one.requeue(one.next().id(), 0);
        two.requeue(two.next().id(), 0);
        assertEquals("poison", body(ofDead.next()));
        assertEquals("poison", body(ofDead.next()));
    }

    /** Topics make ids of the time, and so at the same time the same ones. */
    @Test
    void anIdThatALetterBroughtIsNotGivenOut() {
        BrokerTopic dead = (BrokerTopic) daemon.topic("dead");
        for (int i = 0; i < 2000; i++) {
            MessageBatch original = TestDaemon.batch("original");
            daemon.topic("t").publish(original).join();
            MessageBatch letter = new MessageBatch();
            letter.add(original.id(0), 1, 0, 0, new byte[1], 0, 1);
            dead.publishLetters(letter).join();
            MessageBatch another = new MessageBatch();
            another.add(0, 1, 0, 0, new byte[1], 0, 1);
            dead.publishLetters(another).join();
            MessageBatch ordinary = TestDaemon.batch("ordinary");
            dead.publish(ordinary).join();
            assertEquals(original.id(0), letter.id(0));
            assertEquals(
                    3,
                    Stream.of(letter.id(0), another.id(0), ordinary.id(0))
                            .distinct()
                            .count());
        }
    }
}
