package io.nsqd.interop;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.nsqd.interop.Client.Delivery;
import io.nsqd.launcher.Daemon;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.NavigableSet;
import java.util.TreeSet;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A data path of Go's nsqd is damaged, repaired by ours, and served by either. */
@Tag("interop")
class RepairIT {
    private static final int MESSAGES = 400;

    /** Of a record with 100 bytes of body. */
    private static final int RECORD_BYTES = 130;

    private static final String FILE_BYTES = "--max-bytes-per-file=2000";

    @TempDir
    Path data;

    @ParameterizedTest
    @Tag("S-6")
    @Tag("S-7")
    @Tag("S-18")
    @ValueSource(booleans = {true, false})
    void everyIntactRecordIsDeliveredOnce(boolean byGo) throws Exception {
        NavigableSet<Integer> left = fillAndConsumeSome();
        List<Path> files = dataFiles();
        assertTrue(files.size() > 8, files::toString);

        // A record in the middle, the last record of a file, a file that a daemon gave up, the metadata.
        byte[] content = Files.readAllBytes(files.get(2));
        left.remove(number(content, 4));
        content[4 * RECORD_BYTES] = 0x55;
        Files.write(files.get(2), content);
        content = Files.readAllBytes(files.get(4));
        left.remove(number(content, content.length / RECORD_BYTES - 1));
        Files.write(files.get(4), Arrays.copyOf(content, content.length - 10));
        Files.move(files.get(6), files.get(6).resolveSibling(files.get(6).getFileName() + ".bad"));
        Files.writeString(data.resolve("nsqd.dat"), "{\"topics\":[");

        JsonNode damaged = check(1);
        assertEquals("broken", damaged.get("metadata").get("status").asText());
        assertEquals(5, damaged.get("totals").get("damage").asInt(), damaged::toString);
        JsonNode repaired = check(0, "--repair");
        assertEquals("clean", repaired.get("repair").get("status").asText());
        JsonNode clean = check(0);
        assertEquals(left.size(), clean.get("totals").get("records").asInt());

        Daemon.Setup setup = byGo ? GoTools.nsqd(data) : Daemon.of(data);
        try (Daemon daemon = setup.flags(FILE_BYTES, "--mem-queue-size=0").start()) {
            HttpApi api = HttpApi.of(daemon);
            assertEquals(left.size(), api.channel("t", "c").get("depth").asInt());
            List<Delivery> deliveries = Client.drain(daemon.tcpPort(), "t", "c", left.size());
            api.awaitEmpty("t", "c");
            assertEquals(
                    List.copyOf(left),
                    deliveries.stream().map(RepairIT::number).sorted().toList());
            // Before anything is published: Go's reader that keeps up with its writer finds damage where there is none
            // (S-20).
            assertTrue(daemon.log().stream().noneMatch(line -> line.contains("reading at")), daemon.log()::toString);
            Client.publish(daemon.tcpPort(), "t", "--count=30", "--size=100");
            assertEquals(30, Client.drain(daemon.tcpPort(), "t", "c", 30).size());
            assertEquals(0, daemon.stop());
        }
    }

    /** Four hundred messages of Go's daemon in a channel, the first of which are consumed; returns the numbers of the others. */
    private NavigableSet<Integer> fillAndConsumeSome() throws Exception {
        // All in memory until the stop: a reader that keeps up with the writer would leave .bad files (S-20).
        try (Daemon go = GoTools.nsqd(data).flags(FILE_BYTES).start()) {
            HttpApi.of(go).createChannel("t", "c");
            Client.publish(go.tcpPort(), "t", "--count=" + MESSAGES, "--size=100");
            HttpApi.of(go)
                    .awaitChannel("t", "c", figures -> figures.get("depth").asInt() == MESSAGES);
            assertEquals(0, go.stop());
        }
        TreeSet<Integer> left =
                new TreeSet<>(IntStream.range(0, MESSAGES).boxed().toList());
        try (Daemon go =
                GoTools.nsqd(data).flags(FILE_BYTES, "--mem-queue-size=0").start()) {
            try (Client consumer = Client.consume(go.tcpPort(), "t", "c", "--pause=20ms", "--list")) {
                consumer.await(counts -> counts.get("finished").asInt() >= 20);
                for (Delivery delivery : Client.deliveries(consumer.finish())) {
                    left.remove(number(delivery));
                }
            }
            assertEquals(0, go.stop());
        }
        assertTrue(left.size() > 200, left::toString);
        return left;
    }

    private List<Path> dataFiles() throws IOException {
        try (Stream<Path> files = Files.list(data)) {
            return files.filter(file -> file.getFileName().toString().matches("t:c\\.diskqueue\\.\\d{6}\\.dat"))
                    .sorted()
                    .toList();
        }
    }

    private static int number(Delivery delivery) {
        return Integer.parseInt(delivery.body().substring(0, 10));
    }

    private static int number(byte[] file, int record) {
        return Integer.parseInt(new String(file, record * RECORD_BYTES + 30, 10, StandardCharsets.ISO_8859_1));
    }

    private JsonNode check(int exitCode, String... more) throws Exception {
        try (Daemon check = Daemon.bare("--check-data-path=" + data, "--format=json", FILE_BYTES)
                .flags(more)
                .launch()) {
            assertEquals(exitCode, check.awaitExit(), () -> check.output() + check.log());
            return new ObjectMapper().readTree(check.output());
        }
    }

    @Test
    @Tag("S-20")
    void whatGoHasGivenUpIsDeliveredAgainByGo() throws Exception {
        Fixture fixture = new Fixture("nsqd-1.3.0-data");
        fixture.copyTo(data);
        JsonNode repaired = check(0, "--repair");
        JsonNode queue = repaired.get("repair").get("queues").get(0);
        assertEquals("orders", queue.get("name").asText());
        assertEquals(4, queue.get("from_bad").asInt());
        assertTrue(queue.get("may_repeat").asBoolean());
        try (Daemon go = GoTools.nsqd(data).flags("--mem-queue-size=0").start()) {
            HttpApi api = HttpApi.of(go);
            for (Fixture.Queue channel : fixture.channels()) {
                int more = channel.topic().equals("orders") ? 4 : 0;
                int depth = channel.deliveries().size() + more;
                api.awaitChannel(
                        channel.topic(),
                        channel.channel(),
                        figures -> figures.get("depth").asInt() == depth);
            }
            assertEquals(0, go.stop());
        }
    }

    @Test
    @Tag("B-29")
    void aDataPathInUseByGoIsLeftAlone() throws Exception {
        try (Daemon go = GoTools.nsqd(data).start();
                Daemon refused =
                        Daemon.bare("--check-data-path=" + data, "--repair").launch()) {
            assertEquals(2, refused.awaitExit());
            refused.awaitLog("^nsqd: .* is in use: nothing was read or changed - ");
            assertEquals("", refused.output());
            assertEquals(0, go.stop());
        }
        assertEquals("clean", check(0).get("status").asText());
    }
}
