package io.nsqd.core;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.nsqd.api.Durability;
import io.nsqd.api.NsqdException;
import io.nsqd.api.Option;
import io.nsqd.api.Options;
import io.nsqd.api.Reason;
import io.nsqd.core.disk.DiskQueueFactory;
import io.nsqd.core.disk.FileMetadataService;
import io.nsqd.spi.Journal;
import io.nsqd.spi.JournalStore;
import io.nsqd.stats.StatsFilter;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A journal whose disk takes as long as it likes, or refuses: only who publishes waits for it. */
final class SlowJournalTest {
    @TempDir
    private Path dataPath;

    private final SlowJournal journal = new SlowJournal();
    private final TestClock clock = new TestClock();
    private DiskQueueFactory disk;
    private Broker broker;

    /** Frames in memory; what is kept, what is refused, and what cannot be read, is the test's affair. */
    private static final class SlowJournal implements JournalStore, Journal {
        private final List<byte[]> frames = new ArrayList<>();
        private final List<Long> positions = new ArrayList<>();
        private final Set<Long> unreadable = ConcurrentHashMap.newKeySet();
        private CompletableFuture<Void> kept = new CompletableFuture<>();
        private volatile boolean full;
        private volatile long segment = 1;
        private volatile int trimmed;

        /** Frames that are taken before all others are refused. */
        private volatile int left = Integer.MAX_VALUE;

        private Listener told;

        @Override
        public Journal open(String owner, Durability durability, Listener listener) {
            told = listener;
            return this;
        }

        @Override
        public void replay(Sink sink) throws IOException {
            for (int i = 0; i < frames.size(); i++) {
                sink.frame(positions.get(i), ByteBuffer.wrap(frames.get(i)));
            }
        }

        @Override
        public synchronized long append(ByteBuffer frame, Purpose purpose) throws IOException {
            if (full && purpose == Purpose.GROW || left == 0) {
                throw new IOException("no room here");
            }
            left--;
            byte[] bytes = new byte[frame.remaining()];
            frame.duplicate().get(bytes);
            frames.add(bytes);
            positions.add(segment << 32 | frames.size());
            return positions.get(positions.size() - 1);
        }

        @Override
        public synchronized CompletableFuture<Void> kept() {
            return kept;
        }

        /** The disk is through with everything. */
        void commit() {
            next().complete(null);
        }

        /** And this is what comes of it: what is appended from now on goes elsewhere. */
        void fail() {
            CompletableFuture<Void> failed = next();
            long suspect = segment;
            segment = suspect + 1;
            failed.completeExceptionally(new IOException("the disk has left"));
            told.suspect((int) suspect, (int) suspect);
        }

        private synchronized CompletableFuture<Void> next() {
            CompletableFuture<Void> done = kept;
            kept = new CompletableFuture<>();
            return done;
        }

        @Override
        public synchronized ByteBuffer read(long position) throws IOException {
            if (unreadable.contains(position)) {
                throw new IOException("a bad place of the disk");
            }
            return ByteBuffer.wrap(frames.get((int) position - 1));
        }

        @Override
        public void trim(int first) {
            trimmed = first;
        }

        @Override
        public long bytes() {
            return 0;
        }

        @Override
        public int segments() {
            return (int) segment;
        }

        @Override
        public void close() {
            // There is nothing to let go of.
        }
    }

    @BeforeEach
    void start() throws IOException {
        start(10);
    }

    private void start(long memory) throws IOException {
        Options options = Options.defaults()
                .with(Map.of(
                        Option.DATA_PATH,
                        dataPath.toString(),
                        Option.DURABILITY,
                        "synced",
                        Option.MEM_QUEUE_SIZE,
                        memory));
        disk = new DiskQueueFactory(options);
        broker = new Broker(options, new FileMetadataService(dataPath), disk, journal, clock, what -> {});
        broker.start();
    }

    @AfterEach
    void stop() {
        journal.commit();
        broker.close();
        disk.close();
    }

    @Test
    void onlyWhoPublishesWaits() {
        TestConsumer consumer = TestConsumer.on(broker.topic("t").channel("c"), 5);
        CompletableFuture<Void> published = broker.topic("t").publish(TestDaemon.batch("1", "2", "3"));
        // They are delivered, given back and finished, though nothing is on the disk yet.
        consumer.requeue(consumer.next().id(), 0);
        assertEquals(List.of("2", "3", "1"), consumer.finishNext(3));
        assertFalse(published.isDone());
        journal.commit();
        assertTrue(published.isDone());
    }

