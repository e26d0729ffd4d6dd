package io.nsqd.core;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.nsqd.api.Channel;
import io.nsqd.api.Message;
import io.nsqd.api.NsqdException;
import io.nsqd.api.Option;
import io.nsqd.api.Reason;
import io.nsqd.api.Topic;
import io.nsqd.core.policy.PolicyStore;
import io.nsqd.core.retention.Retention;
import io.nsqd.policy.PolicyRule;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a topic retains comes again: all of it, once, and nothing else. */
final class RewindTest {
    private static final long SECOND = 1_000_000_000L;
    private static final int MEMORY = 20;

    @TempDir
    private Path dataPath;

    private TestDaemon daemon;

    private void start(Map<Option, String> options) throws IOException {
        daemon = TestDaemon.on(dataPath, options);
    }

    @BeforeEach
    void start() throws IOException {
        start(Map.of(Option.MEM_QUEUE_SIZE, Integer.toString(MEMORY)));
        retain("t", "retain-bytes", "100000000");
    }

    @AfterEach
    void stop() {
        daemon.close();
    }

    private void retain(String topic, String key, String value) {
        daemon.broker.policies().set(PolicyRule.of(topic, Optional.empty(), Map.of(key, value), ""));
    }

    private static List<String> bodies(int from, int to) {
        return IntStream.range(from, to).mapToObj(i -> "m" + i).toList();
    }

    private void publish(int from, int to) {
        daemon.publish("t", bodies(from, to).toArray(String[]::new)).join();
    }

    /** Consumes so many, whatever their order, and no more; none twice. */
    private static Set<String> consumeAll(TestConsumer consumer, int count) {
        List<String> bodies = consumer.finishNext(count);
        Set<String> distinct = new HashSet<>(bodies);
        assertEquals(bodies.size(), distinct.size(), "some came twice");
        return distinct;
    }

    private void awaitRewound(String channel) {
        await().until(() -> daemon.stats("t", channel).rewind().isEmpty());
    }

    private static Reason refusal(Runnable call) {
        return assertThrows(NsqdException.class, call::run).reason();
    }

    @Test
    void whatWasFinishedComesAgainInItsOrder() {
        TestConsumer consumer = TestConsumer.on(daemon.channel("t", "c"), 10);
        publish(0, 50);
        consumeAll(consumer, 50);
        daemon.topic("t").rewind("c", Instant.MIN);
        List<String> again = new ArrayList<>();
        for (int i = 0; i < 50; i++) {
            Message message = consumer.next();
            assertEquals(1, message.attempts());
            again.add(TestConsumer.body(message));
            consumer.finish(message.id());
        }
        assertEquals(Set.copyOf(bodies(0, 50)), Set.copyOf(again));
        awaitRewound("c");
        assertTrue(consumer.hasNothing());
        assertEquals(50, daemon.stats("t", "c").policy().orElseThrow().replayed());
    }

    @Test
    void whatIsNotFinishedComesOnceHoweverItWaits() {
        Channel channel = daemon.channel("t", "c");
        TestConsumer consumer = TestConsumer.on(channel, 0);
        publish(0, 10);
        consumer.ready(10);
        consumeAll(consumer, 10);
        publish(10, 15);
        // In flight, and held back.
        List<Message> held = new ArrayList<>();
        for (int i = 0; i < 5; i++) {
            held.add(consumer.next());
        }
        consumer.ready(0);
        consumer.requeue(held.get(0).id(), SECOND * 30);
        daemon.topic("t").publishDeferred(TestDaemon.batch("m15"), SECOND * 30).join();
        // In memory and in the storage.
        publish(16, 16 + 5 * MEMORY);
        daemon.topic("t").rewind("c", Instant.MIN);
        publish(16 + 5 * MEMORY, 16 + 6 * MEMORY);
        held.subList(1, held.size()).forEach(message -> consumer.finish(message.id()));
        consumer.ready(7);
        Set<String> expected = new HashSet<>(bodies(0, 10));
        expected.addAll(bodies(16, 16 + 6 * MEMORY));
        assertEquals(expected, consumeAll(consumer, expected.size()));
        awaitRewound("c");
        daemon.pass(SECOND * 31);
        assertEquals(Set.of(TestConsumer.body(held.get(0)), "m15"), consumeAll(consumer, 2));
        assertTrue(consumer.hasNothing());
        assertEquals(0, daemon.stats("t", "c").depth());
    }

