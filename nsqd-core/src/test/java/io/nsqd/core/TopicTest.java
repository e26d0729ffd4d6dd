package io.nsqd.core;

import static io.nsqd.core.TestConsumer.body;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.nsqd.api.Channel;
import io.nsqd.api.Message;
import io.nsqd.api.NsqdException;
import io.nsqd.api.Option;
import io.nsqd.api.Reason;
import io.nsqd.api.Topic;
import io.nsqd.spi.ChannelDirectory;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Topics: routing, fan-out, pause, deletion (B-1 to B-17). */
final class TopicTest {
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

    @Test
    @Tag("B-1")
    void askingForATopicMakesItAndReadingStatsDoesNot() {
        assertTrue(daemon.broker.existingTopic("t").isEmpty());
        Topic made = daemon.topic("t");
        assertSame(made, daemon.topic("t"));
        assertTrue(daemon.broker
                .stats(new io.nsqd.stats.StatsFilter(
                        java.util.Optional.of("other"), java.util.Optional.empty(), true, false))
                .topics()
                .isEmpty());
        assertTrue(daemon.broker.existingTopic("other").isEmpty());
    }

    @Test
    @Tag("B-1")
    void aBadNameMakesNothing() {
        NsqdException topic = assertThrows(NsqdException.class, () -> daemon.topic("a b"));
        assertEquals(Reason.BAD_TOPIC, topic.reason());
        NsqdException channel =
                assertThrows(NsqdException.class, () -> daemon.topic("t").channel("#ephemeral"));
        assertEquals(Reason.BAD_CHANNEL, channel.reason());
        assertTrue(daemon.topic("t").channels().isEmpty());
    }

    @Test
    @Tag("B-2")
    @Tag("L-45")
    void aNewTopicTakesMessagesAndRoutesThemOnceTheDirectoryHasAnswered() {
        CompletableFuture<List<String>> answer = new CompletableFuture<>();
        ChannelDirectory directory = topic -> answer;
        daemon.broker.whiteboard().add(directory);

        daemon.publish("t", "early").join();
        daemon.channel("t", "mine");
        assertEquals(1, daemon.stats("t").depth());
        assertEquals(0, daemon.stats("t", "mine").messageCount());

        answer.complete(List.of("known", "temporary#ephemeral"));
        daemon.awaitDepth("t", "known", 1);
        daemon.awaitDepth("t", "mine", 1);
        assertTrue(daemon.topic("t").existingChannel("temporary#ephemeral").isEmpty());
    }

    @Test
    @Tag("B-2")
    void aDirectoryThatFailsDoesNotHoldTheTopicBack() {
        daemon.broker.whiteboard().add((ChannelDirectory)
                topic -> CompletableFuture.failedFuture(new IOException("no lookupd")));
        daemon.channel("t", "c");
        daemon.publish("t", "m").join();
        daemon.awaitDepth("t", "c", 1);
    }

    @Test
    @Tag("B-3")
    void theFirstChannelGetsTheBacklogAndTheNextOnlyWhatComesAfter() {
        daemon.publish("t", "1", "2").join();
        assertEquals(2, daemon.stats("t").depth());
        daemon.channel("t", "first");
        daemon.awaitDepth("t", "first", 2);
        daemon.channel("t", "second");
        daemon.publish("t", "3").join();
        daemon.awaitDepth("t", "first", 3);
        daemon.awaitDepth("t", "second", 1);
    }

    @Test
    @Tag("B-4")
    void everyChannelGetsTheSameMessageWithAttemptsOfItsOwn() {
        TestConsumer a = TestConsumer.on(daemon.channel("t", "a"), 1);
        TestConsumer b = TestConsumer.on(daemon.channel("t", "b"), 1);
        daemon.publish("t", "m").join();
        Message ofA = a.next();
        Message ofB = b.next();
        assertEquals(ofA.id(), ofB.id());
        assertEquals(ofA.timestampNanos(), ofB.timestampNanos());
        assertEquals("m", body(ofB));
        a.requeue(ofA.id(), 0);
        assertEquals(2, a.next().attempts());
        assertEquals(1, ofB.attempts());
    }

