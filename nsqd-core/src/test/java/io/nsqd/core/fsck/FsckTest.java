package io.nsqd.core.fsck;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.nsqd.core.disk.DirectoryLock;
import io.nsqd.core.fsck.RepairPlan.OldFile;
import io.nsqd.core.fsck.TestDataPath.Result;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeSet;
import java.util.spi.ToolProvider;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Data paths in all states: what is reported, and what is left of them after a repair. */
final class FsckTest {
    private static final Path FIXTURES = Path.of("src/test/resources/fixtures");

    @TempDir
    private Path directory;

    private TestDataPath dataPath;

    @BeforeEach
    void start() throws IOException {
        dataPath = new TestDataPath(directory).metadata("q");
    }

    private void copyFixture(String name) throws IOException {
        try (Stream<Path> files = Files.list(FIXTURES.resolve(name).resolve("data"))) {
            for (Path file : files.toList()) {
                Path target = directory.resolve(file.getFileName());
                Files.deleteIfExists(target);
                Files.copy(file, target);
            }
        }
    }

    /** Two full files and one being written: one, two | three, four | five. */
    private void writeThreeFiles() throws IOException {
        dataPath.data("q", 0, dataPath.records("one", "two"))
                .data("q", 1, dataPath.records("three", "four"))
                .data("q", 2, dataPath.records("five"))
                .meta("q", 5, 0, 0, 2, 34);
    }

    /** Overwrites bytes of a data file. */
    private void damage(long number, int offset, int... bytes) throws IOException {
        byte[] content = Files.readAllBytes(dataPath.data("q", number));
        for (int i = 0; i < bytes.length; i++) {
            content[offset + i] = (byte) bytes[i];
        }
        dataPath.data("q", number, content);
    }

    private JsonNode onlyDamage(String kind) throws IOException {
        Result result = dataPath.check();
        assertEquals(Fsck.DAMAGED, result.exitCode(), result.output());
        assertEquals(List.of(kind), result.kinds());
        return result.queue("q").get("findings").get(0);
    }

    @Test
    void itIsFoundByItsName() {
        assertTrue(ToolProvider.findFirst(Fsck.NAME).isPresent());
    }

    @ParameterizedTest
    @Tag("S-7")
    @Tag("S-15")
    @Tag("S-31")
    @CsvSource({"nsqd-1.2.0-data, 9, 16", "nsqd-1.3.0-unclean, 2, 6"})
    void whatAGoDaemonLeavesIsClean(String fixture, int queues, int records) throws IOException {
        copyFixture(fixture);
        Result result = dataPath.check();
        assertEquals(Fsck.CLEAN, result.exitCode(), result.output());
        assertEquals(queues, result.json().get("totals").get("queues").asInt());
        assertEquals(records, result.json().get("totals").get("records").asInt());
    }

    @Test
    @Tag("S-17")
    @Tag("S-28")
    void recordsThatAreNewerThanTheMetaFileAreCountedAndNoDamage() throws IOException {
        copyFixture("nsqd-1.3.0-unclean");
        Result result = dataPath.check();
        assertEquals(1, result.queue("crash").get("unsynced_records").asInt());
        assertEquals(List.of("records_unsynced"), result.kinds());
    }

    @Test
    @Tag("S-20")
    void aBadFileOfAGoDaemonIsReportedWithItsRecordsAndSalvaged() throws IOException {
        copyFixture("nsqd-1.3.0-data");
        Result result = dataPath.check();
        assertEquals(Fsck.DAMAGED, result.exitCode());
        assertEquals(4, result.queue("orders").get("bad_records").asInt());
        assertEquals(0, result.queue("orders").get("records").asInt());
        assertEquals(1, result.json().get("totals").get("damaged_queues").asInt());
        JsonNode repaired = dataPath.repair().json().get("repair").get("queues").get(0);
        assertEquals(
                new ObjectMapper().readTree("{\"name\":\"orders\",\"records\":4,\"from_bad\":4,\"may_repeat\":true}"),
                repaired);
        assertEquals(4, dataPath.drain("orders").size());
        assertEquals(6, dataPath.drain("orders:archive").size());
    }