    @Test
    void onlyWhatIsYoungEnoughComesAgain() {
        TestConsumer consumer = TestConsumer.on(daemon.channel("t", "c"), 10);
        publish(0, 30);
        consumeAll(consumer, 30);
        daemon.clock.stepEpoch(SECOND * 60);
        long now = daemon.clock.epochNanos();
        publish(30, 60);
        consumeAll(consumer, 30);
        daemon.topic("t").rewind("c", Instant.ofEpochSecond(0, now));
        assertEquals(Set.copyOf(bodies(30, 60)), consumeAll(consumer, 30));
        awaitRewound("c");
        assertTrue(consumer.hasNothing());
    }

    @Test
    void aNewChannelBeginsInThePastAndJoinsThePresent() throws Exception {
        daemon.channel("t", "other");
        int rounds = 400;
        Thread publisher = new Thread(() -> {
            for (int i = 0; i < rounds; i++) {
                publish(i * 10, i * 10 + 10);
            }
        });
        publisher.start();
        await().until(() -> daemon.stats("t").messageCount() > 500);
        Channel late = daemon.topic("t").channel("late", Instant.MIN);
        TestConsumer consumer = TestConsumer.on(late, 100);
        assertEquals(Set.copyOf(bodies(0, rounds * 10)), consumeAll(consumer, rounds * 10));
        publisher.join();
        awaitRewound("late");
        assertTrue(consumer.hasNothing());
        assertEquals(Reason.CHANNEL_EXISTS, refusal(() -> daemon.topic("t").channel("late", Instant.MIN)));
    }

    @Test
    void whatATopicStillHasIsNotRetainedYet() {
        Topic topic = daemon.topic("t");
        daemon.channel("t", "c");
        topic.pause();
        publish(0, 3 * MEMORY);
        TestConsumer late = TestConsumer.on(topic.channel("late", Instant.MIN), 10);
        topic.unpause();
        assertEquals(Set.copyOf(bodies(0, 3 * MEMORY)), consumeAll(late, 3 * MEMORY));
        awaitRewound("late");
        assertTrue(late.hasNothing());
    }

    @Test
    void anotherRewindTakesItsPlaceAndAnEmptiedChannelStaysEmpty() {
        Channel channel = daemon.channel("t", "c");
        TestConsumer consumer = TestConsumer.on(channel, 100);
        publish(0, 5000);
        consumeAll(consumer, 5000);
        consumer.ready(0);
        daemon.topic("t").rewind("c", Instant.MIN);
        await().until(() -> daemon.stats("t", "c").depth() > 0);
        daemon.topic("t").rewind("c", Instant.MIN);
        consumer.ready(100);
        assertEquals(Set.copyOf(bodies(0, 5000)), consumeAll(consumer, 5000));
        awaitRewound("c");
        assertTrue(consumer.hasNothing());

        consumer.ready(0);
        daemon.topic("t").rewind("c", Instant.MIN);
        await().until(() -> daemon.stats("t", "c").depth() > 0);
        channel.empty();
        awaitRewound("c");
        assertEquals(0, daemon.stats("t", "c").depth());
    }

    @Test
    void itGoesOnAfterAStop() throws Exception {
        for (String durability : List.of("memory", "written")) {
            daemon.close();
            start(Map.of(Option.MEM_QUEUE_SIZE, Integer.toString(MEMORY), Option.DURABILITY, durability));
            String name = "c-" + durability;
            TestConsumer consumer = TestConsumer.on(daemon.channel("t", name), 100);
            publish(0, 5000);
            consumeAll(consumer, 5000);
            consumer.ready(0);
            // Of what waits some is in memory, some in the storage.
            publish(5000, 5000 + 3 * MEMORY);
            daemon.topic("t").rewind(name, Instant.MIN);
            consumer.ready(10);
            Set<String> seen = new HashSet<>(consumeAll(consumer, 1000));
            daemon.close();

            start(Map.of(Option.MEM_QUEUE_SIZE, Integer.toString(MEMORY), Option.DURABILITY, durability));
            TestConsumer after = TestConsumer.on(daemon.channel("t", name), 100);
            // What was finished of it does not come a third time, and what was not comes once.
            Set<String> rest = consumeAll(after, 5000 + 3 * MEMORY - seen.size());
            awaitRewound(name);
            assertTrue(after.hasNothing());
            seen.addAll(rest);
            assertEquals(Set.copyOf(bodies(0, 5000 + 3 * MEMORY)), seen);
            daemon.broker.deleteTopic("t");
        }
    }

