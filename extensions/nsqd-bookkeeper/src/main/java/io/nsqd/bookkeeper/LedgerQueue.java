package io.nsqd.bookkeeper;

import io.nsqd.api.MessageBatch;
import io.nsqd.log.Logger;
import io.nsqd.log.LoggerFactory;
import io.nsqd.spi.BackendQueue;
import io.nsqd.spi.BackendQueueFactory;
import io.nsqd.spi.OutOfMemory;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;

/**
 * What overflows memory, in ledgers: a message is a frame of a {@link LedgerLog}. What is to be read next is in memory, up to a bound; the
 * rest is read ahead by other threads.
 *
 * <p>Messages are counted from 0 on, in the order in which they came: {@code forgotten <= read <= cached <= appended}.
 */
final class LedgerQueue implements BackendQueue {
    private static final Logger LOG = LoggerFactory.getLogger(LedgerQueue.class);

    /** Bytes of messages that are read ahead, or stay in memory as they come. */
    private static final long CACHE_BYTES = 1 << 20;

    /** What a message takes beside its body. */
    private static final int MESSAGE_BYTES = 8 + 8 + 2 + 8;

    /** How far in the future an id may be that is believed: as the clock of another node may be. */
    private static final long CLOCK_NANOS = 86_400_000_000_000L;

    private final LedgerLog log;
    private final Told told;
    private final BackendQueueFactory.Listener listener;
    private final Executor readers;
    private final Executor thread;
    private final boolean mayRepeat;
    private final long highestId;

    private final Object lock = new Object();

    /** The number of a segment by that of its first message. */
    private final NavigableMap<Long, Integer> bases = new TreeMap<>();

    /** The messages from {@link #read} on that are in memory. */
    private final Deque<byte[]> cache = new ArrayDeque<>();

    private long cacheBytes;
    private long cached;
    private volatile long appended;
    private volatile long read;
    private volatile long forgotten;
    private boolean fetching;
    private boolean closed;

    /** Grows when everything is dropped. */
    private int generation;

    /** Where the next fetch begins, if it goes on where the last one has ended. */
    private long hintMessage = -1;

    private long hintEntry;

    /** Done when what was dropped last is gone; whoever had it dropped is told how that went. */
    private volatile CompletableFuture<Void> emptied = Backlog.DONE;

    private LedgerQueue(
            LedgerLog log, Told told, BackendQueueFactory.Listener listener, Executor readers, Executor thread) {
        this.log = log;
        this.told = told;
        this.listener = listener;
        this.readers = readers;
        this.thread = thread;
        long base = 0;
        for (Segment segment : log.segments()) {
            long before =
                    segment.number == log.list().cursorSegment() ? log.list().cursorIndex() : 0;
            bases.put(base - before, segment.number);
            base += Math.max(0, segment.frames - before);
        }
        appended = base;
        mayRepeat = base > 0;
        highestId = log.mark();
    }

    /**
     * Opens a queue, with what is there. May block.
     *
     * @param troubles where it says, by its name, why nothing can be added to it
     */
    static LedgerQueue open(
            Ledgers ledgers,
            SegmentList list,
            String name,
            ClusterSettings settings,
            BackendQueueFactory.Listener listener,
            Map<String, String> troubles,
            Executor readers,
            java.util.concurrent.ScheduledExecutorService thread)
            throws IOException {
        Told told = new Told(name, listener, troubles);
        LedgerLog log = LedgerLog.open(
                ledgers,
                list,
                new LedgerLog.Kind("queue " + name, settings.segmentBytes(), 16 << 20, true),
                told,
                thread,
                segment -> {
                    LOG.error("BOOKKEEPER(queue {}): the ledger of segment {} is not there", name, segment);
                    listener.trouble(io.nsqd.stats.Trouble.LOST_FILES, 1);
                });
        log.count();
        LedgerQueue queue = new LedgerQueue(log, told, listener, readers, thread);
        told.queue = queue;
        return queue;
    }

