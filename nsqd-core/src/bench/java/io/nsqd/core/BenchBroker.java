package io.nsqd.core;

import io.nsqd.api.Consumer;
import io.nsqd.api.MessageBatch;
import io.nsqd.api.Option;
import io.nsqd.api.Options;
import io.nsqd.core.disk.DiskQueueFactory;
import io.nsqd.core.disk.FileMetadataService;
import io.nsqd.core.journal.file.FileJournalStore;
import io.nsqd.stats.ClientStats;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;

/** A broker without transports, on a data path of its own, whose messages stay in memory. */
final class BenchBroker implements AutoCloseable {
    /** Messages that a benchmark has in the broker at the same time, at most. */
    static final int MESSAGES = 10_000;

    private static final int BODY_BYTES = 100;

    private final Path dataPath = Files.createTempDirectory("nsqd-bench");
    private final DiskQueueFactory disk;
    private final Broker broker;

    /** @param durability what is promised */
    BenchBroker(String durability) throws IOException {
        Options options = Options.defaults()
                .with(Map.of(
                        Option.DATA_PATH,
                        dataPath.toString(),
                        Option.DURABILITY,
                        durability,
                        Option.MEM_QUEUE_SIZE,
                        2L * MESSAGES));
        disk = new DiskQueueFactory(options);
        broker = new Broker(
                options,
                new FileMetadataService(dataPath),
                disk,
                new FileJournalStore(options),
                Clock.system(),
                what -> {});
        broker.start();
    }

    BrokerTopic topic() {
        return (BrokerTopic) broker.topic("t");
    }

    /** Messages that have no identity yet and share one block, as those of an MPUB do. */
    static MessageBatch batch(int messages) {
        byte[] block = new byte[BODY_BYTES * messages];
        MessageBatch batch = new MessageBatch();
        for (int i = 0; i < messages; i++) {
            batch.add(block, i * BODY_BYTES, BODY_BYTES);
        }
        return batch;
    }

    /** Publishes as many as there may be. */
    static void fill(BrokerTopic topic, MessageBatch batch) {
        for (int i = 0; i < MESSAGES; i += batch.size()) {
            topic.publish(batch).join();
        }
    }

    /** A consumer that polls whether it is woken or not. */
    static Consumer consumer() {
        return new Consumer() {
            @Override
            public void wakeUp() {}

            @Override
            public void close() {}

            @Override
            public ClientStats stats() {
                throw new UnsupportedOperationException("nobody asks for figures here");
            }
        };
    }

    @Override
    public void close() throws IOException {
        broker.close();
        disk.close();
        delete(dataPath);
    }

    private static void delete(Path directory) throws IOException {
        try (DirectoryStream<Path> files = Files.newDirectoryStream(directory)) {
            for (Path file : files) {
                Files.delete(file);
            }
        }
        Files.delete(directory);
    }
}
