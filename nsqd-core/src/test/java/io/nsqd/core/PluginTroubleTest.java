package io.nsqd.core;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.nsqd.api.Consumer;
import io.nsqd.api.MessageBatch;
import io.nsqd.api.NsqdException;
import io.nsqd.api.Option;
import io.nsqd.api.Options;
import io.nsqd.api.Reason;
import io.nsqd.api.SubscribeOptions;
import io.nsqd.api.Topic;
import io.nsqd.core.disk.DiskQueueFactory;
import io.nsqd.core.disk.FileMetadataService;
import io.nsqd.spi.BackendQueue;
import io.nsqd.spi.BackendQueueFactory;
import io.nsqd.spi.ChannelDirectory;
import io.nsqd.spi.Metadata;
import io.nsqd.spi.MetadataService;
import io.nsqd.spi.NsqdListener;
import io.nsqd.spi.Transport;
import io.nsqd.stats.ClientStats;
import io.nsqd.stats.StatsFilter;
import java.io.IOException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What other bundles implement may throw anything and hang anywhere; only they and their clients notice. */
final class PluginTroubleTest {
    @TempDir
    private Path dataPath;

    private final AtomicBoolean sick = new AtomicBoolean();
    private final CountDownLatch end = new CountDownLatch(1);
    private DiskQueueFactory disk;
    private Broker broker;

    @BeforeEach
    void start() throws IOException {
        Options options =
                Options.defaults().with(Map.of(Option.DATA_PATH, dataPath.toString(), Option.MEM_QUEUE_SIZE, 1L));
        disk = new DiskQueueFactory(options);
        broker = new Broker(options, metadata(), this::open, Clock.system(), what -> {});
        broker.start();
    }

    @AfterEach
    void stop() {
        end.countDown();
        broker.close();
        disk.close();
    }

    /** That of the disk, which throws what it should not while it is sick. */
    private MetadataService metadata() {
        FileMetadataService real = new FileMetadataService(dataPath);
        return new MetadataService() {
            @Override
            public Metadata load() throws IOException {
                return real.load();
            }

            @Override
            public void save(Metadata metadata) throws IOException {
                fail();
                real.save(metadata);
            }

            @Override
            public String location() {
                return real.location();
            }
        };
    }

    private void fail() {
        if (sick.get()) {
            throw new AssertionError("sick");
        }
    }

    /** The disk's queues, which throw what they should not while they are sick; those named "closed" are never opened. */
    private BackendQueue open(String name, BackendQueueFactory.Listener listener) throws IOException {
        if (name.equals("closed")) {
            throw new IllegalStateException("shut");
        }
        BackendQueue real = disk.open(name, listener);
        return (BackendQueue) Proxy.newProxyInstance(
                BackendQueue.class.getClassLoader(),
                new Class<?>[] {BackendQueue.class},
                (proxy, method, arguments) -> {
                    if (!method.getName().equals("close")) {
                        fail();
                    }
                    try {
                        return method.invoke(real, arguments);
                    } catch (InvocationTargetException e) {
                        throw e.getCause();
                    }
                });
    }

    private CompletableFuture<Void> publish(String topic, String... bodies) {
        return broker.topic(topic).publish(TestDaemon.batch(bodies));
    }

    @Test
    void whatAStorageThrowsIsARefusal() {
        publish("t", "in memory", "on disk").join();
        sick.set(true);
        CompletableFuture<Void> refused = publish("t", "too much");
        Throwable failure = refused.handle((done, cause) -> cause).join();
        assertEquals(
                Reason.BACKEND, assertInstanceOf(NsqdException.class, failure).reason());
        assertTrue(broker.health().startsWith("NOK - "), broker.health());
        assertEquals(1, broker.stats(StatsFilter.ALL).topics().size());
        sick.set(false);
        assertFalse(publish("t", "fine").isCompletedExceptionally());
    }

    @Test
    void aStorageThatDoesNotOpenIsARefusal() {
        NsqdException refused = assertThrows(NsqdException.class, () -> broker.topic("closed"));
        assertEquals(Reason.BACKEND, refused.reason());
        assertTrue(broker.existingTopic("closed").isEmpty());
    }

