package io.nsqd.spi.contract;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.nsqd.api.Durability;
import io.nsqd.spi.Journal;
import io.nsqd.spi.Journal.Purpose;
import io.nsqd.spi.JournalStore;
import io.nsqd.stats.Trouble;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Queue;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What every {@link JournalStore} must do, and the {@link Journal} that it opens. */
public abstract class JournalStoreContract {
    private static final long PATIENCE_SECONDS = 20;

    /** Whose journal it is. */
    private static final String OWNER = "contract";

    /** A frame of which some fill a segment. */
    private static final int LARGE = 64 * 1024;

    /** What was told that must not happen on a sound disk. */
    private final Queue<String> alarms = new ConcurrentLinkedQueue<>();

    private final Semaphore room = new Semaphore(0);

    private final JournalStore.Listener listener = new JournalStore.Listener() {
        @Override
        public void health(String error) {
            alarms.add("health: " + error);
        }

        @Override
        public void suspect(int from, int to) {
            alarms.add("suspect: " + from + " to " + to);
        }

        @Override
        public void room() {
            room.release();
        }

        @Override
        public void trouble(Trouble trouble, long more) {
            alarms.add(trouble + ": " + more);
        }
    };

    private Journal journal;

    /** For those who extend it. */
    protected JournalStoreContract() {}

    /**
     * Makes the store. All those of one test store in the same place, as before and after a restart; those of different tests do not. It
     * has room for 64 MiB, and segments of 1 to 16 MiB.
     */
    protected abstract JournalStore store() throws Exception;

    /** How large a frame is tried, in bytes: at least some segments, at most {@link Journal#LARGEST_FRAME}. */
    protected int largestFrame() {
        return 20 << 20;
    }

    /** Opens the journal. */
    @BeforeEach
    public final void openJournal() throws Exception {
        journal = store().open(OWNER, Durability.SYNCED, listener);
    }

    /** Closes the journal, and looks whether anything went wrong. */
    @AfterEach
    public final void closeJournal() throws IOException {
        journal.close();
        assertEquals(List.of(), List.copyOf(alarms), "what must not happen");
    }

    private void reopen() throws Exception {
        journal.close();
        journal = store().open(OWNER, Durability.SYNCED, listener);
    }

    private record Frame(long position, String text) {}