    @Test
    @Tag("B-5")
    void oneConsumerOfAQueueOnDiskGetsWhatCameFirstFirst() throws IOException {
        daemon.close();
        daemon = TestDaemon.on(dataPath, Map.of(Option.MEM_QUEUE_SIZE, "0"));
        daemon.channel("t", "c");
        for (int i = 0; i < 100; i++) {
            daemon.publish("t", "m" + i).join();
        }
        TestConsumer consumer = TestConsumer.on(daemon.channel("t", "c"), 7);
        List<String> bodies = consumer.finishNext(100);
        for (int i = 0; i < 100; i++) {
            assertEquals("m" + i, bodies.get(i));
        }
    }

    @Test
    @Tag("B-6")
    void deletingATopicDisconnectsItsConsumersAndForgetsItForGood() throws IOException {
        Topic topic = daemon.topic("t");
        TestConsumer consumer = TestConsumer.on(topic.channel("c"), 1);
        daemon.publish("t", "in flight", "queued").join();
        consumer.next();

        daemon.broker.deleteTopic("t");

        assertTrue(consumer.isClosed());
        assertTrue(daemon.broker.existingTopic("t").isEmpty());
        CompletableFuture<Void> refused = topic.publish(TestDaemon.batch("late"));
        NsqdException reason =
                (NsqdException) refused.handle((done, failure) -> failure).join();
        assertEquals(Reason.EXITING, reason.reason());
        assertEquals("exiting", reason.getMessage());
        assertEquals(0, daemon.topic("t").channels().size());
        assertEquals(0, daemon.stats("t").depth());
        daemon.broker.deleteTopic("t");
        daemon.broker.persistMetadata();
        daemon.close();
        daemon = TestDaemon.on(dataPath);
        assertTrue(daemon.broker.existingTopic("t").isEmpty());
    }

    @Test
    @Tag("B-6")
    void deletingAChannelLeavesTheOthers() {
        TestConsumer consumer = TestConsumer.on(daemon.channel("t", "gone"), 1);
        daemon.channel("t", "stays");
        daemon.publish("t", "m").join();
        daemon.topic("t").deleteChannel("gone");
        assertTrue(consumer.isClosed());
        daemon.publish("t", "n").join();
        assertEquals(2, daemon.stats("t", "stays").depth());
        NsqdException twice =
                assertThrows(NsqdException.class, () -> daemon.topic("t").deleteChannel("gone"));
        assertEquals(Reason.CHANNEL_NOT_FOUND, twice.reason());
    }

    @Test
    @Tag("B-7")
    void emptyingATopicLeavesItsChannels() {
        daemon.channel("t", "c");
        daemon.publish("t", "routed").join();
        daemon.topic("t").pause();
        daemon.publish("t", "waiting").join();
        daemon.topic("t").empty();
        assertEquals(0, daemon.stats("t").depth());
        assertEquals(1, daemon.stats("t", "c").depth());
    }

    @Test
    @Tag("B-8")
    void whatIsEphemeralDropsWhatMemoryHasNoRoomForAndSaysNothing() throws IOException {
        daemon.close();
        daemon = TestDaemon.on(dataPath, Map.of(Option.MEM_QUEUE_SIZE, "2"));
        daemon.channel("t", "c#ephemeral");
        assertFalse(daemon.publish("t", "1", "2", "3").isCompletedExceptionally());
        assertEquals(2, daemon.stats("t", "c#ephemeral").depth());
        assertEquals(0, daemon.stats("t", "c#ephemeral").backendDepth());
        assertEquals(3, daemon.stats("t", "c#ephemeral").messageCount());
        assertFalse(daemon.publish("e#ephemeral", "1", "2", "3").isCompletedExceptionally());
        assertEquals(2, daemon.stats("e#ephemeral").depth());
        assertEquals(3, daemon.stats("e#ephemeral").messageCount());
    }

    @Test
    @Tag("B-8")
    @Tag("B-10")
    void whatIsEphemeralIsNotRemembered() throws IOException {
        daemon.channel("t", "c#ephemeral");
        daemon.channel("e#ephemeral", "regular");
        daemon.close();
        daemon = TestDaemon.on(dataPath);
        assertTrue(daemon.topic("t").channels().isEmpty());
        assertTrue(daemon.broker.existingTopic("e#ephemeral").isEmpty());
    }

