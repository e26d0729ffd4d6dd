package io.nsqd.core;

import static io.nsqd.core.TestConsumer.body;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.nsqd.api.Durability;
import io.nsqd.api.Message;
import io.nsqd.api.Option;
import io.nsqd.api.Options;
import io.nsqd.core.disk.DiskQueueFactory;
import io.nsqd.core.disk.FileMetadataService;
import io.nsqd.core.journal.file.FileJournalStore;
import io.nsqd.spi.Adopter.Adopted;
import io.nsqd.spi.BackendQueue;
import io.nsqd.spi.BackendQueueFactory;
import io.nsqd.spi.Estate;
import io.nsqd.spi.Journal;
import io.nsqd.spi.JournalStore;
import io.nsqd.spi.Metadata;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A daemon takes over what another one has left that was killed: here, its files. */
final class BrokerAdopterTest {
    @TempDir
    private Path directory;

    private static Map<Option, String> options(int memory) {
        Map<Option, String> options = new EnumMap<>(Option.class);
        options.put(Option.DURABILITY, "synced");
        options.put(Option.MEM_QUEUE_SIZE, Integer.toString(memory));
        options.put(Option.JOURNAL_SEGMENT_BYTES, "1048576");
        return options;
    }

    private Path data(String name) throws IOException {
        return Files.createDirectories(directory.resolve(name));
    }

    /** What a daemon has left in a directory. */
    private static final class LeftFiles implements Estate, AutoCloseable {
        private final Options options;
        private final DiskQueueFactory disk;
        private final Journal journal;
        private final List<String> queues;
        private boolean adopted;

        LeftFiles(Path path, List<String> queues) throws IOException {
            this.queues = queues;
            options = Options.defaults().with(Map.of(Option.DATA_PATH, path.toString(), Option.DURABILITY, "synced"));
            disk = new DiskQueueFactory(options);
            journal = new FileJournalStore(options).open("default", Durability.SYNCED, new JournalStore.Listener() {
                @Override
                public void health(String error) {
                    throw new AssertionError(error);
                }

                @Override
                public void suspect(int from, int to) {
                    throw new AssertionError("suspect");
                }

                @Override
                public void room() {
                    // Nothing is appended.
                }
            });
        }

        @Override
        public String owner() {
            return "another";
        }

        @Override
        public Metadata metadata() throws IOException {
            return new FileMetadataService(DiskQueueFactory.dataPath(options), Durability.SYNCED).load();
        }

        @Override
        public void replay(Journal.Sink sink) throws IOException {
            journal.replay(sink);
        }

        @Override
        public boolean isJournalAdopted() {
            return adopted;
        }

        @Override
        public void journalAdopted() {
            adopted = true;
        }

        @Override
        public List<String> queues() {
            return queues;
        }

        @Override
        public BackendQueue open(String queue, BackendQueueFactory.Listener listener) throws IOException {
            return disk.open(queue, listener);
        }

        @Override
        public void close() throws IOException {
            journal.close();
            disk.close();
        }
    }

    private static Map<String, Integer> drain(TestDaemon daemon, String channel, int count) {
        TestConsumer consumer = TestConsumer.on(daemon.channel("t", channel), count + 1);
        Map<String, Integer> attempts = new TreeMap<>();
        Map<String, Long> ids = new HashMap<>();
        while (attempts.size() < count) {
            Message message = consumer.next();
            attempts.put(body(message), message.attempts());
            ids.put(body(message), message.id());
            consumer.finish(message.id());
        }
        assertTrue(consumer.hasNothing());
        consumer.subscription().close();
        assertEquals(count, ids.size());
        return attempts;
    }

    private LeftFiles leave(int memory) throws IOException {
        Path left = data("left");
        try (TestDaemon other = TestDaemon.on(data("other"), options(memory))) {
            other.channel("t", "paused").pause();
            TestConsumer consumer = TestConsumer.on(other.channel("t", "c"), 1);
            other.publish("t", "finished").join();
            consumer.finish(consumer.next().id());
            other.publish("t", "in flight").join();
            consumer.next();
            for (int i = 0; i < 20; i++) {
                other.publish("t", "waiting " + i).join();
            }
            other.topic("t")
                    .publishDeferred(TestDaemon.batch("in an hour"), TimeUnit.HOURS.toNanos(1))
                    .join();
            other.publish("none", "without a channel").join();
            other.copyTo(left);
        }
        return new LeftFiles(left, List.of("t", "t:c", "t:paused", "none"));
    }

    private void adoptsAll(int memory) throws IOException {
        try (LeftFiles estate = leave(memory);
                TestDaemon daemon = TestDaemon.on(data("own"), options(memory))) {
            Adopted adopted = new BrokerAdopter(daemon.broker).adopt(estate, sofar -> {});
            // Twenty that wait, one in flight, one deferred, for one channel; for the other the one that was finished,
            // too; one without.
            assertEquals(22 + 23 + 1, adopted.messages());
            assertEquals(0, adopted.left());
            assertTrue(daemon.channel("t", "paused").isPaused());
            assertEquals(1, daemon.stats("t", "c").deferredCount());
            Map<String, Integer> delivered = drain(daemon, "c", 21);
            assertEquals(2, delivered.get("in flight"));
            assertEquals(1, delivered.get("waiting 7"));
            daemon.pass(TimeUnit.HOURS.toNanos(1));
            assertEquals(1, drain(daemon, "c", 1).get("in an hour"));
            assertEquals(1, daemon.stats("none").depth());
            // It is in the journal of the daemon that has adopted it.
            Path killed = data("killed");
            daemon.copyTo(killed);
            try (TestDaemon again = TestDaemon.on(killed, options(memory))) {
                again.channel("t", "paused").unpause();
                assertEquals(22, drain(again, "paused", 22).size());
                assertEquals(1, again.stats("t", "paused").deferredCount());
            }
        }
    }

    @Test
    void whatWasInMemoryIsAdopted() throws IOException {
        adoptsAll(1000);
    }

    @Test
    void whatHasOverflownIsAdopted() throws IOException {
        adoptsAll(2);
    }

    @Test
    void anAdoptionThatWasInterruptedGoesOn() throws IOException {
        try (LeftFiles estate = leave(1000);
                TestDaemon daemon = TestDaemon.on(data("own"), options(1000))) {
            BrokerAdopter adopter = new BrokerAdopter(daemon.broker);
            assertThrows(
                    IOException.class,
                    () -> adopter.adopt(estate, sofar -> {
                        throw new IOException("interrupted");
                    }));
            adopter.adopt(estate, sofar -> {});
            TestConsumer consumer = TestConsumer.on(daemon.channel("t", "c"), 100);
            TreeSet<String> bodies = new TreeSet<>();
            while (bodies.size() < 21) {
                Message message = consumer.next();
                bodies.add(body(message));
                consumer.finish(message.id());
            }
            assertTrue(bodies.contains("in flight"));
        }
    }
}
