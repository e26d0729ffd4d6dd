package io.nsqd.core.fsck;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.nsqd.api.MessageBatch;
import io.nsqd.api.MessageId;
import io.nsqd.api.Option;
import io.nsqd.api.Options;
import io.nsqd.core.disk.DiskQueueFactory;
import io.nsqd.spi.BackendQueue;
import io.nsqd.spi.BackendQueueFactory;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Stream;

/** A data path made by hand, file by file, and what the tool says about it. */
final class TestDataPath {
    /** Bytes of a record without its body. */
    static final int OVERHEAD = 30;

    /** A time in 2025. */
    private static final long NANOS = 1_750_000_000_000_000_000L;

    private static final ObjectMapper JSON = new ObjectMapper();

    private final Path directory;
    private long nextId = 0x18a476fce3407000L;

    TestDataPath(Path directory) {
        this.directory = directory;
    }

    /** What a run of the tool gave. */
    record Result(int exitCode, String output, String errors) {
        JsonNode json() throws IOException {
            return JSON.readTree(output);
        }

        /** The kinds of what was found, damage or not. */
        List<String> kinds() throws IOException {
            List<String> kinds = new ArrayList<>();
            json().get("findings")
                    .forEach(finding -> kinds.add(finding.get("kind").asText()));
            for (JsonNode queue : json().get("queues")) {
                queue.get("findings")
                        .forEach(finding -> kinds.add(finding.get("kind").asText()));
            }
            return kinds;
        }

        JsonNode queue(String name) throws IOException {
            for (JsonNode queue : json().get("queues")) {
                if (queue.get("name").asText().equals(name)) {
                    return queue;
                }
            }
            throw new AssertionError(name + " is not in " + output);
        }
    }

    Path directory() {
        return directory;
    }

    Path file(String name) {
        return directory.resolve(name);
    }

    Path data(String queue, long number) {
        return file(String.format("%s.diskqueue.%06d.dat", queue, number));
    }

    /** The bytes of a record. */
    byte[] record(String body) {
        byte[] content = body.getBytes(StandardCharsets.UTF_8);
        byte[] id = new byte[MessageId.LENGTH];
        MessageId.write(nextId, id, 0);
        nextId += 0x1000;
        return ByteBuffer.allocate(OVERHEAD + content.length)
                .putInt(OVERHEAD - 4 + content.length)
                .putLong(NANOS + nextId % 1_000_000)
                .putShort((short) 0)
                .put(id)
                .put(content)
                .array();
    }

    byte[] records(String... bodies) {
        byte[] all = new byte[0];
        for (String body : bodies) {
            all = concat(all, record(body));
        }
        return all;
    }

    static byte[] concat(byte[] one, byte[] other) {
        return ByteBuffer.allocate(one.length + other.length)
                .put(one)
                .put(other)
                .array();
    }

    /** Writes a data file. */
    TestDataPath data(String queue, long number, byte[] content) throws IOException {
        Files.write(data(queue, number), content);
        return this;
    }

    TestDataPath meta(String queue, long depth, long readFile, long readPos, long writeFile, long writePos)
            throws IOException {
        Files.writeString(
                file(queue + ".diskqueue.meta.dat"),
                depth + "\n" + readFile + "," + readPos + "\n" + writeFile + "," + writePos + "\n");
        return this;
    }

    /** Names topics without channels. */
    TestDataPath metadata(String... topics) throws IOException {
        List<String> entries = Stream.of(topics)
                .map(topic -> "{\"name\":\"" + topic + "\",\"paused\":false,\"channels\":null}")
                .toList();
        Files.writeString(file("nsqd.dat"), "{\"topics\":[" + String.join(",", entries) + "],\"version\":\"1.3.0\"}");
        return this;
    }

    Result run(String... more) {
        StringWriter out = new StringWriter();
        StringWriter err = new StringWriter();
        List<String> arguments = new ArrayList<>(List.of("--data-path=" + directory));
        arguments.addAll(List.of(more));
        int exitCode = new Fsck().run(new PrintWriter(out), new PrintWriter(err), arguments.toArray(String[]::new));
        return new Result(exitCode, out.toString(), err.toString());
    }

    Result check() {
        return run("--format=json");
    }

    /** Repairs; then nothing must be left to be done, and to do it again must change nothing. */
    Result repair(String... more) throws IOException {
        List<String> arguments = new ArrayList<>(List.of("--format=json", "--repair"));
        arguments.addAll(List.of(more));
        Result result = run(arguments.toArray(String[]::new));
        assertEquals("", result.errors());
        assertEquals(Fsck.CLEAN, result.exitCode(), result.output());
        SortedMap<String, String> before = contents();
        arguments.remove("--repair");
        Result check = run(arguments.toArray(String[]::new));
        assertEquals("clean", check.json().get("status").asText(), check.output());
        assertEquals(Fsck.CLEAN, check.exitCode());
        assertEquals(Fsck.CLEAN, run("--repair").exitCode());
        assertEquals(before, contents());
        return result;
    }

    /** All files, those in directories too, with what is in them. */
    SortedMap<String, String> contents() throws IOException {
        SortedMap<String, String> contents = new TreeMap<>();
        try (Stream<Path> files = Files.walk(directory)) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                contents.put(
                        directory.relativize(file).toString(), HexFormat.of().formatHex(Files.readAllBytes(file)));
            }
        }
        return contents;
    }

    /** What a daemon delivers from a queue, to the end. */
    List<String> drain(String name) throws IOException {
        BackendQueueFactory.Listener nobody = new BackendQueueFactory.Listener() {
            @Override
            public void readable() {
                // Asked anyway.
            }

            @Override
            public void health(String error) {
                assertEquals("", error);
            }
        };
        List<String> bodies = new ArrayList<>();
        Options options =
                Options.defaults().with(Map.of(Option.DATA_PATH, directory.toString(), Option.SYNC_EVERY, 1_000_000L));
        try (DiskQueueFactory factory = new DiskQueueFactory(options)) {
            BackendQueue queue = ((BackendQueueFactory) factory).open(name, nobody);
            while (queue.hasUnread()) {
                MessageBatch batch = new MessageBatch();
                int count = queue.read(100, Long.MAX_VALUE, batch);
                for (int i = 0; i < count; i++) {
                    bodies.add(new String(batch.block(i), batch.offset(i), batch.length(i), StandardCharsets.UTF_8));
                }
                if (count > 0) {
                    queue.forget(count);
                }
            }
            queue.close();
        }
        return bodies;
    }
}