    /** Passes on what the log has to say. */
    private static final class Told implements LedgerLog.Owner {
        private final String name;
        private final BackendQueueFactory.Listener listener;
        private final Map<String, String> troubles;
        private volatile LedgerQueue queue;

        Told(String name, BackendQueueFactory.Listener listener, Map<String, String> troubles) {
            this.name = name;
            this.listener = listener;
            this.troubles = troubles;
        }

        /** The queue is closed: what is wrong with it is nothing to anybody. */
        void closed() {
            troubles.remove(name);
        }

        @Override
        public void suspect(int segment) {
            // A queue sends again.
        }

        @Override
        public void health(String error) {
            if (error.isEmpty()) {
                troubles.remove(name);
            } else {
                troubles.put(name, error);
            }
            listener.health(error.isEmpty() ? "" : "the storage - " + error);
        }

        @Override
        public void room() {
            listener.readable();
        }

        @Override
        public void resent(int from, int frames, int to) {
            LedgerQueue moving = queue;
            if (moving != null) {
                moving.moved(from, frames, to);
            }
        }
    }

    /** The log, for figures. */
    LedgerLog log() {
        return log;
    }

    // ---- in

    @Override
    public CompletableFuture<Void> append(MessageBatch batch) {
        synchronized (lock) {
            for (int i = 0; i < batch.size(); i++) {
                byte[] frame = encode(batch, i);
                long position;
                try {
                    position = log.append(ByteBuffer.wrap(frame), believable(batch.id(i)), 0);
                } catch (IOException e) {
                    return CompletableFuture.failedFuture(e);
                }
                appended(Entries.segmentOf(position), frame);
            }
            return log.kept();
        }
    }

    @SuppressWarnings("NonAtomicVolatileUpdate")
    private void appended(int segment, byte[] frame) {
        if (bases.isEmpty() || bases.lastEntry().getValue() != segment) {
            bases.put(appended, segment);
        }
        if (cached == appended && cacheBytes < CACHE_BYTES) {
            cache.add(frame);
            cacheBytes += frame.length;
            cached++;
        }
        appended++;
    }

    /** Ids that cannot be any say nothing of those to come. */
    private static long believable(long id) {
        long latest = (System.currentTimeMillis() * 1_000_000 + CLOCK_NANOS) >> 20 << 22;
        return id > latest ? 0 : Math.max(0, id);
    }

    private static byte[] encode(MessageBatch batch, int i) {
        byte[] frame = new byte[MESSAGE_BYTES + batch.length(i)];
        ByteBuffer.wrap(frame)
                .putLong(batch.id(i))
                .putLong(batch.timestampNanos(i))
                .putChar((char) batch.attempts(i))
                .putLong(batch.delayNanos(i))
                .put(batch.block(i), batch.offset(i), batch.length(i));
        return frame;
    }

    private static void decode(byte[] frame, MessageBatch batch) {
        ByteBuffer in = ByteBuffer.wrap(frame);
        batch.add(
                in.getLong(),
                in.getLong(),
                in.getChar(),
                in.getLong(),
                frame,
                MESSAGE_BYTES,
                frame.length - MESSAGE_BYTES);
    }

    // ---- out

    @Override
    public int read(int maxMessages, long maxBytes, MessageBatch batch) {
        synchronized (lock) {
            int count = 0;
            long bytes = 0;
            while (count < maxMessages && bytes < maxBytes && !cache.isEmpty()) {
                byte[] frame = cache.poll();
                cacheBytes -= frame.length;
                decode(frame, batch);
                bytes += frame.length - MESSAGE_BYTES;
                count++;
            }
            hasRead(count);
            if (cacheBytes < CACHE_BYTES / 2) {
                fetch();
            }
            return count;
        }
    }

    @SuppressWarnings("NonAtomicVolatileUpdate")
    private void hasRead(int count) {
        read += count;
    }