    @Test
    void aCheckChangesNothing() throws IOException {
        copyFixture("nsqd-1.3.0-data");
        Files.writeString(dataPath.file("nsqd.dat"), "{");
        SortedMap<String, String> before = dataPath.contents();
        assertEquals(Fsck.DAMAGED, dataPath.check().exitCode());
        assertEquals(before, dataPath.contents());
    }

    @Test
    @Tag("S-5")
    @Tag("S-15")
    void aHealthyQueueIsNotTouchedByARepair() throws IOException {
        writeThreeFiles();
        SortedMap<String, String> before = dataPath.contents();
        assertTrue(dataPath.repair().json().get("repair").isNull());
        assertEquals(before, dataPath.contents());
        assertEquals(List.of("one", "two", "three", "four", "five"), dataPath.drain("q"));
    }

    @ParameterizedTest
    @Tag("S-18")
    @Tag("S-19")
    @ValueSource(ints = {0, -1, 25, Integer.MAX_VALUE})
    void aRecordWhoseLengthIsWrongIsLeftOutAndTheNextOneFound(int length) throws IOException {
        writeThreeFiles();
        damage(1, 0, length >> 24, length >> 16, length >> 8, length);
        JsonNode finding = onlyDamage("record_length");
        assertEquals("q.diskqueue.000001.dat", finding.get("file").asText());
        assertEquals(0, finding.get("offset").asInt());
        assertEquals(35, finding.get("bytes").asInt());
        assertFalse(dataPath.repair()
                .json()
                .get("repair")
                .get("queues")
                .get(0)
                .get("may_repeat")
                .asBoolean());
        assertEquals(List.of("one", "two", "four", "five"), dataPath.drain("q"));
    }

    @Test
    @Tag("S-18")
    @Tag("S-19")
    void aTornTailOfAnOlderFileIsCutOff() throws IOException {
        writeThreeFiles();
        byte[] content = Files.readAllBytes(dataPath.data("q", 0));
        dataPath.data("q", 0, java.util.Arrays.copyOf(content, 40));
        JsonNode finding = onlyDamage("record_torn");
        assertEquals(33, finding.get("offset").asInt());
        dataPath.repair();
        assertEquals(List.of("one", "three", "four", "five"), dataPath.drain("q"));
    }

    @Test
    @Tag("S-17")
    @Tag("S-18")
    void aFileThatIsShorterThanTheMetaFileSaysLosesOnlyWhatIsMissing() throws IOException {
        writeThreeFiles();
        dataPath.data("q", 2, new byte[0]);
        onlyDamage("file_short");
        dataPath.repair();
        assertEquals(List.of("one", "two", "three", "four"), dataPath.drain("q"));
    }

    @Test
    @Tag("S-15")
    void whatWasConsumedDoesNotComeBack() throws IOException {
        dataPath.data("q", 3, dataPath.records("one", "two", "three", "four"))
                .data("q", 4, dataPath.records("five"))
                .meta("q", 4, 3, 33, 4, 34);
        damage(3, 66, 0xff);
        assertEquals(66, onlyDamage("record_length").get("offset").asInt());
        dataPath.repair();
        assertEquals(List.of("two", "four", "five"), dataPath.drain("q"));
    }

    @Test
    @Tag("S-15")
    void aReadPositionInAHealthyFileIsKept() throws IOException {
        dataPath.data("q", 3, dataPath.records("one", "two", "three"))
                .data("q", 4, dataPath.records("four", "five", "six"))
                .meta("q", 5, 3, 33, 4, 100);
        damage(4, 34, 0xff);
        dataPath.repair();
        assertEquals(List.of("two", "three", "four", "six"), dataPath.drain("q"));
    }

