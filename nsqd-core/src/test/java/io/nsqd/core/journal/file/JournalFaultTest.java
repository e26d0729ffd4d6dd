package io.nsqd.core.journal.file;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.nsqd.api.Durability;
import io.nsqd.core.disk.DiskFileName;
import io.nsqd.core.journal.file.MemoryFiles.Call;
import io.nsqd.spi.Journal;
import io.nsqd.spi.Journal.Purpose;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What becomes of the journal, and of what it holds, when the disk does what disks do. */
final class JournalFaultTest {
    private static final int SEGMENT = 4096;
    private static final long RETRY_NANOS = 1_000_000;
    private static final long PATIENCE_SECONDS = 20;

    private MemoryFiles files = new MemoryFiles();
    private RecordingListener listener = new RecordingListener();
    private Journal journal;

    @AfterEach
    void close() throws IOException {
        files.set(MemoryFiles.Faults.NONE);
        if (journal != null) {
            journal.close();
        }
    }

    private void open(Durability durability, long maxBytes) throws IOException {
        journal = new FileJournalStore(files, files.directory(), SEGMENT, maxBytes, RETRY_NANOS)
                .open("faults", durability, listener);
    }

    private void open() throws IOException {
        open(Durability.SYNCED, 0);
    }

    /** What the next run finds when this one dies now. */
    private void dieAndOpen() throws IOException {
        MemoryFiles left = files.copy();
        close();
        files = left;
        listener = new RecordingListener();
        open();
    }

