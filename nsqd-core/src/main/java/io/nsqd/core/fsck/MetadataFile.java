package io.nsqd.core.fsck;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.ObjectReader;
import io.nsqd.core.disk.FileMetadataService;
import io.nsqd.spi.Metadata;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;

/**
 * What {@code nsqd.dat} says, read as strictly as the Go daemon does, which does not start with one that ours would make
 * something of (B-30).
 *
 * @param state whether it can be used
 * @param error what is wrong with a broken one, in one line; else empty
 * @param queues the queues that it names, {@code topic} or {@code topic:channel}
 */
record MetadataFile(State state, String error, Set<String> queues) {
    /** The name of the file. */
    static final String NAME = "nsqd.dat";

    /** Far more than a million channels take; what is bigger is not read. */
    private static final long MAX_BYTES = 256L * 1024 * 1024;

    private static final ObjectReader STRICT =
            new ObjectMapper().reader().with(DeserializationFeature.FAIL_ON_TRAILING_TOKENS);

    /** How the file is. */
    enum State {
        /** It can be used. */
        OK,
        /** There is none. */
        MISSING,
        /** No daemon starts with it. */
        BROKEN;

        String word() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    static MetadataFile read(Path directory) throws IOException {
        Path file = directory.resolve(NAME);
        if (!Files.exists(file)) {
            return new MetadataFile(State.MISSING, "", Set.of());
        }
        if (Files.size(file) > MAX_BYTES) {
            return broken("it has " + Files.size(file) + " bytes");
        }
        try {
            String complaint = complaint(STRICT.readTree(Files.readAllBytes(file)));
            if (!complaint.isEmpty()) {
                return broken(complaint);
            }
        } catch (JsonProcessingException e) {
            return broken(e.getOriginalMessage().lines().findFirst().orElse("no JSON"));
        }
        Set<String> queues = new TreeSet<>();
        Metadata metadata = new FileMetadataService(directory).load();
        for (Metadata.TopicEntry topic : metadata.topics()) {
            queues.add(topic.name());
            topic.channels().forEach(channel -> queues.add(topic.name() + ":" + channel.name()));
        }
        return new MetadataFile(State.OK, "", queues);
    }

    private static MetadataFile broken(String error) {
        return new MetadataFile(State.BROKEN, error, Set.of());
    }

    /** What Go's parser would complain of in valid JSON: types that differ; empty when there is nothing. */
    private static String complaint(JsonNode root) {
        if (root.isMissingNode()) {
            return "it is empty";
        }
        if (root.isNull()) {
            return "";
        }
        if (!root.isObject()) {
            return "it is not an object";
        }
        return complaint(root.path("topics"), "topics");
    }

    private static String complaint(JsonNode entries, String what) {
        if (isAbsent(entries)) {
            return "";
        }
        if (!entries.isArray()) {
            return "its " + what + " are no list";
        }
        for (JsonNode entry : entries) {
            JsonNode name = entry.path("name");
            JsonNode paused = entry.path("paused");
            if (!entry.isObject() && !entry.isNull()
                    || !isAbsent(name) && !name.isTextual()
                    || !isAbsent(paused) && !paused.isBoolean()) {
                return "an entry of its " + what + " is not as it should be";
            }
            String inside = complaint(entry.path("channels"), "channels");
            if (!inside.isEmpty()) {
                return inside;
            }
        }
        return "";
    }

    private static boolean isAbsent(JsonNode node) {
        return node.isMissingNode() || node.isNull();
    }
}
