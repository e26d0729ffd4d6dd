package io.nsqd.core.retention;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.nsqd.api.MessageBatch;
import io.nsqd.core.disk.FaultyCalls;
import io.nsqd.core.disk.FileCalls;
import io.nsqd.stats.Trouble;
import io.nsqd.stats.Troubles;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What was appended comes back in its order, whatever happens to the files. */
final class RetainedLogTest {
    private static final RetentionLimits ALL = new RetentionLimits(0, 1L << 40);
    private static final long SECOND = 1_000_000_000L;

    @TempDir
    Path directory;

    private final Troubles troubles = new Troubles();

    private RetainedLog open(RetentionLimits limits) throws IOException {
        return new RetainedLog(FileCalls.SYSTEM, directory.resolve("t"), "t", limits, troubles);
    }

    /** Message {@code i} is published at second {@code i}. */
    private static MessageBatch batch(int from, int to, int length) {
        MessageBatch batch = new MessageBatch();
        for (int i = from; i < to; i++) {
            byte[] body = (i + "-".repeat(length)).getBytes(StandardCharsets.UTF_8);
            batch.add(i + 1L, i * SECOND, 0, 0, body, 0, body.length);
        }
        return batch;
    }

    private static List<Integer> read(RetainedLog log, long from) throws IOException {
        List<Integer> found = new ArrayList<>();
        try (RetainedReader reader = new RetainedReader(log, from)) {
            MessageBatch batch = new MessageBatch();
            while (reader.read(log.end(), (id, timestampNanos) -> true, batch)) {
                for (int i = 0; i < batch.size(); i++) {
                    String body = new String(batch.block(i), batch.offset(i), batch.length(i), StandardCharsets.UTF_8);
                    int number = Integer.parseInt(body.substring(0, (body + "-").indexOf('-')));
                    assertEquals(number + 1L, batch.id(i));
                    assertEquals(number * SECOND, batch.timestampNanos(i));
                    found.add(number);
                }
                batch.clear();
            }
        }
        return found;
    }

    private static List<Integer> numbers(int from, int to) {
        return IntStream.range(from, to).boxed().toList();
    }

    private List<Path> files() throws IOException {
        try (Stream<Path> files = Files.list(directory.resolve("t"))) {
            return files.filter(file -> file.toString().endsWith(RetainedFile.SUFFIX))
                    .sorted()
                    .toList();
        }
    }

    @Test
    void whatWasAppendedComesInItsOrder() throws IOException {
        RetainedLog log = open(ALL);
        log.append(batch(0, 1, 10));
        log.append(batch(1, 5000, 100));
        log.append(batch(5000, 5001, 3_000_000));
        log.append(batch(5001, 5002, 0));
        assertEquals(numbers(0, 5002), read(log, 1));
        assertEquals(numbers(4000, 5002), read(log, 4001));
        assertEquals(5002, log.count());
    }

    @Test
    void aTimeIsFoundToTheFrame() throws IOException {
        RetainedLog log = open(ALL);
        for (int i = 0; i < 100; i++) {
            log.append(batch(i * 10, i * 10 + 10, 50));
        }
        assertEquals(numbers(550, 1000), read(log, log.numberFrom(555 * SECOND)));
        assertEquals(1, log.numberFrom(0));
        assertEquals(log.end(), log.numberFrom(1000 * SECOND));
    }

    @Test
    void aLaterRunGoesOn() throws IOException {
        RetainedLog first = open(ALL);
        first.append(batch(0, 1000, 1000));
        first.close(0);
        RetainedLog second = open(ALL);
        assertEquals(1001, second.end());
        second.append(batch(1000, 1010, 10));
        // Nobody closes it: what is in the system's cache is there after a kill.
        RetainedLog third = open(ALL);
        third.append(batch(1010, 1020, 10));
        assertEquals(numbers(0, 1020), read(third, 1));
    }