    /** Reads on, behind what is in memory. Called under the lock. */
    private void fetch() {
        if (fetching || closed || cached == appended) {
            return;
        }
        fetching = true;
        int of = generation;
        long from = cached;
        try {
            readers.execute(() -> fetch(of, from));
        } catch (RejectedExecutionException e) {
            fetching = false;
        }
    }

    private void fetch(int of, long from) {
        boolean more = false;
        try {
            more = fetchFrom(of, from);
        } catch (IOException e) {
            LOG.warn("BOOKKEEPER(queue): cannot read on yet - {}", e.getMessage());
        } catch (RuntimeException | Error e) {
            OutOfMemory.check(e);
            LOG.error("BOOKKEEPER(queue): failed to read on - {}", e.toString(), e);
        }
        CompletableFuture<Void> until;
        synchronized (lock) {
            fetching = false;
            until = more || of != generation ? Backlog.DONE : log.kept();
        }
        if (more) {
            listener.readable();
        } else {
            // What is on its way can be read once it is there; what failed may work in a moment.
            CompletableFuture.allOf(until).whenComplete((done, failure) -> CompletableFuture.delayedExecutor(
                            100, java.util.concurrent.TimeUnit.MILLISECONDS)
                    .execute(listener::readable));
        }
    }

    /** Blocks. Whether there is something more to be read. */
    private boolean fetchFrom(int of, long from) throws IOException {
        Map.Entry<Long, Integer> at;
        long entry;
        synchronized (lock) {
            at = bases.floorEntry(from);
            Map.Entry<Long, Integer> next = bases.higherEntry(from);
            if (of != generation || at == null) {
                return false;
            }
            entry = hintMessage == from ? hintEntry : -1;
            if (next != null && log.segmentOf(at.getValue()) == null) {
                throw new IOException("segment " + at.getValue() + " is not there");
            }
        }
        Segment segment = log.segmentOf(at.getValue());
        long index = from - at.getKey();
        long last = segment == null ? -1 : segment.lastReadable();
        if (last < 0) {
            return false;
        }
        if (entry < 0) {
            entry = find(segment, index, last);
        }
        if (entry > last) {
            return false;
        }
        Entries.Reader reader = new Entries.Reader();
        Deque<byte[]> found = new ArrayDeque<>();
        long[] following = {entry, index};
        do {
            long to = segment.batchEnd(following[0], CACHE_BYTES);
            if (to < following[0]) {
                return false;
            }
            Segment.each(
                    Waiting.await(segment.read(following[0], to), "read ledger " + segment.ledger), (number, bytes) -> {
                        reader.entry(number, bytes, (e, i, n, frame) -> {
                            if (n >= index) {
                                byte[] own = new byte[frame.remaining()];
                                frame.get(own);
                                found.add(own);
                            }
                        });
                        following[1] = (long) Entries.first(bytes) + Entries.frames(bytes);
                    });
            following[0] = to + 1;
        } while (reader.isWithinFrame());
        return fetched(of, from, found, segment, following[0]);
    }

    private boolean fetched(int of, long from, Deque<byte[]> found, Segment segment, long nextEntry) {
        synchronized (lock) {
            if (of != generation || cached != from) {
                return false;
            }
            for (byte[] frame : found) {
                if (cached < appended) {
                    cache.add(frame);
                    cacheBytes += frame.length;
                    cached++;
                }
            }
            Map.Entry<Long, Integer> next = bases.floorEntry(cached);
            boolean same = next != null && next.getValue() == segment.number;
            hintMessage = cached;
            hintEntry = same ? nextEntry : 0;
            return !found.isEmpty();
        }
    }

    /** The entry in which a message of a segment begins. Blocks. */
    private static long find(Segment segment, long index, long last) throws IOException {
        long low = 0;
        long high = last;
        while (low < high) {
            long middle = (low + high + 1) >>> 1;
            int[] first = new int[1];
            Segment.each(
                    Waiting.await(segment.read(middle, middle), "read ledger " + segment.ledger),
                    // A part belongs to a message that has begun before.
                    (number, bytes) -> first[0] = Entries.first(bytes) + (Entries.kind(bytes) == Entries.PART ? 1 : 0));
            if (first[0] <= index) {
                low = middle;
            } else {
                high = middle - 1;
            }
        }
        return low;
    }