    private static ByteBuffer bytes(String text) {
        return ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8));
    }

    private static String text(ByteBuffer frame) {
        return StandardCharsets.UTF_8.decode(frame).toString();
    }

    private static long append(Journal to, String text) throws IOException {
        return to.append(bytes(text), Purpose.GROW);
    }

    /** Appends, as soon as there is room where it is short for a moment. */
    private Frame append(String text) throws IOException {
        while (true) {
            room.drainPermits();
            try {
                return new Frame(append(journal, text), text);
            } catch (IOException e) {
                if (!awaitsRoom()) {
                    throw e;
                }
            }
        }
    }

    private boolean awaitsRoom() {
        try {
            return room.tryAcquire(PATIENCE_SECONDS, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }

    private static void await(CompletableFuture<Void> done) throws Exception {
        done.get(PATIENCE_SECONDS, TimeUnit.SECONDS);
    }

    private List<Frame> replayed() throws IOException {
        List<Frame> frames = new ArrayList<>();
        journal.replay((position, frame) -> frames.add(new Frame(position, text(frame))));
        return frames;
    }

    /** Appends until something lies in another segment than what was appended first; that is the last. */
    private List<Frame> fillASegment() throws Exception {
        List<Frame> frames = new ArrayList<>();
        do {
            frames.add(append(frames.size() + "x".repeat(LARGE)));
            await(journal.kept());
        } while (segment(frames.get(0)) == segment(frames.get(frames.size() - 1)));
        return frames;
    }

    private static int segment(Frame frame) {
        return Journal.segment(frame.position());
    }

    @Test
    public void aNewJournalIsEmpty() throws Exception {
        assertEquals(List.of(), replayed());
        assertEquals(0, journal.bytes());
        assertEquals(0, journal.segments());
        await(journal.kept());
        reopen();
        assertEquals(List.of(), replayed());
    }

    @Test
    public void whatIsAppendedIsReplayedInOrder() throws Exception {
        List<Frame> frames = new ArrayList<>();
        for (int i = 0; i < 500; i++) {
            frames.add(append("frame " + "=".repeat(i)));
        }
        await(journal.kept());
        reopen();
        assertEquals(frames, replayed());
    }

    @Test
    public void replayIsTheSameEachTime() throws Exception {
        List<Frame> frames = fillASegment();
        reopen();
        assertEquals(frames, replayed());
        assertEquals(frames, replayed());
        reopen();
        assertEquals(frames, replayed());
    }

    @Test
    public void positionsGrow() throws Exception {
        List<Frame> frames = new ArrayList<>(fillASegment());
        reopen();
        replayed();
        frames.add(append("of another run"));
        long last = 0;
        for (Frame frame : frames) {
            assertTrue(segment(frame) >= 1, "segment " + segment(frame));
            assertTrue(frame.position() > last, "position " + frame.position() + " behind " + last);
            last = frame.position();
        }
    }

    @Test
    public void runsFollowOneAnother() throws Exception {
        List<Frame> frames = new ArrayList<>();
        for (int run = 0; run < 4; run++) {
            assertEquals(frames, replayed());
            frames.add(append("first of run " + run));
            frames.add(append("second of run " + run));
            await(journal.kept());
            reopen();
        }
        assertEquals(frames, replayed());
    }

    @Test
    public void aFrameIsReadDuringTheCallOnly() throws Exception {
        byte[] bytes = "<<in the middle>>".getBytes(StandardCharsets.UTF_8);
        long position = journal.append(ByteBuffer.wrap(bytes, 2, bytes.length - 4), Purpose.GROW);
        Arrays.fill(bytes, (byte) '!');
        ByteBuffer direct =
                ByteBuffer.allocateDirect(100).put(bytes("outside the heap")).flip();
        long second = journal.append(direct, Purpose.SHRINK);
        direct.clear().put(new byte[100]);
        await(journal.kept());
        List<Frame> expected = List.of(new Frame(position, "in the middle"), new Frame(second, "outside the heap"));
        reopen();
        assertEquals(expected, replayed());
    }

    @Test
    public void framesOfAllSizesComeBack() throws Exception {
        Random random = new Random(7);
        List<byte[]> frames = new ArrayList<>();
        for (int size :
                new int[] {1, 2, 7, 8, 9, 15, 16, 17, 4095, 4096, 4097, 1 << 20, (1 << 20) + 1, largestFrame(), 1}) {
            byte[] frame = new byte[size];
            random.nextBytes(frame);
            frames.add(frame);
            journal.append(ByteBuffer.wrap(frame), Purpose.GROW);
            await(journal.kept());
        }
        reopen();
        List<byte[]> replayed = new ArrayList<>();
        List<Long> positions = new ArrayList<>();
        journal.replay((position, frame) -> {
            byte[] copy = new byte[frame.remaining()];
            frame.get(copy);
            replayed.add(copy);
            positions.add(position);
        });
        assertEquals(frames.size(), replayed.size());
        for (int i = 0; i < frames.size(); i++) {
            assertArrayEquals(frames.get(i), replayed.get(i), "frame " + i);
            ByteBuffer read = journal.read(positions.get(i));
            assertEquals(ByteBuffer.wrap(frames.get(i)), read, "frame " + i + ", read again");
        }
    }

    @Test
    public void oneFrameCanBeReadAgain() throws Exception {
        List<Frame> frames = new ArrayList<>(fillASegment());
        for (Frame frame : frames) {
            assertEquals(frame.text(), text(journal.read(frame.position())));
        }
        reopen();
        frames.add(append("of another run"));
        for (Frame frame : frames) {
            assertEquals(frame.text(), text(journal.read(frame.position())));
        }
    }

    @Test
    public void framesCanBeReadWhileOthersAreAppended() throws Exception {
        long position = append(journal, "read again and again");
        AtomicReference<Throwable> failure = new AtomicReference<>();
        Thread reader = new Thread(() -> {
            try {
                for (int i = 0; i < 200; i++) {
                    assertEquals("read again and again", text(journal.read(position)));
                }
            } catch (IOException | AssertionError e) {
                failure.set(e);
            }
        });
        reader.start();
        List<String> texts = new ArrayList<>(List.of("read again and again"));
        for (int i = 0; reader.isAlive() && i < 2000; i++) {
            texts.add("other " + i);
            append("other " + i);
        }
        reader.join();
        assertEquals(null, failure.get());
        reopen();
        assertEquals(texts, replayed().stream().map(Frame::text).toList());
    }

    @Test
    public void whatIsTrimmedIsGone() throws Exception {
        List<Frame> frames = fillASegment();
        Frame last = frames.get(frames.size() - 1);
        int segments = journal.segments();
        long bytes = journal.bytes();
        journal.trim(segment(last));
        assertTrue(journal.segments() < segments, "segments: " + journal.segments());
        assertTrue(journal.bytes() < bytes, "bytes: " + journal.bytes());
        reopen();
        assertEquals(List.of(last), replayed());
        assertEquals(1, journal.segments());
        append("of another run");
        journal.trim(segment(last) + 1);
        assertEquals(1, journal.segments());
        reopen();
        assertEquals(
                List.of("of another run"), replayed().stream().map(Frame::text).toList());
    }

    @Test
    public void whatIsTrimmedIsNotReplayedInTheSameRunEither() throws Exception {
        List<Frame> frames = fillASegment();
        Frame last = frames.get(frames.size() - 1);
        reopen();
        journal.trim(segment(last));
        assertEquals(List.of(last), replayed());
    }

    @Test
    public void everythingCanBeTrimmed() throws Exception {
        fillASegment();
        journal.trim(Integer.MAX_VALUE);
        assertEquals(0, journal.segments());
        assertEquals(0, journal.bytes());
        await(journal.kept());
        Frame after = append("after all that");
        await(journal.kept());
        assertEquals("after all that", text(journal.read(after.position())));
        reopen();
        assertEquals(List.of(after), replayed());
        journal.trim(Integer.MAX_VALUE);
        reopen();
        assertEquals(List.of(), replayed());
        assertEquals(0, journal.segments());
    }

    @Test
    public void whatIsTrimmedBeforeItIsKeptHoldsUpNobody() throws Exception {
        append("soon trimmed");
        CompletableFuture<Void> kept = journal.kept();
        journal.trim(Integer.MAX_VALUE);
        await(kept);
        Frame after = append("after it");
        await(journal.kept());
        reopen();
        assertEquals(List.of(after), replayed());
    }

    @Test
    public void whoOpensItAgainFencesWhoHadIt() throws Exception {
        Frame before = append("before");
        await(journal.kept());
        Journal fenced = journal;
        journal = store().open(OWNER, Durability.SYNCED, listener);
        assertThrows(IOException.class, () -> append(fenced, "too late"));
        assertThrows(IOException.class, () -> fenced.append(bytes("too late"), Purpose.SHRINK));
        assertEquals(List.of(before), replayed());
        Frame after = append("after");
        assertThrows(IOException.class, () -> append(fenced, "too late"));
        // Who is fenced may not know it yet.
        fenced.trim(Integer.MAX_VALUE);
        fenced.close();
        await(journal.kept());
        reopen();
        assertEquals(List.of(before, after), replayed());
    }

    @Test
    public void aClosedJournalTakesNothing() throws Exception {
        Frame before = append("before");
        journal.close();
        Journal closed = journal;
        assertThrows(IOException.class, () -> append(closed, "after"));
        journal.close();
        journal = store().open(OWNER, Durability.SYNCED, listener);
        assertEquals(List.of(before), replayed());
    }

    @Test
    public void whatNobodyWaitedForIsThereAfterAClose() throws Exception {
        Frame frame = append("nobody waits");
        reopen();
        assertEquals(List.of(frame), replayed());
    }

    @Test
    public void framesThatBecomeDurableTogetherShareACompletion() throws Exception {
        append("a");
        await(journal.kept());
        CompletableFuture<Void> none = journal.kept();
        assertTrue(none.isDone() && !none.isCompletedExceptionally(), "there is nothing to wait for");
        // Some of so many come while others are being made durable.
        List<CompletableFuture<Void>> kept = new ArrayList<>();
        for (int i = 0; i < 2000; i++) {
            append("b" + i);
            kept.add(journal.kept());
        }
        for (CompletableFuture<Void> one : kept) {
            await(one);
        }
        assertNotEquals(kept.size(), kept.stream().distinct().count());
    }

    @Test
    public void anInterruptHurtsNobody() throws Exception {
        Thread.currentThread().interrupt();
        Frame first;
        Frame second;
        boolean still;
        try {
            first = append("first");
            second = append("second " + "x".repeat(largestFrame()));
            text(journal.read(first.position()));
            journal.kept();
        } finally {
            still = Thread.interrupted();
        }
        assertTrue(still, "the interrupt is lost");
        await(journal.kept());
        reopen();
        assertEquals(List.of(first, second), replayed());
    }

    @Test
    public void anOkOfWrittenWaitsForNoDisk() throws Exception {
        journal.close();
        journal = store().open(OWNER, Durability.WRITTEN, listener);
        Frame frame = append("written");
        await(journal.kept());
        assertEquals("written", text(journal.read(frame.position())));
        reopen();
        assertEquals(List.of(frame), replayed());
    }

    @Test
    public void theSinksFailureIsTheCallersAndHurtsNobody() throws Exception {
        List<Frame> frames = List.of(append("a"), append("b"));
        reopen();
        IOException failure = new IOException("no");
        IOException thrown = assertThrows(
                IOException.class,
                () -> journal.replay((position, frame) -> {
                    throw failure;
                }));
        assertEquals(failure, thrown);
        assertEquals(frames, replayed());
    }

    @Test
    public void figuresMayBeAskedForAtAnyTime() throws Exception {
        AtomicReference<String> wrong = new AtomicReference<>();
        Thread asker = new Thread(() -> {
            while (!Thread.currentThread().isInterrupted()) {
                if (journal.bytes() < 0 || journal.segments() < 0) {
                    wrong.set(journal.bytes() + " bytes, " + journal.segments() + " segments");
                }
            }
        });
        asker.start();
        for (int i = 0; i < 3; i++) {
            List<Frame> frames = fillASegment();
            journal.trim(segment(frames.get(frames.size() - 1)));
        }
        asker.interrupt();
        asker.join();
        assertEquals(null, wrong.get());
        assertFalse(journal.segments() == 0);
    }
}