    @Test
    void whatWasBeingWrittenIsLeftOut() throws IOException {
        RetainedLog first = open(ALL);
        first.append(batch(0, 10, 100));
        first.append(batch(10, 20, 100));
        Path file = files().get(0);
        long size = Files.size(file);
        for (long cut = size - 1; cut > size / 2 + 10; cut -= 97) {
            try (RandomAccessFile open = new RandomAccessFile(file.toFile(), "rw")) {
                open.setLength(cut);
            }
            RetainedLog again = open(ALL);
            assertEquals(11, again.end(), "cut at " + cut);
            assertEquals(numbers(0, 10), read(again, 1));
        }
        RetainedLog again = open(ALL);
        again.append(batch(10, 12, 5));
        assertEquals(numbers(0, 12), read(again, 1));
        assertEquals(0, troubles.value(Trouble.RETENTION_FAILURES));
    }

    @Test
    void aDamagedFrameCostsItsOwnMessages() throws IOException {
        RetainedLog log = open(ALL);
        log.append(batch(0, 10, 100));
        log.append(batch(10, 20, 100));
        log.append(batch(20, 30, 100));
        try (RandomAccessFile open = new RandomAccessFile(files().get(0).toFile(), "rw")) {
            open.seek(open.length() / 2);
            open.write('x');
        }
        List<Integer> rest = new ArrayList<>(numbers(0, 10));
        rest.addAll(numbers(20, 30));
        assertEquals(rest, read(log, 1));
        assertEquals(1, troubles.value(Trouble.RETENTION_FAILURES));
    }

    @Test
    void theOldestGoWhereItIsTooMuch() throws IOException {
        long bytes = 1 << 20;
        RetainedLog log = open(new RetentionLimits(0, bytes));
        for (int i = 0; i < 4000; i++) {
            log.append(batch(i, i + 1, 1000));
        }
        log.tidy(0);
        assertTrue(log.bytes() <= bytes, () -> log.bytes() + " bytes");
        // A file less than there is room for at the most.
        assertTrue(log.bytes() > bytes * 3 / 4, () -> log.bytes() + " bytes");
        assertEquals(log.files().size(), files().size());
        List<Integer> left = read(log, 1);
        assertEquals(numbers(4000 - (int) log.count(), 4000), left);
        log.close(0);
        assertEquals(left, read(open(ALL), 1));
    }

    @Test
    void theOldGoInTime() throws IOException {
        RetainedLog log = open(new RetentionLimits(100 * SECOND, 0));
        for (int i = 0; i < 300; i++) {
            log.append(batch(i, i + 1, 1000));
            log.tidy((i + 1) * SECOND);
        }
        int kept = (int) log.count();
        assertTrue(kept >= 100 && kept <= 114, () -> kept + " are kept");
        assertEquals(numbers(300 - kept, 300), read(log, 1));
        // Also where nothing more comes.
        log.tidy(400 * SECOND + 1);
        assertEquals(List.of(), read(log, 1));
        assertEquals(List.of(), files());
    }

    @Test
    void readingGoesOnWhileFilesAreGivenBack() throws IOException {
        RetainedLog log = open(new RetentionLimits(0, 1 << 20));
        for (int i = 0; i < 500; i++) {
            log.append(batch(i, i + 1, 1000));
        }
        MessageBatch batch = new MessageBatch();
        try (RetainedReader reader = new RetainedReader(log, 1)) {
            assertTrue(reader.read(log.end(), (id, timestampNanos) -> true, batch));
            for (int i = 500; i < 3000; i++) {
                log.append(batch(i, i + 1, 1000));
            }
            log.tidy(0);
            long before = batch.size();
            while (reader.read(log.end(), (id, timestampNanos) -> true, batch)) {
                assertTrue(batch.size() > 0);
            }
            assertTrue(batch.size() - before >= log.count());
            assertEquals(3000, batch.id(batch.size() - 1));
            for (int i = 1; i < batch.size(); i++) {
                assertTrue(batch.id(i) > batch.id(i - 1));
            }
        }
    }

