package io.nsqd.core;

import static io.nsqd.core.TestConsumer.body;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.nsqd.api.Message;
import io.nsqd.api.Option;
import io.nsqd.api.Options;
import io.nsqd.api.SubscribeOptions;
import io.nsqd.core.disk.FileMetadataService;
import io.nsqd.spi.BackendQueueFactory;
import io.nsqd.stats.StatsFilter;
import io.nsqd.stats.Trouble;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BiFunction;
import java.util.function.Supplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** An Error in the middle of routing, of a scan, of a stop: what was taken is kept, and the others have theirs. */
final class LoopTroubleTest {
    private static final int MESSAGES = 600;

    @TempDir
    private Path dataPath;

    private final ScriptedStorage storage = new ScriptedStorage();

    /** How often the pump's threads are still to fail when they look at the clock. */
    private final AtomicInteger failures = new AtomicInteger();

    private final Clock clock = new Clock() {
        private final Clock real = Clock.system();

        @Override
        public long epochNanos() {
            return real.epochNanos();
        }

        @Override
        public long nanoTime() {
            if (Thread.currentThread().getName().startsWith("nsqd-pump") && failures.getAndDecrement() > 0) {
                throw new StackOverflowError("injected");
            }
            return real.nanoTime();
        }
    };

    private Broker broker;

    private void start(long memQueueSize, BackendQueueFactory queues) throws IOException {
        Options options = Options.defaults()
                .with(Map.of(Option.DATA_PATH, dataPath.toString(), Option.MEM_QUEUE_SIZE, memQueueSize));
        broker = new Broker(options, new FileMetadataService(dataPath), queues, clock, what -> {});
        broker.start();
    }

    @AfterEach
    void stop() {
        broker.close();
    }

    private void publishWhilePaused() {
        broker.topic("t").pause();
        for (int i = 0; i < MESSAGES; i++) {
            broker.topic("t")
                    .publishDeferred(TestDaemon.batch("m" + i), TimeUnit.MILLISECONDS.toNanos(1))
                    .join();
        }
    }

    private long depth() {
        return broker.stats(StatsFilter.ALL).topics().get(0).depth();
    }

    @Test
    void anErrorInATurnStopsNoTopicAndLosesNothing() throws IOException {
        start(10_000, storage);
        broker.topic("t").channel("a");
        broker.topic("t").channel("b");
        publishWhilePaused();
        // The second channel of the first turn, then both, then one of the turns behind it.
        failures.set(5);
        TestConsumer a = TestConsumer.on(broker.topic("t").channel("a"), 10_000);
        TestConsumer b = TestConsumer.on(broker.topic("t").channel("b"), 10_000);
        broker.topic("t").unpause();
        List<String> expected = new ArrayList<>();
        for (int i = 0; i < MESSAGES; i++) {
            expected.add("m" + i);
        }
        for (TestConsumer consumer : List.of(a, b)) {
            List<String> bodies = consumer.finishNext(MESSAGES);
            bodies.sort(null);
            expected.sort(null);
            assertEquals(expected, bodies, "each message once");
            assertTrue(consumer.hasNothing());
        }
        assertEquals(0, depth());
        assertTrue(broker.troubles().value(Trouble.PUMP_FAILURES) >= 2);
    }

    @Test
    void whatWasTakenCountsUntilEveryChannelHasIt() throws IOException {
        start(10_000, storage);
        broker.topic("t").channel("a");
        publishWhilePaused();
        failures.set(Integer.MAX_VALUE);
        broker.topic("t").unpause();
        await().until(() -> broker.troubles().value(Trouble.PUMP_FAILURES) >= 2);
        assertEquals(MESSAGES, depth());
        broker.topic("t").empty();
        assertEquals(0, depth());
        failures.set(0);
    }

    @Test
    void whatIsOnItsWayAsTheDaemonStopsIsStored() throws IOException {
        start(10_000, storage);
        broker.topic("t").channel("a");
        publishWhilePaused();
        failures.set(Integer.MAX_VALUE);
        broker.topic("t").unpause();
        await().until(() -> broker.troubles().value(Trouble.PUMP_FAILURES) >= 1);
        broker.close();
        assertEquals(MESSAGES, storage.queue("t").depth() + storage.queue("t:a").depth());
    }

    /** A completion that itself throws: whatever it is, it is one channel's. */
    private static final class Malicious extends CompletableFuture<Void> {
        Malicious() {
            completeExceptionally(new IOException("no"));
        }

        @Override
        public <U> CompletableFuture<U> handle(BiFunction<? super Void, Throwable, ? extends U> function) {
            throw new StackOverflowError("injected");
        }
    }

    @Test
    @Tag("B-21")
    void anErrorInAScanLosesNothingAndEndsNoTimeOut() throws IOException {
        start(0, storage);
        for (String name : List.of("sick", "well")) {
            broker.topic("t").channel(name);
        }
        SubscribeOptions soon = new SubscribeOptions(TimeUnit.MILLISECONDS.toNanos(50), 0);
        TestConsumer sick = TestConsumer.on(broker.topic("t").channel("sick"), 3, soon);
        TestConsumer well = TestConsumer.on(broker.topic("t").channel("well"), 3, soon);
        broker.topic("t").publish(TestDaemon.batch("1", "2", "3")).join();
        for (int i = 0; i < 3; i++) {
            sick.next();
            well.next();
        }
        storage.queue("t:sick").refusal = new Malicious();
        await().until(() -> broker.troubles().value(Trouble.SCAN_FAILURES) >= 2);
        well.next();
        storage.queue("t:sick").refusal = null;
        Set<String> again = new HashSet<>();
        while (again.size() < 3) {
            Message message = sick.next();
            again.add(body(message));
            sick.finish(message.id());
        }
        assertEquals(Set.of("1", "2", "3"), again);
    }

    @Test
    void aChannelThatCannotCloseKeepsNoOtherFromTheStorage() throws IOException {
        start(10_000, storage);
        for (String name : List.of("a", "b", "c")) {
            broker.topic("t").channel(name);
        }
        broker.topic("t").publish(TestDaemon.batch("1", "2", "3")).join();
        storage.queue("t:a").refusal = new Malicious();
        Supplier<Long> lost = () -> ((BrokerTopic) broker.topic("t")).close();
        assertEquals(3L, lost.get(), "messages of the channel that throws");
        assertEquals(3, storage.queue("t:b").depth());
        assertEquals(3, storage.queue("t:c").depth());
    }

    @Test
    void whatTheStorageRefusesAtTheEndIsCounted() throws IOException {
        start(10_000, storage);
        broker.topic("t").channel("a");
        broker.topic("t").channel("b");
        TestConsumer consumer = TestConsumer.on(broker.topic("t").channel("a"), 1);
        broker.topic("t").publish(TestDaemon.batch("1", "2", "3")).join();
        consumer.next();
        broker.topic("t").pause();
        broker.topic("t").publish(TestDaemon.batch("4")).join();
        CompletableFuture<Void> full = CompletableFuture.failedFuture(new IOException("no space left on device"));
        storage.queue("t:a").refusal = full;
        storage.queue("t").refusal = full;
        assertEquals(4, ((BrokerTopic) broker.topic("t")).close(), "one in flight, two waiting, one in the topic");
        assertEquals(4, broker.troubles().value(Trouble.MESSAGES_LOST));
        assertEquals(3, storage.queue("t:b").depth());
    }
}
