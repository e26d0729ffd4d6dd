package io.nsqd.core.fsck;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.nsqd.core.disk.AtomicFile;
import io.nsqd.json.JsonException;
import io.nsqd.json.JsonObject;
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
        try {
            return Optional.of(parse(Files.readAllBytes(file)));
        } catch (JsonException e) {
            throw new IOException("cannot use the plan of a repair in " + file + " - " + e.getMessage(), e);
        }
    }

    private static RepairPlan parse(byte[] content) throws JsonException {
        JsonObject root = JsonObject.read(content, "queue", "first", "last", "old");
        List<OldFile> old = new ArrayList<>();
        for (JsonObject entry : root.objects("old", "name", "bytes", "adopted_as")) {
            old.add(new OldFile(entry.text("name"), entry.integer("bytes"), entry.integer("adopted_as")));
        }
        return new RepairPlan(root.text("queue"), root.integer("first"), root.integer("last"), old);
    }
}