    @Test
    @Tag("S-19")
    void aReadPositionBeyondTheEndOfItsFileGivesNothingOfThatFile() throws IOException {
        dataPath.data("q", 0, dataPath.records("one"))
                .data("q", 1, dataPath.records("two"))
                .meta("q", 1, 0, 66, 1, 33);
        onlyDamage("file_short");
        dataPath.repair();
        assertEquals(List.of("two"), dataPath.drain("q"));
    }

    @ParameterizedTest
    @Tag("S-19")
    @CsvSource({"0, 'three,four,five'", "1, 'one,two,five'", "2, 'one,two,three,four'"})
    void aMissingFileCostsItsOwnRecordsOnly(int number, String left) throws IOException {
        writeThreeFiles();
        Files.delete(dataPath.data("q", number));
        JsonNode finding = onlyDamage("file_missing");
        assertEquals("q.diskqueue.00000" + number + ".dat", finding.get("file").asText());
        dataPath.repair();
        assertEquals(List.of(left.split(",")), dataPath.drain("q"));
    }

    @Test
    @Tag("S-17")
    void withoutItsMetaFileAQueueIsSalvagedFromTheBeginning() throws IOException {
        writeThreeFiles();
        Files.delete(dataPath.file("q.diskqueue.meta.dat"));
        onlyDamage("meta_missing");
        assertTrue(dataPath.repair()
                .json()
                .get("repair")
                .get("queues")
                .get(0)
                .get("may_repeat")
                .asBoolean());
        assertEquals(List.of("one", "two", "three", "four", "five"), dataPath.drain("q"));
    }

    @ParameterizedTest
    @Tag("S-7")
    @Tag("S-17")
    @Tag("S-21")
    @CsvSource({
        "'', meta_broken",
        "'5\n0,0\n', meta_broken",
        "garbage, meta_broken",
        "'0\n5,0\n2,10\n', meta_impossible",
        "'0\n999999999999999999,0\n2,10\n', meta_impossible",
        "'0\n2,35\n2,34\n', meta_impossible"
    })
    void aMetaFileThatCannotBeBelievedIsReplaced(String content, String kind) throws IOException {
        writeThreeFiles();
        Files.writeString(dataPath.file("q.diskqueue.meta.dat"), content);
        onlyDamage(kind);
        Result result = dataPath.repair();
        assertEquals(List.of("one", "two", "three", "four", "five"), dataPath.drain("q"));
        assertEquals(
                "nsqd-fsck.kept/q.diskqueue.meta.dat",
                result.json().get("repair").get("kept").get(0).asText());
        assertEquals(content, Files.readString(dataPath.file("nsqd-fsck.kept/q.diskqueue.meta.dat")));
    }

    @Test
    @Tag("S-16")
    void aWrongDepthIsWorthKnowingAndNoDamage() throws IOException {
        writeThreeFiles();
        dataPath.meta("q", 9, 0, 0, 2, 34);
        Result result = dataPath.check();
        assertEquals(Fsck.CLEAN, result.exitCode());
        assertEquals(List.of("depth_differs"), result.kinds());
        assertEquals(9, result.queue("q").get("depth").asInt());
        assertEquals(5, result.queue("q").get("records").asInt());
    }

    @Test
    @Tag("S-3")
    @Tag("S-18")
    void badFilesComeBackInTheirPlaces() throws IOException {
        byte[] damaged = dataPath.records("b1", "b2", "b3");
        damaged[32] = 0x11;
        Files.write(dataPath.file("q.diskqueue.000001.dat.bad"), damaged);
        Files.write(dataPath.file("q.diskqueue.000001.dat.1.bad"), dataPath.records("b0"));
        Files.write(dataPath.file("q.diskqueue.000004.dat.bad"), dataPath.records("b4"));
        dataPath.data("q", 2, dataPath.records("two", "three"))
                .data("q", 3, dataPath.records("four"))
                .meta("q", 2, 2, 33, 3, 34);
        Result result = dataPath.check();
        assertEquals(4, result.queue("q").get("bad_records").asInt());
        assertEquals(2, result.queue("q").get("records").asInt());
        assertEquals(
                Map.of("file_bad", 3L, "record_length", 1L),
                result.kinds().stream()
                        .collect(java.util.stream.Collectors.groupingBy(
                                kind -> kind, java.util.stream.Collectors.counting())));
        dataPath.repair();
        assertEquals(List.of("b0", "b1", "b3", "three", "four", "b4"), dataPath.drain("q"));
        assertEquals(
                HexFormat.of().formatHex(damaged),
                HexFormat.of()
                        .formatHex(Files.readAllBytes(dataPath.file("nsqd-fsck.kept/q.diskqueue.000001.dat.bad"))));
    }

