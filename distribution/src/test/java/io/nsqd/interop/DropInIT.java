package io.nsqd.interop;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.nsqd.interop.Client.Delivery;
import io.nsqd.launcher.Daemon;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Ours with a journal, and Go's nsqd that knows nothing of one, take turns on a data path. */
@Tag("interop")
class DropInIT {
    private static final String ANOTHER = "WARN.*another daemon has used the data path";

    /** Fewer than there are messages, so that some are on the disk. */
    private static final String MEMORY = "--mem-queue-size=20";

    @TempDir
    Path data;

    private Daemon.Setup ours(String durability) {
        return Daemon.of(data).flags("--durability=" + durability, MEMORY, "--sync-timeout=100ms");
    }

    private Daemon.Setup go(String version) throws Exception {
        return version.equals("1.2.0") ? GoTools.oldNsqd(data) : GoTools.nsqd(data);
    }

    private static Set<Integer> numbers(int from, int to) {
        return IntStream.range(from, to).boxed().collect(Collectors.toCollection(TreeSet::new));
    }

    private static Set<Integer> numbers(List<Delivery> deliveries) {
        return deliveries.stream()
                .map(delivery -> Integer.valueOf(delivery.body().substring(0, 10)))
                .collect(Collectors.toCollection(TreeSet::new));
    }

    /** Finishes all that a channel has, which holds back nothing. */
    private static List<Delivery> empty(Daemon daemon, String topic, String channel, int atLeast) throws Exception {
        return empty(daemon, topic, channel, atLeast, 0);
    }

    /** Finishes all that a channel has but for what it holds back. */
    private static List<Delivery> empty(Daemon daemon, String topic, String channel, int atLeast, int held)
            throws Exception {
        try (Client client = Client.consume(daemon.tcpPort(), topic, channel, "--list", "--ready=5")) {
            client.await(counts -> counts.get("finished").asInt() >= atLeast);
            HttpApi.of(daemon)
                    .awaitChannel(
                            topic,
                            channel,
                            figures -> figures.get("depth").asInt() == 0
                                    && figures.get("deferred_count").asInt() == held
                                    && figures.get("in_flight_count").asInt() == 0);
            return Client.deliveries(client.finish());
        }
    }

    /** How a daemon ends. */
    private interface End {
        void end() throws Exception;
    }

    /** In memory and on the disk 0 to 60, of which 5 are in flight as it ends, held back 100 to 110, in a topic without channels 0 to 5. */
    private static void fill(Daemon ours, End end) throws Exception {
        HttpApi api = HttpApi.of(ours);
        api.createChannel("t", "c");
        Client.publish(ours.tcpPort(), "t", "--count=60", "--batch=10");
        Client.publish(ours.tcpPort(), "t", "--first=100", "--count=10", "--deferred=50m");
        Client.publish(ours.tcpPort(), "waiting", "--count=5");
        try (Client consumer = Client.consume(ours.tcpPort(), "t", "c", "--ready=5", "--hold=10m")) {
            consumer.await(counts -> counts.get("received").asInt() == 5);
            api.awaitChannel(
                    "t",
                    "c",
                    figures -> figures.get("deferred_count").asInt() == 10
                            && figures.get("depth").asInt() == 55
                            && figures.get("backend_depth").asInt() > 0);
            end.end();
        }
    }

    /**
     * The names of the topics are saved in the background, as is how far queues are written.
     */
    private void awaitSaved() {
        await().until(() -> {
            String metadata = Files.readString(data.resolve("nsqd.dat"));
            Path meta = data.resolve("t:c.diskqueue.meta.dat");
            return metadata.contains("\"waiting\"")
                    && metadata.contains("\"c\"")
                    && Files.exists(meta)
                    && Files.readAllLines(meta)
                            .get(2)
                            .equals("0," + Files.size(data.resolve("t:c.diskqueue.000000.dat")));
        });
    }

    private boolean hasJournal() throws IOException {
        try (Stream<Path> files = Files.list(data)) {
            return files.anyMatch(file -> file.getFileName().toString().startsWith("nsqd.journal"));
        }
    }

    @ParameterizedTest
    @Tag("B-30")
    @Tag("B-33")
    @CsvSource({"written, 1.2.0", "written, 1.3.0", "synced, 1.2.0", "synced, 1.3.0"})
    void afterACleanStopGoDeliversEverythingAndOursHoldsBackWhatIsLeft(String durability, String version)
            throws Exception {
        try (Daemon ours = ours(durability).start()) {
            fill(ours, () -> assertEquals(0, ours.stop()));
        }
        assertFalse(hasJournal());
        Set<Integer> consumed;
        try (Daemon go = go(version).flags(MEMORY).start()) {
            HttpApi api = HttpApi.of(go);
            assertEquals(70, api.channel("t", "c").get("depth").asInt());
            assertEquals(5, api.topic("waiting").get("depth").asInt());
            try (Client client = Client.consume(go.tcpPort(), "t", "c", "--list", "--pause=5ms")) {
                client.await(counts -> counts.get("finished").asInt() >= 40);
                consumed = numbers(Client.deliveries(client.finish()));
            }
            assertEquals(numbers(0, 5), numbers(empty(go, "waiting", "late", 5)));
            assertEquals(0, go.stop());
        }
        Set<Integer> due = numbers(0, 60);
        due.removeAll(consumed);
        Set<Integer> held = numbers(100, 110);
        held.removeAll(consumed);
        try (Daemon ours = ours(durability).start()) {
            HttpApi.of(ours)
                    .awaitChannel(
                            "t", "c", figures -> figures.get("deferred_count").asInt() == held.size());
            assertEquals(due, numbers(empty(ours, "t", "c", due.size(), held.size())));
            assertEquals(
                    held.size(),
                    HttpApi.of(ours).channel("t", "c").get("deferred_count").asInt());
            assertTrue(ours.log().stream().noneMatch(line -> line.contains("another daemon")), ours.log()::toString);
            assertEquals(0, ours.stop());
        }
        // What is held back is delivered by Go at once.
        try (Daemon go = go(version).start()) {
            assertEquals(held, numbers(empty(go, "t", "c", held.size())));
            assertEquals(0, go.stop());
        }
    }