    /** What a segment has not taken is in another one. */
    private void moved(int from, int frames, int to) {
        synchronized (lock) {
            Long base = null;
            for (Map.Entry<Long, Integer> entry : bases.entrySet()) {
                if (entry.getValue() == from) {
                    base = entry.getKey();
                }
            }
            if (base == null) {
                return;
            }
            bases.tailMap(base, false).clear();
            if (frames == 0) {
                bases.remove(base);
            }
            bases.put(base + frames, to);
            hintMessage = -1;
        }
    }

    @Override
    public void forget(int messages) {
        synchronized (lock) {
            forgets(messages);
            Map.Entry<Long, Integer> before = bases.firstEntry();
            Map.Entry<Long, Integer> at = bases.floorEntry(forgotten);
            if (at != null && before != null && !at.equals(before)) {
                bases.headMap(at.getKey(), false).clear();
                log.trim(at.getValue(), forgotten - at.getKey());
            }
        }
    }

    @SuppressWarnings("NonAtomicVolatileUpdate")
    private void forgets(int messages) {
        forgotten = Math.min(forgotten + messages, read);
    }

    // ---- figures

    @Override
    public long depth() {
        return Math.max(0, appended - forgotten);
    }

    @Override
    public boolean hasUnread() {
        return read < appended;
    }

    @Override
    public boolean mayRepeat() {
        return mayRepeat;
    }

    @Override
    public long highestId() {
        return highestId;
    }

    // ---- the end

    @Override
    public CompletableFuture<Void> empty() {
        synchronized (lock) {
            drop();
            emptied = goneOnce(log::persist);
            return emptied;
        }
    }

    private void drop() {
        generation++;
        cache.clear();
        cacheBytes = 0;
        cached = appended;
        read = appended;
        forgotten = appended;
        bases.clear();
        hintMessage = -1;
        log.trim(Integer.MAX_VALUE, 0);
    }

    private CompletableFuture<Void> goneOnce(LedgerLog.IoTask task) {
        CompletableFuture<Void> gone = new CompletableFuture<>();
        try {
            thread.execute(() -> {
                try {
                    task.run();
                    gone.complete(null);
                } catch (IOException | RuntimeException e) {
                    gone.completeExceptionally(e instanceof IOException ? e : new IOException(e.toString(), e));
                }
            });
        } catch (RejectedExecutionException e) {
            gone.completeExceptionally(new IOException("the node has left the cluster", e));
        }
        return gone;
    }

    private void noteCursor() {
        synchronized (lock) {
            Map.Entry<Long, Integer> at = bases.floorEntry(forgotten);
            if (at != null) {
                log.note(at.getValue(), forgotten - at.getKey());
            }
        }
    }

    @Override
    public void sync() throws IOException {
        CompletableFuture<Void> kept;
        synchronized (lock) {
            kept = log.kept();
        }
        Waiting.await(kept, "sync");
        String trouble = log.trouble();
        if (!trouble.isEmpty()) {
            throw new IOException(trouble);
        }
        noteCursor();
        if (log.exists()) {
            log.onThread(log::persist);
        }
    }

    @Override
    public void close() throws IOException {
        synchronized (lock) {
            if (closed) {
                return;
            }
            closed = true;
            if (depth() == 0) {
                drop();
            }
        }
        noteCursor();
        try {
            Waiting.await(emptied.exceptionally(failure -> null), "empty");
            log.close();
        } finally {
            told.closed();
        }
    }

    @Override
    public CompletableFuture<Void> delete() {
        synchronized (lock) {
            drop();
            closed = true;
            return goneOnce(() -> {
                told.closed();
                log.persist();
                log.list().delete();
            });
        }
    }
}