    @Test
    @Tag("S-18")
    void aBadFileOfAQueueWithNothingElseMakesAQueueOfIt() throws IOException {
        Files.write(dataPath.file("q.diskqueue.000000.dat.bad"), dataPath.records("one", "two"));
        dataPath.repair();
        assertEquals(List.of("one", "two"), dataPath.drain("q"));
    }

    @Test
    void filesBehindTheWritePositionAreSalvaged() throws IOException {
        writeThreeFiles();
        dataPath.meta("q", 3, 0, 33, 1, 69);
        onlyDamage("file_unknown");
        dataPath.repair();
        assertEquals(List.of("two", "three", "four", "five"), dataPath.drain("q"));
    }

    @Test
    @Tag("S-9")
    void aRecordThatIsTooBigForTheDaemonIsKeptAsideUnlessMoreIsAllowed() throws IOException {
        dataPath.data("q", 0, dataPath.records("one", "b".repeat(200), "three")).meta("q", 3, 0, 0, 0, 298);
        Result small = dataPath.run("--format=json", "--max-msg-size=100");
        assertEquals(List.of("record_oversized"), small.kinds());
        assertEquals(Fsck.CLEAN, dataPath.check().exitCode());
        dataPath.repair("--max-msg-size=100");
        assertEquals(List.of("one", "three"), dataPath.drain("q"));
    }

    @Test
    @Tag("S-10")
    void whatIsCopiedIsCutIntoFilesOfTheRightSize() throws IOException {
        List<String> bodies =
                IntStream.range(0, 20).mapToObj(i -> "body " + (10 + i)).toList();
        byte[] damaged = TestDataPath.concat(new byte[] {1, 2, 3}, dataPath.records(bodies.toArray(String[]::new)));
        dataPath.data("q", 0, damaged).meta("q", 20, 0, 0, 0, damaged.length);
        dataPath.repair("--max-bytes-per-file=100");
        try (Stream<Path> files = Files.list(directory)) {
            List<Long> sizes = new ArrayList<>();
            for (Path file : files.filter(path -> path.toString().matches(".*\\.\\d{6}\\.dat"))
                    .toList()) {
                sizes.add(Files.size(file));
            }
            assertEquals(java.util.Collections.nCopies(10, 74L), sizes);
        }
        assertEquals(bodies, dataPath.drain("q"));
    }

    @Test
    @Tag("S-23")
    void leftoversAreListedWithWhatTheyTake() throws IOException {
        dataPath.metadata("q", "never");
        dataPath.data("q", 0, dataPath.records("old"))
                .data("q", 1, dataPath.records("new"))
                .meta("q", 1, 1, 0, 1, 33);
        dataPath.data("stray", 0, dataPath.records("x")).meta("stray", 1, 0, 0, 0, 31);
        Files.writeString(dataPath.file("nsqd.dat.123.tmp"), "12345");
        Result result = dataPath.check();
        assertEquals(Fsck.CLEAN, result.exitCode(), result.output());
        assertEquals(
                new ObjectMapper()
                        .readTree("[{\"file\":\"nsqd.dat.123.tmp\",\"bytes\":5,\"reason\":\"temporary\"},"
                                + "{\"file\":\"q.diskqueue.000000.dat\",\"bytes\":33,\"reason\":\"consumed\"}]"),
                result.json().get("leftovers"));
        assertEquals(38, result.json().get("totals").get("reclaimable_bytes").asInt());
        assertEquals("never", result.json().get("without_files").get(0).asText());
        assertFalse(result.queue("stray").get("named").asBoolean());
        assertTrue(result.queue("q").get("named").asBoolean());
        assertEquals(List.of("queue_unnamed"), result.kinds());
    }

