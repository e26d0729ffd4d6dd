package io.nsqd.spi.contract;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.nsqd.api.MessageBatch;
import io.nsqd.spi.BackendQueue;
import io.nsqd.spi.BackendQueueFactory;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What every {@link BackendQueue} must do, and the {@link BackendQueueFactory} that opens it. */
public abstract class BackendQueueContract {
    private static final long PATIENCE_SECONDS = 20;

    /** The names of a topic's queue and a channel's. */
    private static final String TOPIC = "contract";

    private static final String CHANNEL = "contract:channel";

    private final Semaphore readable = new Semaphore(0);
    private final BackendQueueFactory.Listener listener = new BackendQueueFactory.Listener() {
        @Override
        public void readable() {
            readable.release();
        }

        @Override
        public void health(String error) {
            // How a storage finds out that it is well again is its own business.
        }
    };

    private BackendQueue queue;

    /** For those who extend it. */
    protected BackendQueueContract() {}

    /**
     * Makes the storage. All those of one test store in the same place, as before and after a restart; those of different
     * tests do not.
     */
    protected abstract BackendQueueFactory factory() throws Exception;

    /** Whether messages outlive {@link BackendQueue#close}. */
    protected abstract boolean isDurable();

    /** How many messages of a few bytes a queue takes before it refuses; 0 where it cannot be filled in a test. */
    protected int messagesUntilFull() {
        return 0;
    }

    /** Opens the queue. */
    @BeforeEach
    public final void openQueue() throws Exception {
        queue = factory().open(TOPIC, listener);
    }

    /** Closes the queue. */
    @AfterEach
    public final void closeQueue() throws IOException {
        queue.close();
    }

    private static void await(CompletableFuture<Void> done) throws Exception {
        done.get(PATIENCE_SECONDS, TimeUnit.SECONDS);
    }

    private void reopen() throws Exception {
        queue.close();
        queue = factory().open(TOPIC, listener);
    }

    private static MessageBatch batch(String... bodies) {
        MessageBatch batch = new MessageBatch();
        for (String body : bodies) {
            // In the middle of its block, as bodies of an MPUB are.
            byte[] block = ("<" + body + ">").getBytes(StandardCharsets.UTF_8);
            batch.add(body.hashCode(), 1_700_000_000_000_000_000L + body.length(), 3, 0, block, 1, block.length - 2);
        }
        return batch;
    }

    private static CompletableFuture<Void> append(BackendQueue to, String... bodies) {
        return to.append(batch(bodies));
    }

    private void store(String... bodies) throws Exception {
        append(queue, bodies).get(PATIENCE_SECONDS, TimeUnit.SECONDS);
    }

    private static String body(MessageBatch batch, int i) {
        return new String(batch.block(i), batch.offset(i), batch.length(i), StandardCharsets.UTF_8);
    }

