package io.nsqd.core;

import static io.nsqd.core.TestConsumer.body;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.nsqd.api.Channel;
import io.nsqd.api.Message;
import io.nsqd.api.Option;
import io.nsqd.api.Options;
import io.nsqd.core.disk.FileMetadataService;
import io.nsqd.stats.StatsFilter;
import io.nsqd.stats.Trouble;
import java.io.IOException;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a stop without warning leaves twice: a queue never sticks on it (S-26, X-12). */
final class RepeatedMessageTest {
    private static final long ID = 0x10e2_c0f3_4e20_0000L;

    @TempDir
    private Path dataPath;

    private final ScriptedStorage storage = new ScriptedStorage();
    private Broker broker;

    private Channel start(int memQueueSize) throws IOException {
        Options options = Options.defaults()
                .with(Map.of(Option.DATA_PATH, dataPath.toString(), Option.MEM_QUEUE_SIZE, (long) memQueueSize));
        broker = new Broker(options, new FileMetadataService(dataPath), storage, Clock.system(), what -> {});
        broker.start();
        return broker.topic("t").channel("c");
    }

    @AfterEach
    void stop() {
        broker.close();
    }

    private long dropped() {
        return broker.troubles().value(Trouble.COPIES_DROPPED);
    }

    private long depth() {
        return broker.stats(StatsFilter.ALL).topics().get(0).channels().get(0).depth();
    }

    /** Whether the storage says that it may hold copies or not. */
    @Test
    @Tag("X-12")
    @Tag("S-26")
    void aCopyOfWhatIsInFlightIsDroppedAndEverythingElseGoesOn() throws IOException {
        for (boolean told : List.of(false, true)) {
            String topic = told ? "told" : "untold";
            storage.queue(topic).mayRepeat = told;
            storage.queue(topic + ":c")
                    .holds(ID, "1")
                    .holds(ID + 1, "2")
                    .holds(ID, "1")
                    .holds(ID + 2, "3")
                    .holds(ID + 1, "2");
            if (broker == null) {
                start(2);
            }
            long before = dropped();
            TestConsumer consumer = TestConsumer.on(broker.topic(topic).channel("c"), 100);
            Set<String> bodies = new HashSet<>();
            for (int i = 0; i < 3; i++) {
                bodies.add(body(consumer.next()));
            }
            assertEquals(Set.of("1", "2", "3"), bodies);
            assertEquals(2, dropped() - before);
            assertEquals(0, storage.queue(topic + ":c").depth(), "what was dropped is forgotten");
            String[] more = {"4", "5", "6", "7"};
            broker.topic(topic).publish(TestDaemon.batch(more)).join();
            for (String body : more) {
                Message message = consumer.next();
                assertEquals(body, body(message));
                consumer.finish(message.id());
            }
            assertEquals(3, consumer.subscription().inFlight());
        }
    }

    /** One copy in a topic's file, one in the channel's: the first comes from disk, the second from memory. */
    @Test
    @Tag("X-12")
    @Tag("S-26")
    void aTopicThatRoutesAgainWhatItsChannelHasMakesNoQueueStick() throws IOException {
        for (int i = 0; i < 40; i++) {
            storage.queue("t").holds(ID + i, "m" + i);
            storage.queue("t:c").holds(ID + i, "m" + i);
        }
        Channel channel = start(10_000);
        TestConsumer consumer = TestConsumer.on(channel, 100);
        Set<String> bodies = new HashSet<>();
        for (int i = 0; i < 40; i++) {
            assertTrue(bodies.add(body(consumer.next())), "for the second time while it is in flight");
        }
        await().until(() -> dropped() == 40);
        assertEquals(0, depth());
        broker.topic("t").publish(TestDaemon.batch("new")).join();
        assertEquals("new", body(consumer.next()));
        assertTrue(consumer.hasNothing());
    }

    @Test
    @Tag("X-12")
    void aCopyOfWhatIsInFlightToAnotherConsumerIsDropped() throws IOException {
        storage.queue("t:c").mayRepeat = true;
        storage.queue("t:c").holds(ID, "1").holds(ID, "1").holds(ID + 1, "2");
        Channel channel = start(10);
        TestConsumer first = TestConsumer.on(channel, 1);
        assertEquals("1", body(first.next()));
        TestConsumer second = TestConsumer.on(channel, 1);
        assertEquals("2", body(second.next()));
        assertEquals(1, dropped());
    }

    /** Thousands of consumers are not asked about each message for as long as the daemon lives. */
    @Test
    void whatIsPublishedAfterwardsTakesNobodyElsesLock() throws Exception {
        storage.queue("t:c").mayRepeat = true;
        storage.queue("t:c").holds(ID, "old");
        Channel channel = start(10);
        TestConsumer holder = TestConsumer.on(channel, 1);
        assertEquals("old", body(holder.next()));
        TestConsumer other = TestConsumer.on(channel, 1);
        CountDownLatch held = new CountDownLatch(1);
        CountDownLatch letGo = new CountDownLatch(1);
        Thread thread = new Thread(() -> {
            synchronized (holder.subscription()) {
                held.countDown();
                try {
                    letGo.await();
                } catch (InterruptedException e) {
                    throw new IllegalStateException(e);
                }
            }
        });
        thread.start();
        held.await();
        try {
            Thread publisher = new Thread(
                    () -> broker.topic("t").publish(TestDaemon.batch("new")).join());
            publisher.setDaemon(true);
            publisher.start();
            assertEquals("new", body(other.next()));
        } finally {
            letGo.countDown();
            thread.join();
        }
    }
}
