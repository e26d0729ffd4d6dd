package io.nsqd.launcher;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.nsqd.tcp.Frame;
import io.nsqd.tcp.V2Client;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code bin/nsqd --check-data-path} as a process, and a daemon before and after it. */
class DataPathModeIT {
    private static final HttpClient HTTP = HttpClient.newHttpClient();

    /** Of a record with ten bytes of body. */
    private static final int RECORD_BYTES = 40;

    private static final int RECORDS_PER_FILE = 10;
    private static final String[] FLAGS = {
        "--mem-queue-size=0", "--max-bytes-per-file=" + RECORD_BYTES * RECORDS_PER_FILE
    };

    @TempDir
    Path data;

    private static JsonNode stats(Daemon daemon) throws Exception {
        HttpRequest request = HttpRequest.newBuilder(
                        URI.create("http://127.0.0.1:" + daemon.httpPort() + "/stats?format=json"))
                .build();
        return new ObjectMapper()
                .readTree(HTTP.send(request, BodyHandlers.ofString()).body());
    }

    private static void post(Daemon daemon, String path, String body) throws Exception {
        HttpRequest request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + daemon.httpPort() + path))
                .POST(BodyPublishers.ofString(body))
                .build();
        HttpResponse<String> response = HTTP.send(request, BodyHandlers.ofString());
        assertEquals(200, response.statusCode(), response::body);
    }

    /** A topic without channels, so that its queue holds all that is published. */
    private void fill(int messages) throws Exception {
        try (Daemon daemon = Daemon.of(data).flags(FLAGS).start()) {
            post(
                    daemon,
                    "/mpub?topic=t",
                    IntStream.range(0, messages).mapToObj(DataPathModeIT::body).collect(Collectors.joining("\n")));
            assertEquals(0, daemon.stop());
        }
    }

    private static String body(int number) {
        return String.format("%010d", number);
    }

    /** Makes the length of a record in a file of the topic wrong. */
    private void damage(int file, int record) throws IOException {
        try (FileChannel channel =
                FileChannel.open(data.resolve(String.format("t.diskqueue.%06d.dat", file)), StandardOpenOption.WRITE)) {
            channel.write(ByteBuffer.wrap(new byte[] {0x7f}), (long) record * RECORD_BYTES);
        }
    }

    private Daemon check(String... more) throws IOException {
        return Daemon.bare("--check-data-path=" + data).flags(more).launch();
    }

    private static JsonNode json(Daemon ended) throws IOException {
        return new ObjectMapper().readTree(ended.output());
    }

    @Test
    @Tag("S-18")
    void aDamagedQueueIsReportedThenRepairedThenDelivered() throws Exception {
        fill(45);
        try (Daemon clean = check()) {
            assertEquals(0, clean.awaitExit());
            assertTrue(clean.output().startsWith(data + ": 1 queue, 45 records, no damage\n"), clean.output());
            assertEquals(List.of(), clean.log());
        }
        damage(2, 3);
        try (Daemon damaged = check("--format=json")) {
            assertEquals(1, damaged.awaitExit());
            assertEquals(List.of(), damaged.log());
            JsonNode finding =
                    json(damaged).get("queues").get(0).get("findings").get(0);
            assertEquals("t.diskqueue.000002.dat", finding.get("file").asText());
            assertEquals(3 * RECORD_BYTES, finding.get("offset").asInt());
        }
        try (Daemon repaired = check("--repair")) {
            assertEquals(0, repaired.awaitExit());
            assertTrue(repaired.output().endsWith("\nRepaired: no damage any more.\n"), repaired.output());
            assertEquals(List.of(), repaired.log());
        }
        try (Daemon again = check("--repair", "--format=json")) {
            assertEquals(0, again.awaitExit());
            assertEquals("clean", json(again).get("status").asText());
            assertTrue(json(again).get("repair").isNull());
        }
        assertEquals(
                IntStream.range(0, 45)
                        .filter(number -> number != 23)
                        .mapToObj(DataPathModeIT::body)
                        .toList(),
                drain(44));
    }

    /** What a daemon delivers to a new channel until there is nothing left. */
    private List<String> drain(int expected) throws Exception {
        try (Daemon daemon = Daemon.of(data).flags(FLAGS).start()) {
            List<String> bodies = new ArrayList<>();
            try (V2Client consumer = V2Client.connect(daemon.tcpPort())) {
                consumer.send(V2Client.MAGIC).line("SUB t c").line("RDY 1");
                while (bodies.size() < expected) {
                    Frame frame = consumer.frame();
                    if (frame.type() == Frame.MESSAGE) {
                        bodies.add(frame.delivery().body());
                        consumer.line("FIN " + frame.delivery().id());
                    } else {
                        assertTrue(frame.equals(Frame.OK) || frame.equals(Frame.HEARTBEAT), frame::toString);
                    }
                }
            }
            await().until(() -> stats(daemon).at("/topics/0/channels/0/depth").asInt(-1) == 0);
            assertEquals(
                    expected,
                    stats(daemon).at("/topics/0/channels/0/message_count").asInt());
            assertEquals(0, daemon.stop());
            assertTrue(daemon.log().stream().noneMatch(line -> line.contains("ERROR")), daemon.log()::toString);
            return bodies;
        }
    }

    @Test
    @Tag("B-29")
    void aRunningDaemonIsLeftAlone() throws Exception {
        fill(5);
        damage(0, 1);
        try (Daemon daemon = Daemon.of(data).flags(FLAGS).start()) {
            for (String[] flags : new String[][] {{}, {"--repair"}}) {
                try (Daemon refused = check(flags)) {
                    assertEquals(2, refused.awaitExit());
                    assertEquals("", refused.output());
                    assertEquals(1, refused.log().size(), refused.log()::toString);
                    refused.awaitLog("^nsqd: .* is in use: nothing was read or changed - ");
                }
            }
            assertEquals(0, daemon.stop());
        }
    }

    /** Whenever it is killed, the next one gets it done: every intact record is there, once. */
    @Test
    void aRepairThatIsKilledIsTakenUpByTheNext() throws Exception {
        int records = 400_000;
        Path original = Files.createDirectory(data.resolve("original"));
        Path file = original.resolve("t.diskqueue.000000.dat");
        try (OutputStream out = new BufferedOutputStream(Files.newOutputStream(file))) {
            for (int i = 0; i < records; i++) {
                out.write(record(i));
            }
        }
        Files.writeString(
                original.resolve("t.diskqueue.meta.dat"),
                records + "\n0," + RECORD_BYTES + "\n0," + records * RECORD_BYTES + "\n");
        Files.writeString(original.resolve("nsqd.dat"), "{\"topics\":[{\"name\":\"t\"}],\"version\":\"1.3.0\"}");
        BitSet expected = new BitSet();
        expected.set(1, records);
        for (int i = 500; i < records; i += 1000) {
            expected.clear(i);
        }
        for (int round = 0; round < 4; round++) {
            Path path = Files.createDirectory(data.resolve("round" + round));
            for (String name : List.of("t.diskqueue.000000.dat", "t.diskqueue.meta.dat", "nsqd.dat")) {
                Files.copy(original.resolve(name), path.resolve(name));
            }
            int pieces = round;
            try (Daemon killed = repair(path)) {
                // At its beginning first, then later and later.
                await().pollInterval(Duration.ofMillis(1)).until(() -> !killed.isAlive() || staged(path) >= pieces);
                killed.kill();
            }
            try (Daemon repaired = repair(path)) {
                assertEquals(0, repaired.awaitExit(), repaired.log()::toString);
            }
            assertEquals(expected, numbers(path));
            assertFalse(Files.exists(path.resolve("nsqd-fsck.work")));
        }
    }

    private static Daemon repair(Path path) throws IOException {
        return Daemon.bare("--check-data-path=" + path, "--repair", "--max-bytes-per-file=4000000")
                .launch();
    }

    private static byte[] record(int number) {
        boolean damaged = number % 1000 == 500;
        return ByteBuffer.allocate(RECORD_BYTES)
                .putInt(damaged ? -1 : RECORD_BYTES - 4)
                .putLong(1_750_000_000_000_000_000L + number)
                .putShort((short) 0)
                .put(String.format("%016x", number).getBytes(StandardCharsets.ISO_8859_1))
                .put(body(number).getBytes(StandardCharsets.ISO_8859_1))
                .array();
    }

    /** How many new files a repair has begun so far; -1 before it begins. */
    private static long staged(Path path) throws IOException {
        Path work = path.resolve("nsqd-fsck.work");
        if (!Files.exists(work)) {
            return -1;
        }
        try (Stream<Path> files = Files.list(work)) {
            return files.count();
        }
    }

    /** The messages in the data files of a repaired path, each of which must be there once. */
    private static BitSet numbers(Path path) throws IOException {
        BitSet numbers = new BitSet();
        try (Stream<Path> files = Files.list(path)) {
            for (Path file : files.filter(name -> name.getFileName().toString().matches("t\\.diskqueue\\.\\d{6}\\.dat"))
                    .toList()) {
                String content = Files.readString(file, StandardCharsets.ISO_8859_1);
                assertEquals(0, content.length() % RECORD_BYTES);
                for (int at = 0; at < content.length(); at += RECORD_BYTES) {
                    int number = Integer.parseInt(content.substring(at + RECORD_BYTES - 10, at + RECORD_BYTES));
                    assertFalse(numbers.get(number), number + " is there twice");
                    numbers.set(number);
                }
            }
        }
        return numbers;
    }

    @Test
    void aDistributionWithoutTheCoreCannotDoIt() throws Exception {
        DistributionCopy distribution = new DistributionCopy(data.resolve("home"));
        distribution.take("nsqd-core");
        try (Daemon refused = Daemon.bare("--check-data-path=" + data)
                .home(distribution.home())
                .launch()) {
            assertEquals(2, refused.awaitExit());
            refused.awaitLog("^nsqd: cannot check a data path with .* - there is no nsqd-core in it$");
        }
    }

    @Test
    void aTypingErrorIsRefused() throws Exception {
        try (Daemon refused = check("--repare")) {
            assertEquals(2, refused.awaitExit());
            assertEquals("flag provided but not defined: -repare", refused.log().get(0));
            assertEquals("", refused.output());
        }
    }
}