    @ParameterizedTest
    @Tag("B-30")
    @CsvSource({"written, 1.2.0", "written, 1.3.0", "synced, 1.3.0"})
    void whatGoKnowsNothingOfIsDeliveredAfterwardsAndThatIsSaid(String durability, String version) throws Exception {
        try (Daemon ours = ours(durability).start()) {
            // At once: what the disk queue has not saved yet Go writes over.
            fill(ours, ours::kill);
        }
        Set<Integer> expected = numbers(0, 60);
        try (Daemon go = go(version).start()) {
            Client.publish(go.tcpPort(), "t", "--first=1000", "--count=20");
            try (Client client = Client.consume(go.tcpPort(), "t", "c", "--list", "--pause=5ms")) {
                client.await(counts -> counts.get("finished").asInt() >= 10);
                Set<Integer> byGo = numbers(Client.deliveries(client.finish()));
                expected.addAll(numbers(1000, 1020));
                // What Go has finished of these may come again, and need not.
                expected.removeAll(byGo);
            }
            assertEquals(0, go.stop());
        }
        try (Daemon ours = ours(durability).start()) {
            ours.awaitLog(ANOTHER);
            Set<Integer> came = numbers(empty(ours, "t", "c", expected.size(), 10));
            expected.removeAll(came);
            assertEquals(Set.of(), expected);
            assertEquals(numbers(0, 5), numbers(empty(ours, "waiting", "late", 5)));
            ours.kill();
        }
        // Nobody else was there this time.
        try (Daemon ours = ours(durability).start()) {
            assertEquals(0, ours.stop());
            assertTrue(ours.log().stream().noneMatch(line -> line.contains("another daemon")), ours.log()::toString);
        }
    }

    @ParameterizedTest
    @CsvSource({"written, 1.2.0", "written, 1.3.0", "synced, 1.3.0"})
    void goDeliversAllOfAJournalThatWasFolded(String durability, String version) throws Exception {
        try (Daemon ours = ours(durability).start()) {
            fill(ours, () -> {
                awaitSaved();
                try (Daemon refused = check("--fold-journal")) {
                    assertEquals(2, refused.awaitExit());
                    refused.awaitLog("^nsqd: .* is in use: nothing was read or changed - ");
                }
                ours.kill();
            });
        }
        try (Daemon check = check()) {
            // Damage at the most of the kind that each kill may leave: a meta file that is not there yet.
            assertTrue(check.awaitExit() < 2, () -> check.output() + check.log());
            JsonNode journal = json(check).get("journal");
            assertTrue(journal.get("messages").asInt() >= 35, journal::toString);
            assertEquals(0, journal.get("damage").asInt());
        }
        try (Daemon fold = check("--repair", "--fold-journal")) {
            assertEquals(0, fold.awaitExit(), () -> fold.output() + fold.log());
            assertEquals(10, json(fold).get("fold").get("delays").asInt(), fold::output);
            assertEquals(List.of(), fold.log());
        }
        assertFalse(hasJournal());
        try (Daemon go = go(version).start()) {
            Set<Integer> all = numbers(0, 60);
            all.addAll(numbers(100, 110));
            assertEquals(all, numbers(empty(go, "t", "c", all.size())));
            assertEquals(numbers(0, 5), numbers(empty(go, "waiting", "late", 5)));
            assertEquals(0, go.stop());
        }
    }

    @Test
    void oursHoldsBackWhatWasFolded() throws Exception {
        try (Daemon ours = ours("written").start()) {
            fill(ours, () -> {
                awaitSaved();
                ours.kill();
            });
        }
        try (Daemon fold = check("--repair", "--fold-journal")) {
            assertEquals(0, fold.awaitExit(), () -> fold.output() + fold.log());
        }
        try (Daemon ours = Daemon.of(data).start()) {
            HttpApi.of(ours)
                    .awaitChannel(
                            "t", "c", figures -> figures.get("deferred_count").asInt() == 10);
            assertEquals(numbers(0, 60), numbers(empty(ours, "t", "c", 60, 10)));
            assertEquals(0, ours.stop());
        }
    }

    private Daemon check(String... more) throws IOException {
        return Daemon.bare("--check-data-path=" + data, "--format=json")
                .flags(more)
                .launch();
    }

    private static JsonNode json(Daemon ended) throws IOException {
        return new ObjectMapper().readTree(ended.output());
    }
}
