package io.nsqd.core;

import static io.nsqd.core.TestConsumer.body;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.nsqd.api.Channel;
import io.nsqd.api.MessageBatch;
import io.nsqd.api.NsqdException;
import io.nsqd.api.Option;
import io.nsqd.api.Options;
import io.nsqd.api.Reason;
import io.nsqd.core.disk.FileMetadataService;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Files take as long as they like to go: only who waits for it notices. */
final class SlowStorageTest {
    @TempDir
    private Path dataPath;

    private final SlowStorage storage = new SlowStorage();
    private Broker broker;

    @BeforeEach
    void start() throws IOException {
        Options options = Options.defaults().with(Map.of(Option.DATA_PATH, dataPath.toString()));
        broker = new Broker(options, new FileMetadataService(dataPath), storage, Clock.system(), what -> {});
        broker.start();
    }

    @AfterEach
    void stop() {
        storage.drops.forEach(gone -> gone.complete(null));
        broker.close();
    }

    private static CompletableFuture<Void> elsewhere(Runnable call) {
        CompletableFuture<Void> done = new CompletableFuture<>();
        Thread thread = new Thread(() -> {
            try {
                call.run();
                done.complete(null);
            } catch (RuntimeException e) {
                done.completeExceptionally(e);
            }
        });
        thread.setDaemon(true);
        thread.start();
        return done;
    }

    private void awaitDrops(int count) {
        await().until(() -> storage.drops.size() == count);
    }

    private static NsqdException refusal(CompletableFuture<Void> failed) {
        ExecutionException failure = assertThrows(ExecutionException.class, () -> failed.get(10, TimeUnit.SECONDS));
        return (NsqdException) failure.getCause();
    }

    @Test
    @Tag("B-7")
    void anEmptiedChannelGoesOnWhileItsFilesAreUnlinked() throws Exception {
        Channel channel = broker.topic("t").channel("c");
        TestConsumer consumer = TestConsumer.on(channel, 10);
        CompletableFuture<Void> emptied = elsewhere(channel::empty);
        awaitDrops(1);
        broker.topic("t").publish(TestDaemon.batch("fresh")).get(10, TimeUnit.SECONDS);
        assertEquals("fresh", body(consumer.next()));
        assertFalse(emptied.isDone(), "the administrator is told when the files are gone");
        storage.drops.get(0).complete(null);
        emptied.get(10, TimeUnit.SECONDS);
    }

    @Test
    void whatCouldNotBeUnlinkedIsToldToWhoAsked() {
        CompletableFuture<Void> emptied = elsewhere(broker.topic("t")::empty);
        awaitDrops(1);
        storage.drops.get(0).completeExceptionally(new IOException("unlink x: busy"));
        NsqdException refusal = refusal(emptied);
        assertEquals(Reason.BACKEND, refusal.reason());
        assertEquals("unlink x: busy", refusal.getMessage());
    }

    @Test
    void anInterruptEndsTheWaitAndNotWhatWasAskedFor() throws Exception {
        Channel channel = broker.topic("t").channel("c");
        CompletableFuture<Thread> who = new CompletableFuture<>();
        CompletableFuture<Void> emptied = elsewhere(() -> {
            who.complete(Thread.currentThread());
            channel.empty();
        });
        awaitDrops(1);
        who.get().interrupt();
        assertTrue(refusal(emptied).getMessage().contains("emptying channel t:c goes on"));
        storage.drops.get(0).complete(null);
        broker.topic("t").publish(TestDaemon.batch("fresh")).get(10, TimeUnit.SECONDS);
        assertEquals("fresh", body(TestConsumer.on(channel, 1).next()));
    }

    @Test
    @Tag("B-6")
    void aDeletedChannelKeepsItsNameUntilItsFilesAreGone() throws Exception {
        broker.topic("t").channel("c");
        CompletableFuture<Void> deleted = elsewhere(() -> broker.topic("t").deleteChannel("c"));
        awaitDrops(1);
        // A publish is nobody's business but the other channels'.
        broker.topic("t").publish(TestDaemon.batch("m")).get(10, TimeUnit.SECONDS);
        NsqdException going = assertThrows(
                NsqdException.class, () -> TestConsumer.on(broker.topic("t").channel("c"), 1));
        assertEquals(Reason.EXITING, going.reason());
        assertFalse(deleted.isDone());
        storage.drops.get(0).complete(null);
        deleted.get(10, TimeUnit.SECONDS);
        TestConsumer.on(broker.topic("t").channel("c"), 1);
        assertEquals(List.of("t", "t:c", "t:c"), storage.opened);
    }

    @Test
    @Tag("B-6")
    void aDeletedTopicIsGoneWhenItIsAndItsChannels() throws Exception {
        broker.topic("t").channel("c");
        CompletableFuture<Void> deleted = elsewhere(() -> broker.deleteTopic("t"));
        awaitDrops(2);
        storage.drops.get(1).complete(null);
        assertTrue(broker.topic("t").publish(TestDaemon.batch("m")).isCompletedExceptionally());
        assertFalse(deleted.isDone(), "the channel's files are left");
        storage.drops.get(0).complete(null);
        deleted.get(10, TimeUnit.SECONDS);
        assertTrue(broker.existingTopic("t").isEmpty());
        broker.topic("t").publish(TestDaemon.batch("m")).get(10, TimeUnit.SECONDS);
    }

    @Test
    @Tag("B-6")
    void filesThatCannotBeUnlinkedKeepNoTopic() throws Exception {
        broker.topic("t");
        CompletableFuture<Void> deleted = elsewhere(() -> broker.deleteTopic("t"));
        awaitDrops(1);
        storage.drops.get(0).completeExceptionally(new IOException("busy"));
        deleted.get(10, TimeUnit.SECONDS);
        assertTrue(broker.existingTopic("t").isEmpty());
    }

    @Test
    @Tag("B-9")
    void theLastConsumerLeavesAnEphemeralTopicWithoutWaiting() {
        // A regular channel of an ephemeral topic has files.
        broker.topic("t#ephemeral").channel("c");
        TestConsumer consumer = TestConsumer.on(broker.topic("t#ephemeral").channel("e#ephemeral"), 1);
        CompletableFuture<Void> deleted =
                elsewhere(() -> broker.topic("t#ephemeral").deleteChannel("c"));
        awaitDrops(1);
        consumer.subscription().close();
        assertTrue(broker.existingTopic("t#ephemeral").isPresent(), "a channel of it is still going");
        storage.drops.get(0).complete(null);
        await().until(deleted::isDone);
        assertTrue(broker.existingTopic("t#ephemeral").isEmpty());
    }

    @Test
    @Tag("B-40")
    void idsAreAboveTheHighestThatIsStored() {
        long ahead = (System.currentTimeMillis() - 1_350_000_000_000L + 3_600_000) << 22;
        storage.highestIds.put("t", ahead);
        storage.highestIds.put("t:c", ahead + 77);
        storage.highestIds.put("u:c", ahead);
        for (String topic : List.of("t", "u")) {
            broker.topic(topic).channel("c");
            MessageBatch batch = TestDaemon.batch("m");
            broker.topic(topic).publish(batch).join();
            assertTrue(batch.id(0) > storage.highestIds.get(topic + ":c"), topic);
        }
    }
}
