package io.nsqd.core;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.nsqd.api.Message;
import io.nsqd.api.MessageId;
import io.nsqd.api.Option;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What survives: clean stops, kills, data directories of the Go daemon (B-27 to B-33, S-23 to S-31). */
final class RestartTest {
    private static final Path FIXTURES = Path.of("src/test/resources/fixtures");

    @TempDir
    private Path dataPath;

    @Test
    @Tag("B-33")
    @Tag("S-27")
    void aCleanStopKeepsEverythingThatWasNotFinished() throws IOException {
        try (TestDaemon daemon = TestDaemon.on(dataPath)) {
            TestConsumer consumer = TestConsumer.on(daemon.channel("t", "c"), 3);
            daemon.publish("t", "in flight 1", "in flight 2", "finished", "queued")
                    .join();
            consumer.next();
            consumer.next();
            consumer.finish(consumer.next().id());
            consumer.next();
            daemon.topic("t")
                    .publishDeferred(TestDaemon.batch("deferred"), TimeUnit.HOURS.toNanos(1))
                    .join();
            daemon.publish("t", "queued 2").join();
            daemon.publish("other", "no channel").join();
        }
        try (TestDaemon daemon = TestDaemon.on(dataPath)) {
            assertEquals(5, daemon.stats("t", "c").depth());
            assertEquals(1, daemon.stats("other").depth());
            TestConsumer consumer = TestConsumer.on(daemon.channel("t", "c"), 10);
            Set<String> again = new HashSet<>();
            for (int i = 0; i < 5; i++) {
                Message message = consumer.next();
                String body = TestConsumer.body(message);
                boolean wasSent = body.startsWith("in flight") || body.equals("queued");
                assertEquals(wasSent ? 2 : 1, message.attempts(), body);
                again.add(body);
            }
            assertEquals(Set.of("in flight 1", "in flight 2", "queued", "deferred", "queued 2"), again);
        }
    }

    @Test
    @Tag("B-33")
    void whatIsEphemeralIsLostAtAStop() throws IOException {
        try (TestDaemon daemon = TestDaemon.on(dataPath)) {
            daemon.publish("e#ephemeral", "m").join();
            daemon.channel("t", "c#ephemeral");
            daemon.publish("t", "m").join();
        }
        try (Stream<Path> files = Files.list(dataPath)) {
            assertEquals(List.of("nsqd.dat", "t.diskqueue.meta.dat"), names(files));
        }
    }

    private static List<String> names(Stream<Path> files) {
        return files.map(file -> file.getFileName().toString()).sorted().toList();
    }

    @Test
    @Tag("S-4")
    void aQueueThatWasNeverWrittenHasOnlyAMetaFile() throws IOException {
        try (TestDaemon daemon = TestDaemon.on(dataPath)) {
            daemon.channel("t", "c");
            try (Stream<Path> files = Files.list(dataPath)) {
                assertFalse(names(files).stream().anyMatch(name -> name.contains("diskqueue")));
            }
        }
        assertEquals("0\n0,0\n0,0\n", Files.readString(dataPath.resolve("t.diskqueue.meta.dat")));
        assertEquals("0\n0,0\n0,0\n", Files.readString(dataPath.resolve("t:c.diskqueue.meta.dat")));
    }

    @Test
    @Tag("S-24")
    void aKillLosesWhatWasInMemoryAndKeepsWhatWasOnDisk() throws IOException {
        TestDaemon killed = TestDaemon.on(dataPath, Map.of(Option.MEM_QUEUE_SIZE, "3", Option.SYNC_EVERY, "1"));
        killed.channel("t", "c");
        killed.publish("t", "1", "2", "3", "4", "5", "6").join();
        killed.broker.persistMetadata();
        killed.abandon();
        try (TestDaemon daemon = TestDaemon.on(dataPath)) {
            TestConsumer consumer = TestConsumer.on(daemon.channel("t", "c"), 10);
            assertEquals(List.of("4", "5", "6"), consumer.finishNext(3));
            assertEquals(0, daemon.stats("t", "c").depth());
        }
    }

    @Test
    @Tag("S-25")
    void recordsBeyondTheLastSyncAreSalvaged() throws IOException {
        Map<Option, String> options =
                Map.of(Option.MEM_QUEUE_SIZE, "0", Option.SYNC_EVERY, "3", Option.SYNC_TIMEOUT, "1h");
        TestDaemon killed = TestDaemon.on(dataPath, options);
        for (int i = 0; i < 7; i++) {
            killed.publish("t", "m" + i).join();
        }
        killed.broker.persistMetadata();
        killed.abandon();
        try (TestDaemon daemon = TestDaemon.on(dataPath, options)) {
            assertEquals(7, daemon.stats("t").depth());
            TestConsumer consumer = TestConsumer.on(daemon.channel("t", "c"), 10);
            assertEquals(List.of("m0", "m1", "m2", "m3", "m4", "m5", "m6"), consumer.finishNext(7));
            assertEquals(0, daemon.stats("t", "c").depth());
        }
    }

