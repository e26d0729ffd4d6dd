package io.nsqd.core.disk;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.nsqd.api.MessageBatch;
import io.nsqd.api.Option;
import io.nsqd.api.Options;
import io.nsqd.spi.BackendQueueFactory.Listener;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The disk queue's files, byte for byte, and what it makes of damaged ones (S). */
final class DiskQueueTest {
    private static final int OVERHEAD = 30;

    /** A time in nanoseconds since 1970 at which a message may have been published. */
    private static final long TIME = 1_700_000_000_000_000_000L;

    @TempDir
    private Path dataPath;

    private final List<DiskQueueFactory> factories = new ArrayList<>();
    private final AtomicInteger readable = new AtomicInteger();
    private final List<String> health = new ArrayList<>();
    private DiskQueue queue;

    private final Listener listener = new Listener() {
        @Override
        public void readable() {
            readable.incrementAndGet();
        }

        @Override
        public void health(String error) {
            synchronized (health) {
                health.add(error);
            }
        }
    };

    @BeforeEach
    void start() throws IOException {
        queue = open(Map.of());
    }

    @AfterEach
    void stop() throws IOException {
        queue.close();
        factories.forEach(DiskQueueFactory::close);
    }

    private DiskQueue open(Map<Option, Object> options) throws IOException {
        Map<Option, Object> all = new EnumMap<>(Option.class);
        all.putAll(options);
        all.put(Option.DATA_PATH, dataPath.toString());
        DiskQueueFactory factory = new DiskQueueFactory(Options.defaults().with(all));
        factories.add(factory);
        return factory.open("q", listener);
    }

    /** Closes the queue and opens it again. */
    private void reopen(Map<Option, Object> options) throws IOException {
        queue.close();
        queue = open(options);
    }

    /** Opens the queue again as after a kill: nothing more is saved of the old one. */
    private void crash(Map<Option, Object> options) throws IOException {
        factories.forEach(DiskQueueFactory::close);
        queue = open(options);
    }

    private static MessageBatch batch(String... bodies) {
        MessageBatch batch = new MessageBatch();
        long id = 1;
        for (String body : bodies) {
            byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
            batch.add(id++, 7, 3, 0, bytes, 0, bytes.length);
        }
        return batch;
    }

    private void append(String... bodies) {
        for (String body : bodies) {
            queue.append(batch(body)).join();
        }
    }

    private static String body(int length) {
        return "b".repeat(length);
    }

    /** Reads and forgets everything, waiting where the queue rests. */
    private List<String> drain() {
        List<String> bodies = new ArrayList<>();
        while (queue.hasUnread()) {
            bodies.addAll(read(100));
        }
        return bodies;
    }

