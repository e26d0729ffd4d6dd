package io.nsqd.core;

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
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A journal whose disk takes as long as it likes, or refuses: only who publishes waits for it. */
final class SlowJournalTest {
    @TempDir
    private Path dataPath;

    private final SlowJournal journal = new SlowJournal();
    private DiskQueueFactory disk;
    private Broker broker;

    /** Frames in memory; what is kept, and what is refused, is the test's affair. */
    private static final class SlowJournal implements JournalStore, Journal {
        private final List<byte[]> frames = new ArrayList<>();
        private CompletableFuture<Void> kept = new CompletableFuture<>();
        private volatile boolean full;
        private Listener told;

        @Override
        public Journal open(String owner, Durability durability, Listener listener) {
            told = listener;
            return this;
        }

        @Override
        public void replay(Sink sink) {
            // There was nothing.
        }

        @Override
        public synchronized long append(ByteBuffer frame, Purpose purpose) throws IOException {
            if (full && purpose == Purpose.GROW) {
                throw new IOException("no room here");
            }
            byte[] bytes = new byte[frame.remaining()];
            frame.duplicate().get(bytes);
            frames.add(bytes);
            return 1L << 32 | frames.size();
        }

        @Override
        public synchronized CompletableFuture<Void> kept() {
            return kept;
        }

        /** The disk is through with everything. */
        void commit() {
            CompletableFuture<Void> done;
            synchronized (this) {
                done = kept;
                kept = new CompletableFuture<>();
            }
            done.complete(null);
        }

        @Override
        public synchronized ByteBuffer read(long position) {
            return ByteBuffer.wrap(frames.get((int) position - 1));
        }

        @Override
        public void trim(int segment) {
            // There is but one.
        }

        @Override
        public long bytes() {
            return 0;
        }

        @Override
        public int segments() {
            return 1;
        }

        @Override
        public void close() {
            // There is nothing to let go of.
        }
    }

    @BeforeEach
    void start() throws IOException {
        Options options = Options.defaults()
                .with(Map.of(
                        Option.DATA_PATH,
                        dataPath.toString(),
                        Option.DURABILITY,
                        "synced",
                        Option.MEM_QUEUE_SIZE,
                        10L));
        disk = new DiskQueueFactory(options);
        broker = new Broker(options, new FileMetadataService(dataPath), disk, journal, Clock.system(), what -> {});
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
}