    @Test
    void whatCannotBeKeptIsRefusedAndSaidSoUntilItCan() {
        TestConsumer consumer = TestConsumer.on(broker.topic("t").channel("c"), 1);
        broker.topic("t").publish(TestDaemon.batch("1", "2"));
        journal.full = true;
        CompletableFuture<Void> refused = broker.topic("t").publish(TestDaemon.batch("3"));
        NsqdException failure = (NsqdException)
                assertThrows(CompletionException.class, refused::join).getCause();
        assertEquals(Reason.BACKEND, failure.reason());
        assertTrue(failure.getMessage().contains("no room here"), failure.getMessage());
        assertTrue(broker.health().startsWith("NOK - ") && broker.health().contains("no room here"), broker.health());
        // Consumers go on, and nothing of what was refused comes.
        assertEquals(List.of("1", "2"), consumer.finishNext(2));
        journal.full = false;
        journal.told.room();
        assertEquals("OK", broker.health());
        broker.topic("t").publish(TestDaemon.batch("4"));
        assertEquals(List.of("4"), consumer.finishNext(1));
        assertTrue(consumer.hasNothing());
    }

    private long live() {
        return broker.stats(StatsFilter.ALL).journal().orElseThrow().messages();
    }

    /** A batch of several frames, the second of which is refused: nothing of it stays behind, in any channel. */
    @Test
    void aBatchIsKeptWhollyOrNotAtAll() {
        broker.topic("t").channel("a");
        broker.topic("t").channel("b");
        String large = "x".repeat(700_000);
        journal.left = 1;
        CompletableFuture<Void> refused = broker.topic("t").publish(TestDaemon.batch(large, large, large));
        assertThrows(CompletionException.class, refused::join);
        assertEquals(0, live());
        assertEquals(
                0,
                broker.stats(StatsFilter.ALL).topics().get(0).channels().get(0).depth());
        journal.left = Integer.MAX_VALUE;
        journal.told.room();
        broker.topic("t").publish(TestDaemon.batch("small"));
        assertEquals(2, live());
    }

    /** What was read from the disk queue is not kept: it is added again, and only then forgotten there and the old segment given back. */
    @Test
    void afterAnFsyncThatFailedTheSegmentIsGivenBackAllTheSame() throws IOException {
        stop();
        start(0);
        TestConsumer consumer = TestConsumer.on(broker.topic("t").channel("c"), 5);
        broker.topic("t").publish(TestDaemon.batch("1", "2", "3"));
        for (int i = 0; i < 3; i++) {
            consumer.next();
        }
        int before = (int) journal.segment;
        journal.fail();
        broker.topic("t").publish(TestDaemon.batch("4"));
        await().until(() -> {
            // The disk is well again.
            journal.commit();
            return journal.trimmed > before;
        });
        assertEquals(List.of("4"), consumer.finishNext(1));
    }

    /** A bad place of the disk costs what lies there, as long as it is bad, and nothing else. */
    @Test
    void oneThatCannotBeReadDoesNotHoldUpTheOthers() {
        TestConsumer consumer = TestConsumer.on(broker.topic("t").channel("c"), 5);
        for (String body : List.of("bad", "good 1", "good 2")) {
            broker.topic("t").publishDeferred(TestDaemon.batch(body), TimeUnit.HOURS.toNanos(1));
        }
        long bad = journal.positions.get(0);
        journal.unreadable.add(bad);
        pass(TimeUnit.HOURS.toNanos(1));
        assertEquals(Set.of("good 1", "good 2"), Set.copyOf(consumer.finishNext(2)));
        journal.unreadable.clear();
        pass(TimeUnit.SECONDS.toNanos(5));
        assertEquals(List.of("bad"), consumer.finishNext(1));
    }

    private void pass(long nanos) {
        clock.pass(nanos);
        BrokerChannel channel = (BrokerChannel) broker.topic("t").channel("c");
        // Earlier than all else on its list, so that it wakes.
        broker.scanLoop().schedule(channel, clock.nanoTime() - TimeUnit.DAYS.toNanos(1));
    }

    /** What the journal had no room for when it was handed out is in the disk queue alone once it is given back, and comes from there. */
    @Test
    void whatTheJournalHadNoRoomForComesFromTheDiskQueueAfterAKill() throws IOException {
        stop();
        start(0);
        broker.topic("t").channel("c");
        broker.topic("t").publish(TestDaemon.batch("m"));
        journal.commit();
        // It is the disk queue's alone.
        ((BrokerChannel) broker.topic("t").channel("c")).syncStorage();
        assertEquals(0, live());
        journal.left = 0;
        TestConsumer consumer = TestConsumer.on(broker.topic("t").channel("c"), 1);
        long id = consumer.next().id();
        journal.left = Integer.MAX_VALUE;
        journal.told.room();
        consumer.ready(0);
        consumer.requeue(id, 0);
        Broker killed = broker;
        DiskQueueFactory killedDisk = disk;
        start(0);
        TestConsumer again = TestConsumer.on(broker.topic("t").channel("c"), 5);
        assertEquals(List.of("m"), again.finishNext(1));
        killedDisk.close();
        assertEquals("OK", killed.health());
    }
}