    /** Reads once, waiting where the queue rests. */
    private List<String> read(BackendQueue from, int maxMessages, long maxBytes) throws InterruptedException {
        MessageBatch batch = new MessageBatch();
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_SECONDS);
        int count = from.read(maxMessages, maxBytes, batch);
        while (count == 0 && from.hasUnread() && System.nanoTime() - deadline < 0) {
            readable.tryAcquire(10, TimeUnit.MILLISECONDS);
            count = from.read(maxMessages, maxBytes, batch);
        }
        assertEquals(count, batch.size(), "what read() says and what it added");
        return IntStream.range(0, count).mapToObj(i -> body(batch, i)).toList();
    }

    /** Reads and forgets everything. */
    private List<String> drain(BackendQueue from) throws InterruptedException {
        List<String> all = new ArrayList<>();
        List<String> some = read(from, 100, Long.MAX_VALUE);
        while (!some.isEmpty()) {
            all.addAll(some);
            from.forget(some.size());
            some = read(from, 100, Long.MAX_VALUE);
        }
        return all;
    }

    private static String[] numbers(int from, int to) {
        return IntStream.range(from, to).mapToObj(Integer::toString).toArray(String[]::new);
    }

    private void assertEmpty() {
        assertEquals(0, queue.depth());
        assertFalse(queue.hasUnread());
        assertEquals(0, queue.read(10, Long.MAX_VALUE, new MessageBatch()));
    }

    @Test
    public void aNewQueueIsEmpty() {
        assertEmpty();
    }

    @Test
    public void theOrderIsKept() throws Exception {
        store("a", "b");
        store("c");
        store(numbers(0, 40));
        List<String> expected = new ArrayList<>(List.of("a", "b", "c"));
        expected.addAll(List.of(numbers(0, 40)));
        assertEquals(expected, drain(queue));
        assertEmpty();
    }

    @Test
    public void aMessageComesBackAsItWas() throws Exception {
        MessageBatch stored = batch("body", "");
        queue.append(stored).get(PATIENCE_SECONDS, TimeUnit.SECONDS);
        MessageBatch read = new MessageBatch();
        assertEquals(2, queue.read(10, Long.MAX_VALUE, read));
        for (int i = 0; i < 2; i++) {
            assertEquals(stored.id(i), read.id(i));
            assertEquals(stored.timestampNanos(i), read.timestampNanos(i));
            assertEquals(stored.attempts(i), read.attempts(i));
            assertEquals(body(stored, i), body(read, i));
        }
    }

    @Test
    public void aBatchIsReadDuringTheCallOnly() throws Exception {
        MessageBatch batch = batch("a", "b");
        CompletableFuture<Void> stored = queue.append(batch);
        batch.clear();
        batch.add(9, 9, 9, 0, new byte[] {'z'}, 0, 1);
        stored.get(PATIENCE_SECONDS, TimeUnit.SECONDS);
        assertEquals(List.of("a", "b"), drain(queue));
    }

    @Test
    public void whatIsReadCountsUntilItIsForgotten() throws Exception {
        store("a", "b", "c");
        assertEquals(3, queue.depth());
        assertTrue(queue.hasUnread());
        assertEquals(List.of("a", "b"), read(queue, 2, Long.MAX_VALUE));
        assertEquals(3, queue.depth());
        assertTrue(queue.hasUnread());
        queue.forget(1);
        assertEquals(2, queue.depth());
        assertEquals(List.of("c"), read(queue, 10, Long.MAX_VALUE));
        assertFalse(queue.hasUnread());
        assertEquals(2, queue.depth());
        queue.forget(2);
        assertEmpty();
    }

    @Test
    public void aReadStopsAtItsLimits() throws Exception {
        store("0123456789", "abcdefghij", "klmnopqrst", "uvwxyz");
        assertEquals(List.of("0123456789"), read(queue, 10, 1), "at least one");
        assertEquals(List.of("abcdefghij", "klmnopqrst"), read(queue, 10, 15), "until there are enough bytes");
        store("!");
        assertEquals(List.of("uvwxyz"), read(queue, 1, Long.MAX_VALUE));
        assertEquals(List.of("!"), read(queue, 1, Long.MAX_VALUE));
    }

    @Test
    public void emptyDropsWhatIsReadAndWhatIsNot() throws Exception {
        store("a", "b", "c");
        read(queue, 1, Long.MAX_VALUE);
        CompletableFuture<Void> gone = queue.empty();
        // At once, whether the storage is rid of them or not.
        assertEmpty();
        store("d");
        assertEquals(1, queue.depth());
        assertEquals(List.of("d"), drain(queue));
        await(gone);
        assertEmpty();
        if (isDurable()) {
            reopen();
            assertEmpty();
        }
    }

    @Test
    public void queuesAreApart() throws Exception {
        BackendQueue other = factory().open(CHANNEL, listener);
        store("of the topic");
        append(other, "of the channel").get(PATIENCE_SECONDS, TimeUnit.SECONDS);
        await(queue.empty());
        assertEquals(List.of("of the channel"), drain(other));
        await(other.delete());
    }

    @Test
    public void whatWasNotForgottenIsThereAgainIfTheQueueIsDurable() throws Exception {
        store("a", "b", "c", "d");
        assertEquals(List.of("a", "b"), read(queue, 2, Long.MAX_VALUE));
        queue.forget(1);
        queue.sync();
        assertEquals(3, queue.depth());
        reopen();
        if (isDurable()) {
            assertEquals(3, queue.depth());
            assertEquals(List.of("b", "c", "d"), drain(queue));
        } else {
            assertEmpty();
        }
        store("e");
        assertEquals(List.of("e"), drain(queue));
    }

    @Test
    public void whatIsStoredWhileAnEmptiedQueueIsClearedStays() throws Exception {
        List<CompletableFuture<Void>> gone = new ArrayList<>();
        for (int i = 0; i < 5; i++) {
            store("old" + i, "older" + i);
            gone.add(queue.empty());
        }
        store("new");
        for (CompletableFuture<Void> one : gone) {
            await(one);
        }
        assertEquals(1, queue.depth());
        reopen();
        assertEquals(isDurable() ? List.of("new") : List.of(), drain(queue));
    }

    @Test
    public void aCloseWaitsUntilWhatWasDroppedIsGone() throws Exception {
        store("a", "b");
        CompletableFuture<Void> gone = queue.empty();
        queue.close();
        assertTrue(gone.isDone(), "closed before what was dropped is gone");
        queue = factory().open(TOPIC, listener);
        assertEmpty();
    }

    @Test
    public void noStoredIdIsAboveTheHighest() throws Exception {
        assertEquals(0, factory().open(CHANNEL, listener).highestId(), "nothing is stored");
        long earlier = 0x10e2_c0f3_4e20_0000L;
        long later = earlier + (5L << 22);
        for (long id : new long[] {earlier, later, earlier + 1}) {
            MessageBatch batch = new MessageBatch();
            batch.add(id, 1_700_000_000_000_000_000L, 1, 0, new byte[] {'m'}, 0, 1);
            await(queue.append(batch));
        }
        reopen();
        long highest = queue.highestId();
        assertTrue(highest == 0 || highest >= later, "highest id " + highest + " of a queue that holds " + later);
    }

    @Test
    public void aDeletedQueueLeavesNothing() throws Exception {
        store("a", "b");
        read(queue, 1, Long.MAX_VALUE);
        CompletableFuture<Void> gone = queue.delete();
        assertEquals(0, queue.depth());
        assertFalse(queue.hasUnread());
        await(gone);
        queue = factory().open(TOPIC, listener);
        assertEmpty();
        store("c");
        assertEquals(List.of("c"), drain(queue));
    }

    @Test
    public void aRefusalIsAFailureAndLosesNothing() throws Exception {
        int room = messagesUntilFull();
        Assumptions.assumeTrue(room > 1, "the queue cannot be filled");
        store(numbers(0, room - 1));
        // One of these has room; depth() tells how many.
        assertRefused(append(queue, "last", "too much", "far too much"));
        assertEquals(room, queue.depth());
        assertRefused(append(queue, "no"));
        assertEquals(room, queue.depth());
        List<String> expected = new ArrayList<>(List.of(numbers(0, room - 1)));
        expected.add("last");
        assertEquals(expected, drain(queue));
        store("yes");
        assertEquals(List.of("yes"), drain(queue));
    }

    private static void assertRefused(CompletableFuture<Void> stored) throws Exception {
        try {
            stored.get(PATIENCE_SECONDS, TimeUnit.SECONDS);
        } catch (ExecutionException e) {
            assertInstanceOf(IOException.class, e.getCause());
            return;
        }
        throw new AssertionError("the queue is full and says that it has stored a message");
    }

    @Test
    public void theDepthMayBeAskedForAtAnyTime() throws Exception {
        int rounds = 200;
        Thread worker = new Thread(() -> {
            for (int i = 0; i < rounds; i++) {
                append(queue, "a", "b");
                queue.forget(queue.read(1, Long.MAX_VALUE, new MessageBatch()));
            }
        });
        worker.start();
        while (worker.isAlive()) {
            long depth = queue.depth();
            assertTrue(depth >= 0 && depth <= 2L * rounds, "depth " + depth);
        }
        worker.join();
    }
}