    @Test
    @Tag("S-26")
    @Tag("X-12")
    void afterAKillAMessageThatTwoFilesHoldIsDeliveredOnceWhileItIsInFlight() throws IOException {
        Map<Option, String> options =
                Map.of(Option.MEM_QUEUE_SIZE, "0", Option.SYNC_EVERY, "1000", Option.SYNC_TIMEOUT, "1h");
        TestDaemon killed = TestDaemon.on(dataPath, options);
        for (int i = 0; i < 7; i++) {
            killed.publish("t", "m" + i).join();
        }
        // The pump moves them to the channel's file; the topic's read position was never saved.
        killed.channel("t", "c");
        killed.awaitDepth("t", "c", 7);
        killed.broker.persistMetadata();
        killed.abandon();
        try (TestDaemon daemon = TestDaemon.on(dataPath, options)) {
            TestConsumer consumer = TestConsumer.on(daemon.channel("t", "c"), 100);
            Set<String> bodies = new HashSet<>();
            for (int i = 0; i < 7; i++) {
                bodies.add(TestConsumer.body(consumer.next()));
            }
            assertEquals(Set.of("m0", "m1", "m2", "m3", "m4", "m5", "m6"), bodies);
            daemon.awaitDepth("t", 0);
            daemon.awaitDepth("t", "c", 0);
            assertTrue(consumer.hasNothing());
        }
    }

    @Test
    @Tag("S-23")
    void filesOfAChannelThatIsNotRememberedAreAdoptedWhenItIsMadeAgain() throws IOException {
        Map<Option, String> options = Map.of(Option.MEM_QUEUE_SIZE, "0");
        try (TestDaemon daemon = TestDaemon.on(dataPath, options)) {
            daemon.channel("t", "c");
            daemon.publish("t", "kept").join();
        }
        Files.writeString(dataPath.resolve("nsqd.dat"), "{\"topics\":null,\"version\":\"1.3.0\"}");
        try (TestDaemon daemon = TestDaemon.on(dataPath, options)) {
            assertTrue(daemon.broker.existingTopic("t").isEmpty());
            TestConsumer consumer = TestConsumer.on(daemon.channel("t", "c"), 1);
            assertEquals(List.of("kept"), consumer.finishNext(1));
        }
    }

    @Test
    @Tag("B-32")
    void namesThatAreInvalidAreSkippedAndForgotten() throws IOException {
        Files.writeString(
                dataPath.resolve("nsqd.dat"),
                "{\"topics\":[{\"name\":\"a b\",\"channels\":[]},{\"name\":\"t\",\"channels\":"
                        + "[{\"name\":\"c!\"},{\"name\":\"c\",\"paused\":true}],\"other\":1}],\"version\":\"9\"}");
        try (TestDaemon daemon = TestDaemon.on(dataPath)) {
            assertEquals(1, daemon.broker.topics().size());
            assertEquals(1, daemon.topic("t").channels().size());
            assertTrue(daemon.channel("t", "c").isPaused());
        }
        assertEquals(
                "{\"topics\":[{\"name\":\"t\",\"paused\":false,\"channels\":[{\"name\":\"c\",\"paused\":true}]}],"
                        + "\"version\":\"1.3.0\"}",
                Files.readString(dataPath.resolve("nsqd.dat")));
    }

    /** Two queues on the same files would write over each other. */
    @Test
    @Tag("B-30")
    void aNameThatComesTwiceIsOneTopicOrChannel() throws IOException {
        Files.writeString(
                dataPath.resolve("nsqd.dat"),
                "{\"topics\":[{\"name\":\"t\",\"channels\":[{\"name\":\"a\"},{\"name\":\"a\",\"paused\":true}]},"
                        + "{\"name\":\"t\",\"paused\":true,\"channels\":[{\"name\":\"b\"}]}]}");
        try (TestDaemon daemon = TestDaemon.on(dataPath)) {
            assertEquals(1, daemon.broker.topics().size());
            assertTrue(daemon.topic("t").isPaused());
        }
        assertEquals(
                "{\"topics\":[{\"name\":\"t\",\"paused\":true,\"channels\":[{\"name\":\"a\",\"paused\":true},"
                        + "{\"name\":\"b\",\"paused\":false}]}],\"version\":\"1.3.0\"}",
                Files.readString(dataPath.resolve("nsqd.dat")));
    }

