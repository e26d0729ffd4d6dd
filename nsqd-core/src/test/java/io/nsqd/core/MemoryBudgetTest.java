package io.nsqd.core;

import static io.nsqd.core.TestConsumer.body;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.nsqd.api.Channel;
import io.nsqd.api.Message;
import io.nsqd.api.MessageBatch;
import io.nsqd.api.NsqdException;
import io.nsqd.api.Option;
import io.nsqd.api.Reason;
import io.nsqd.api.SubscribeOptions;
import io.nsqd.stats.ChannelStats;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Memory is bounded by bytes, not only by messages: beyond, they are on disk, and all are delivered. */
final class MemoryBudgetTest {
    private static final int KILOBYTE = 1024;

    /** A message and what belongs to it. */
    private static final int COST = KILOBYTE + MemoryBudget.MESSAGE_BYTES;

    /** Enough for a hundred messages, three quarters of which may be waiting. */
    private static final int LIMIT = 100 * COST;

    private static final int WAITING = 75;

    /** The last message of a read may be more than there was room for, as may the one that everybody gets. */
    private static final int BOUND = LIMIT + 2 * COST;

    @TempDir
    private Path dataPath;

    private TestDaemon daemon;

    @BeforeEach
    void start() throws IOException {
        daemon = TestDaemon.on(dataPath, Map.of(Option.MEM_QUEUE_BYTES, Integer.toString(LIMIT)));
    }

    @AfterEach
    void stop() {
        daemon.close();
    }

    private CompletableFuture<Void> publish(String topic, int count) {
        return daemon.topic(topic).publish(batch(count));
    }

    private static MessageBatch batch(int count) {
        MessageBatch batch = new MessageBatch();
        for (int i = 0; i < count; i++) {
            batch.add(new byte[KILOBYTE], 0, KILOBYTE);
        }
        return batch;
    }

    private long used() {
        return daemon.broker.budget().used();
    }

    private long inMemory(String topic, String channel) {
        ChannelStats stats = daemon.stats(topic, channel);
        return stats.depth() - stats.backendDepth();
    }

    @Test
    @Tag("B-14")
    void whatIsTooMuchForMemoryGoesToDiskAndAllIsDelivered() {
        daemon.channel("t", "c");
        for (int i = 0; i < 40; i++) {
            publish("t", 10).join();
        }
        assertEquals(WAITING, inMemory("t", "c"));
        assertEquals(400, daemon.stats("t", "c").depth());
        TestConsumer consumer = TestConsumer.on(daemon.channel("t", "c"), 1000);
        for (int i = 0; i < 400; i++) {
            consumer.finish(consumer.next().id());
            assertTrue(used() <= BOUND, used() + " bytes are used");
        }
        assertEquals(0, used());
    }

    @Test
    void itIsOneBoundForAllQueues() {
        for (int i = 0; i < 20; i++) {
            daemon.channel("t" + i, "c");
            publish("t" + i, 10).join();
            publish("waits" + i, 10).join();
        }
        assertTrue(used() <= LIMIT * 3 / 4, used() + " bytes wait");
    }

    /** Queues that nobody reads must not take from others what those need in order to be read. */
    @Test
    void aBacklogInMemoryLeavesRoomForDeliveries() {
        daemon.channel("idle", "c");
        publish("idle", 200).join();
        daemon.channel("busy", "c");
        publish("busy", 200).join();
        TestConsumer consumer = TestConsumer.on(daemon.channel("busy", "c"), 1000);
        await().until(() -> consumer.subscription().inFlight() >= 20);
        assertTrue(used() <= BOUND, used() + " bytes are used");
        assertEquals(200, consumer.finishNext(200).size());
    }

    /** Where others have everything in flight, one at a time is still delivered. */
    @Test
    void everybodysMessagesGoOnThoughMemoryIsShort() {
        daemon.channel("greedy", "c");
        publish("greedy", 300).join();
        TestConsumer greedy = TestConsumer.on(daemon.channel("greedy", "c"), 1000);
        await().until(() -> used() >= LIMIT - COST);
        assertTrue(
                greedy.subscription().inFlight() < 110,
                "in flight " + greedy.subscription().inFlight());
        daemon.channel("modest", "c");
        publish("modest", 50).join();
        TestConsumer modest = TestConsumer.on(daemon.channel("modest", "c"), 10);
        assertEquals(50, modest.finishNext(50).size());
        assertEquals(300, greedy.finishNext(300).size());
        assertEquals(0, used());
    }