    /** What a kill leaves in the storage though it was finished is nothing that the channel still has. */
    @Test
    void copiesOfWhatWasFinishedDoNotKeepItFromComingAgain() throws Exception {
        daemon.close();
        Map<Option, String> options =
                Map.of(Option.MEM_QUEUE_SIZE, Integer.toString(MEMORY), Option.DURABILITY, "written");
        start(options);
        TestConsumer consumer = TestConsumer.on(daemon.channel("t", "c"), 0);
        publish(0, 1000);
        consumer.ready(100);
        consumeAll(consumer, 1000);
        Path killed = Files.createDirectories(dataPath.resolve("killed"));
        daemon.copyTo(killed);
        Path retained = Files.createDirectories(killed.resolve("retained/t.topic"));
        try (Stream<Path> files = Files.list(dataPath.resolve("retained/t.topic"))) {
            for (Path file : files.toList()) {
                Files.copy(file, retained.resolve(file.getFileName()));
            }
        }
        TestDaemon before = daemon;
        try {
            daemon = TestDaemon.on(killed, options);
            assertTrue(daemon.stats("t", "c").depth() > 500, "the storage does not know what was finished");
            daemon.topic("t").rewind("c", Instant.MIN);
            TestConsumer again = TestConsumer.on(daemon.channel("t", "c"), 100);
            assertEquals(Set.copyOf(bodies(0, 1000)), consumeAll(again, 1000));
            awaitRewound("c");
            assertTrue(again.hasNothing());
        } finally {
            daemon.close();
            daemon = before;
        }
    }

    @Test
    void withoutRetentionThereIsNothingAndItsEndForgetsAll() throws Exception {
        daemon.channel("plain", "c");
        assertEquals(Reason.NOT_RETAINED, refusal(() -> daemon.topic("plain").rewind("c", Instant.MIN)));
        assertEquals(Reason.NOT_RETAINED, refusal(() -> daemon.topic("plain").channel("d", Instant.MIN)));
        assertTrue(daemon.topic("plain").existingChannel("d").isEmpty());
        assertEquals(Reason.CHANNEL_NOT_FOUND, refusal(() -> daemon.topic("t").rewind("none", Instant.MIN)));
        daemon.channel("t", "c");
        publish(0, 10);
        assertEquals(1, directories());
        daemon.broker.policies().remove("t", Optional.empty(), "");
        await().until(() -> directories() == 0);
        retain("t", "retain-time", "1h");
        publish(10, 20);
        assertEquals(1, directories());
        daemon.broker.deleteTopic("t");
        assertEquals(0, directories());
        assertFalse(Files.exists(dataPath.resolve(Retention.DIRECTORY).resolve("plain.topic")));
    }

    /** Where a policy got lost nothing else does; but nobody sees what a topic had that was deleted. */
    @Test
    void whatAnEarlierRunRetainedWaitsForAPolicyAndGoesWithItsTopic() throws IOException {
        daemon.channel("t", "c");
        publish(0, 10);
        startWithoutPolicies();
        assertEquals(1, directories());
        retain("t", "retain-bytes", "100000000");
        daemon.topic("t").channel("again", Instant.MIN);
        assertEquals(Set.copyOf(bodies(0, 10)), consumeAll(TestConsumer.on(daemon.channel("t", "again"), 10), 10));

        startWithoutPolicies();
        daemon.broker.deleteTopic("t");
        assertEquals(0, directories());
        retain("t", "retain-bytes", "100000000");
        publish(10, 20);
        daemon.topic("t").channel("again", Instant.MIN);
        TestConsumer consumer = TestConsumer.on(daemon.channel("t", "again"), 10);
        assertEquals(Set.copyOf(bodies(10, 20)), consumeAll(consumer, 10));
        assertTrue(consumer.hasNothing());
    }

    private void startWithoutPolicies() throws IOException {
        daemon.close();
        Files.delete(dataPath.resolve("nsqd." + PolicyStore.DOCUMENT));
        start(Map.of(Option.MEM_QUEUE_SIZE, Integer.toString(MEMORY)));
    }

    @Test
    void whatIsRetainedAnewIsNotWhatIsBeingForgotten() throws IOException {
        TestConsumer consumer = TestConsumer.on(daemon.channel("t", "c"), 100);
        for (int i = 0; i < 50; i++) {
            publish(i * 10, i * 10 + 10);
            daemon.broker.policies().remove("t", Optional.empty(), "");
            retain("t", "retain-bytes", "100000000");
        }
        publish(500, 510);
        consumeAll(consumer, 510);
        daemon.topic("t").rewind("c", Instant.MIN);
        assertEquals(Set.copyOf(bodies(500, 510)), consumeAll(consumer, 10));
        awaitRewound("c");
        assertTrue(consumer.hasNothing());
    }

    private long directories() throws IOException {
        try (Stream<Path> directories = Files.list(dataPath.resolve(Retention.DIRECTORY))) {
            return directories.count();
        }
    }
}
