package io.nsqd.interop;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.nsqd.interop.Client.Delivery;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;
import java.util.stream.Stream;

/** A data directory that a Go nsqd has left, and what is in it: {@code nsqd-core/src/test/resources/fixtures}. */
final class Fixture {
    /** With these flags the fixtures were written; the files are full after four or five messages. */
    static final String[] FLAGS = {"--mem-queue-size=0", "--max-bytes-per-file=300", "--node-id=7"};

    private static final Path FIXTURES = Path.of("../nsqd-core/src/test/resources/fixtures");

    private final Path directory;

    Fixture(String name) {
        directory = FIXTURES.resolve(name);
    }

    /** A queue with the deliveries that a new consumer gets from it, in this order. */
    record Queue(String topic, String channel, boolean paused, List<Delivery> deliveries) {}

    void copyTo(Path target) throws IOException {
        try (Stream<Path> files = Files.list(directory.resolve("data"))) {
            for (Path file : files.toList()) {
                Files.copy(file, target.resolve(file.getFileName()));
            }
        }
    }

    /** The topics for which something holds, such as {@code paused}. */
    List<String> topics(Predicate<JsonNode> wanted) throws IOException {
        List<String> topics = new ArrayList<>();
        for (JsonNode topic : expected()) {
            if (wanted.test(topic)) {
                topics.add(topic.get("topic").asText());
            }
        }
        return topics;
    }

    /** What a topic without channels holds back. */
    List<Delivery> held(String name) throws IOException {
        for (JsonNode topic : expected()) {
            if (topic.get("topic").asText().equals(name)) {
                return deliveries(topic);
            }
        }
        throw new IllegalArgumentException(name);
    }

    List<Queue> channels() throws IOException {
        List<Queue> channels = new ArrayList<>();
        for (JsonNode topic : expected()) {
            for (JsonNode channel : topic.get("channels")) {
                channels.add(new Queue(
                        topic.get("topic").asText(),
                        channel.get("channel").asText(),
                        channel.get("paused").asBoolean(),
                        deliveries(channel)));
            }
        }
        return channels;
    }

    private JsonNode expected() throws IOException {
        return new ObjectMapper()
                .readTree(directory.resolve("expected.json").toFile())
                .get("topics");
    }

    private static List<Delivery> deliveries(JsonNode queue) throws IOException {
        List<Delivery> deliveries = new ArrayList<>();
        for (JsonNode message : queue.get("queue").get("messages")) {
            deliveries.add(new Delivery(
                    message.get("id").asText(),
                    message.get("timestamp").asLong(),
                    message.get("stored_attempts").asInt() + 1,
                    new String(message.get("body_base64").binaryValue(), StandardCharsets.ISO_8859_1)));
        }
        return deliveries;
    }
}
