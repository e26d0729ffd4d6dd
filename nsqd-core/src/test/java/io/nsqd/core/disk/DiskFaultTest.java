package io.nsqd.core.disk;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.nsqd.api.MessageBatch;
import io.nsqd.api.Option;
import io.nsqd.api.Options;
import io.nsqd.core.disk.FaultyCalls.Call;
import io.nsqd.core.disk.FaultyCalls.Faults;
import io.nsqd.spi.BackendQueueFactory.Listener;
import io.nsqd.stats.Trouble;
import io.nsqd.stats.Troubles;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** What a disk queue makes of a file system that fails for a while: nothing that was acknowledged is lost, and it mends itself. */
final class DiskFaultTest {
    private static final long RETRY_NANOS = 2_000_000;

    @TempDir
    private Path parent;

    private final FaultyCalls calls = new FaultyCalls();
    private final List<DiskQueueFactory> factories = new ArrayList<>();
    private final List<String> health = new ArrayList<>();
    private final Troubles troubles = new Troubles();
    private final Listener listener = new Listener() {
        @Override
        public void trouble(Trouble trouble, long more) {
            troubles.add(trouble, more);
        }

        @Override
        public void readable() {
            // The tests ask until there is something.
        }

        @Override
        public void health(String error) {
            synchronized (health) {
                health.add(error);
            }
        }
    };

    private Path dataPath;
    private DiskQueue queue;

    @AfterEach
    void stop() throws IOException {
        calls.set(Faults.NONE);
        if (queue != null) {
            queue.close();
        }
        factories.forEach(DiskQueueFactory::close);
    }

    private void open(Map<Option, Object> options) throws IOException {
        if (dataPath == null) {
            dataPath = Files.createDirectory(parent.resolve("data"));
        }
        queue = factory(options).open("q", listener);
    }

    private DiskQueueFactory factory(Map<Option, Object> options) {
        Map<Option, Object> all = new EnumMap<>(Option.class);
        all.putAll(options);
        all.put(Option.DATA_PATH, dataPath.toString());
        DiskQueueFactory factory = new DiskQueueFactory(Options.defaults().with(all), calls, RETRY_NANOS);
        factories.add(factory);
        return factory;
    }

    private void reopen(Map<Option, Object> options) throws IOException {
        queue.close();
        open(options);
    }

    private static MessageBatch batch(String... bodies) {
        MessageBatch batch = new MessageBatch();
        for (String body : bodies) {
            byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
            batch.add(0x18a476fce3407000L, 1_700_000_000_000_000_000L, 0, 0, bytes, 0, bytes.length);
        }
        return batch;
    }

    private CompletableFuture<Void> append(String... bodies) {
        return queue.append(batch(bodies));
    }

    private static String reason(CompletableFuture<Void> failed) {
        return failed.handle((done, failure) -> failure).join().getMessage();
    }

    private static String[] numbered(int count) {
        return IntStream.range(0, count).mapToObj(i -> "message " + i).toArray(String[]::new);
    }

