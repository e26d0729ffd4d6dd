package io.nsqd.core;

import static io.nsqd.core.TestConsumer.body;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.nsqd.api.Message;
import io.nsqd.api.Option;
import io.nsqd.core.fsck.Fsck;
import io.nsqd.stats.Trouble;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The check of a data path with a journal, as a killed daemon leaves one; its repair, and its way into the files of a Go daemon. */
final class JournalFsckTest {
    private static final String FIRST_SEGMENT = "nsqd.journal.0000000001.log";

    @TempDir
    private Path directory;

    private Path left;

    private static Map<Option, String> options(String durability, int memory) {
        return Map.of(
                Option.DURABILITY,
                durability,
                Option.MEM_QUEUE_SIZE,
                Integer.toString(memory),
                Option.JOURNAL_SEGMENT_BYTES,
                "1048576");
    }

    private static TestDaemon plain(Path dataPath) throws IOException {
        return TestDaemon.on(dataPath, Map.of());
    }

    /** What a daemon leaves that is killed: messages that wait, are in flight and held back, and some that are finished. */
    private void leave(String durability, int memory) throws IOException {
        left = directory.resolve("left");
        Path first = Files.createDirectories(directory.resolve("first"));
        try (TestDaemon daemon = TestDaemon.on(first, options(durability, memory))) {
            daemon.channel("t", "a");
            daemon.channel("t", "b");
            TestConsumer consumer = TestConsumer.on(daemon.channel("t", "a"), 1);
            daemon.publish("t", "finished").join();
            consumer.finish(consumer.next().id());
            daemon.publish("t", "in flight").join();
            consumer.next();
            daemon.publish("t", "1", "2", "3").join();
            daemon.topic("t")
                    .publishDeferred(TestDaemon.batch("an hour"), TimeUnit.HOURS.toNanos(1))
                    .join();
            daemon.publish("none", "4", "5").join();
            // What was finished is surely kept once something behind it is.
            daemon.publish("other", "6").join();
            daemon.copyTo(left);
        }
    }

    private record Result(int exitCode, JsonNode report, String errors) {
        JsonNode journal() {
            return report.get("journal");
        }

        List<String> kinds() {
            List<String> kinds = new ArrayList<>();
            journal()
                    .get("findings")
                    .forEach(finding -> kinds.add(finding.get("kind").asText()));
            return kinds;
        }
    }

    private static Result fsck(Path path, String... more) throws IOException {
        StringWriter out = new StringWriter();
        StringWriter err = new StringWriter();
        List<String> arguments = new ArrayList<>(List.of("--data-path=" + path, "--format=json"));
        arguments.addAll(List.of(more));
        int exitCode = new Fsck().run(new PrintWriter(out), new PrintWriter(err), arguments.toArray(String[]::new));
        return new Result(exitCode, new ObjectMapper().readTree(out.toString()), err.toString());
    }

    private static String text(Path path) {
        StringWriter out = new StringWriter();
        new Fsck().run(new PrintWriter(out), new PrintWriter(new StringWriter()), "--data-path=" + path);
        return out.toString();
    }