    @Test
    @Tag("B-9")
    void anEphemeralChannelGoesWithItsLastConsumerAndAnEphemeralTopicWithItsLastChannel() {
        Channel channel = daemon.channel("e#ephemeral", "c#ephemeral");
        assertTrue(daemon.broker.existingTopic("e#ephemeral").isPresent());
        TestConsumer one = TestConsumer.on(channel, 1);
        TestConsumer two = TestConsumer.on(channel, 1);
        one.subscription().close();
        assertTrue(daemon.topic("e#ephemeral").existingChannel("c#ephemeral").isPresent());
        two.subscription().close();
        assertTrue(daemon.broker.existingTopic("e#ephemeral").isEmpty());
        NsqdException late = assertThrows(NsqdException.class, () -> TestConsumer.on(channel, 1));
        assertEquals(Reason.EXITING, late.reason());
    }

    @Test
    @Tag("B-9")
    void anEphemeralTopicStaysWhileItHasARegularChannelOrNeverHadOne() {
        daemon.topic("never#ephemeral");
        daemon.channel("e#ephemeral", "regular");
        TestConsumer consumer = TestConsumer.on(daemon.channel("e#ephemeral", "c#ephemeral"), 1);
        consumer.subscription().close();
        assertTrue(daemon.broker.existingTopic("e#ephemeral").isPresent());
        assertTrue(daemon.broker.existingTopic("never#ephemeral").isPresent());
        daemon.topic("e#ephemeral").deleteChannel("regular");
        assertTrue(daemon.broker.existingTopic("e#ephemeral").isEmpty());
    }

    @Test
    @Tag("B-11")
    void aPausedTopicTakesMessagesAndItsChannelsDeliverWhatTheyHave() {
        TestConsumer consumer = TestConsumer.on(daemon.channel("t", "c"), 10);
        daemon.topic("t").pause();
        daemon.publish("t", "held").join();
        assertEquals(1, daemon.stats("t").depth());
        assertTrue(consumer.hasNothing());
        daemon.topic("t").unpause();
        assertEquals("held", body(consumer.next()));
    }

    /** Whoever pauses: nobody has to think of the metadata. */
    @Test
    @Tag("B-13")
    @Tag("B-31")
    @Tag("H-66")
    void aPauseOutlivesACrash() throws IOException {
        daemon.topic("t").pause();
        daemon.channel("t", "c").pause();
        daemon.channel("t", "d").pause();
        daemon.channel("t", "d").unpause();
        daemon.abandon();
        daemon = TestDaemon.on(dataPath);
        assertTrue(daemon.topic("t").isPaused());
        assertTrue(daemon.channel("t", "c").isPaused());
        assertFalse(daemon.channel("t", "d").isPaused());
        daemon.topic("t").unpause();
        daemon.abandon();
        daemon = TestDaemon.on(dataPath);
        assertFalse(daemon.topic("t").isPaused());
    }

    @Test
    @Tag("B-14")
    void whatMemoryHasNoRoomForGoesToDisk() throws IOException {
        daemon.close();
        daemon = TestDaemon.on(dataPath, Map.of(Option.MEM_QUEUE_SIZE, "3"));
        daemon.publish("t", "1", "2", "3", "4", "5").join();
        assertEquals(5, daemon.stats("t").depth());
        assertEquals(2, daemon.stats("t").backendDepth());
        daemon.channel("t", "c");
        daemon.awaitDepth("t", "c", 5);
        assertEquals(2, daemon.stats("t", "c").backendDepth());
        TestConsumer consumer = TestConsumer.on(daemon.channel("t", "c"), 10);
        assertEquals(Set.of("1", "2", "3", "4", "5"), Set.copyOf(consumer.finishNext(5)));
        daemon.awaitDepth("t", "c", 0);
    }

    @Test
    @Tag("B-15")
    void withoutAMemoryQueueAnEphemeralChannelHandsAMessageToWhoWaits() throws IOException {
        daemon.close();
        daemon = TestDaemon.on(dataPath, Map.of(Option.MEM_QUEUE_SIZE, "0"));
        Channel channel = daemon.channel("t", "c#ephemeral");
        daemon.publish("t", "nobody waits").join();
        TestConsumer consumer = TestConsumer.on(channel, 1);
        daemon.publish("t", "taken").join();
        assertEquals("taken", body(consumer.next()));
        daemon.publish("t", "not ready").join();
        consumer.ready(10);
        daemon.publish("t", "taken too").join();
        assertEquals("taken too", body(consumer.next()));
        assertEquals(4, daemon.stats("t", "c#ephemeral").messageCount());
    }