    private static ByteBuffer frame(String text) {
        return ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8));
    }

    private long append(String text) throws IOException {
        return journal.append(frame(text), Purpose.GROW);
    }

    /** Appends as soon as there is room. */
    private long appendSoon(String text) {
        long[] position = new long[1];
        await().until(() -> {
            try {
                position[0] = append(text);
                return true;
            } catch (IOException e) {
                return false;
            }
        });
        return position[0];
    }

    private void kept() throws Exception {
        journal.kept().get(PATIENCE_SECONDS, TimeUnit.SECONDS);
    }

    private List<String> replayed() throws IOException {
        List<String> replayed = new ArrayList<>();
        journal.replay((position, frame) ->
                replayed.add(StandardCharsets.UTF_8.decode(frame).toString()));
        return replayed;
    }

    private static String large(String text) {
        return text + "-".repeat(SEGMENT / 3 - text.length());
    }

    /** So many frames, each durable before the next, two in a segment. */
    private List<String> appendDurably(int count) throws Exception {
        List<String> texts = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            texts.add(large("frame " + i));
            appendSoon(texts.get(i));
            kept();
        }
        return texts;
    }

    private String segmentOf(long position) {
        return Format.path(files.directory(), Journal.segment(position))
                .getFileName()
                .toString();
    }

    private static boolean isSegment(Path file, int number) {
        return Format.number(file.getFileName().toString(), false) == number;
    }

    private static boolean isOf(Path file, String name) {
        return file.getFileName().toString().equals(name);
    }

    // What cannot be made durable.

    @Test
    void aFailedFsyncIsFinalForItsFile() throws Exception {
        open();
        long first = append("first");
        kept();
        String failing = segmentOf(first);
        AtomicInteger forced = new AtomicInteger();
        files.set((call, file) -> {
            if (call == Call.FORCE && isOf(file, failing)) {
                forced.incrementAndGet();
                throw MemoryFiles.error(file, "Input/output error");
            }
        });
        append("second");
        CompletableFuture<Void> kept = journal.kept();
        ExecutionException failure =
                assertThrows(ExecutionException.class, () -> kept.get(PATIENCE_SECONDS, TimeUnit.SECONDS));
        assertTrue(failure.getCause().getMessage().contains("input/output error"), failure.toString());
        await().until(() -> listener.told.contains("suspect 1 1"));
        assertTrue(listener.told.contains("SYNC_FAILURES 1"), listener.told.toString());

        // The same file is left alone, whatever comes.
        long again = append("second again");
        assertTrue(Journal.segment(again) > Journal.segment(first), "written on in the file that failed");
        kept();
        await().until(() -> listener.health.isEmpty());
        assertEquals(1, forced.get(), "fsyncs of the file that failed");
        assertTrue(listener.told.stream().anyMatch(told -> told.startsWith("health sync")), listener.told.toString());

        MemoryFiles left = files;
        dieAndOpen();
        List<String> replayed = replayed();
        assertTrue(replayed.contains("first") && replayed.contains("second again"), replayed.toString());
        assertEquals(List.of(), listener.told);
        assertEquals(1, forced.get(), "fsyncs of the file that failed, " + left.names());
    }

    @Test
    void completionsFailBeforeTheBrokerIsToldWhatIsSuspect() throws Exception {
        List<String> seen = new ArrayList<>();
        CompletableFuture<CompletableFuture<Void>> waiting = new CompletableFuture<>();
        listener = new RecordingListener() {
            @Override
            public void suspect(int from, int to) {
                seen.add("failed: " + waiting.join().isCompletedExceptionally());
                super.suspect(from, to);
            }
        };
        open();
        failFsync(1);
        append("a");
        waiting.complete(journal.kept());
        await().until(() -> !listener.told.isEmpty() && listener.told.contains("suspect 1 1"));
        assertEquals(List.of("failed: true"), seen);
    }

    /** The next fsync of a segment fails. */
    private void failFsync(int segment) {
        AtomicInteger left = new AtomicInteger(1);
        files.set((call, file) -> {
            if (call == Call.FORCE && isSegment(file, segment) && left.getAndDecrement() > 0) {
                throw MemoryFiles.error(file, "Input/output error");
            }
        });
    }

    @Test
    void whatIsAppendedWhileAnFsyncFailsIsNotSaidToBeDurable() throws Exception {
        open();
        CountDownLatch failing = new CountDownLatch(1);
        CountDownLatch go = new CountDownLatch(1);
        AtomicInteger calls = new AtomicInteger();
        files.set((call, file) -> {
            if (call == Call.FORCE && isSegment(file, 1) && calls.getAndIncrement() == 0) {
                failing.countDown();
                awaitLatch(go);
                throw MemoryFiles.error(file, "Input/output error");
            }
        });
        append("a");
        CompletableFuture<Void> first = journal.kept();
        awaitLatch(failing);
        append("b");
        CompletableFuture<Void> second = journal.kept();
        append("nobody has asked for it yet");
        go.countDown();
        assertThrows(ExecutionException.class, () -> first.get(PATIENCE_SECONDS, TimeUnit.SECONDS));
        assertThrows(ExecutionException.class, () -> second.get(PATIENCE_SECONDS, TimeUnit.SECONDS));
        await().until(() -> listener.told.contains("suspect 1 1"));
        append("of another segment");
        CompletableFuture<Void> third = journal.kept();
        assertThrows(ExecutionException.class, () -> third.get(PATIENCE_SECONDS, TimeUnit.SECONDS));
        append("and one more");
        kept();
    }

    private static void awaitLatch(CountDownLatch latch) {
        try {
            assertTrue(latch.await(PATIENCE_SECONDS, TimeUnit.SECONDS));
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void aBackgroundFsyncThatFailsIsSaidThoughNobodyWaits() throws Exception {
        open(Durability.WRITTEN, 0);
        failFsync(1);
        append("a");
        assertTrue(journal.kept().isDone());
        await().until(() -> listener.told.contains("suspect 1 1"));
        await().until(() -> listener.health.isEmpty());
        assertEquals(2, Journal.segment(append("a again")));
        dieAndOpen();
        assertEquals(List.of("a", "a again"), replayed());
    }

    /** Memory of the file still takes everything. */
    @Test
    void aDiskThatHasBecomeReadOnlyIsNoticedThoughNobodyWaits() throws Exception {
        open(Durability.WRITTEN, 0);
        append("a");
        files.set((call, file) -> {
            if (call == Call.WRITE || call == Call.CREATE) {
                throw MemoryFiles.error(file, "Read-only file system");
            }
        });
        TimeUnit.NANOSECONDS.sleep(2 * RETRY_NANOS);
        for (int i = 0; i < 20; i++) {
            IOException refused = assertThrows(IOException.class, () -> append("no"));
            assertTrue(refused.getMessage().contains("read-only file system"), refused.toString());
            TimeUnit.NANOSECONDS.sleep(2 * RETRY_NANOS);
        }
        await().until(() -> listener.told.contains("suspect 1 1"));
        assertTrue(listener.health.contains("read-only file system"), listener.health);
        files.set(MemoryFiles.Faults.NONE);
        await().until(() -> listener.health.isEmpty());
        appendSoon("a again");
        dieAndOpen();
        assertEquals(List.of("a", "a again"), replayed());
    }

    @Test
    void whatIsTrimmedStaysUntilWhatStandsForItIsDurable() throws Exception {
        open();
        long old = append(large("old"));
        kept();
        append(large("more"));
        appendSoon(large("of the next segment"));
        kept();
        failFsync(2);
        long moved = append("old, moved");
        journal.trim(Journal.segment(moved));
        await().until(() -> listener.told.contains("suspect 2 2"));
        assertTrue(journal.kept().isCompletedExceptionally());
        assertTrue(files.names().contains(segmentOf(old)), "deleted before what stands for it is durable");
        long again = append("old, moved again");
        kept();
        assertTrue(files.names().contains(segmentOf(old)), "nobody has said that this is all");
        journal.trim(Journal.segment(again));
        await().until(() -> !files.names().contains(segmentOf(old)));
    }

    /** Else a crash might leave earlier segments and not the later ones that say what became of it. */
    @Test
    void theOldestIsDeletedFirstThoughTheLaterOnesNeedNotWait() throws Exception {
        open();
        appendDurably(6);
        CountDownLatch go = new CountDownLatch(1);
        CountDownLatch forcing = new CountDownLatch(1);
        List<String> deleted = new CopyOnWriteArrayList<>();
        files.set((call, file) -> {
            if (call == Call.FORCE && isSegment(file, 3)) {
                forcing.countDown();
                awaitLatch(go);
            } else if (call == Call.DELETE && (isSegment(file, 1) || isSegment(file, 2))) {
                deleted.add(file.getFileName().toString());
            }
        });
        assertEquals(3, Journal.segment(append("small")));
        journal.kept();
        awaitLatch(forcing);
        append("another");
        journal.trim(2);
        CompletableFuture<Void> trimmed = journal.kept().thenRun(() -> journal.trim(3));
        go.countDown();
        trimmed.get(PATIENCE_SECONDS, TimeUnit.SECONDS);
        await().until(() -> deleted.size() == 2);
        List<String> names = new ArrayList<>();
        for (int segment = 1; segment <= 2; segment++) {
            names.add(Format.path(files.directory(), segment).getFileName().toString());
        }
        assertEquals(names, deleted);
    }

    @Test
    void aSlowFsyncHoldsUpNoAppend() throws Exception {
        open();
        CountDownLatch go = new CountDownLatch(1);
        files.set((call, file) -> {
            if (call == Call.FORCE && isSegment(file, 1)) {
                awaitLatch(go);
            }
        });
        append("a");
        CompletableFuture<Void> first = journal.kept();
        await().until(() -> {
            append("b");
            return journal.kept() != first;
        });
        CompletableFuture<Void> second = journal.kept();
        append("c");
        assertTrue(second == journal.kept(), "those that come meanwhile become durable together");
        assertFalse(first.isDone() || second.isDone());
        go.countDown();
        first.get(PATIENCE_SECONDS, TimeUnit.SECONDS);
        second.get(PATIENCE_SECONDS, TimeUnit.SECONDS);
    }

    // No room.

    @Test
    void atTheBoundOnlyWhatMakesRoomIsTaken() throws Exception {
        open(Durability.SYNCED, 4 * SEGMENT);
        int taken = 0;
        String reason = "";
        while (reason.isEmpty()) {
            try {
                append(large("frame " + taken));
                taken++;
            } catch (IOException e) {
                reason = e.getMessage().contains("not ready") ? "" : e.getMessage();
            }
        }
        assertTrue(reason.contains("journal-max-bytes"), reason);
        assertEquals(6, taken, "three of four segments");
        assertEquals("", listener.health, "a bound is no fault");
        journal.append(frame(large("finished")), Purpose.SHRINK);
        assertThrows(IOException.class, () -> append("small"));
        int rooms = listener.rooms.get();
        journal.trim(2);
        await().until(() -> listener.rooms.get() > rooms);
        journal.trim(3);
        appendSoon(large("again"));
        kept();
    }

    @Test
    void aFullDiskRefusesAndHeals() throws Exception {
        open();
        await().until(() -> files.used() >= 8 * SEGMENT);
        // In the middle of a segment: what is there is written before the error comes.
        files.capacity(files.used() + SEGMENT / 2);
        List<String> texts = new ArrayList<>();
        String[] reason = new String[1];
        await().until(() -> {
            try {
                String text = large("frame " + texts.size());
                append(text);
                texts.add(text);
                return false;
            } catch (IOException e) {
                reason[0] = e.getMessage();
                return e.getMessage().contains("no space left");
            }
        });
        assertTrue(listener.health.contains("no space left on device"), listener.health);
        assertTrue(files.used() <= 8 * SEGMENT, "what was begun is left there");
        journal.append(frame(large("moved")), Purpose.SHRINK);
        texts.add(large("moved"));
        kept();
        files.capacity(Long.MAX_VALUE);
        await().until(() -> listener.rooms.get() > 0 && listener.health.isEmpty());
        append("there is room again");
        texts.add("there is room again");
        dieAndOpen();
        assertEquals(texts, replayed());
    }

    @Test
    void aFullDiskIsNoReasonNotToStart() throws Exception {
        open();
        List<String> texts = appendDurably(5);
        MemoryFiles left = files.copy();
        close();
        files = left;
        // As full as it was: only what the last run had made and not used gives room.
        files.capacity(files.used());
        open();
        assertEquals(texts, replayed());
        append("there is the room of what was not used");
        kept();
        close();
        journal = null;
        files.capacity(files.used());
        listener = new RecordingListener();
        open();
        texts.add("there is the room of what was not used");
        assertEquals(texts, replayed());
        IOException refused = assertThrows(IOException.class, () -> append("no"));
        assertTrue(refused.getMessage().contains("no space left"), refused.toString());
        assertThrows(IOException.class, () -> journal.append(frame("no"), Purpose.SHRINK));
        files.capacity(Long.MAX_VALUE);
        await().until(() -> listener.rooms.get() > 0);
        append("yes");
        kept();
    }

    @Test
    void tooManyOpenFilesAreWaitedFor() throws Exception {
        files.set((call, file) -> {
            if (call == Call.CREATE) {
                throw MemoryFiles.error(file, "Too many open files");
            }
        });
        open();
        IOException refused = assertThrows(IOException.class, () -> append("no"));
        assertTrue(refused.getMessage().contains("too many open files"), refused.toString());
        assertTrue(listener.health.contains("too many open files"), listener.health);
        files.set(MemoryFiles.Faults.NONE);
        await().until(() -> listener.rooms.get() > 0 && listener.health.isEmpty());
        append("yes");
        kept();
    }

    @Test
    void aFrameLargerThanASegmentThatCannotBeWrittenLeavesNoTrace() throws Exception {
        open();
        append("before");
        await().until(() -> files.used() >= 9 * SEGMENT);
        files.capacity(files.used() + SEGMENT / 2);
        assertThrows(IOException.class, () -> append("x".repeat(3 * SEGMENT)));
        files.capacity(Long.MAX_VALUE);
        appendSoon("after");
        kept();
        dieAndOpen();
        assertEquals(List.of("before", "after"), replayed());
        assertEquals(List.of(), listener.told);
    }

    @Test
    void whatCannotBeDeletedIsTriedAgain() throws Exception {
        open();
        long old = append(large("old"));
        append(large("old"));
        long last = appendSoon(large("new"));
        kept();
        files.set((call, file) -> {
            if (call == Call.DELETE) {
                throw MemoryFiles.error(file, "Read-only file system");
            }
        });
        journal.trim(Journal.segment(last));
        await().until(() -> listener.health.contains("read-only file system"));
        files.set(MemoryFiles.Faults.NONE);
        await().until(() -> listener.health.isEmpty() && !files.names().contains(segmentOf(old)));
    }

    // What earlier runs left.

    @Test
    void theEndMayBeCutAtEachByte() throws Exception {
        open();
        List<String> texts = List.of("first", "second frame", "third, and last");
        List<Integer> ends = new ArrayList<>();
        String name = "";
        for (String text : texts) {
            long position = append(text);
            name = segmentOf(position);
            ends.add(Format.offset(position) + Format.FRAME_HEADER + text.length());
        }
        kept();
        byte[] whole = files.content(name);
        for (int cut = 0; cut <= ends.get(2); cut++) {
            byte[] zeroed = whole.clone();
            Arrays.fill(zeroed, cut, zeroed.length, (byte) 0);
            for (byte[] content : List.of(zeroed, Arrays.copyOf(whole, cut))) {
                MemoryFiles left = new MemoryFiles();
                left.put(name, content);
                int at = cut;
                List<String> expected = texts.stream()
                        .filter(text -> ends.get(texts.indexOf(text)) <= at)
                        .toList();
                RecordingListener alarms = new RecordingListener();
                List<String> replayed = new ArrayList<>();
                try (Journal cutOff = new FileJournalStore(left, left.directory(), SEGMENT, 0, RETRY_NANOS)
                        .open("cut", Durability.SYNCED, alarms)) {
                    cutOff.replay((position, frame) ->
                            replayed.add(StandardCharsets.UTF_8.decode(frame).toString()));
                }
                assertEquals(expected, replayed, "cut at " + cut + " of " + ends);
                assertEquals(List.of(), alarms.told, "cut at " + cut);
            }
        }
    }

    @Test
    void whatCameBehindATornEndDoesNotComeBackWhenThatIsTrimmed() throws Exception {
        open(Durability.WRITTEN, 0);
        List<String> texts = new ArrayList<>();
        for (int i = 0; i < 6; i++) {
            texts.add(large("frame " + i));
            append(texts.get(i));
        }
        MemoryFiles left = files.copy();
        String first = left.segments().get(0);
        byte[] content = left.content(first);
        // The second of two in the first of three segments.
        int end = Format.SEGMENT_HEADER + Format.frameBytes(texts.get(0).length());
        Arrays.fill(content, end, content.length, (byte) 0);
        left.put(first, content);
        close();
        files = left;
        listener = new RecordingListener();
        open();
        assertEquals(texts.subList(0, 1), replayed());
        append("new");
        kept();
        journal.trim(2);
        await().until(() -> !files.names().contains(first));
        dieAndOpen();
        assertEquals(List.of("new"), replayed());
        assertEquals(List.of(), listener.told);
    }

    @Test
    void namesOfSegmentsAreNotThoseOfDiskQueues() {
        for (String name : List.of("nsqd.journal.0000000001.log", "nsqd.journal.0000000001.log.bad")) {
            assertEquals(DiskFileName.Kind.OTHER, DiskFileName.parse(name).kind(), name);
            assertFalse(name.endsWith(".dat"), name);
        }
        assertEquals(0, Format.number("nsqd.journal.0000000001.diskqueue.000001.dat", true));
    }

    @Test
    void aMissingSegmentIsSaidAndTheOthersAreReplayed() throws Exception {
        open();
        List<String> texts = appendDurably(8);
        String missing = Format.path(files.directory(), 2).getFileName().toString();
        MemoryFiles left = files.copy();
        left.remove(missing);
        close();
        files = left;
        listener = new RecordingListener();
        open();
        texts.subList(2, 4).clear();
        assertEquals(texts, replayed());
        assertEquals(texts, replayed());
        assertEquals(List.of("LOST_FILES 1"), listener.told);
    }

    @Test
    void flippedBitsCostTheFramesThatTheyAreInAndNoOther() throws Exception {
        Random random = new Random(20);
        open();
        List<String> texts = appendDurably(20);
        MemoryFiles sound = files.copy();
        for (int run = 0; run < 300; run++) {
            MemoryFiles left = sound.copy();
            int segment = 1 + random.nextInt(9);
            String name = Format.path(left.directory(), segment).getFileName().toString();
            byte[] content = left.content(name);
            int frame = Format.frameBytes(texts.get(0).length());
            int at = random.nextInt(Format.SEGMENT_HEADER + 2 * frame);
            content[at] ^= (byte) (1 << random.nextInt(8));
            left.put(name, content);
            int hit = (at - Format.SEGMENT_HEADER) / frame;
            int inFrame = (at - Format.SEGMENT_HEADER) % frame;
            boolean isHit = at >= Format.SEGMENT_HEADER
                    && inFrame < Format.FRAME_HEADER + texts.get(0).length();
            List<String> expected = new ArrayList<>(texts);
            if (isHit) {
                expected.remove(2 * (segment - 1) + hit);
            }
            RecordingListener alarms = new RecordingListener();
            List<String> replayed = new ArrayList<>();
            try (Journal damaged = new FileJournalStore(left, left.directory(), SEGMENT, 0, RETRY_NANOS)
                    .open("flipped", Durability.SYNCED, alarms)) {
                damaged.replay((position, bytes) ->
                        replayed.add(StandardCharsets.UTF_8.decode(bytes).toString()));
                // The zeros of a header, and of padding, mean nothing.
                boolean said = isHit || at < 36;
                assertEquals(said ? List.of("DAMAGED_FILES 1") : List.of(), alarms.told, "a bit at " + at);
                assertEquals(
                        said, left.names().contains(name + ".bad"), left.names().toString());
                damaged.trim(Integer.MAX_VALUE);
            }
            assertEquals(left.names().contains(name + ".bad") ? List.of(name + ".bad") : List.of(), left.names());
            for (String kept : left.names()) {
                assertEquals(ByteBuffer.wrap(content), ByteBuffer.wrap(left.content(kept)));
            }
            assertEquals(expected, replayed, "a bit at " + at + " of segment " + segment);
        }
    }

    @Test
    void whatCannotBeReadIsLeftOutAndKept() throws Exception {
        open();
        List<String> texts = appendDurably(8);
        String unreadable = Format.path(files.directory(), 2).getFileName().toString();
        MemoryFiles left = files.copy();
        close();
        files = left;
        listener = new RecordingListener();
        files.set((call, file) -> {
            if (call == Call.OPEN && isOf(file, unreadable)) {
                throw new AccessDeniedException(file.toString());
            }
        });
        open();
        List<String> others = new ArrayList<>(texts);
        others.subList(2, 4).clear();
        assertEquals(others, replayed());
        assertEquals(others, replayed());
        assertEquals(List.of("DAMAGED_FILES 1"), listener.told);
        append("new");
        kept();
        journal.trim(Integer.MAX_VALUE);
        close();
        journal = null;
        assertEquals(List.of(unreadable), files.names());
        listener = new RecordingListener();
        open();
        assertEquals(texts.subList(2, 4), replayed());
    }

    @Test
    void aFileThatFailsInTheMiddleGivesWhatIsInFrontOfIt() throws Exception {
        open();
        List<String> texts = appendDurably(6);
        AtomicInteger reads = new AtomicInteger();
        MemoryFiles left = files.copy();
        close();
        files = left;
        listener = new RecordingListener();
        open();
        String failing = Format.path(files.directory(), 2).getFileName().toString();
        files.set((call, file) -> {
            if (call == Call.READ && isOf(file, failing) && reads.incrementAndGet() > 0) {
                throw MemoryFiles.error(file, "Input/output error");
            }
        });
        List<String> replayed = replayed();
        assertEquals(texts.get(0), replayed.get(0));
        assertEquals(texts.get(5), replayed.get(replayed.size() - 1));
        assertTrue(reads.get() > 0);
        assertEquals(List.of("DAMAGED_FILES 1"), listener.told);
    }

    @Test
    void filesOfNobodyAndOfNothingAlarmNobody() throws Exception {
        open();
        List<String> texts = appendDurably(4);
        MemoryFiles left = files.copy();
        close();
        files = left;
        files.put("nsqd.dat", new byte[] {'{', '}'});
        files.put("topic.diskqueue.000001.dat", new byte[100]);
        files.put("nsqd.journal.0000000003.log.tmp", new byte[100]);
        files.put("nsqd.journal.9999999999.log", new byte[100]);
        files.put("nsqd.journal.3.log", new byte[100]);
        files.put("nsqd.journal.0000000003.log", new byte[0]);
        files.put("nsqd.journal.0000000004.log", new byte[SEGMENT]);
        listener = new RecordingListener();
        open();
        assertEquals(texts, replayed());
        assertEquals(List.of(), listener.told);
    }

    @Test
    void aLaterFormatIsLeftAlone() throws Exception {
        open();
        List<String> texts = appendDurably(4);
        MemoryFiles left = files.copy();
        close();
        files = left;
        byte[] header = Format.segmentHeader(2, 77, 0);
        ByteBuffer.wrap(header).putInt(8, Format.VERSION + 1);
        ByteBuffer.wrap(header).putInt(32, Format.crc(header, 0, 32));
        String name = Format.path(files.directory(), 2).getFileName().toString();
        byte[] content = files.content(name);
        System.arraycopy(header, 0, content, 0, header.length);
        files.put(name, content);
        listener = new RecordingListener();
        open();
        assertEquals(texts.subList(0, 2), replayed());
        assertEquals(List.of("DAMAGED_FILES 1"), listener.told);
        journal.trim(Integer.MAX_VALUE);
        close();
        journal = null;
        assertEquals(List.of(name), files.names());
    }
}
