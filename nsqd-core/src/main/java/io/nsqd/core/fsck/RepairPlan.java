package io.nsqd.core.fsck;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.nsqd.core.disk.AtomicFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * What is going to be done to one queue, written down before it is done, so that after a kill it can be completed or undone.
 *
 * @param queue its name
 * @param first number of the first new data file; all old ones have smaller numbers
 * @param last number of the last new data file; there may be none
 * @param old the files that are to go once the new ones are in force
 */
record RepairPlan(String queue, long first, long last, List<OldFile> old) {
    private static final String FILE = "plan.json";
    private static final ObjectMapper JSON = new ObjectMapper();

    /** The number that stands for none. */
    static final long NOT_ADOPTED = -1;

    /**
     * A file that is to go.
     *
     * @param name its name
     * @param bytes its size, by which it is recognised
     * @param adoptedAs the number of the new file that is the same file, which needs only one name; {@link #NOT_ADOPTED} for one
     *     that is to be kept
     */
    record OldFile(String name, long bytes, long adoptedAs) {}

    /** Whether that is the file of a plan. */
    static boolean isPlan(Path file) {
        return file.getFileName().toString().equals(FILE);
    }

    void write(Path directory) throws IOException {
        ObjectNode root = JSON.createObjectNode();
        root.put("queue", queue).put("first", first).put("last", last);
        ArrayNode files = root.putArray("old");
        for (OldFile file : old) {
            files.addObject()
                    .put("name", file.name())
                    .put("bytes", file.bytes())
                    .put("adopted_as", file.adoptedAs());
        }
        AtomicFile.replace(directory.resolve(FILE), JSON.writeValueAsBytes(root));
        KeptFiles.sync(directory);
    }

    /** The plan in a directory; none when a repair was not ready to change anything. */
    static Optional<RepairPlan> read(Path directory) throws IOException {
        Path file = directory.resolve(FILE);
        if (!Files.exists(file)) {
            return Optional.empty();
        }
        JsonNode root = JSON.readTree(Files.readAllBytes(file));
        List<OldFile> old = new ArrayList<>();
        for (JsonNode entry : root.path("old")) {
            old.add(new OldFile(
                    entry.path("name").asText(),
                    entry.path("bytes").asLong(),
                    entry.path("adopted_as").asLong(NOT_ADOPTED)));
        }
        return Optional.of(new RepairPlan(
                root.path("queue").asText(),
                root.path("first").asLong(),
                root.path("last").asLong(),
                old));
    }
}