    @ParameterizedTest
    @Tag("B-30")
    @ValueSource(
            strings = {
                "",
                "{\"topics\":[{\"na",
                "[]",
                "{\"topics\":null}x",
                "{\"topics\":3}",
                "{\"topics\":[{\"name\":5}]}",
                "{\"topics\":[{\"name\":\"q\",\"channels\":[{\"name\":\"c\",\"paused\":\"yes\"}]}]}"
            })
    void brokenMetadataAreToldInOneLineAndMadeAnew(String content) throws IOException {
        writeThreeFiles();
        dataPath.meta("q:c", 0, 0, 0, 0, 0);
        Files.writeString(dataPath.file("nsqd.dat"), content);
        Result result = dataPath.check();
        assertEquals(Fsck.DAMAGED, result.exitCode());
        assertEquals(List.of("metadata_broken"), result.kinds());
        assertEquals("broken", result.json().get("metadata").get("status").asText());
        assertEquals(
                1,
                dataPath.run()
                        .output()
                        .lines()
                        .filter(line -> line.startsWith("  nsqd.dat: no daemon starts with it: "))
                        .count());
        assertTrue(
                dataPath.repair().json().get("repair").get("metadata_rebuilt").asBoolean());
        assertEquals(
                new ObjectMapper()
                        .readTree(
                                "[{\"name\":\"q\",\"paused\":false,\"channels\":[{\"name\":\"c\",\"paused\":false}]}]"),
                new ObjectMapper().readTree(dataPath.file("nsqd.dat").toFile()).get("topics"));
        assertEquals(content, Files.readString(dataPath.file("nsqd-fsck.kept/nsqd.dat")));
    }

    @Test
    @Tag("B-30")
    void missingMetadataAreMadeAnewWhereThereAreQueues() throws IOException {
        Files.delete(dataPath.file("nsqd.dat"));
        assertEquals(Fsck.CLEAN, dataPath.check().exitCode());
        writeThreeFiles();
        assertEquals(List.of("metadata_missing"), dataPath.check().kinds());
        dataPath.repair();
        assertTrue(Files.readString(dataPath.file("nsqd.dat")).contains("\"q\""));
    }

    @Test
    @Tag("B-29")
    void aLockedDataPathIsNotTouched() throws IOException {
        writeThreeFiles();
        damage(1, 0, 0xff);
        SortedMap<String, String> before = dataPath.contents();
        DirectoryLock lock = DirectoryLock.acquire(directory);
        try (lock) {
            for (Result result : List.of(dataPath.check(), dataPath.run("--repair"))) {
                assertEquals(Fsck.FAILED, result.exitCode());
                assertEquals("", result.output());
                assertTrue(
                        result.errors().matches("nsqd: .* is in use: nothing was read or changed - .*\n"),
                        result.errors());
            }
        }
        assertEquals(before, dataPath.contents());
        assertEquals(Fsck.DAMAGED, dataPath.check().exitCode());
    }

    @Test
    @Tag("B-29")
    void theLockIsLetGo() throws IOException {
        writeThreeFiles();
        damage(1, 0, 0xff);
        dataPath.repair();
        DirectoryLock.acquire(directory).close();
    }

    @Test
    void whatCannotBeReadIsToldInOneLine() {
        Result result = new TestDataPath(directory.resolve("missing")).check();
        assertEquals(Fsck.FAILED, result.exitCode());
        assertEquals("", result.output());
        assertTrue(result.errors().matches("nsqd: cannot check .*: no such file or directory\n"), result.errors());
    }

