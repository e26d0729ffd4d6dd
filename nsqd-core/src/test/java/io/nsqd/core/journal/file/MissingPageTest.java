package io.nsqd.core.journal.file;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.nsqd.api.Durability;
import io.nsqd.spi.Journal;
import io.nsqd.spi.Journal.Purpose;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * A page of a segment that the system cannot provide: what was put there is refused when it is appended, and not where Java happens to tell
 * of it. Pages are taken away by making the file shorter; {@code SickDiskIT} has a disk do it.
 */
final class MissingPageTest {
    private static final int SEGMENT = 1 << 20;

    /** After so many appends Java has compiled them: then it tells latest. */
    private static final int WARM = 30_000;

    private static final int ROUNDS = 5;
    private static final long PATIENCE_SECONDS = 20;

    @TempDir
    Path directory;

    private final RecordingListener listener = new RecordingListener();

    private Journal open(Durability durability) throws IOException {
        return new FileJournalStore(SegmentFiles.SYSTEM, directory, SEGMENT, 0, 1_000_000)
                .open("pages", durability, listener);
    }

    private static ByteBuffer frame(String text, int length) {
        byte[] bytes = (text + "-".repeat(length - text.length())).getBytes(StandardCharsets.UTF_8);
        return ByteBuffer.wrap(bytes);
    }

    /** Appends as soon as there is a segment to append to. */
    private static long appendSoon(Journal journal, ByteBuffer frame) {
        long patience = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_SECONDS);
        while (true) {
            try {
                return journal.append(frame, Purpose.GROW);
            } catch (IOException e) {
                if (System.nanoTime() > patience) {
                    throw new AssertionError("nothing is taken", e);
                }
                Thread.onSpinWait();
            }
        }
    }

    /** Does what has Java tell of a fault at the latest. */
    private static void visitTheVirtualMachine() throws IOException {
        for (int i = 0; i < 3; i++) {
            new RandomAccessFile("/dev/null", "r").close();
            System.gc();
        }
    }

    @ParameterizedTest
    @CsvSource({"WRITTEN, 99", "WRITTEN, 7000", "WRITTEN, 9000", "SYNCED, 99", "SYNCED, 7000"})
    void whatWasPutThereIsRefusedAtOnce(Durability durability, int length) throws Exception {
        try (Journal journal = open(durability)) {
            for (int i = 0; i < WARM; i++) {
                appendSoon(journal, frame("warm " + i, 99));
                if (i % 1000 == 0) {
                    journal.kept().get(PATIENCE_SECONDS, TimeUnit.SECONDS);
                    journal.trim(Integer.MAX_VALUE);
                }
            }
            for (int round = 0; round < ROUNDS; round++) {
                int segment = Journal.segment(appendSoon(journal, frame("of a segment that is lost", 99)));
                journal.kept().get(PATIENCE_SECONDS, TimeUnit.SECONDS);
                try (RandomAccessFile file =
                        new RandomAccessFile(Format.path(directory, segment).toFile(), "rw")) {
                    file.setLength(0);
                }
                ByteBuffer lost = frame("lost", length);
                IOException refused = assertThrows(IOException.class, () -> journal.append(lost, Purpose.GROW));
                assertEquals("journal: a page cannot be written", refused.getMessage());
                visitTheVirtualMachine();
                if (durability == Durability.SYNCED) {
                    assertThrows(
                            ExecutionException.class, () -> journal.kept().get(PATIENCE_SECONDS, TimeUnit.SECONDS));
                }
                await().until(() -> listener.told.contains("suspect " + segment + " " + segment));

                long again = appendSoon(journal, frame("again " + round, length));
                assertEquals(segment + 1, Journal.segment(again), "written on in the file that failed");
                visitTheVirtualMachine();
                journal.kept().get(PATIENCE_SECONDS, TimeUnit.SECONDS);
                journal.trim(segment + 1);
                await().until(() -> !Files.exists(Format.path(directory, segment)));
            }
        }
        List<String> replayed = new ArrayList<>();
        try (Journal journal = open(durability)) {
            journal.replay((position, frame) ->
                    replayed.add(StandardCharsets.UTF_8.decode(frame).toString()));
        }
        assertEquals(
                1,
                replayed.stream()
                        .filter(text -> text.startsWith("again " + (ROUNDS - 1)))
                        .count());
        assertTrue(replayed.stream().noneMatch(text -> text.startsWith("lost")), "what was refused came");
    }
}