    private List<String> readSome() {
        MessageBatch batch = new MessageBatch();
        int count = queue.read(100, Long.MAX_VALUE, batch);
        List<String> bodies = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            bodies.add(new String(batch.block(i), batch.offset(i), batch.length(i), StandardCharsets.UTF_8));
        }
        if (count > 0) {
            queue.forget(count);
        }
        return bodies;
    }

    private List<String> drain() {
        List<String> bodies = new ArrayList<>();
        await().until(() -> {
            bodies.addAll(readSome());
            return !queue.hasUnread();
        });
        return bodies;
    }

    private String healthNow() {
        synchronized (health) {
            return health.isEmpty() ? "" : health.get(health.size() - 1);
        }
    }

    private List<String> files() throws IOException {
        try (Stream<Path> files = Files.list(dataPath)) {
            return files.map(file -> file.getFileName().toString()).sorted().toList();
        }
    }

    private boolean isKeptAside() throws IOException {
        return files().stream().anyMatch(name -> name.endsWith(".bad"));
    }

    private Path data(int number) {
        return new DiskFiles(dataPath, "q").data(number);
    }

    private static boolean isData(Path file) {
        return !file.getFileName().toString().contains("meta")
                && file.getFileName().toString().contains("diskqueue");
    }

    private static Faults failing(Call failing, String reason) {
        return (call, file) -> {
            if (call == failing && isData(file)) {
                throw FaultyCalls.error(file, reason);
            }
        };
    }

    private static Faults full() {
        return (call, file) -> {
            if (call == Call.WRITE) {
                throw FaultyCalls.error(file, "No space left on device");
            }
        };
    }

    // ---- reading

    @Test
    @Tag("S-18")
    void aFileThatCannotBeReadForAMomentIsNotTakenForDamaged() throws IOException {
        for (Call call : List.of(Call.OPEN, Call.READ)) {
            for (String reason : List.of("Too many open files", "Input/output error", "Permission denied")) {
                open(Map.of());
                append(numbered(1_000)).join();
                reopen(Map.of());
                calls.set(failing(call, reason));
                for (int i = 0; i < 20; i++) {
                    assertEquals(List.of(), readSome());
                }
                await().until(() -> healthNow()
                        .toLowerCase(java.util.Locale.ROOT)
                        .endsWith(reason.toLowerCase(java.util.Locale.ROOT)));
                assertTrue(healthNow().contains(data(0).toString()), healthNow());
                assertEquals(1_000, queue.depth());
                calls.set(Faults.NONE);
                assertEquals(List.of(numbered(1_000)), drain(), reason);
                assertFalse(isKeptAside(), reason);
                await().until(() -> healthNow().isEmpty());
                queue.delete().join();
                queue = null;
            }
        }
    }

    @Test
    @Tag("S-18")
    void aDamagedFileThatCannotBeKeptAsideStaysAndIsTriedAgain() throws IOException {
        open(Map.of());
        append("one", "two", "three").join();
        queue.close();
        byte[] damaged = Files.readAllBytes(data(0));
        // The length of the second.
        damaged[33] = (byte) 0xff;
        Files.write(data(0), damaged);
        open(Map.of());
        AtomicInteger tried = new AtomicInteger();
        calls.set((call, file) -> {
            if (file.toString().contains(".bad")) {
                tried.incrementAndGet();
                throw FaultyCalls.error(file, "No space left on device");
            }
        });
        assertEquals(List.of(), readSome());
        await().until(() -> tried.get() > 5);
        assertEquals(List.of(), readSome());
        assertTrue(Files.exists(data(0)));
        await().until(() -> healthNow().endsWith("no space left on device"));
        calls.set(Faults.NONE);
        assertEquals(List.of("one", "three"), drain());
        assertTrue(isKeptAside());
        await().until(() -> healthNow().isEmpty());
        assertEquals(1, troubles.value(Trouble.DAMAGED_FILES));
    }

    @Test
    @Tag("S-18")
    void whereAFileCannotHaveTwoNamesADamagedOneIsCopied() throws IOException {
        open(Map.of());
        append("one", "two", "three").join();
        queue.close();
        byte[] damaged = Files.readAllBytes(data(0));
        damaged[33] = (byte) 0xff;
        Files.write(data(0), damaged);
        open(Map.of());
        calls.set(failing(Call.LINK, "Operation not supported"));
        assertEquals(List.of("one", "three"), drain());
        Path bad = data(0).resolveSibling(data(0).getFileName() + ".bad");
        assertEquals(java.util.Arrays.toString(damaged), java.util.Arrays.toString(Files.readAllBytes(bad)));
    }

    @Test
    void oneQueueThatCannotBeOpenedLeavesTheOthersAlone() throws IOException {
        open(Map.of());
        append("kept").join();
        queue.close();
        calls.set((call, file) -> {
            if (call == Call.OPEN && file.getFileName().toString().startsWith("q.")) {
                throw FaultyCalls.error(file, "Permission denied");
            }
        });
        // As a stop without a warning leaves it: the data are to be looked through.
        Files.delete(new DiskFiles(dataPath, "q").meta());
        open(Map.of());
        DiskQueue other = factories.get(factories.size() - 1).open("other", listener);
        other.append(batch("other")).join();
        assertEquals(1, other.depth());
        assertTrue(append("refused").isCompletedExceptionally());
        assertEquals("read " + data(0) + ": permission denied", reason(append("refused")));
        await().until(() -> healthNow().equals("read " + data(0) + ": permission denied"));
        calls.set(Faults.NONE);
        assertEquals(List.of("kept"), drain());
        append("new").join();
        assertEquals(List.of("new"), drain());
        await().until(() -> healthNow().isEmpty());
        other.close();
    }

    /** Nobody reads any more what cannot be read. */
    @Test
    @Tag("S-22")
    void whatCannotBeReadIsNoTroubleAnyMoreWhenTheQueueIsEmptied() throws IOException {
        open(Map.of());
        append("one").join();
        reopen(Map.of());
        calls.set(failing(Call.READ, "Input/output error"));
        assertEquals(List.of(), readSome());
        await().until(() -> healthNow().endsWith("input/output error"));
        queue.empty().join();
        await().untilAsserted(() -> assertEquals("", healthNow()));
    }

    @Test
    @Tag("S-22")
    void whatCannotBeKeptAsideIsNoTroubleAnyMoreWhenTheQueueIsEmptiedOrGone() throws IOException {
        for (boolean deleted : List.of(false, true)) {
            open(Map.of());
            append("one", "two", "three").join();
            queue.close();
            byte[] damaged = Files.readAllBytes(data(0));
            damaged[33] = (byte) 0xff;
            Files.write(data(0), damaged);
            open(Map.of());
            AtomicInteger tried = new AtomicInteger();
            calls.set((call, file) -> {
                if (file.toString().contains(".bad")) {
                    tried.incrementAndGet();
                    throw FaultyCalls.error(file, "No space left on device");
                }
            });
            assertEquals(List.of(), readSome());
            await().until(() -> healthNow().endsWith("no space left on device"));
            (deleted ? queue.delete() : queue.empty()).join();
            await().untilAsserted(() -> assertEquals("", healthNow()));
            int before = tried.get();
            // Round the sync thread twice, with what was waiting there.
            DiskQueue other = factories.get(factories.size() - 1).open("other", listener);
            other.append(batch("one")).join();
            other.sync();
            assertTrue(tried.get() - before <= 2, "it is still tried");
            assertEquals("", healthNow());
            other.close();
            calls.set(Faults.NONE);
            if (!deleted) {
                queue.delete().join();
            }
            queue = null;
        }
    }

    @Test
    @Tag("S-18")
    void readingGoesOnWhateverGoesWrongBehindDamage() throws IOException {
        open(Map.of());
        append("one", "two", "three").join();
        queue.close();
        byte[] damaged = Files.readAllBytes(data(0));
        damaged[33] = (byte) 0xff;
        Files.write(data(0), damaged);
        open(Map.of());
        calls.set((call, file) -> {
            if (call == Call.READ && Thread.currentThread().getName().equals("nsqd-sync")) {
                throw new IllegalStateException("a fault of ours");
            }
        });
        assertEquals(List.of(), readSome());
        append("behind").join();
        await().until(() -> readSome().contains("behind"));
        assertTrue(isKeptAside());
    }

    @Test
    void whatTheSyncThreadFindsOutOfMemoryIsSaid() throws Exception {
        open(Map.of());
        Thread.UncaughtExceptionHandler before = Thread.getDefaultUncaughtExceptionHandler();
        CompletableFuture<Throwable> told = new CompletableFuture<>();
        Thread.setDefaultUncaughtExceptionHandler((thread, failure) -> told.complete(failure));
        try {
            factories
                    .get(0)
                    .sync()
                    .schedule(
                            () -> {
                                throw new OutOfMemoryError("Java heap space");
                            },
                            0);
            // Not awaited as elsewhere: that would have a handler of its own.
            assertEquals("Java heap space", told.get(30, TimeUnit.SECONDS).getMessage());
        } finally {
            Thread.setDefaultUncaughtExceptionHandler(before);
        }
    }

    // ---- fsync

    @Test
    @Tag("S-13")
    void aFailedSyncIsNotAcknowledgedOnAndWhatItCoveredIsWrittenAnew() throws IOException {
        open(Map.of(Option.SYNC_EVERY, 2L, Option.SYNC_TIMEOUT, 3_600_000_000_000L));
        CountDownLatch appended = new CountDownLatch(1);
        calls.set((call, file) -> {
            if (call == Call.FORCE && isData(file)) {
                await().until(() -> appended.getCount() == 0);
                throw FaultyCalls.error(file, "Input/output error");
            }
        });
        append("one", "two");
        // They come while the sync that is due is under way.
        CompletableFuture<Void> waiting = append("three");
        appended.countDown();
        await().until(waiting::isDone);
        assertTrue(waiting.isCompletedExceptionally());
        assertEquals("sync " + data(0) + ": input/output error", reason(waiting));
        Object before = inode(data(0));
        // Health says so for as long as it is so, and does not change to and fro.
        await().until(() -> healthNow().contains("input/output error"));
        append("four");
        append("five");
        assertTrue(healthNow().contains("input/output error"));
        calls.set(Faults.NONE);
        await().until(() -> healthNow().isEmpty());
        assertNotEquals(before, inode(data(0)), "what could not be forced was forced again");
        assertEquals(List.of("one", "two", "three", "four", "five"), drain());
        assertEquals(1, health.stream().filter(String::isEmpty).count(), health.toString());
        assertTrue(troubles.value(Trouble.SYNC_FAILURES) > 0);
        assertTrue(troubles.value(Trouble.SYNC_FAILURE_TIME) > 0);
    }

    private static Object inode(Path file) throws IOException {
        return Files.getAttribute(file, "unix:ino");
    }

    @Test
    void aCloseThatCannotMakeDurableSaysSo() throws IOException {
        open(Map.of());
        append("one").join();
        calls.set(failing(Call.FORCE, "Input/output error"));
        IOException failure = assertThrows(IOException.class, queue::close);
        assertTrue(failure.getMessage().endsWith("input/output error"), failure.getMessage());
        queue = null;
    }

    // ---- writing

    @Test
    void aThreadThatIsInterruptedStoresAndReadsAndStaysInterrupted() throws IOException {
        open(Map.of());
        Thread.currentThread().interrupt();
        try {
            assertFalse(append("one").isCompletedExceptionally());
            assertTrue(Thread.currentThread().isInterrupted());
            assertEquals(List.of("one"), readSome());
            assertTrue(Thread.currentThread().isInterrupted());
            queue.sync();
            assertTrue(Thread.currentThread().isInterrupted());
            assertFalse(append("two").isCompletedExceptionally());
        } finally {
            Thread.interrupted();
        }
        assertFalse(append("three").isCompletedExceptionally());
        assertEquals(List.of("two", "three"), drain());
    }

    @Test
    void anInterruptInTheMidstOfACallLosesNothing() throws IOException {
        for (Call interrupted : List.of(Call.WRITE, Call.READ, Call.FORCE)) {
            open(Map.of());
            append("one").join();
            AtomicInteger times = new AtomicInteger(3);
            calls.set((call, file) -> {
                if (call == interrupted && times.getAndDecrement() > 0) {
                    Thread.currentThread().interrupt();
                }
            });
            append("two").join();
            queue.sync();
            assertEquals(List.of("one", "two"), drain(), interrupted.toString());
            Thread.interrupted();
            calls.set(Faults.NONE);
            append("three").join();
            reopen(Map.of());
            assertEquals(List.of("three"), drain(), interrupted.toString());
            queue.delete().join();
            queue = null;
        }
    }

    @Test
    void whatTheDiskTakesInPiecesIsWhole() throws IOException {
        open(Map.of());
        calls.set(new Faults() {
            @Override
            public void before(Call call, Path file) {
                // Nothing fails.
            }

            @Override
            public int bytes(Path file, int asked) {
                return Math.min(asked, 7);
            }
        });
        append(numbered(50)).join();
        calls.set(Faults.NONE);
        assertEquals(List.of(numbered(50)), drain());
    }

    @Test
    @Tag("B-18")
    @Tag("X-4")
    void aFullDiskRefusesAndWhatWasConsumedMakesRoom() throws IOException {
        open(Map.of());
        append(numbered(10)).join();
        calls.set(full());
        CompletableFuture<Void> refused = append("refused");
        assertEquals("write " + data(0) + ": no space left on device", reason(refused));
        assertEquals("write " + data(0) + ": no space left on device", healthNow());
        assertTrue(Files.exists(data(0)), "it has not been consumed");
        assertEquals(List.of(numbered(10)), drain());
        // Nobody publishes: the file that was being written goes nevertheless.
        await().until(() -> !Files.exists(data(0)));
        calls.set(Faults.NONE);
        await().until(() -> healthNow().isEmpty());
        append("after").join();
        assertEquals(List.of("after"), drain());
    }

    @Test
    @Tag("B-18")
    void aQueueThatWasConsumedBeforeTheDiskBecameFullMakesRoomForAnother() throws IOException {
        open(Map.of());
        append(numbered(10)).join();
        assertEquals(List.of(numbered(10)), drain());
        DiskQueue other = factories.get(0).open("other", listener);
        calls.set(full());
        assertTrue(other.append(batch("refused")).isCompletedExceptionally());
        await().until(() -> !Files.exists(data(0)));
        calls.set(Faults.NONE);
        await().until(() -> healthNow().isEmpty());
        other.close();
        reopen(Map.of());
        assertEquals(0, queue.depth());
        append("after").join();
        assertEquals(List.of("after"), drain());
    }

    @Test
    @Tag("S-9")
    @Tag("B-18")
    void aMessageThatIsTooBigIsNotTheDisksFault() throws IOException {
        open(Map.of(Option.MAX_MSG_SIZE, 10L));
        assertTrue(append("longer than ten bytes").isCompletedExceptionally());
        assertEquals("", healthNow());
    }

    // ---- files that come and go

    @Test
    @Tag("S-15")
    void aFileThatCannotBeDeletedIsDeletedLater() throws IOException {
        open(Map.of(Option.MAX_BYTES_PER_FILE, 100L));
        calls.set(failing(Call.DELETE, "Device or resource busy"));
        append("a".repeat(60)).join();
        append("b".repeat(60)).join();
        drain();
        await().until(() -> healthNow().equals("remove " + data(0) + ": device or resource busy"));
        calls.set(Faults.NONE);
        await().until(() -> !Files.exists(data(0)));
        await().until(() -> healthNow().isEmpty());
    }

    @Test
    @Tag("S-22")
    void whatCannotBeEmptiedOnTheDiskIsSaidAndGoesLater() throws IOException {
        open(Map.of());
        append("one").join();
        calls.set(failing(Call.DELETE, "Device or resource busy"));
        CompletableFuture<Void> emptied = queue.empty();
        assertEquals(0, queue.depth());
        assertEquals("remove " + data(0) + ": device or resource busy", reason(emptied));
        append("two").join();
        calls.set(Faults.NONE);
        await().until(() -> !Files.exists(data(0)));
        assertEquals(List.of("two"), drain());
    }

    @Test
    void aDataPathThatDisappearsIsSaidAndMendsWhenItComesBack() throws IOException {
        open(Map.of());
        append("one").join();
        queue.sync();
        Path away = parent.resolve("away");
        Files.move(dataPath, away);
        assertEquals(List.of(), readSome());
        await().until(() -> {
            append("more");
            return !healthNow().isEmpty();
        });
        assertTrue(healthNow().endsWith("no such file or directory"), healthNow());
        AtomicInteger tried = new AtomicInteger();
        calls.set((call, file) -> tried.incrementAndGet());
        await().until(() -> tried.get() > 30);
        synchronized (health) {
            assertTrue(health.stream().noneMatch(String::isEmpty), "it comes and goes: " + health);
        }
        DiskQueue other = factories.get(0).open("other", listener);
        CompletableFuture<Void> refused = other.append(batch("refused"));
        assertTrue(reason(refused).startsWith("write " + dataPath.resolve("other.diskqueue.000000.dat") + ": "));
        Files.move(away, dataPath);
        await().untilAsserted(() -> assertEquals("", healthNow()));
        append("after").join();
        other.append(batch("after")).join();
        List<String> delivered = drain();
        assertEquals("one", delivered.get(0));
        assertEquals("after", delivered.get(delivered.size() - 1));
        other.close();
    }

    @Test
    void aDirectoryThatWasDeletedAndMadeAgainIsWrittenToAgain() throws IOException {
        open(Map.of(Option.SYNC_TIMEOUT, 5_000_000L));
        append(numbered(10)).join();
        queue.sync();
        for (String name : files()) {
            Files.delete(dataPath.resolve(name));
        }
        Files.delete(dataPath);
        await().until(() -> {
            append("while it was away");
            return !healthNow().isEmpty();
        });
        Files.createDirectory(dataPath);
        await().until(() -> healthNow().isEmpty());
        append("after").join();
        await().until(() -> readSome().contains("after"));
        assertEquals(0, queue.depth());
        queue.sync();
        assertTrue(files().contains("q.diskqueue.meta.dat"), files().toString());
    }

    @Test
    @Tag("S-19")
    void aFileThatSomebodyTookAwayIsSkippedAndCounted() throws IOException {
        open(Map.of(Option.MAX_BYTES_PER_FILE, 100L));
        append("a".repeat(60)).join();
        append("b".repeat(60)).join();
        append("c".repeat(60)).join();
        queue.sync();
        Files.delete(data(1));
        List<String> left = drain();
        assertEquals(List.of("a".repeat(60), "c".repeat(60)), left);
        assertEquals(0, queue.depth());
        await().until(() -> troubles.value(Trouble.LOST_FILES) == 1);
        assertFalse(isKeptAside());
    }

    @Test
    @Tag("S-17")
    void aFileThatAppearedMeanwhileIsNotWrittenOver() throws IOException {
        open(Map.of());
        Files.writeString(data(0), "somebody else's");
        append("one").join();
        assertEquals("somebody else's", Files.readString(data(0)));
        assertEquals(List.of("one"), drain());
    }

    /** Whenever the process is killed, what the meta file names is there. */
    @Test
    @Tag("S-19")
    @Tag("S-25")
    void aFileGoesOnlyOnceTheMetaFileNamesItNoMore() throws IOException {
        List<String> early = new CopyOnWriteArrayList<>();
        AtomicInteger gone = new AtomicInteger();
        calls.set((call, file) -> {
            Matcher data = Pattern.compile("q\\.diskqueue\\.(\\d+)\\.dat")
                    .matcher(file.getFileName().toString());
            Path meta = dataPath.resolve("q.diskqueue.meta.dat");
            if (call == Call.DELETE && data.matches() && Files.exists(file) && Files.exists(meta)) {
                gone.incrementAndGet();
                long named = Long.parseLong(Files.readAllLines(meta).get(1).split(",", -1)[0]);
                if (named <= Long.parseLong(data.group(1))) {
                    early.add(file + " while the meta file says read " + named);
                }
            }
        });
        open(Map.of(Option.MAX_BYTES_PER_FILE, 200L, Option.SYNC_EVERY, 10L));
        append(numbered(50)).join();
        assertEquals(List.of(numbered(50)), drain());
        await().until(() -> gone.get() > 0);
        int read = gone.get();
        append(numbered(50)).join();
        queue.sync();
        queue.empty().join();
        assertTrue(gone.get() > read);
        int emptied = gone.get();
        append(numbered(50)).join();
        queue.sync();
        queue.delete().join();
        assertTrue(gone.get() > emptied);
        assertEquals(List.of(), early);
    }

    /** Whoever opens a pipe for reading waits for somebody who writes to it. */
    @Test
    @Tag("S-19")
    @DisabledOnOs(OS.WINDOWS)
    void aPipeInPlaceOfAFileHoldsNobodyUp() throws Exception {
        open(Map.of());
        append("one", "two").join();
        queue.close();
        Path data = dataPath.resolve("q.diskqueue.000000.dat");
        Path aside = parent.resolve("aside");
        Files.move(data, aside);
        assertEquals(0, new ProcessBuilder("mkfifo", data.toString()).start().waitFor());

        open(Map.of());
        await().until(() -> {
            readSome();
            synchronized (health) {
                return health.stream().anyMatch(words -> words.endsWith(": not a regular file"));
            }
        });
        Files.move(aside, data, StandardCopyOption.REPLACE_EXISTING);
        assertEquals(List.of("one", "two"), drain());
    }
}