    @ParameterizedTest
    @ValueSource(strings = {"--fromat=json", "--format=xml", "--max-msg-size=0", "--max-msg-size=x", "--data-path="})
    void wrongArgumentsAreRefused(String argument) throws IOException {
        SortedMap<String, String> before = dataPath.contents();
        Result result = dataPath.run("--repair", argument);
        assertEquals(Fsck.FAILED, result.exitCode());
        assertTrue(result.errors().matches("nsqd: .+\n"), result.errors());
        assertEquals(before, dataPath.contents());
    }

    @Test
    void theTextHasATableWithTotalsAndNamesTheDamage() throws IOException {
        writeThreeFiles();
        damage(1, 0, 0xff);
        Result result = dataPath.run();
        assertEquals(Fsck.DAMAGED, result.exitCode());
        assertEquals("", result.errors());
        assertEquals(directory + """
                        : 1 queue, 4 records, damage in 1 place

                        QUEUE  STATE    DEPTH  RECORDS  IN BAD  READ  WRITE  FILES  BYTES
                        q      damaged      5        4       0   0,0   2,34      3    169
                        total  damaged               4       0                   3    169

                        Damage:
                          q.diskqueue.000001.dat at 0: record length -16777185 is not in 26 to 1048602 (35 bytes)

                        Damaged; --repair salvages every intact record.
                        """, result.output());
    }

    /** The names of fields are a promise; docs/FSCK.md lists them. */
    @Test
    void theJsonHasTheFieldsThatAreDocumented() throws IOException {
        writeThreeFiles();
        damage(1, 0, 0xff);
        Files.writeString(dataPath.file("nsqd.dat.1.tmp"), "x");
        JsonNode report = dataPath.repair().json();
        assertEquals(
                Set.of(
                        "data_path",
                        "status",
                        "locked",
                        "metadata",
                        "totals",
                        "findings",
                        "queues",
                        "without_files",
                        "leftovers",
                        "journal",
                        "delays",
                        "repair",
                        "fold"),
                fields(report));
        assertEquals(Set.of("status", "error"), fields(report.get("metadata")));
        assertEquals(
                Set.of("queues", "damaged_queues", "damage", "records", "bad_records", "bytes", "reclaimable_bytes"),
                fields(report.get("totals")));
        JsonNode queue = report.get("queues").get(0);
        assertEquals(
                Set.of(
                        "name",
                        "topic",
                        "channel",
                        "status",
                        "named",
                        "meta",
                        "depth",
                        "read_file",
                        "read_pos",
                        "write_file",
                        "write_pos",
                        "records",
                        "bad_records",
                        "unsynced_records",
                        "damage",
                        "bytes",
                        "files",
                        "findings"),
                fields(queue));
        assertEquals(
                Set.of("file", "bad", "from", "bytes", "records", "damage"),
                fields(queue.get("files").get(0)));
        assertEquals(
                Set.of("kind", "is_damage", "file", "offset", "bytes", "text"),
                fields(queue.get("findings").get(0)));
        assertEquals(
                Set.of("file", "bytes", "reason"),
                fields(report.get("leftovers").get(0)));
        assertEquals(
                Set.of("status", "metadata_rebuilt", "journal_rewritten", "queues", "kept"),
                fields(report.get("repair")));
        assertEquals(
                Set.of("name", "records", "from_bad", "may_repeat"),
                fields(report.get("repair").get("queues").get(0)));
    }

    private static Set<String> fields(JsonNode object) {
        Set<String> names = new TreeSet<>();
        object.fieldNames().forEachRemaining(names::add);
        return names;
    }

    @Test
    void moreDamageThanCanBeListedIsCounted() throws IOException {
        byte[] content = new byte[0];
        for (int i = 0; i < 150; i++) {
            content = TestDataPath.concat(TestDataPath.concat(content, new byte[] {(byte) 0xff}), dataPath.record("m"));
        }
        dataPath.data("q", 0, content).meta("q", 150, 0, 0, 0, content.length);
        Result result = dataPath.check();
        assertEquals(150, result.queue("q").get("damage").asInt());
        assertEquals(QueueCheck.MAX_FINDINGS, result.queue("q").get("findings").size());
        assertTrue(dataPath.run().output().contains("  and 50 more places in queues with more than 100\n"));
        dataPath.repair();
        assertEquals(150, dataPath.drain("q").size());
    }