    private List<String> read(int max) {
        MessageBatch batch = new MessageBatch();
        int count = queue.read(max, Long.MAX_VALUE, batch);
        List<String> bodies = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            bodies.add(new String(batch.block(i), batch.offset(i), batch.length(i), StandardCharsets.UTF_8));
        }
        if (count > 0) {
            queue.forget(count);
        }
        return bodies;
    }

    private Path data(int number) {
        return dataPath.resolve(String.format("q.diskqueue.%06d.dat", number));
    }

    private String meta() throws IOException {
        return Files.readString(dataPath.resolve("q.diskqueue.meta.dat"));
    }

    private void meta(String text) throws IOException {
        Files.writeString(dataPath.resolve("q.diskqueue.meta.dat"), text);
    }

    private List<String> files() throws IOException {
        try (Stream<Path> files = Files.list(dataPath)) {
            return files.map(file -> file.getFileName().toString()).sorted().toList();
        }
    }

    private static byte[] records(String... bodies) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        for (String body : bodies) {
            ByteBuffer record = ByteBuffer.allocate(OVERHEAD + body.length());
            record.putInt(26 + body.length()).putLong(TIME).putShort((short) 0);
            record.put("0000000000000001".getBytes(StandardCharsets.ISO_8859_1));
            record.put(body.getBytes(StandardCharsets.ISO_8859_1));
            bytes.writeBytes(record.array());
        }
        return bytes.toByteArray();
    }

    private static byte[] concat(byte[]... parts) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        for (byte[] part : parts) {
            bytes.writeBytes(part);
        }
        return bytes.toByteArray();
    }

    // ---- formats

    @Test
    @Tag("S-3")
    @Tag("S-6")
    @Tag("S-8")
    void aRecordHasTheGoDaemonsBytes() throws IOException {
        MessageBatch batch = new MessageBatch();
        byte[] bytes = "xinflight-job".getBytes(StandardCharsets.UTF_8);
        batch.add(0x18a476fce3407000L, 0x18ea668f5ddc6ec6L, 0, 0, bytes, 1, 12);
        queue.append(batch).join();
        assertArrayEquals(
                HexFormat.of()
                        .parseHex("00000026" + "18ea668f5ddc6ec6" + "0000"
                                + HexFormat.of()
                                        .formatHex(
                                                "18a476fce3407000inflight-job".getBytes(StandardCharsets.ISO_8859_1))),
                Files.readAllBytes(data(0)));
        assertEquals("rw-------", PosixFilePermissions.toString(Files.getPosixFilePermissions(data(0))));
    }

    @Test
    @Tag("S-7")
    void theMetaFileHasDepthAndPositions() throws IOException {
        append("a", "b", "c");
        read(1);
        queue.sync();
        assertEquals("2\n0,31\n0,93\n", meta());
        Path file = dataPath.resolve("q.diskqueue.meta.dat");
        assertEquals("rw-------", PosixFilePermissions.toString(Files.getPosixFilePermissions(file)));
    }

    @Test
    @Tag("S-7")
    void aMetaFileMayHaveCarriageReturns() throws IOException {
        append("a", "b");
        queue.close();
        meta("2\r\n0,0\r\n0,62\r\n");
        reopen(Map.of());
        assertEquals(List.of("a", "b"), drain());
    }

    @Test
    @Tag("S-8")
    void attemptsComeBackAsStored() throws IOException {
        append("a");
        reopen(Map.of());
        MessageBatch batch = new MessageBatch();
        queue.read(1, 1, batch);
        assertEquals(3, batch.attempts(0));
        assertEquals(7, batch.timestampNanos(0));
        assertEquals(1, batch.id(0));
    }

    @Test
    @Tag("S-9")
    void aMessageOverTheLimitIsRefusedAndThoseBeforeItStay() throws IOException {
        reopen(Map.of(Option.MAX_MSG_SIZE, 10L));
        CompletableFuture<Void> result = queue.append(batch("fits", body(11), "after"));
        assertTrue(result.isCompletedExceptionally());
        Throwable failure = result.handle((done, cause) -> cause).join();
        assertEquals("invalid message write size (37) minMsgSize=26 maxMsgSize=36", failure.getMessage());
        append(body(10));
        assertEquals(List.of(body(10)), drainAfter("fits"));
    }

    private List<String> drainAfter(String first) {
        List<String> bodies = drain();
        if (!bodies.isEmpty() && bodies.get(0).equals(first)) {
            return bodies.subList(1, bodies.size());
        }
        return bodies;
    }

    @Test
    @Tag("S-9")
    void anEmptyBodyIsDelivered() throws IOException {
        queue.close();
        Files.write(data(0), records("", "x"));
        meta("2\n0,0\n0,61\n");
        reopen(Map.of());
        assertEquals(List.of("", "x"), drain());
    }

    // ---- writing

    @Test
    @Tag("S-10")
    @Tag("S-32")
    void aFileIsLeftBeforeItWouldExceedTheLimit() throws IOException {
        reopen(Map.of(Option.MAX_BYTES_PER_FILE, 200L));
        append(body(20), body(20), body(20), body(20));
        assertEquals(200, Files.size(data(0)));
        assertFalse(Files.exists(data(1)));
        append(body(20));
        assertEquals(200, Files.size(data(0)));
        assertEquals(50, Files.size(data(1)));
    }

    @Test
    @Tag("S-10")
    void aRecordOverTheFileLimitHasAFileOfItsOwn() throws IOException {
        reopen(Map.of(Option.MAX_BYTES_PER_FILE, 100L));
        queue.append(batch("a", body(500), "b", "c")).join();
        assertEquals(31, Files.size(data(0)));
        assertEquals(530, Files.size(data(1)));
        assertEquals(62, Files.size(data(2)));
        assertEquals(List.of("a", body(500), "b", "c"), drain());
    }

    @Test
    @Tag("S-11")
    @Tag("X-9")
    void aBatchBiggerThanTheWriteBufferArrivesWhole() throws IOException {
        String[] bodies = new String[5_000];
        for (int i = 0; i < bodies.length; i++) {
            bodies[i] = i + body(i % 300);
        }
        bodies[17] = body(1_000_000);
        queue.append(batch(bodies)).join();
        assertEquals(5_000, queue.depth());
        assertEquals(List.of(bodies), drain());
        assertEquals(0, queue.depth());
    }

    @Test
    @Tag("S-12")
    void depthGrowsWithTheWrite() {
        CompletableFuture<Void> done = queue.append(batch("a", "b"));
        assertTrue(done.isDone());
        assertEquals(2, queue.depth());
        assertTrue(queue.hasUnread());
    }

    @Test
    @Tag("S-13")
    void theMetaFileIsSavedAfterSoManyOperations() throws IOException {
        reopen(Map.of(Option.SYNC_EVERY, 3L, Option.SYNC_TIMEOUT, 3_600_000_000_000L));
        append("a", "b", "c");
        await().until(() -> meta().equals("3\n0,0\n0,93\n"));
        append("d", "e");
        assertEquals("3\n0,0\n0,93\n", meta());
        append("f");
        await().until(() -> meta().equals("6\n0,0\n0,186\n"));
    }

    @Test
    @Tag("S-13")
    void theMetaFileIsSavedAfterTheTimeOut() throws IOException {
        reopen(Map.of(Option.SYNC_TIMEOUT, 50_000_000L));
        append("a");
        await().until(() -> Files.exists(dataPath.resolve("q.diskqueue.meta.dat")));
        await().until(() -> meta().equals("1\n0,0\n0,31\n"));
    }

    @Test
    @Tag("S-13")
    void whatIsAppendedWhileASyncIsDueIsAnsweredAfterIt() throws IOException {
        reopen(Map.of(Option.SYNC_EVERY, 1L));
        for (int i = 0; i < 200; i++) {
            // Join: the completion comes from the sync thread.
            queue.append(batch("m" + i)).join();
        }
        assertEquals(200, queue.depth());
        await().until(() -> meta().startsWith("200\n"));
        await().until(() -> read(1).equals(List.of("m0")));
        assertTrue(readable.get() > 0, "whoever found the queue resting is told");
    }

    @Test
    @Tag("S-1")
    void noTemporaryFileIsLeft() throws IOException {
        append("a");
        queue.sync();
        append("b");
        queue.sync();
        assertEquals(List.of("q.diskqueue.000000.dat", "q.diskqueue.meta.dat"), files());
    }

    // ---- reading

    @Test
    @Tag("S-14")
    void positionsAdvanceWhenMessagesAreForgottenNotWhenTheyAreRead() throws IOException {
        append("a", "b", "c");
        MessageBatch batch = new MessageBatch();
        assertEquals(2, queue.read(2, Long.MAX_VALUE, batch));
        assertEquals(3, queue.depth());
        queue.sync();
        assertEquals("3\n0,0\n0,93\n", meta());
        queue.forget(1);
        queue.sync();
        assertEquals("2\n0,31\n0,93\n", meta());
    }

    @Test
    @Tag("S-5")
    @Tag("S-15")
    void aFileIsDeletedWhenItIsReadAndTheNextOneIsBegun() throws IOException {
        reopen(Map.of(Option.MAX_BYTES_PER_FILE, 100L));
        append(body(40), body(40), body(40));
        assertEquals(1, read(1).size());
        assertTrue(Files.exists(data(0)));
        assertEquals(2, drain().size());
        await().until(() -> !Files.exists(data(0)) && !Files.exists(data(1)));
        assertTrue(Files.exists(data(2)), "the current file stays");
    }

    @Test
    @Tag("S-15")
    void filesThatWereReadAreDeletedEvenWhileTheMetaFileCannotBeSaved() throws IOException {
        reopen(Map.of(Option.MAX_BYTES_PER_FILE, 100L));
        Path meta = dataPath.resolve("q.diskqueue.meta.dat");
        Files.deleteIfExists(meta);
        // What a full disk does to it: a directory with something in it cannot be replaced.
        Files.createDirectories(meta.resolve("in the way"));
        append(body(40), body(40), body(40));
        assertEquals(3, drain().size());
        await().until(() -> !Files.exists(data(0)) && !Files.exists(data(1)));
        Files.delete(meta.resolve("in the way"));
        Files.delete(meta);
        append("after");
        assertEquals(List.of("after"), drain());
    }

    @Test
    @Tag("S-15")
    void aFileIsReadToItsEndWhateverTheLimitIsNow() throws IOException {
        append(body(40), body(40), body(40));
        reopen(Map.of(Option.MAX_BYTES_PER_FILE, 50L));
        append(body(10));
        assertEquals(List.of(body(40), body(40), body(40), body(10)), drain());
    }

    @Test
    @Tag("S-20")
    @Tag("X-11")
    void aFileThatIsReadWhollyBeforeTheWriterLeavesItIsNotTakenForDamaged() throws IOException {
        reopen(Map.of(Option.MAX_BYTES_PER_FILE, 1_000L));
        for (int i = 0; i < 300; i++) {
            append("message " + i);
            assertEquals(List.of("message " + i), drain());
        }
        queue.sync();
        await().untilAsserted(() -> assertEquals(2, files().size(), files() + meta()));
        assertTrue(files().stream().noneMatch(name -> name.endsWith(".bad")));
        assertEquals(0, queue.depth());
    }

    @Test
    @Tag("S-16")
    void aWrongDepthIsPutRightAtTheTail() throws IOException {
        append("a", "b", "c");
        queue.close();
        meta("9\n0,0\n0,93\n");
        reopen(Map.of());
        assertEquals(9, queue.depth());
        assertEquals(List.of("a", "b", "c"), drain());
        assertEquals(0, queue.depth());
        queue.close();
        Files.write(data(0), records("a", "b", "c"));
        meta("1\n0,0\n0,93\n");
        reopen(Map.of());
        assertEquals(List.of("a", "b", "c"), drain());
        assertEquals(0, queue.depth());
    }

    // ---- opening

    @Test
    @Tag("S-17")
    void recordsBeyondTheWritePositionAreSalvaged() throws IOException {
        queue.close();
        Files.write(data(0), records("a", "b", "c"));
        meta("1\n0,0\n0,31\n");
        reopen(Map.of());
        assertEquals(3, queue.depth());
        append("d");
        assertEquals(List.of("a", "b", "c", "d"), drain());
        assertTrue(queue.mayRepeat());
    }

    @Test
    @Tag("S-17")
    @Tag("X-10")
    void dataWithoutAMetaFileAreDelivered() throws IOException {
        queue.close();
        Files.delete(dataPath.resolve("q.diskqueue.meta.dat"));
        Files.write(data(3), records("a", "b"));
        Files.write(data(4), records("c"));
        crash(Map.of());
        assertEquals(3, queue.depth());
        append("d");
        assertEquals(List.of("a", "b", "c", "d"), drain());
        await().until(() -> !Files.exists(data(3)));
    }

    @Test
    @Tag("S-17")
    @Tag("X-10")
    void dataWithAnUnreadableMetaFileAreDelivered() throws IOException {
        for (String broken : List.of("", "x", "1\n0,0\n", "1\n0,0\n0,99999999999999999999\n")) {
            queue.close();
            Files.write(data(0), records("a", "b"));
            meta(broken);
            crash(Map.of());
            assertEquals(List.of("a", "b"), drain(), "meta file: " + broken);
            queue.delete().join();
            Files.deleteIfExists(data(0));
            queue = open(Map.of());
        }
    }

    @Test
    @Tag("S-17")
    void aQueueThatWasNeverWrittenMayHaveNoDataFile() throws IOException {
        queue.close();
        meta("0\n0,0\n0,0\n");
        reopen(Map.of());
        assertFalse(queue.hasUnread());
        append("a");
        assertEquals(List.of("a"), drain());
    }

    @Test
    @Tag("S-21")
    @Tag("X-11")
    void readPositionsBeyondTheWritePositionsAreTakenForDamageAndTheQueueGoesOn() throws IOException {
        for (String impossible : List.of("5\n3,0\n1,40\n", "5\n3,0\n1,0\n", "5\n1,80\n1,40\n")) {
            queue.close();
            Files.write(data(1), records("a"));
            meta(impossible);
            crash(Map.of());
            assertEquals(0, queue.depth());
            assertFalse(queue.hasUnread());
            append("b");
            assertEquals(List.of("b"), drain());
        }
    }

    @Test
    @Tag("S-21")
    @Tag("X-11")
    void writingThatIsSaidToBeFarBeyondTheLastFileGoesOnBehindThat() throws IOException {
        queue.close();
        Files.write(data(0), records("a", "b"));
        meta("2\n0,0\n300000,0\n");
        reopen(Map.of());
        append("c");
        assertEquals(List.of("a", "b", "c"), drain());
        assertTrue(Files.exists(data(1)), files().toString());
        assertEquals(0, queue.depth());
    }

    // ---- damage

    @Test
    @Tag("S-18")
    @Tag("S-19")
    void aBadLengthCostsWhatItStandsForAndNothingBehindIt() throws IOException {
        for (int length : new int[] {0, -1, 25, 2_000_000}) {
            queue.close();
            byte[] bad = ByteBuffer.allocate(OVERHEAD).putInt(length).array();
            byte[] damaged = concat(records("one"), bad, records("behind"));
            Files.write(data(0), damaged);
            Files.write(data(1), records("later"));
            meta("3\n0,0\n1," + (OVERHEAD + 5) + "\n");
            crash(Map.of());
            assertEquals(List.of("one", "behind", "later"), drain(), "length " + length);
            assertEquals(0, queue.depth());
            await().until(() -> !Files.exists(data(0)));
            assertArrayEquals(damaged, Files.readAllBytes(bad(0)));
            append("new");
            assertEquals(List.of("new"), drain());
            Files.delete(bad(0));
            queue.delete().join();
            queue = open(Map.of());
        }
    }

    private Path bad(int number) {
        return dataPath.resolve(data(number).getFileName() + ".bad");
    }

    @Test
    @Tag("S-18")
    @Tag("S-19")
    void aTornTailOfAnOlderFileDoesNotHideTheLaterFile() throws IOException {
        queue.close();
        byte[] torn = concat(records("one", "two"), java.util.Arrays.copyOf(records("three"), 12));
        Files.write(data(0), torn);
        Files.write(data(1), records("later"));
        meta("4\n0,0\n1,35\n");
        reopen(Map.of());
        assertEquals(List.of("one", "two", "later"), drain());
        assertTrue(Files.exists(bad(0)));
    }

    @Test
    @Tag("S-18")
    void damageInTheFileBeingWrittenMovesWritingToTheNext() throws IOException {
        queue.close();
        byte[] damaged = records("one", "two");
        damaged[33] = (byte) 0xff;
        Files.write(data(0), damaged);
        meta("2\n0,0\n0," + damaged.length + "\n");
        reopen(Map.of());
        assertEquals(List.of("one"), drain());
        append("new");
        assertEquals(OVERHEAD + 3, Files.size(data(1)));
        assertEquals(List.of("new"), drain());
    }

    @Test
    @Tag("S-19")
    void aMissingFirstFileDoesNotHideTheSecond() throws IOException {
        queue.close();
        Files.write(data(1), records("second"));
        meta("2\n0,0\n1,36\n");
        reopen(Map.of());
        assertEquals(List.of("second"), drain());
    }

    @Test
    @Tag("S-19")
    void aReadPositionBeyondTheEndOfTheFileEmptiesTheQueue() throws IOException {
        queue.close();
        Files.write(data(0), records("one"));
        meta("1\n0,500\n0,600\n");
        reopen(Map.of());
        assertEquals(List.of(), drain());
        append("new");
        assertEquals(List.of("new"), drain());
    }

    @Test
    @Tag("S-18")
    void aSecondDamageUnderTheSameNumberKeepsTheFirst() throws IOException {
        queue.close();
        Files.writeString(bad(0), "earlier");
        Files.write(data(0), new byte[40]);
        meta("1\n0,0\n0,40\n");
        reopen(Map.of());
        assertEquals(List.of(), drain());
        assertEquals("earlier", Files.readString(bad(0)));
        assertEquals(2, files().stream().filter(name -> name.endsWith(".bad")).count());
    }

    // ---- emptying, deleting, closing

    @Test
    @Tag("S-22")
    void anEmptiedQueueGoesOnWithTheNextFile() throws IOException {
        append("a", "b");
        queue.sync();
        queue.empty().join();
        assertEquals(0, queue.depth());
        assertEquals(List.of(), files());
        append("c");
        queue.sync();
        assertEquals("1\n1,0\n1,31\n", meta());
        assertEquals(List.of("c"), drain());
    }

    @Test
    @Tag("S-22")
    void aDeletedQueueStartsAtZeroAgainAndLeavesBadFiles() throws IOException {
        append("a");
        Files.writeString(bad(7), "kept");
        queue.sync();
        queue.delete().join();
        assertEquals(List.of(bad(7).getFileName().toString()), files());
        queue = open(Map.of());
        append("b");
        assertTrue(Files.exists(data(0)));
    }

    @Test
    @Tag("X-8")
    void anUnusedQueueIsLeftAsItWas() throws IOException {
        append("a");
        queue.close();
        queue = open(Map.of());
        Path file = dataPath.resolve("q.diskqueue.meta.dat");
        Object before = Files.readAttributes(file, java.nio.file.attribute.BasicFileAttributes.class)
                .fileKey();
        queue.close();
        assertEquals(
                before,
                Files.readAttributes(file, java.nio.file.attribute.BasicFileAttributes.class)
                        .fileKey());
    }

    @Test
    @Tag("S-25")
    void filesThatWereBegunAfterTheLastSaveAreSalvagedAndNotWrittenOver() throws IOException {
        queue.close();
        Files.write(data(0), records("one", "two"));
        Files.write(data(1), records("three", "four"));
        Files.write(data(2), records("five"));
        meta("1\n0,0\n0,33\n");
        queue = open(Map.of());
        assertEquals(5, queue.depth());
        assertTrue(queue.mayRepeat());
        append("new");
        assertEquals(List.of("one", "two", "three", "four", "five", "new"), drain());
        assertTrue(Files.exists(data(3)));
    }

    @Test
    @Tag("S-25")
    void filesBehindOneThatIsTooShortAreSalvaged() throws IOException {
        for (String positions : List.of("1\n0,0\n0,99\n", "0\n0,99\n0,99\n")) {
            queue.close();
            Files.write(data(0), new byte[0]);
            Files.write(data(1), records("later"));
            meta(positions);
            queue = open(Map.of());
            append("new");
            assertEquals(List.of("later", "new"), drain(), positions);
            queue.delete().join();
            queue = open(Map.of());
        }
    }

    @Test
    @Tag("B-33")
    @Tag("S-13")
    void aSyncUnderWayDoesNotOutliveTheClose() throws IOException {
        long depth = 0;
        for (int round = 0; round < 150; round++) {
            reopen(Map.of(Option.MAX_BYTES_PER_FILE, 5000L));
            assertFalse(queue.mayRepeat(), "the last stop left a meta file that is too old");
            // Enters a new file, which wakes the sync thread; the rest goes into the same file while that works.
            queue.append(batch(body(4900)));
            int rest = round % 50;
            for (int i = 0; i < rest; i++) {
                queue.append(batch("x"));
            }
            depth += 1 + rest;
            queue.close();
            assertEquals(
                    depth, DiskMeta.read(new DiskFiles(dataPath, "q").meta()).depth());
        }
    }

    @Test
    @Tag("S-2")
    @Tag("S-3")
    void namesHaveSixDigitsAndMoreBeyond() throws IOException {
        DiskFiles files = new DiskFiles(dataPath, "t:c");
        assertEquals("t:c.diskqueue.000042.dat", files.data(42).getFileName().toString());
        assertEquals(
                "t:c.diskqueue.1000000.dat", files.data(1_000_000).getFileName().toString());
        assertEquals("t:c.diskqueue.meta.dat", files.meta().getFileName().toString());
        Files.createFile(files.data(42));
        Files.createFile(files.data(1_000_000));
        Files.createFile(dataPath.resolve("t:c.diskqueue.000043.dat.bad"));
        assertEquals(
                "{t:c=Found[numbers=[42, 1000000], hasMeta=false]}",
                DiskFiles.index(dataPath).toString());
    }
}
