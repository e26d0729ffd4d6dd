package io.nsqd.core;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.nsqd.api.MessageBatch;
import io.nsqd.api.NsqdException;
import io.nsqd.api.Option;
import io.nsqd.api.Options;
import io.nsqd.api.Reason;
import io.nsqd.core.disk.DiskQueueFactory;
import io.nsqd.core.disk.FileMetadataService;
import io.nsqd.spi.BackendQueue;
import io.nsqd.spi.BackendQueueFactory;
import java.io.IOException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What becomes of messages, answers and health when the storage refuses (B-17, B-18, X-3, X-4). */
final class StorageFaultTest {
    @TempDir
    private Path parent;

    private Path dataPath;
    private final AtomicBoolean full = new AtomicBoolean();
    private DiskQueueFactory disk;
    private Broker broker;

    @BeforeEach
    void start() throws IOException {
        dataPath = Files.createDirectory(parent.resolve("data"));
        Options options =
                Options.defaults().with(Map.of(Option.DATA_PATH, dataPath.toString(), Option.MEM_QUEUE_SIZE, 2L));
        disk = new DiskQueueFactory(options);
        broker = new Broker(options, new FileMetadataService(dataPath), this::open, Clock.system(), what -> {});
        broker.start();
    }

    @AfterEach
    void stop() {
        broker.close();
        disk.close();
    }

    /** The disk's queues; those whose name has "sick" in it store nothing while the disk is said to be full. */
    private BackendQueue open(String name, BackendQueueFactory.Listener listener) throws IOException {
        BackendQueue real = disk.open(name, listener);
        if (!name.contains("sick")) {
            return real;
        }
        return (BackendQueue) Proxy.newProxyInstance(
                BackendQueue.class.getClassLoader(),
                new Class<?>[] {BackendQueue.class},
                (proxy, method, arguments) -> {
                    if (method.getName().equals("append") && full.get()) {
                        return CompletableFuture.failedFuture(new IOException("no space left on device"));
                    }
                    try {
                        return method.invoke(real, arguments);
                    } catch (InvocationTargetException e) {
                        throw e.getCause();
                    }
                });
    }

    private static Throwable failure(CompletableFuture<Void> result) {
        return result.handle((done, cause) -> cause).join();
    }

    private CompletableFuture<Void> publish(String topic, String... bodies) {
        return broker.topic(topic).publish(TestDaemon.batch(bodies));
    }

    private long depth(String topic, String channel) {
        return broker.stats(io.nsqd.stats.StatsFilter.ALL).topics().stream()
                .filter(stats -> stats.name().equals(topic))
                .flatMap(stats -> stats.channels().stream())
                .filter(stats -> stats.name().equals(channel))
                .findFirst()
                .orElseThrow()
                .depth();
    }

    @Test
    @Tag("B-4")
    @Tag("X-3")
    void aPublishFailsWhenOneChannelCannotStoreAndTheOthersHaveIt() {
        broker.topic("t").channel("sick");
        broker.topic("t").channel("well");
        full.set(true);
        assertFalse(publish("t", "1", "2").isCompletedExceptionally());
        NsqdException refused = (NsqdException) failure(publish("t", "3"));
        assertEquals(Reason.BACKEND, refused.reason());
        assertEquals("no space left on device", refused.getMessage());
        assertEquals(3, depth("t", "well"));
        assertEquals(2, depth("t", "sick"));
        full.set(false);
        assertFalse(publish("t", "4").isCompletedExceptionally());
        assertEquals(3, depth("t", "sick"));
    }

    @Test
    @Tag("B-17")
    @Tag("H-55")
    void thePartOfABatchThatWasStoredCountsAndStays() {
        full.set(true);
        assertTrue(publish("sick", "1", "2", "3", "4").isCompletedExceptionally());
        io.nsqd.stats.TopicStats stats =
                broker.stats(io.nsqd.stats.StatsFilter.ALL).topics().get(0);
        assertEquals(2, stats.depth());
        assertEquals(2, stats.messageCount());
        assertEquals(2, stats.messageBytes());
    }

    @Test
    @Tag("X-3")
    void whatWasPromisedStaysInMemoryAboveTheLimit() {
        TestConsumer consumer = TestConsumer.on(broker.topic("t").channel("sick"), 3);
        assertFalse(publish("t", "1", "2").isCompletedExceptionally());
        assertFalse(publish("t", "3").isCompletedExceptionally());
        long first = consumer.next().id();
        long second = consumer.next().id();
        long third = consumer.next().id();
        consumer.ready(0);
        full.set(true);
        consumer.requeue(first, 0);
        consumer.requeue(second, 0);
        consumer.requeue(third, 0);
        assertEquals(3, depth("t", "sick"));
        consumer.ready(3);
        assertEquals(Set.of("1", "2", "3"), Set.copyOf(consumer.finishNext(3)));
    }

    @Test
    @Tag("X-3")
    void aTopicsBacklogIsNotLostWhileAChannelCannotStore() {
        MessageBatch backlog = new MessageBatch();
        for (int i = 0; i < 1_000; i++) {
            backlog.add(new byte[] {'m'}, 0, 1);
        }
        broker.topic("t").publish(backlog).join();
        full.set(true);
        TestConsumer consumer = TestConsumer.on(broker.topic("t").channel("sick"), 1);
        consumer.finishNext(10);
        full.set(false);
        consumer.ready(100);
        assertEquals(990, consumer.finishNext(990).size());
    }

    @Test
    @Tag("B-18")
    @Tag("X-4")
    void healthTellsOfAFailedWriteAndRecoversByItself() throws IOException {
        broker.topic("t").channel("c");
        assertEquals("OK", broker.health());
        Path away = parent.resolve("away");
        Files.move(dataPath, away);
        Throwable refused = failure(publish("t", "1", "2", "3"));
        assertEquals(Reason.BACKEND, ((NsqdException) refused).reason());
        assertEquals("NOK - " + refused.getMessage(), broker.health());
        Files.move(away, dataPath);
        // Nobody writes: it is found out by trying.
        await().until(() -> broker.health().equals("OK"));
        assertFalse(Files.exists(dataPath.resolve("nsqd.probe")));
        assertFalse(publish("t", "4").isCompletedExceptionally());
    }
}