    private static NavigableMap<String, Integer> contents(Path path) throws IOException {
        NavigableMap<String, Integer> contents = new TreeMap<>();
        try (Stream<Path> files = Files.walk(path)) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                contents.put(path.relativize(file).toString(), Arrays.hashCode(Files.readAllBytes(file)));
            }
        }
        return contents;
    }

    private static boolean hasJournal(Path path) throws IOException {
        return contents(path).keySet().stream().anyMatch(name -> name.startsWith("nsqd.journal"));
    }

    /** Takes and finishes what a channel has, until it has nothing more and everything that is expected has come; how often each did. */
    private static NavigableMap<String, Integer> drain(
            TestDaemon daemon, String topic, String channel, String... expected) {
        return drain(daemon, TestConsumer.on(daemon.channel(topic, channel), 100), topic, channel, expected);
    }

    private static NavigableMap<String, Integer> drain(
            TestDaemon daemon, TestConsumer consumer, String topic, String channel, String... expected) {
        NavigableMap<String, Integer> times = new TreeMap<>();
        await().until(() -> {
            while (!consumer.hasNothing()) {
                Message message = consumer.next();
                times.merge(body(message), 1, Integer::sum);
                consumer.finish(message.id());
            }
            return times.keySet().containsAll(List.of(expected))
                    && daemon.stats(topic, channel).depth() == 0
                    && daemon.stats(topic, channel).inFlightCount() == 0;
        });
        return times;
    }

    private static void assertDelivers(TestDaemon daemon, boolean once) {
        Map<String, TestConsumer> consumers = new TreeMap<>();
        Map<String, NavigableMap<String, Integer>> came = new TreeMap<>();
        for (String channel : List.of("a", "b")) {
            await().until(() -> daemon.stats("t", channel).deferredCount() >= 1);
            consumers.put(channel, TestConsumer.on(daemon.channel("t", channel), 100));
            NavigableMap<String, Integer> times =
                    drain(daemon, consumers.get(channel), "t", channel, "1", "2", "3", "in flight");
            assertFalse(times.containsKey("an hour"));
            came.put(channel, times);
        }
        daemon.pass(TimeUnit.HOURS.toNanos(1));
        came.forEach((channel, times) -> {
            drain(daemon, consumers.get(channel), "t", channel, "an hour")
                    .forEach((text, more) -> times.merge(text, more, Integer::sum));
            assertTrue(times.values().stream().allMatch(count -> count <= (once ? 1 : 2)), times::toString);
        });
        for (Map.Entry<String, List<String>> topic :
                Map.of("none", List.of("4", "5"), "other", List.of("6")).entrySet()) {
            NavigableMap<String, Integer> times =
                    drain(daemon, topic.getKey(), "late", topic.getValue().toArray(String[]::new));
            assertTrue(times.values().stream().allMatch(count -> count <= (once ? 1 : 2)), times::toString);
        }
    }

    @Test
    void theJournalOfAKilledDaemonIsToldOfAndLeftAlone() throws IOException {
        leave("written", 100);
        NavigableMap<String, Integer> before = contents(left);
        Result result = fsck(left);
        assertEquals(0, result.exitCode(), result.errors());
        assertEquals(List.of("journal_unsettled"), result.kinds());
        Map<String, Integer> messages = new TreeMap<>();
        result.journal()
                .get("queues")
                .forEach(queue -> messages.merge(
                        queue.get("name").asText(), queue.get("messages").asInt(), Integer::sum));
        messages.values().removeIf(count -> count == 0);
        assertEquals(Map.of("t:a", 5, "t:b", 6, "none", 2, "other", 1), messages);
        assertEquals(14, result.journal().get("messages").asInt());
        assertTrue(result.journal().get("frames").asInt() > 5);
        assertEquals(
                FIRST_SEGMENT,
                result.journal().get("segments").get(0).get("file").asText());
        String text = text(left);
        assertTrue(text.contains("\n  t:a: 5 messages\n"), text);
        assertTrue(
                text.endsWith("\nClean. --fold-journal moves what the journal has to the files of a Go daemon.\n"),
                text);
        assertEquals(before, contents(left));
    }

    @Test
    void afterACleanStopThereIsNoJournalAndTheDelaysAreToldOf() throws IOException {
        leave("written", 100);
        try (TestDaemon daemon = TestDaemon.on(left, options("written", 100))) {
            await().until(() -> daemon.stats("t", "a").deferredCount() == 1);
        }
        Result result = fsck(left, "--fold-journal");
        assertEquals(0, result.exitCode(), result.errors());
        assertTrue(result.journal().isNull() || result.journal().get("messages").asInt() == 0);
        assertEquals(2, result.report().get("delays").get("messages").asInt());
        assertTrue(result.report().get("fold").isNull());
        Path delays = left.resolve("nsqd.delays");
        byte[] content = Files.readAllBytes(delays);
        Files.write(delays, Arrays.copyOf(content, content.length - 3));
        assertEquals(1, fsck(left).exitCode());
        assertEquals(0, fsck(left, "--repair").exitCode());
        assertEquals(1, fsck(left).report().get("delays").get("messages").asInt());
        assertTrue(Files.exists(left.resolve("nsqd-fsck.kept/nsqd.delays")));
    }

    /** The Go daemon writes the metadata without the key that ours adds. */
    @Test
    void thatAnotherDaemonWasThereIsToldOf() throws IOException {
        leave("written", 100);
        assertEquals(0, fsck(left).report().get("findings").size());
        Path metadata = left.resolve("nsqd.dat");
        String ours = Files.readString(metadata);
        assertTrue(ours.endsWith(",\"durability\":\"written\"}"), ours);
        Files.writeString(metadata, ours.replace(",\"durability\":\"written\"", ""));
        Result result = fsck(left);
        assertEquals(0, result.exitCode());
        assertEquals(
                "journal_passed_over",
                result.report().get("findings").get(0).get("kind").asText());
        try (TestDaemon daemon = TestDaemon.on(left, options("written", 100))) {
            assertDelivers(daemon, true);
            assertEquals(0, fscked(daemon).report().get("findings").size());
        }
    }

    private Result fscked(TestDaemon daemon) throws IOException {
        Path copy = directory.resolve("copy");
        daemon.copyTo(copy);
        return fsck(copy);
    }

    /** With little memory messages are in the journal and in the storage, some of them in both. */
    @ParameterizedTest
    @CsvSource({"written, 100", "synced, 100", "written, 2", "synced, 2", "written, 0", "synced, 0"})
    void whatIsFoldedIsDeliveredByADaemonThatKnowsNoJournal(String durability, int memory) throws IOException {
        leave(durability, memory);
        Result result = fsck(left, "--repair", "--fold-journal");
        assertEquals(0, result.exitCode(), result.errors());
        assertFalse(hasJournal(left));
        assertTrue(Files.exists(left.resolve("nsqd-fsck.kept").resolve(FIRST_SEGMENT)));
        assertEquals(0, fsck(left).exitCode());
        NavigableMap<String, Integer> before = contents(left);
        assertEquals(0, fsck(left, "--fold-journal").exitCode());
        assertEquals(before, contents(left));
        boolean mayRepeat = false;
        for (JsonNode queue : result.report().get("fold").get("queues")) {
            mayRepeat |= queue.get("may_repeat").asBoolean();
        }
        try (TestDaemon daemon = plain(left)) {
            assertDelivers(daemon, !mayRepeat);
        }
    }

    /** What files there are after each step: a daemon that starts there loses nothing, and the next fold is as good as the first. */
    @ParameterizedTest
    @CsvSource({"written, 100", "written, 2", "synced, 0"})
    void aFoldThatIsKilledLosesNothing(String durability, int memory) throws IOException {
        leave(durability, memory);
        Path after = directory.resolve("after");
        copy(left, after, name -> true);
        assertEquals(0, fsck(after, "--repair", "--fold-journal").exitCode());
        List<List<String>> steps = List.of(
                List.of("nsqd.delays"),
                List.of("nsqd.delays", "t:a."),
                List.of("nsqd.delays", "t:a.", "t:b.", "none."),
                List.of("nsqd.delays", "t:a.", "t:b.", "none.", "other.", "nsqd.dat"));
        for (int step = 0; step < steps.size(); step++) {
            List<String> done = steps.get(step);
            for (boolean again : new boolean[] {false, true}) {
                Path killed = directory.resolve("killed" + step + again);
                copy(left, killed, name -> done.stream().noneMatch(name::startsWith));
                copy(after, killed, name -> done.stream().anyMatch(name::startsWith));
                if (again) {
                    Result result = fsck(killed, "--repair", "--fold-journal");
                    assertEquals(0, result.exitCode(), result.errors());
                    assertFalse(hasJournal(killed));
                }
                try (TestDaemon daemon = TestDaemon.on(killed, options("written", 100))) {
                    assertDelivers(daemon, false);
                }
                if (again && memory == 100) {
                    Path folded = directory.resolve("folded" + step);
                    copy(left, folded, name -> done.stream().noneMatch(name::startsWith));
                    copy(after, folded, name -> done.stream().anyMatch(name::startsWith));
                    fsck(folded, "--repair", "--fold-journal");
                    try (TestDaemon daemon = plain(folded)) {
                        assertDelivers(daemon, true);
                    }
                }
            }
        }
    }

    private interface Wanted {
        boolean is(String name);
    }

    private static void copy(Path from, Path to, Wanted wanted) throws IOException {
        Files.createDirectories(to);
        try (Stream<Path> files = Files.list(from)) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                if (wanted.is(file.getFileName().toString())) {
                    Files.copy(file, to.resolve(file.getFileName()));
                }
            }
        }
    }

    /** Where a body lies in a segment. */
    private static int find(Path file, String body) throws IOException {
        int at = Files.readString(file, StandardCharsets.ISO_8859_1).indexOf(body);
        assertTrue(at > 0);
        return at;
    }

    private void damage(String body) throws IOException {
        Path file = left.resolve(FIRST_SEGMENT);
        int at = find(file, body);
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
            channel.write(ByteBuffer.wrap(new byte[] {'?'}), at);
        }
    }

    private void leaveLarge() throws IOException {
        left = directory.resolve("left");
        Path first = Files.createDirectories(directory.resolve("first"));
        try (TestDaemon daemon = TestDaemon.on(first, options("synced", 100))) {
            daemon.channel("t", "c");
            for (int i = 0; i < 5; i++) {
                daemon.publish("t", "message " + i).join();
            }
            daemon.copyTo(left);
        }
    }

    @Test
    void aDamagedJournalIsWrittenAnewWithAllThatIsIntact() throws IOException {
        leaveLarge();
        damage("message 2");
        Result damaged = fsck(left);
        assertEquals(1, damaged.exitCode());
        assertEquals("journal_damaged", damaged.kinds().get(0));
        assertEquals(4, damaged.journal().get("messages").asInt());
        Result refused = fsck(left, "--fold-journal");
        assertEquals(2, refused.exitCode());
        assertEquals(
                "nsqd: cannot fold the journal of " + left + " - there is damage: --fold-journal needs --repair\n",
                refused.errors());
        Result repaired = fsck(left, "--repair");
        assertEquals(0, repaired.exitCode(), repaired.errors());
        assertTrue(repaired.report().get("repair").get("journal_rewritten").asBoolean());
        assertTrue(Files.exists(left.resolve("nsqd-fsck.kept").resolve(FIRST_SEGMENT)));
        assertEquals(List.of("journal_unsettled"), fsck(left).kinds());
        try (TestDaemon daemon = TestDaemon.on(left, options("written", 100))) {
            assertEquals(0, daemon.broker.troubles().value(Trouble.DAMAGED_FILES));
            assertEquals(0, daemon.broker.troubles().value(Trouble.LOST_FILES));
            assertEquals(
                    Map.of("message 0", 1, "message 1", 1, "message 3", 1, "message 4", 1),
                    drain(daemon, "t", "c", "message 4"));
        }
    }

    /** Killed before the old segments went, with the new one in place, or the plan alone. */
    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void aKilledRepairOfTheJournalIsTakenUp(boolean placed) throws IOException {
        leaveLarge();
        damage("message 2");
        Path whole = directory.resolve("whole");
        copy(left, whole, name -> true);
        assertEquals(0, fsck(whole, "--repair").exitCode());
        Path renewed;
        try (Stream<Path> files = Files.list(whole)) {
            renewed = files.filter(file -> file.getFileName().toString().startsWith("nsqd.journal"))
                    .findFirst()
                    .orElseThrow();
        }
        String name = renewed.getFileName().toString();
        int number = Integer.parseInt(name.replaceAll("\\D", ""));
        Path work = Files.createDirectory(left.resolve("nsqd-fsck.journal"));
        Files.copy(renewed, (placed ? left : work).resolve(name));
        Files.writeString(work.resolve("plan"), number + " " + number + " 1");
        try (Stream<Path> files = Files.list(left)) {
            for (Path file : files.toList()) {
                String unused = file.getFileName().toString();
                if (unused.startsWith("nsqd.journal") && !unused.equals(FIRST_SEGMENT) && !unused.equals(name)) {
                    Files.delete(file);
                }
            }
        }
        Path started = directory.resolve("started");
        copy(left, started, file -> true);
        try (TestDaemon daemon = TestDaemon.on(started, options("written", 100))) {
            assertEquals(
                    Map.of("message 0", 1, "message 1", 1, "message 3", 1, "message 4", 1),
                    drain(daemon, "t", "c", "message 4"));
        }
        assertEquals(
                "repair_interrupted",
                fsck(left).report().get("findings").get(0).get("kind").asText());
        Result repaired = fsck(left, "--repair");
        assertEquals(0, repaired.exitCode(), repaired.errors());
        assertFalse(Files.exists(left.resolve(FIRST_SEGMENT)));
        assertFalse(Files.exists(work));
        assertEquals(4, fsck(left).journal().get("messages").asInt());
    }
}