    @Test
    void aMetadataServiceThatThrowsKeepsNoMessageFromTheStorage() throws IOException {
        publish("t", "a", "b", "c").join();
        await().until(() -> new FileMetadataService(dataPath).load().topics().size() == 1);
        sick.set(true);
        broker.persistMetadata();
        sick.set(false);
        broker.close();
        disk.close();
        try (DiskQueueFactory again =
                new DiskQueueFactory(Options.defaults().with(Map.of(Option.DATA_PATH, dataPath.toString())))) {
            BackendQueue queue = again.open("t", new BackendQueueFactory.Listener() {
                @Override
                public void readable() {
                    // Not waited for.
                }

                @Override
                public void health(String error) {
                    // All is well.
                }
            });
            assertEquals(3, queue.depth());
            queue.close();
        }
        start();
    }

    /** The pause holds at once, and is remembered as soon as the service works again. */
    @Test
    @Tag("H-66")
    void aPauseThatCannotBeSavedIsSavedLater() throws IOException {
        Topic topic = broker.topic("t");
        await().until(() -> new FileMetadataService(dataPath).load().topics().size() == 1);
        sick.set(true);
        topic.pause();
        assertTrue(topic.isPaused());
        assertFalse(new FileMetadataService(dataPath).load().topics().get(0).paused());
        sick.set(false);
        await().until(() ->
                new FileMetadataService(dataPath).load().topics().get(0).paused());
    }

    @Test
    void consumersThatThrowHurtNeitherPublishersNorOtherConsumers() {
        Consumer bad = new Consumer() {
            @Override
            public void wakeUp() {
                throw new AssertionError("wakeUp");
            }

            @Override
            public void close() {
                throw new AssertionError("close");
            }

            @Override
            public ClientStats stats() {
                throw new AssertionError("stats");
            }
        };
        for (String channel : List.of("a", "b", "c")) {
            broker.topic("t")
                    .channel(channel)
                    .subscribe(bad, new SubscribeOptions(1_000_000_000, 0))
                    .poll(1, 1, m -> {});
        }
        TestConsumer good = TestConsumer.on(broker.topic("t").channel("c"), 1);
        assertFalse(publish("t", "1").isCompletedExceptionally());
        assertFalse(publish("t", "2").isCompletedExceptionally());
        good.next();
        assertEquals(3, broker.stats(StatsFilter.ALL).topics().get(0).channels().size());
        broker.deleteTopic("t");
        assertTrue(broker.existingTopic("t").isEmpty());
    }

    /** Hangs, or throws, wherever it is called. */
    private final class Bad implements Transport, NsqdListener, ChannelDirectory {
        private final boolean hangs;

        Bad(boolean hangs) {
            this.hangs = hangs;
        }

        private AssertionError trouble() {
            if (hangs) {
                try {
                    end.await();
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                }
            }
            return new AssertionError("trouble");
        }

        @Override
        public String protocol() {
            return "bad";
        }

        @Override
        public String address() {
            return "nowhere";
        }

        @Override
        public int port() {
            return -1;
        }

        @Override
        public List<ClientStats> producers() {
            throw trouble();
        }

        @Override
        public void topicCreated(String topic) {
            throw trouble();
        }

        @Override
        public CompletableFuture<List<String>> channels(String topic) {
            throw trouble();
        }
    }

    @Test
    void servicesThatHangOrThrowAreMissedByNobody() {
        AtomicInteger heard = new AtomicInteger();
        broker.whiteboard().add(new Bad(false));
        broker.whiteboard().add(new Bad(true));
        broker.whiteboard().add(new NsqdListener() {
            @Override
            public void topicCreated(String topic) {
                heard.incrementAndGet();
            }
        });
        broker.topic("one");
        broker.topic("two");
        await().until(() -> heard.get() == 2);
        MessageBatch batch = TestDaemon.batch("x");
        assertFalse(broker.topic("one").publish(batch).isCompletedExceptionally());
        for (int i = 0; i < 3; i++) {
            assertEquals(2, broker.stats(StatsFilter.ALL).topics().size());
        }
        assertEquals(2, broker.transports().size());
    }
}
