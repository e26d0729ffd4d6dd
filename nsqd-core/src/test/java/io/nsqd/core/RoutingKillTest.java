package io.nsqd.core;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.nsqd.api.Durability;
import io.nsqd.api.MessageBatch;
import io.nsqd.api.Option;
import io.nsqd.api.Options;
import io.nsqd.core.disk.DiskQueueFactory;
import io.nsqd.core.disk.FileMetadataService;
import io.nsqd.core.journal.Entries;
import io.nsqd.core.journal.MessageJournal;
import io.nsqd.core.journal.QueueJournal;
import io.nsqd.spi.Journal;
import io.nsqd.spi.JournalStore;
import io.nsqd.stats.StatsFilter;
import io.nsqd.stats.Troubles;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A kill between any two frames of the journal, while what waits in a topic goes to its channels: each of them has it once. */
final class RoutingKillTest {
    private static final int MESSAGES = 600;

    @TempDir
    private Path directory;

    /** A journal that is as it was after so many frames. */
    private static final class Frames implements JournalStore, Journal {
        private final List<byte[]> frames;

        Frames(List<byte[]> frames) {
            this.frames = new ArrayList<>(frames);
        }

        @Override
        public Journal open(String owner, Durability durability, Listener listener) {
            return this;
        }

        @Override
        public synchronized void replay(Sink sink) throws IOException {
            for (int i = 0; i < frames.size(); i++) {
                sink.frame(position(i), ByteBuffer.wrap(frames.get(i)));
            }
        }

        private static long position(int i) {
            return 1L << 32 | i;
        }

        @Override
        public synchronized long append(ByteBuffer frame, Purpose purpose) {
            assertTrue(frame.hasRemaining(), "no store takes an empty frame");
            byte[] bytes = new byte[frame.remaining()];
            frame.duplicate().get(bytes);
            frames.add(bytes);
            return position(frames.size() - 1);
        }

        synchronized List<byte[]> all() {
            return List.copyOf(frames);
        }

        @Override
        public CompletableFuture<Void> kept() {
            return MessageQueue.DONE;
        }

        @Override
        public synchronized ByteBuffer read(long position) {
            return ByteBuffer.wrap(frames.get((int) position));
        }

        @Override
        public void trim(int segment) {
            // It stays as long as the test.
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

    private static final class Daemon implements AutoCloseable {
        private final Broker broker;
        private final DiskQueueFactory disk;

        Daemon(Path dataPath, JournalStore journal) throws IOException {
            Map<Option, Object> values = new EnumMap<>(Option.class);
            values.put(Option.DATA_PATH, dataPath.toString());
            values.put(Option.DURABILITY, Option.DURABILITY.parse("written"));
            Options options = Options.defaults().with(values);
            disk = new DiskQueueFactory(options);
            broker = new Broker(
                    options,
                    new FileMetadataService(dataPath, options.durability()),
                    disk,
                    journal,
                    new TestClock(),
                    what -> {});
            broker.start();
        }

        /** The depths of the topic and its channels, in the order of their names. */
        List<Long> depths() {
            List<Long> depths = new ArrayList<>();
            broker.stats(new StatsFilter(Optional.of("t"), Optional.empty(), false, false))
                    .topics()
                    .forEach(topic -> {
                        depths.add(topic.depth());
                        topic.channels().forEach(channel -> depths.add(channel.depth()));
                    });
            return depths;
        }

        @Override
        public void close() {
            broker.close();
            disk.close();
        }
    }

    @Test
    void eachChannelHasEachMessageOnce() throws IOException {
        Path first = Files.createDirectories(directory.resolve("first"));
        Frames journal = new Frames(List.of());
        List<byte[]> published;
        List<Long> routed = List.of(0L, (long) MESSAGES, (long) MESSAGES);
        List<byte[]> all;
        try (Daemon daemon = new Daemon(first, journal)) {
            daemon.broker.topic("t").channel("a");
            daemon.broker.topic("t").channel("b");
            daemon.broker.topic("t").pause();
            String[] bodies =
                    IntStream.range(0, MESSAGES).mapToObj(i -> "m" + i).toArray(String[]::new);
            daemon.broker.topic("t").publish(TestDaemon.batch(bodies)).join();
            published = journal.all();
            daemon.broker.topic("t").unpause();
            await().until(() -> daemon.depths().equals(routed));
            all = journal.all();
        }
        assertTrue(all.size() > published.size() + 1, "it takes several turns");
        for (int frames = published.size(); frames <= all.size(); frames++) {
            Path killed = Files.createDirectories(directory.resolve("killed-" + frames));
            Files.copy(first.resolve("nsqd.dat"), killed.resolve("nsqd.dat"));
            try (Daemon daemon = new Daemon(killed, new Frames(all.subList(0, frames)))) {
                await().atMost(10, TimeUnit.SECONDS).until(() -> daemon.depths().get(0) == 0);
                assertEquals(routed, daemon.depths(), "killed after " + frames + " frames of " + all.size());
            }
        }
    }

    /** As when all that a topic's storage hands out are copies that a crash has left. */
    @Test
    void whereThereIsNothingToNoteNothingIsNoted() throws IOException {
        Frames frames = new Frames(List.of());
        MessageJournal journal = new MessageJournal(frames, true, () -> 0, new Troubles(), () -> {});
        QueueJournal topic = journal.queue(null, "t", "");
        QueueJournal channel = journal.queue(null, "t", "c");
        MessageBatch none = new MessageBatch();
        journal.route(topic, new Entries(), new long[0], 0, List.of(channel), none, false, none);
        assertEquals(List.of(), frames.all());
        journal.route(topic, new Entries(), new long[] {1}, 1, List.of(), none, false, none);
        assertEquals(1, frames.all().size());
    }
}
