package io.nsqd.core;

import static org.awaitility.Awaitility.await;

import io.nsqd.api.Channel;
import io.nsqd.api.MessageBatch;
import io.nsqd.api.Option;
import io.nsqd.api.Options;
import io.nsqd.api.Topic;
import io.nsqd.core.disk.DiskQueueFactory;
import io.nsqd.core.disk.FileMetadataService;
import io.nsqd.core.journal.file.FileJournalStore;
import io.nsqd.stats.ChannelStats;
import io.nsqd.stats.StatsFilter;
import io.nsqd.stats.TopicStats;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.EnumMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** A broker on a data path, with the default storage: the daemon without transports. */
final class TestDaemon implements AutoCloseable {
    final Path dataPath;
    final TestClock clock = new TestClock();
    final Broker broker;
    private final DiskQueueFactory disk;

    private TestDaemon(Path dataPath, Options options, long epochStep) throws IOException {
        this.dataPath = dataPath;
        clock.stepEpoch(epochStep);
        disk = new DiskQueueFactory(options);
        broker = new Broker(
                options,
                new FileMetadataService(dataPath, options.durability()),
                disk,
                new FileJournalStore(options),
                clock,
                what -> {});
        broker.start();
    }

    static TestDaemon on(Path dataPath) throws IOException {
        return on(dataPath, Map.of());
    }

    /** @param given options as flags give them */
    static TestDaemon on(Path dataPath, Map<Option, String> given) throws IOException {
        return on(dataPath, given, 0);
    }

    /** @param epochStep by how much its wall clock is wrong, in nanoseconds */
    static TestDaemon on(Path dataPath, Map<Option, String> given, long epochStep) throws IOException {
        Map<Option, Object> values = new EnumMap<>(Option.class);
        given.forEach((option, text) -> values.put(option, option.parse(text)));
        values.put(Option.DATA_PATH, dataPath.toString());
        return new TestDaemon(dataPath, Options.defaults().with(values), epochStep);
    }

    Topic topic(String name) {
        return broker.topic(name);
    }

    Channel channel(String topic, String channel) {
        return broker.topic(topic).channel(channel);
    }

    CompletableFuture<Void> publish(String topic, String... bodies) {
        return topic(topic).publish(batch(bodies));
    }

    static MessageBatch batch(String... bodies) {
        MessageBatch batch = new MessageBatch();
        for (String body : bodies) {
            byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
            batch.add(bytes, 0, bytes.length);
        }
        return batch;
    }

    TopicStats stats(String topic) {
        return broker.stats(new StatsFilter(Optional.of(topic), Optional.empty(), true, false))
                .topics()
                .get(0);
    }

    ChannelStats stats(String topic, String channel) {
        return stats(topic).channels().stream()
                .filter(stats -> stats.name().equals(channel))
                .findFirst()
                .orElseThrow();
    }

    /** Lets time pass for deadlines, and has the scan loop look at its clock again. */
    void pass(long nanos) {
        clock.pass(nanos);
        for (Topic topic : broker.topics()) {
            for (Channel channel : topic.channels()) {
                // Earlier than all else on its list, so that it wakes.
                broker.scanLoop().schedule((BrokerChannel) channel, clock.nanoTime() - TimeUnit.DAYS.toNanos(1));
            }
        }
    }

    void awaitDepth(String topic, long depth) {
        await().until(() -> stats(topic).depth() == depth);
    }

    void awaitDepth(String topic, String channel, long depth) {
        await().until(() -> stats(topic, channel).depth() == depth);
    }

    /** What its data path would hold if it were killed now. */
    void copyTo(Path there) throws IOException {
        boolean all = false;
        while (!all) {
            // What goes while it is copied has moved, and may have moved to where it was copied before.
            Set<String> before = names(dataPath);
            all = true;
            Files.createDirectories(there);
            for (String name : names(there)) {
                Files.delete(there.resolve(name));
            }
            for (String name : before) {
                try {
                    Files.copy(dataPath.resolve(name), there.resolve(name));
                } catch (NoSuchFileException e) {
                    all = false;
                }
            }
            all &= names(dataPath).containsAll(before);
        }
    }

    private static Set<String> names(Path directory) throws IOException {
        try (Stream<Path> files = Files.list(directory)) {
            return files.map(file -> file.getFileName().toString()).collect(Collectors.toCollection(TreeSet::new));
        }
    }

    /** Ends as if killed: nothing is flushed, no position saved. The threads that remain touch nothing. */
    void abandon() {
        disk.close();
    }

    @Override
    public void close() {
        broker.close();
        disk.close();
    }
}