    @Test
    @Tag("B-15")
    @Tag("B-16")
    void aDelayIsLostOnDisk() throws IOException {
        daemon.close();
        daemon = TestDaemon.on(dataPath, Map.of(Option.MEM_QUEUE_SIZE, "0"));
        daemon.topic("t")
                .publishDeferred(TestDaemon.batch("m"), TimeUnit.HOURS.toNanos(1))
                .join();
        assertEquals(1, daemon.stats("t").backendDepth());
        TestConsumer consumer = TestConsumer.on(daemon.channel("t", "c"), 1);
        assertEquals("m", body(consumer.next()));
    }

    @Test
    @Tag("B-17")
    void theTopicCountsWhatIsPublishedAndTheChannelWhatIsRouted() {
        TestConsumer consumer = TestConsumer.on(daemon.channel("t", "c"), 1);
        daemon.publish("t", "four", "six666").join();
        daemon.topic("t").publishDeferred(TestDaemon.batch("x"), 1_000_000).join();
        assertEquals(3, daemon.stats("t").messageCount());
        assertEquals(11, daemon.stats("t").messageBytes());
        assertEquals(3, daemon.stats("t", "c").messageCount());
        consumer.requeue(consumer.next().id(), 0);
        consumer.next();
        assertEquals(3, daemon.stats("t", "c").messageCount());
        assertEquals(1, daemon.stats("t", "c").requeueCount());
    }

    @Test
    @Tag("B-17")
    void countersStartAnewAfterARestart() throws IOException {
        daemon.publish("t", "m").join();
        daemon.close();
        daemon = TestDaemon.on(dataPath);
        assertEquals(0, daemon.stats("t").messageCount());
        assertEquals(1, daemon.stats("t").depth());
        daemon.channel("t", "c");
        daemon.awaitDepth("t", "c", 1);
        assertEquals(1, daemon.stats("t", "c").messageCount());
    }

    @Test
    @Tag("B-40")
    void idsOfATopicAreUniqueAndIncrease() {
        TestConsumer consumer = TestConsumer.on(daemon.channel("t", "c"), 20_000);
        for (int i = 0; i < 100; i++) {
            String[] bodies = new String[100];
            java.util.Arrays.fill(bodies, "m");
            daemon.publish("t", bodies).join();
        }
        long last = 0;
        for (int i = 0; i < 10_000; i++) {
            long id = consumer.next().id();
            assertNotEquals(last, id);
            assertTrue(id > last);
            last = id;
        }
    }

    @Test
    @Tag("B-43")
    void theTimestampIsThatOfThePublishAndTheIdTellsTheSameTime() {
        TestConsumer consumer = TestConsumer.on(daemon.channel("t", "c"), 1);
        long before = daemon.clock.epochNanos();
        daemon.publish("t", "m").join();
        Message message = consumer.next();
        assertTrue(message.timestampNanos() >= before && message.timestampNanos() <= daemon.clock.epochNanos());
        assertEquals(message.timestampNanos() >> 20, (message.id() >> 22) + 1_288_834_974_288L);
    }

    @Test
    @Tag("B-41")
    @Tag("X-7")
    void aClockThatStepsBackHoldsNobodyUp() {
        TestConsumer consumer = TestConsumer.on(daemon.channel("t", "c"), 10);
        daemon.publish("t", "before").join();
        daemon.clock.stepEpoch(-TimeUnit.SECONDS.toNanos(10));
        daemon.publish("t", "after").join();
        daemon.clock.stepEpoch(TimeUnit.HOURS.toNanos(1));
        daemon.publish("t", "later").join();
        long first = consumer.next().id();
        long second = consumer.next().id();
        long third = consumer.next().id();
        assertTrue(first < second && second < third);
    }

    @Test
    @Tag("B-18")
    void healthIsGoodAtFirst() {
        assertEquals("OK", daemon.broker.health());
    }
}
