package io.nsqd.core.disk;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.nsqd.api.MessageBatch;
import io.nsqd.api.Option;
import io.nsqd.api.Options;
import io.nsqd.core.disk.FaultyCalls.Call;
import io.nsqd.core.disk.FaultyCalls.Faults;
import io.nsqd.spi.BackendQueueFactory.Listener;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Random work on a disk queue while its file system fails at random (EIO, EMFILE, ENOSPC, short writes, interrupts, slow fsyncs),
 * with stops of both kinds in between. Each run has a seed, and is told by it when it fails. {@code -Dfault.runs=} says how many,
 * {@code -Dfault.seed=} with which to begin.
 */
@Tag("S-12")
@Tag("S-17")
@Tag("S-18")
final class DiskFaultRunsTest {
    private static final int RUNS = Integer.getInteger("fault.runs", 1_000);
    private static final long FIRST_SEED = Long.getLong("fault.seed", 1);
    private static final long RETRY_NANOS = 200_000;
    private static final long PATIENCE_NANOS = TimeUnit.SECONDS.toNanos(30);
    private static final List<String> REASONS =
            List.of("Input/output error", "Too many open files", "No space left on device", "Cannot allocate memory");

    private static final List<Call> CALLS = List.of(Call.values());

    @TempDir
    private Path parent;

    @Test
    void nothingThatWasAcknowledgedIsLostAndNothingGetsStuck() throws IOException {
        for (long seed = FIRST_SEED; seed < FIRST_SEED + RUNS; seed++) {
            try (Run run = new Run(seed, Files.createDirectory(parent.resolve("run-" + seed)))) {
                run.play();
            }
        }
    }

    /** One run; its own thread is the only one that uses the queue, as a topic's lock would have it. */
    private static final class Run implements AutoCloseable {
        private final long seed;
        private final Path directory;
        private final Random random;
        private final FaultyCalls calls = new FaultyCalls();
        private final Options options;
        private final AtomicReference<String> health = new AtomicReference<>("");

        /** What was published, by body: what became of it. */
        private final Map<String, CompletableFuture<Void>> published = new LinkedHashMap<>();

        private final Map<String, Integer> delivered = new HashMap<>();
        private final List<String> order = new ArrayList<>();

        /** What was done, for the one who has to find out. */
        private final List<String> story = new ArrayList<>();

        private boolean mayRepeat;
        private DiskQueueFactory factory;
        private DiskQueue queue;
        private int next;

        Run(long seed, Path directory) {
            this.seed = seed;
            this.directory = directory;
            random = new Random(seed);
            options = Options.defaults()
                    .with(Map.of(
                            Option.DATA_PATH,
                            directory.toString(),
                            Option.SYNC_EVERY,
                            1L + random.nextInt(20),
                            Option.SYNC_TIMEOUT,
                            300_000L,
                            Option.MAX_BYTES_PER_FILE,
                            100L + random.nextInt(1_000)));
            open();
        }

        private void open() {
            health.set("");
            factory = new DiskQueueFactory(options, calls, RETRY_NANOS);
            queue = factory.open("q", new Listener() {
                @Override
                public void readable() {
                    // The run asks again and again.
                }

                @Override
                public void health(String error) {
                    health.set(error);
                }
            });
        }

        void play() throws IOException {
            int steps = 10 + random.nextInt(40);
            for (int i = 0; i < steps; i++) {
                step();
            }
            calls.set(Faults.NONE);
            story.add("drain");
            Thread.interrupted();
            drain();
            check();
        }

        private void step() throws IOException {
            switch (random.nextInt(12)) {
                case 0, 1, 2, 3 -> append();
                case 4, 5, 6 -> read();
                case 7 -> calls.set(faults());
                case 8 -> calls.set(Faults.NONE);
                case 9 -> LockSupport.parkNanos(random.nextInt(1_000_000));
                case 10 -> sync();
                default -> restart();
            }
        }

        /** Each call fails with the same probability, of those that may. */
        private Faults faults() {
            Random dice = new Random(random.nextLong());
            Call only = random.nextBoolean() ? null : CALLS.get(random.nextInt(CALLS.size()));
            int percent = 5 + random.nextInt(random.nextBoolean() ? 20 : 95);
            return new Faults() {
                @Override
                public void before(Call call, Path file) throws IOException {
                    if ((only != null && only != call) || roll() >= percent) {
                        return;
                    }
                    switch (roll() % 8) {
                        case 0 -> Thread.currentThread().interrupt();
                        case 1 -> LockSupport.parkNanos(200_000);
                        default -> throw FaultyCalls.error(file, REASONS.get(roll() % REASONS.size()));
                    }
                }

                @Override
                public int bytes(Path file, int asked) {
                    return only == Call.WRITE ? Math.max(1, asked / 2) : asked;
                }

                private synchronized int roll() {
                    return dice.nextInt(100);
                }
            };
        }