    /** How far a repair came before it was killed. */
    enum Killed {
        WHILE_COPYING,
        WITH_A_PLAN,
        WHILE_NAMING,
        BEFORE_THE_META_FILE,
        AFTER_THE_META_FILE,
        WHILE_OLD_FILES_GO
    }

    /** The states are those that {@link Repair} goes through, put together from what is before and after it. */
    @ParameterizedTest
    @org.junit.jupiter.params.provider.EnumSource
    void aRepairThatWasKilledCanBeRepeatedWithoutLossOrRepetition(Killed killed) throws IOException {
        writeThreeFiles();
        damage(1, 0, 0xff);
        SortedMap<String, String> before = dataPath.contents();
        dataPath.repair("--max-bytes-per-file=34");
        SortedMap<String, String> after = dataPath.contents();
        List<String> added = after.keySet().stream()
                .filter(name -> name.matches("q\\.diskqueue\\.\\d{6}\\.dat"))
                .toList();
        assertEquals(List.of("q.diskqueue.000003.dat", "q.diskqueue.000004.dat", "q.diskqueue.000005.dat"), added);
        restore(before);
        Path work = Files.createDirectory(directory.resolve(DataPath.WORK));
        if (killed != Killed.WHILE_COPYING) {
            new RepairPlan(
                            "q",
                            3,
                            5,
                            List.of(
                                    new OldFile("q.diskqueue.000000.dat", 66, 3),
                                    new OldFile("q.diskqueue.000001.dat", 69, RepairPlan.NOT_ADOPTED),
                                    new OldFile("q.diskqueue.000002.dat", 34, 5)))
                    .write(work);
        }
        int named =
                switch (killed) {
                    case WHILE_COPYING, WITH_A_PLAN -> 0;
                    case WHILE_NAMING -> 2;
                    default -> 3;
                };
        for (int i = 0; i < added.size(); i++) {
            Path target = (i < named ? directory : work).resolve(added.get(i));
            if (i == 1) {
                Files.write(target, HexFormat.of().parseHex(after.get(added.get(i))));
            } else {
                Files.createLink(target, dataPath.data("q", i));
            }
        }
        if (killed.compareTo(Killed.AFTER_THE_META_FILE) >= 0) {
            Files.write(
                    dataPath.file("q.diskqueue.meta.dat"), HexFormat.of().parseHex(after.get("q.diskqueue.meta.dat")));
        }
        if (killed == Killed.WHILE_OLD_FILES_GO) {
            Files.delete(dataPath.data("q", 0));
        }
        Result check = dataPath.check();
        assertEquals(Fsck.DAMAGED, check.exitCode());
        assertTrue(check.kinds().contains("repair_interrupted"), check.output());
        dataPath.repair("--max-bytes-per-file=34");
        assertFalse(Files.exists(work));
        assertEquals(List.of("one", "two", "four", "five"), dataPath.drain("q"));
        assertEquals(
                before.get("q.diskqueue.000001.dat"),
                HexFormat.of().formatHex(Files.readAllBytes(dataPath.file("nsqd-fsck.kept/q.diskqueue.000001.dat"))));
    }

    /** Makes the data path what it was. */
    private void restore(SortedMap<String, String> contents) throws IOException {
        try (Stream<Path> files = Files.walk(directory)) {
            for (Path file : files.sorted(java.util.Comparator.reverseOrder()).toList()) {
                if (!file.equals(directory)) {
                    Files.delete(file);
                }
            }
        }
        for (Map.Entry<String, String> file : contents.entrySet()) {
            Files.write(directory.resolve(file.getKey()), HexFormat.of().parseHex(file.getValue()));
        }
    }
}