    /** The daemon does not start, and what it did not understand is there as before. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "{\"topics\":\"x\"}",
                "{\"topics\":[{\"name\":\"t\"}]} x",
                "{\"topics\":[{\"name\":\"t\",\"paused\":1}]}"
            })
    @Tag("B-32")
    @Tag("O-27")
    void metadataThatCannotBeReadAreNotWrittenOver(String content) throws IOException {
        Files.writeString(dataPath.resolve("nsqd.dat"), content);
        IOException failure = assertThrows(IOException.class, () -> TestDaemon.on(dataPath));
        assertTrue(
                failure.getMessage().startsWith("failed to load metadata - failed to parse metadata in "),
                failure.getMessage());
        assertEquals(content, Files.readString(dataPath.resolve("nsqd.dat")));
    }

    @Test
    @Tag("B-10")
    void ephemeralNamesInTheMetadataAreMade() throws IOException {
        Files.writeString(
                dataPath.resolve("nsqd.dat"),
                "{\"topics\":[{\"name\":\"e#ephemeral\",\"channels\":[{\"name\":\"c\"}]}]}");
        try (TestDaemon daemon = TestDaemon.on(dataPath)) {
            assertEquals(1, daemon.topic("e#ephemeral").channels().size());
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"nsqd-1.3.0-data", "nsqd-1.2.0-data"})
    @Tag("B-30")
    @Tag("S-8")
    @Tag("S-15")
    @Tag("S-30")
    @Tag("S-31")
    void aDataDirectoryOfTheGoDaemonIsDelivered(String fixture) throws IOException {
        copy(FIXTURES.resolve(fixture).resolve("data"));
        JsonNode expected = new ObjectMapper()
                .readTree(FIXTURES.resolve(fixture).resolve("expected.json").toFile());
        Map<Option, String> options =
                Map.of(Option.MEM_QUEUE_SIZE, "0", Option.MAX_BYTES_PER_FILE, "300", Option.NODE_ID, "7");
        try (TestDaemon daemon = TestDaemon.on(dataPath, options)) {
            assertEquals(expected.get("topics").size(), daemon.broker.topics().size());
            for (JsonNode topic : expected.get("topics")) {
                assertTopic(daemon, topic);
            }
            try (Stream<Path> files = Files.list(dataPath)) {
                assertTrue(names(files).stream()
                        .filter(name -> name.endsWith(".bad"))
                        .allMatch(name -> name.equals("orders.diskqueue.000000.dat.bad")));
            }
        }
    }

    private static void assertTopic(TestDaemon daemon, JsonNode expected) {
        String name = expected.get("topic").asText();
        assertEquals(expected.get("paused").asBoolean(), daemon.topic(name).isPaused(), name);
        JsonNode messages = expected.get("queue").get("messages");
        assertEquals(messages.size(), daemon.stats(name).depth(), name);
        assertEquals(
                expected.get("channels").size(), daemon.topic(name).channels().size(), name);
        for (JsonNode channel : expected.get("channels")) {
            String channelName = channel.get("channel").asText();
            JsonNode queued = channel.get("queue").get("messages");
            assertEquals(queued.size(), daemon.stats(name, channelName).depth());
            assertEquals(
                    channel.get("paused").asBoolean(),
                    daemon.channel(name, channelName).isPaused());
            daemon.channel(name, channelName).unpause();
            assertDelivered(TestConsumer.on(daemon.channel(name, channelName), 100), queued);
        }
        if (!messages.isEmpty()) {
            TestConsumer late = TestConsumer.on(daemon.channel(name, "late"), 100);
            assertTrue(late.hasNothing());
            daemon.topic(name).unpause();
            assertDelivered(late, messages);
        }
    }

    private static void assertDelivered(TestConsumer consumer, JsonNode messages) {
        for (JsonNode expected : messages) {
            Message message = consumer.next();
            assertEquals(expected.get("id").asText(), MessageId.toString(message.id()));
            assertEquals(expected.get("timestamp").asLong(), message.timestampNanos());
            assertEquals(expected.get("stored_attempts").asInt() + 1, message.attempts());
            assertEquals(
                    expected.get("body_base64").asText(),
                    Base64.getEncoder()
                            .encodeToString(Arrays.copyOfRange(
                                    message.block(), message.offset(), message.offset() + message.length())));
            consumer.finish(message.id());
        }
        assertTrue(consumer.hasNothing());
    }

    @Test
    @Tag("S-28")
    @Tag("X-12")
    void aDataDirectoryOfAKilledGoDaemonIsDelivered() throws IOException {
        copy(FIXTURES.resolve("nsqd-1.3.0-unclean/data"));
        try (TestDaemon daemon = TestDaemon.on(dataPath, Map.of(Option.MEM_QUEUE_SIZE, "0"))) {
            daemon.awaitDepth("crash", 0);
            TestConsumer consumer = TestConsumer.on(daemon.channel("crash", "c"), 100);
            List<String> bodies = new ArrayList<>();
            for (int i = 0; i < 5; i++) {
                bodies.add(TestConsumer.body(consumer.next()));
            }
            Collections.sort(bodies);
            assertEquals(List.of("m2", "m3", "m4", "m5", "m6"), bodies);
            // The second copy of m6 was met while the first was in flight.
            daemon.awaitDepth("crash", "c", 0);
            assertTrue(consumer.hasNothing());
        }
    }

    private void copy(Path from) throws IOException {
        try (Stream<Path> files = Files.list(from)) {
            files.forEach(file -> {
                try {
                    Files.copy(file, dataPath.resolve(file.getFileName().toString()));
                } catch (IOException e) {
                    throw new UncheckedIOException(e);
                }
            });
        }
    }
}