    @Test
    void whatTimesOutOrIsGivenBackGoesOnToo() {
        SubscribeOptions soon = new SubscribeOptions(TimeUnit.MILLISECONDS.toNanos(100), 0);
        daemon.channel("t", "c");
        publish("t", 300).join();
        TestConsumer lazy = TestConsumer.on(daemon.channel("t", "c"), 1000, soon);
        lazy.requeue(lazy.next().id(), 0);
        await().until(() -> daemon.stats("t", "c").timeoutCount() > 100);
        lazy.ready(0);
        await().until(() -> lazy.subscription().inFlight() == 0);
        TestConsumer consumer = TestConsumer.on(daemon.channel("t", "c"), 10);
        assertEquals(300, consumer.finishNext(300).size());
        assertEquals(0, used());
    }

    @Test
    void whatIsHeldBackHasNoPlaceOnDiskAndIsRefused() {
        daemon.channel("t", "c");
        for (int i = 0; i < 100; i++) {
            daemon.topic("t")
                    .publishDeferred(batch(1), TimeUnit.HOURS.toNanos(1))
                    .join();
        }
        CompletableFuture<Void> refused = daemon.topic("t").publishDeferred(batch(1), TimeUnit.HOURS.toNanos(1));
        NsqdException failure = assertInstanceOf(
                NsqdException.class, refused.handle((done, cause) -> cause).join());
        assertEquals(Reason.BACKEND, failure.reason());
        assertTrue(failure.getMessage().contains("mem-queue-bytes"), failure.getMessage());
        assertEquals(100, daemon.stats("t", "c").deferredCount());
        assertFalse(publish("t", 10).isCompletedExceptionally(), "what is not held back goes to disk");
        daemon.channel("t", "c").empty();
        assertEquals(0, used());
        daemon.topic("t").publishDeferred(batch(1), TimeUnit.HOURS.toNanos(1)).join();
    }

    @Test
    @Tag("B-8")
    @Tag("B-15")
    void whatIsEphemeralIsDroppedUnlessSomebodyWaitsForIt() {
        Channel channel = daemon.channel("t", "c#ephemeral");
        publish("t", 200).join();
        assertEquals(WAITING, daemon.stats("t", "c#ephemeral").depth());
        assertEquals(200, daemon.stats("t", "c#ephemeral").messageCount());
        daemon.channel("other", "c");
        publish("other", 100).join();
        TestConsumer consumer = TestConsumer.on(channel, 100);
        assertEquals(WAITING, consumer.finishNext(WAITING).size());
        publish("other", 100).join();
        daemon.publish("t", "waited for").join();
        assertEquals("waited for", body(consumer.next()));
    }

    /** Whatever happens to messages, at the end nothing is left on the account. */
    @Test
    void theAccountIsEvenInTheEnd() {
        Random random = new Random(7);
        List<TestConsumer> consumers = new ArrayList<>();
        for (int i = 0; i < 3000; i++) {
            String topic = "t" + random.nextInt(2);
            String channel = "c" + random.nextInt(3);
            switch (random.nextInt(10)) {
                case 0 -> daemon.channel(topic, channel);
                case 1 -> consumers.add(TestConsumer.on(daemon.channel(topic, channel), 1 + random.nextInt(20)));
                case 2 -> {
                    if (!consumers.isEmpty()) {
                        consumers
                                .remove(random.nextInt(consumers.size()))
                                .subscription()
                                .close();
                    }
                }
                case 3 -> daemon.topic(topic).publishDeferred(batch(1), TimeUnit.MILLISECONDS.toNanos(2));
                case 4, 5 -> publish(topic, random.nextInt(6));
                case 6 -> {
                    if (random.nextInt(20) == 0) {
                        daemon.channel(topic, channel).empty();
                    } else if (random.nextInt(40) == 0) {
                        daemon.topic(topic).empty();
                    } else if (random.nextInt(40) == 0) {
                        daemon.broker.deleteTopic(daemon.topic(topic).name());
                    }
                }
                default -> {
                    if (!consumers.isEmpty()) {
                        TestConsumer consumer = consumers.get(random.nextInt(consumers.size()));
                        if (!consumer.hasNothing()) {
                            Message message = consumer.next();
                            // The others stay in flight.
                            if (random.nextInt(3) > 0) {
                                consumer.finish(message.id());
                            }
                        }
                    }
                }
            }
        }
        assertTrue(used() > 0, "too easy");
        for (String topic : List.of("t0", "t1")) {
            daemon.topic(topic);
            daemon.broker.deleteTopic(topic);
        }
        assertEquals(0, used());
    }

    @Test
    void theDefaultIsAShareOfTheHeapAndAllOfItIsTooMuch() {
        long heap = 300L << 20;
        assertEquals(100L << 20, MemoryBudget.limit(0, heap));
        assertEquals(50L << 20, MemoryBudget.limit(50L << 20, heap));
        assertEquals(225L << 20, MemoryBudget.limit(Long.MAX_VALUE, heap));
    }
}