        /** Publishes a few; returns the last. */
        private String append() {
            MessageBatch batch = new MessageBatch();
            List<String> bodies = new ArrayList<>();
            int count = 1 + random.nextInt(6);
            for (int i = 0; i < count; i++) {
                String body = next++ + "x".repeat(random.nextInt(random.nextInt(20) == 0 ? 400 : 60));
                byte[] bytes = body.getBytes(StandardCharsets.ISO_8859_1);
                batch.add(next, 1_700_000_000_000_000_000L, 0, 0, bytes, 0, bytes.length);
                bodies.add(body);
            }
            CompletableFuture<Void> answer = queue.append(batch);
            story.add("append "
                    + bodies.stream()
                            .map(body -> body.replace("x", "") + "/" + body.length())
                            .toList() + " "
                    + (answer.isDone()
                            ? answer.handle((done, failure) -> String.valueOf(failure))
                                    .join()
                            : "pending"));
            bodies.forEach(body -> published.put(body, answer));
            return bodies.get(count - 1);
        }

        private int read() {
            MessageBatch batch = new MessageBatch();
            int count = queue.read(1 + random.nextInt(10), Long.MAX_VALUE, batch);
            for (int i = 0; i < count; i++) {
                String body = new String(batch.block(i), batch.offset(i), batch.length(i), StandardCharsets.ISO_8859_1);
                delivered.merge(body, 1, Integer::sum);
                order.add(body);
            }
            if (count > 0) {
                story.add("read " + count);
                queue.forget(count);
            }
            return count;
        }

        private void sync() {
            try {
                queue.sync();
            } catch (IOException e) {
                // It says so; what was acknowledged must be delivered all the same.
                story.add("sync " + e.getMessage());
            }
        }

        /** A stop with everything saved, with what could be saved, or with nothing: what the kernel has is there in any case. */
        private void restart() {
            if (random.nextBoolean()) {
                try {
                    queue.close();
                    story.add("close");
                } catch (IOException e) {
                    story.add("close " + e.getMessage());
                    mayRepeat = true;
                }
            } else {
                story.add("kill");
                mayRepeat = true;
            }
            factory.close();
            open();
        }

        /** Publishes until it works, and reads until that has come, and all before it. */
        private void drain() {
            long begun = System.nanoTime();
            String last = append();
            while (!delivered.containsKey(last)
                    || queue.depth() > 0
                    || !health.get().isEmpty()) {
                if (published.get(last).isCompletedExceptionally()) {
                    last = append();
                }
                if (read() == 0) {
                    LockSupport.parkNanos(50_000);
                }
                assertTrue(
                        System.nanoTime() - begun < PATIENCE_NANOS,
                        () -> "seed " + seed + ": stuck with depth " + queue.depth() + ", health " + health + story);
            }
        }

        private void check() throws IOException {
            try (Stream<Path> files = Files.list(directory)) {
                List<String> bad = files.map(file -> file.getFileName().toString())
                        .filter(name -> name.endsWith(".bad"))
                        .toList();
                assertEquals(List.of(), bad, () -> "seed " + seed + ": taken for damaged" + story);
            }
            published.forEach((body, answer) -> {
                boolean kept = answer.isDone() && !answer.isCompletedExceptionally();
                assertTrue(!kept || delivered.containsKey(body), () -> "seed " + seed + ": lost " + body + story);
            });
            delivered.forEach((body, times) -> {
                assertTrue(
                        published.containsKey(body),
                        () -> "seed " + seed + ": delivered what nobody published: " + body);
                assertTrue(times == 1 || mayRepeat, () -> "seed " + seed + ": delivered twice: " + body + story);
            });
        }

        @Override
        public void close() throws IOException {
            queue.close();
            factory.close();
            try (Stream<Path> files = Files.list(directory)) {
                for (Path file : files.toList()) {
                    Files.delete(file);
                }
            }
            Files.delete(directory);
        }
    }
}