    @Test
    void aFullDiskCostsWhatCannotBeWrittenAndIsTriedAgain() throws Exception {
        FaultyCalls calls = new FaultyCalls();
        RetainedLog log =
                new RetainedLog(calls, directory.resolve("t"), "t", new RetentionLimits(0, 1 << 19), troubles);
        log.append(batch(0, 1, 70_000));
        calls.set((call, file) -> {
            if (call == FaultyCalls.Call.OPEN) {
                throw FaultyCalls.error(file, "No space left on device");
            }
        });
        log.append(batch(1, 2, 70_000));
        log.append(batch(2, 3, 70_000));
        assertEquals(2, troubles.value(Trouble.RETENTION_FAILURES));
        calls.set(FaultyCalls.Faults.NONE);
        long patience = System.nanoTime() + 20 * SECOND;
        int next = 3;
        while (log.count() == 1 && System.nanoTime() < patience) {
            log.append(batch(next, next + 1, 70_000));
            next++;
        }
        List<Integer> left = read(log, 1);
        assertEquals(List.of(0, next - 1), left);
    }

    @Test
    void aFileThatVanishesCostsItsOwnMessages() throws IOException {
        RetainedLog log = open(new RetentionLimits(0, 1 << 19));
        for (int i = 0; i < 12; i++) {
            log.append(batch(i * 10, i * 10 + 10, 2000));
        }
        List<RetainedFile> files = log.files();
        assertTrue(files.size() >= 3);
        Files.delete(files().get(1));
        List<Integer> left = numbers(0, (int) files.get(1).first() - 1);
        List<Integer> rest = new ArrayList<>(left);
        rest.addAll(numbers((int) files.get(1).end() - 1, 120));
        assertEquals(rest, read(log, log.numberFrom(0)));
        assertEquals(1, troubles.value(Trouble.RETENTION_FAILURES));
        assertEquals(rest, read(log, 1), "it is missed once");
        assertEquals(1, troubles.value(Trouble.RETENTION_FAILURES));
    }

    @Test
    void whatCannotBeReadNowIsReadLater() throws IOException {
        FaultyCalls calls = new FaultyCalls();
        RetainedLog log = new RetainedLog(calls, directory.resolve("t"), "t", ALL, troubles);
        for (int i = 0; i < 5; i++) {
            log.append(batch(i * 10, i * 10 + 10, 100));
        }
        for (int fault = 0; fault < 12; fault++) {
            AtomicInteger reads = new AtomicInteger();
            int at = fault;
            calls.set((call, file) -> {
                if (call == FaultyCalls.Call.READ && reads.getAndIncrement() == at) {
                    throw FaultyCalls.error(file, "Input/output error");
                }
            });
            MessageBatch found = new MessageBatch();
            int failures = 0;
            boolean more = true;
            try (RetainedReader reader = new RetainedReader(log, 1)) {
                while (more) {
                    try {
                        more = reader.read(log.end(), (id, timestampNanos) -> true, found);
                    } catch (IOException e) {
                        failures++;
                    }
                }
            }
            assertEquals(at < reads.get() ? 1 : 0, failures);
            assertEquals(50, found.size(), "with a fault at read " + at);
        }
    }

    @Test
    void itGoesOnWhenAllOfItVanishes() throws IOException {
        RetainedLog log = open(new RetentionLimits(0, 1 << 19));
        for (int i = 0; i < 12; i++) {
            log.append(batch(i * 10, i * 10 + 10, 2000));
        }
        for (Path file : files()) {
            Files.delete(file);
        }
        Files.delete(directory.resolve("t"));
        assertEquals(List.of(), read(log, 1));
        log.append(batch(120, 130, 2000));
        assertEquals(numbers(120, 130), read(log, 1));
        log.tidy(0);
        log.close(0);
        assertEquals(numbers(120, 130), read(open(ALL), 1));
    }

    @Test
    void deletedNothingIsLeft() throws IOException {
        RetainedLog log = open(ALL);
        log.append(batch(0, 10, 100));
        log.tidy(0);
        log.append(batch(10, 20, 100));
        log.delete();
        log.append(batch(20, 30, 100));
        assertFalse(Files.exists(directory.resolve("t")));
    }
}
