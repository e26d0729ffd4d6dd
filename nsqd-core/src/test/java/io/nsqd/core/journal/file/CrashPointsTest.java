package io.nsqd.core.journal.file;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.nsqd.api.Durability;
import io.nsqd.spi.Journal;
import io.nsqd.spi.Journal.Purpose;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;

/**
 * The power is cut at so many moments of random work: what was said to be durable is there afterwards, in order, nothing else is, and
 * nobody is alarmed. {@code -Djournal.crash.points=10000} tries more of them.
 */
final class CrashPointsTest {
    private static final int POINTS = Integer.getInteger("journal.crash.points", 1_500);
    private static final int POINTS_OF_A_RUN = 12;

    @Test
    void whatWasSaidToBeDurableIsThere() throws Exception {
        long seed = Long.getLong("journal.crash.seed", System.nanoTime());
        for (int points = 0; points < POINTS; points += POINTS_OF_A_RUN) {
            long one = seed + points;
            try {
                new Work(new Random(one)).run();
            } catch (AssertionError | Exception e) {
                throw new AssertionError("with -Djournal.crash.seed=" + one + ": " + e, e);
            }
        }
    }

    private record Frame(String text, int segment) {
        @Override
        public String toString() {
            return text.substring(0, text.indexOf(' ')) + "(" + text.length() + " in " + segment + ")";
        }
    }

    /** What became of frames up to an index. */
    private record Answer(CompletableFuture<Void> kept, int frames) {}

    private static final class Work {
        private final Random random;
        private final int segmentBytes;
        private MemoryFiles files = new MemoryFiles();
        private Journal journal;
        private RecordingListener listener = new RecordingListener();

        /** All that was appended and has not been found gone after a crash. */
        private List<Frame> frames = new ArrayList<>();

        private List<Answer> answers = new ArrayList<>();

        /** How many of the frames were durable before this run. */
        private int durableBefore;

        private int trimmedBelow;
        private int number;

        Work(Random random) {
            this.random = random;
            segmentBytes = 8 * (100 + random.nextInt(1000));
        }

        void run() throws Exception {
            open();
            for (int point = 0; point < POINTS_OF_A_RUN; point++) {
                int steps = random.nextInt(40);
                for (int i = 0; i < steps; i++) {
                    step();
                }
                int durable = durableNow();
                MemoryFiles after = files.crash(random);
                if (random.nextInt(3) == 0) {
                    goOnWith(after, durable);
                } else {
                    check(after, durable);
                }
            }
            journal.close();
            check(files.crash(random), frames.size());
            assertEquals(List.of(), listener.told);
        }

        private void open() throws IOException {
            journal = new FileJournalStore(files, files.directory(), segmentBytes, 0, 1_000_000)
                    .open("crash", Durability.SYNCED, listener);
        }

        private int durableNow() {
            int durable = durableBefore;
            for (Answer answer : answers) {
                if (answer.kept().isDone()) {
                    answer.kept().join();
                    durable = Math.max(durable, answer.frames());
                }
            }
            return durable;
        }

        private void step() throws Exception {
            switch (random.nextInt(20)) {
                case 0 -> {
                    if (!frames.isEmpty()) {
                        trimmedBelow = Math.max(
                                trimmedBelow,
                                frames.get(random.nextInt(frames.size())).segment());
                        journal.trim(trimmedBelow);
                    }
                }
                case 1 -> {
                    if (!answers.isEmpty()) {
                        answers.get(answers.size() - 1).kept().get(20, TimeUnit.SECONDS);
                    }
                }
                case 2 -> {
                    if (random.nextInt(4) == 0) {
                        journal.close();
                        answers.clear();
                        durableBefore = frames.size();
                        open();
                        checked(journal, durableBefore);
                    }
                }
                case 3, 4, 5, 6, 7, 8 -> answers.add(new Answer(journal.kept(), frames.size()));
                default -> append();
            }
        }

        private void append() throws Exception {
            int size = random.nextInt(random.nextInt(10) == 0 ? 2 * segmentBytes : 300);
            String text = number++ + " " + "x".repeat(size);
            ByteBuffer frame = ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8));
            long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
            while (true) {
                try {
                    frames.add(new Frame(text, Journal.segment(journal.append(frame, Purpose.GROW))));
                    return;
                } catch (IOException e) {
                    // Segments of this size are filled sooner than they are made.
                    assertTrue(String.valueOf(e.getMessage()).contains("not ready"), e.toString());
                    assertTrue(System.nanoTime() < deadline, "no segment is made");
                    LockSupport.parkNanos(20_000);
                }
            }
        }

        /** The power is back: replay and go on with what is there. */
        private void goOnWith(MemoryFiles after, int durable) throws Exception {
            journal.close();
            assertEquals(List.of(), listener.told);
            files = after;
            listener = new RecordingListener();
            open();
            frames = new ArrayList<>(checked(journal, durable));
            assertEquals(List.of(), listener.told);
            durableBefore = frames.size();
            answers.clear();
        }

        private void check(MemoryFiles after, int durable) throws Exception {
            RecordingListener alarms = new RecordingListener();
            try (Journal other = new FileJournalStore(after, after.directory(), segmentBytes, 0, 1_000_000)
                    .open("crash", Durability.SYNCED, alarms)) {
                List<Frame> first = checked(other, durable);
                assertEquals(first, replayed(other));
                assertEquals(List.of(), alarms.told);
            }
        }

        private static List<Frame> replayed(Journal from) throws IOException {
            List<Frame> replayed = new ArrayList<>();
            from.replay((position, frame) -> replayed.add(
                    new Frame(StandardCharsets.UTF_8.decode(frame).toString(), Journal.segment(position))));
            return replayed;
        }

        private List<Frame> checked(Journal from, int durable) throws IOException {
            List<Frame> replayed = replayed(from);
            if (replayed.isEmpty()) {
                for (Frame frame : frames.subList(0, durable)) {
                    assertTrue(frame.segment() < trimmedBelow, "lost all, " + frame + " too");
                }
                return replayed;
            }
            int start = frames.indexOf(replayed.get(0));
            assertTrue(start >= 0, "never appended: " + replayed.get(0));
            for (Frame frame : frames.subList(0, Math.min(start, durable))) {
                assertTrue(frame.segment() < trimmedBelow, "lost in front: " + frame);
            }
            int end = start + replayed.size();
            assertTrue(end >= durable, "lost at the end: " + (durable - end) + " of " + durable);
            assertTrue(end <= frames.size(), "more than was appended");
            assertEquals(frames.subList(start, end), replayed);
            return replayed;
        }
    }
}
