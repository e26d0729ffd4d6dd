package io.nsqd.core.journal;

import io.nsqd.api.Errors;
import io.nsqd.api.MessageBatch;
import io.nsqd.log.Logger;
import io.nsqd.log.LoggerFactory;
import io.nsqd.spi.Journal;
import io.nsqd.spi.Journal.Purpose;
import io.nsqd.spi.OutOfMemory;
import io.nsqd.stats.Trouble;
import io.nsqd.stats.Troubles;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.LongSupplier;

/**
 * Writes down what becomes of messages, and knows what is live in which segment, so that the oldest can be given back. Any thread; its
 * lock is the last of all. Nothing here waits.
 */
public final class MessageJournal {
    private static final Logger LOG = LoggerFactory.getLogger(MessageJournal.class);

    /** A frame ends with the message that brings it to so many bytes. */
    private static final int FRAME_BYTES = 1024 * 1024;

    private static final int NO_SEGMENT = Integer.MAX_VALUE;

    private final Journal log;
    private final boolean first;
    private final LongSupplier epochNanos;
    private final Troubles troubles;
    private final Runnable begun;
    private final List<QueueJournal> queues = new CopyOnWriteArrayList<>();

    private final Object lock = new Object();
    private final Records.Writer writer = new Records.Writer();
    private final SegmentCounts live = new SegmentCounts();
    private long liveBytes;
    private int current;
    private int trimmed;
    private boolean refused;

    /** Whether what moves cannot be written down either, until there is room again. */
    private volatile boolean full;

    /** Why nothing new can be kept now; empty while it can. */
    private volatile String failure = "";

    /**
     * @param log an open journal that has been replayed
     * @param first whether the storage is less durable than what was promised
     * @param epochNanos the time of day
     * @param begun told, under locks, that a segment was begun: it must only pass that on
     */
    public MessageJournal(Journal log, boolean first, LongSupplier epochNanos, Troubles troubles, Runnable begun) {
        this.log = log;
        this.first = first;
        this.epochNanos = epochNanos;
        this.troubles = troubles;
        this.begun = begun;
    }

    /** The view of a topic's own queue, or with a channel's name of that channel. */
    public QueueJournal queue(QueueJournal.Owner owner, String topic, String channel) {
        QueueJournal queue = new QueueJournal(this, owner, topic, channel);
        queues.add(queue);
        return queue;
    }

    boolean isFirst() {
        return first;
    }

    /** Whether even what moves cannot be written down now. */
    public boolean isFull() {
        return full;
    }

    /** There is room again. */
    public void room() {
        full = false;
        failure = "";
    }

    /** Why nothing new can be kept now, in words; empty while it can. */
    public String failure() {
        return failure;
    }

    // ---- records

    private long append(Purpose purpose) throws IOException {
        long position;
        try {
            position = log.append(writer.frame(), purpose);
        } catch (IOException e) {
            refused(purpose, e);
            throw e;
        } catch (RuntimeException | Error e) {
            OutOfMemory.check(e);
            IOException failure = new IOException("the journal store failed - " + e, e);
            refused(purpose, failure);
            throw failure;
        }
        refused = false;
        if (purpose == Purpose.GROW && !failure.isEmpty()) {
            failure = "";
        }
        int segment = Journal.segment(position);
        if (segment != current) {
            current = segment;
            begun.run();
        }
        return position;
    }

    private void refused(Purpose purpose, IOException reason) {
        if (purpose == Purpose.SHRINK) {
            full = true;
        }
        failure = "the journal cannot be written to - " + Errors.describe(reason);
        if (!refused) {
            refused = true;
            LOG.error("JOURNAL: cannot be written to - {}", Errors.describe(reason));
        }
    }

    /** What cannot be written down is done all the same: after a crash it may be done again. */
    private void appendIfPossible() {
        try {
            append(Purpose.SHRINK);
        } catch (IOException e) {
            troubles.count(Trouble.JOURNAL_REFUSALS);
        }
    }

    /**
     * Keeps new messages for several channels of a topic: of each of them the first few.
     *
     * @param counts how many of the messages are kept for which channel; at least one is greater than 0
     * @throws IOException when they cannot be kept: none is then
     */
    public void add(QueueJournal[] channels, int[] counts, int number, MessageBatch batch, boolean alsoStored)
            throws IOException {
        int most = 0;
        for (int i = 0; i < number; i++) {
            most = Math.max(most, counts[i]);
        }
        synchronized (lock) {
            int from = 0;
            try {
                while (from < most) {
                    int to = end(batch, from, most);
                    writer.begin().add(channels[0].topic, number, alsoStored);
                    for (int i = 0; i < number; i++) {
                        writer.channel(channels[i].channel, within(counts[i], from, to));
                    }
                    long position = messages(batch, from, to, Purpose.GROW);
                    for (int i = 0; i < number; i++) {
                        count(channels[i], position, batch, from, from + within(counts[i], from, to));
                        pin(channels[i], alsoStored);
                    }
                    from = to;
                }
            } catch (IOException e) {
                for (int i = 0; i < number; i++) {
                    undo(channels[i], batch, 0, Math.min(from, counts[i]));
                }
                forgetPlaces(batch, 0, from);
                throw e;
            }
        }
    }

    void add(QueueJournal queue, MessageBatch batch, int first, int end, boolean alsoStored, Purpose purpose)
            throws IOException {
        synchronized (lock) {
            int from = first;
            try {
                while (from < end) {
                    int to = end(batch, from, end);
                    addFrame(queue, batch, from, to, alsoStored, purpose);
                    from = to;
                }
            } catch (IOException e) {
                undo(queue, batch, first, from);
                forgetPlaces(batch, first, from);
                throw e;
            }
        }
    }

    /**
     * Notes that messages of a topic's own queue are its channels' now. All of it is one frame: no crash finds a message in both places,
     * nor in some of the channels alone.
     *
     * @param from the topic's queue
     * @param leaving what of it lies in the journal
     * @param taken what has left its storage, and how many these are
     * @param to the channels
     * @param due messages that wait in the channels
     * @param alsoStored whether the storage of some channel will have copies of those
     * @param delayed messages that are held back
     * @throws IOException when it cannot be noted: nothing is then
     */
    public void route(
            QueueJournal from,
            Entries leaving,
            long[] taken,
            int takenCount,
            List<QueueJournal> to,
            MessageBatch due,
            boolean alsoStored,
            MessageBatch delayed)
            throws IOException {
        boolean comes = !to.isEmpty() && !(due.isEmpty() && delayed.isEmpty());
        if (!comes && leaving.isEmpty() && takenCount == 0) {
            // All of it was copies, which a crash had left.
            return;
        }
        synchronized (lock) {
            writer.begin();
            if (comes) {
                write(from, to, due, alsoStored);
                write(from, to, delayed, false);
            }
            if (!leaving.isEmpty()) {
                writer.happened(Records.FINISHED, from.topic, from.channel, leaving.ids, leaving.size);
            }
            if (takenCount > 0) {
                writer.happened(Records.TAKEN, from.topic, from.channel, taken, takenCount);
            }
            long position = append(Purpose.SHRINK);
            for (QueueJournal queue : to) {
                count(queue, position, due, 0, due.size());
                count(queue, position, delayed, 0, delayed.size());
                pin(queue, alsoStored);
            }
            place(due, position);
            place(delayed, position);
            release(from, leaving);
            pin(from, takenCount > 0);
        }
    }

    private void write(QueueJournal from, List<QueueJournal> to, MessageBatch batch, boolean alsoStored) {
        if (batch.isEmpty()) {
            return;
        }
        writer.add(from.topic, to.size(), alsoStored);
        for (QueueJournal queue : to) {
            writer.channel(queue.channel, batch.size());
        }
        write(batch, 0, batch.size());
    }

    private static void place(MessageBatch batch, long position) {
        for (int i = 0; i < batch.size(); i++) {
            batch.place(i, position);
        }
    }

    /** Nothing is undone where the end is refused: these were somewhere before, and what is added is as good. */
    void addAgain(QueueJournal queue, MessageBatch batch) throws IOException {
        Entries before = new Entries();
        synchronized (lock) {
            int from = 0;
            while (from < batch.size()) {
                int to = end(batch, from, batch.size());
                before.clear();
                for (int i = from; i < to; i++) {
                    before.add(batch.id(i), batch.position(i), batch.length(i));
                }
                addFrame(queue, batch, from, to, false, Purpose.SHRINK);
                release(queue, before);
                from = to;
            }
        }
    }

    private void addFrame(QueueJournal queue, MessageBatch batch, int from, int to, boolean alsoStored, Purpose purpose)
            throws IOException {
        boolean own = queue.channel.isEmpty();
        writer.begin().add(queue.topic, own ? 0 : 1, alsoStored);
        if (!own) {
            writer.channel(queue.channel, to - from);
        }
        long position = messages(batch, from, to, purpose);
        count(queue, position, batch, from, to);
        pin(queue, alsoStored);
    }

    /** Where the frame ends that begins with a message. */
    private static int end(MessageBatch batch, int from, int most) {
        long bytes = 0;
        int to = from;
        do {
            bytes += Records.cost(batch.length(to));
            to++;
        } while (to < most && bytes < FRAME_BYTES);
        return to;
    }

    private static int within(int count, int from, int to) {
        return Math.max(0, Math.min(count, to) - from);
    }

    private long messages(MessageBatch batch, int from, int to, Purpose purpose) throws IOException {
        write(batch, from, to);
        long position = append(purpose);
        for (int i = from; i < to; i++) {
            batch.place(i, position);
        }
        return position;
    }

    private void write(MessageBatch batch, int from, int to) {
        writer.messages(to - from);
        long now = 0;
        for (int i = from; i < to; i++) {
            long delay = batch.delayNanos(i);
            if (delay > 0 && now == 0) {
                now = epochNanos.getAsLong();
            }
            writer.message(batch, i, delay > 0 ? now + delay : 0, delay);
        }
    }

    private void count(QueueJournal queue, long position, MessageBatch batch, int from, int to) {
        long bytes = 0;
        for (int i = from; i < to; i++) {
            bytes += Records.cost(batch.length(i));
        }
        count(queue, Journal.segment(position), to - from, bytes);
    }

    private void count(QueueJournal queue, int segment, int more, long bytes) {
        queue.live.add(segment, more);
        queue.liveBytes += bytes;
        live.add(segment, more);
        liveBytes += bytes;
    }

    private void pin(QueueJournal queue, boolean alsoStored) {
        if (alsoStored && queue.pinned == 0) {
            queue.pinned = current;
        }
    }

    /** A frame was refused behind others of the same batch: of new messages either all are kept or none. */
    private void undo(QueueJournal queue, MessageBatch batch, int from, int to) {
        Entries kept = new Entries();
        for (int i = from; i < to; i++) {
            kept.add(batch.id(i), batch.position(i), batch.length(i));
        }
        settled(Records.FINISHED, queue, kept);
    }

    private static void forgetPlaces(MessageBatch batch, int from, int to) {
        for (int i = from; i < to; i++) {
            batch.place(i, 0);
        }
    }

    void settled(byte type, QueueJournal queue, Entries entries) {
        if (entries.isEmpty()) {
            return;
        }
        synchronized (lock) {
            writer.begin().happened(type, queue.topic, queue.channel, entries.ids, entries.size);
            appendIfPossible();
            release(queue, entries);
        }
    }

    void dropped(QueueJournal queue, Entries entries) {
        synchronized (lock) {
            release(queue, entries);
        }
    }

    private void release(QueueJournal queue, Entries entries) {
        int i = 0;
        while (i < entries.size) {
            // Neighbours mostly lie in one segment.
            int segment = entries.segments[i];
            int from = i;
            while (i < entries.size && entries.segments[i] == segment) {
                i++;
            }
            queue.live.add(segment, from - i);
            live.add(segment, from - i);
        }
        queue.liveBytes -= entries.bytes;
        liveBytes -= entries.bytes;
    }

    void taken(QueueJournal queue, long[] ids, int number) {
        if (number == 0) {
            return;
        }
        synchronized (lock) {
            writer.begin().happened(Records.TAKEN, queue.topic, queue.channel, ids, number);
            appendIfPossible();
            pin(queue, true);
        }
    }

    void booked(QueueJournal queue, Entries entries) {
        if (entries.isEmpty()) {
            return;
        }
        synchronized (lock) {
            writer.begin().happened(Records.BOOKED, queue.topic, queue.channel, entries.ids, entries.size);
            appendIfPossible();
        }
    }

    void deferred(QueueJournal queue, long id, int attempts, long delayNanos) {
        synchronized (lock) {
            long due = epochNanos.getAsLong() + delayNanos;
            writer.begin().deferred(queue.topic, queue.channel, id, attempts, due, delayNanos);
            appendIfPossible();
        }
    }

    void emptied(QueueJournal queue) {
        synchronized (lock) {
            writer.begin().emptied(queue.topic, queue.channel);
            appendIfPossible();
            live.subtract(queue.live);
            liveBytes -= queue.liveBytes;
            queue.live.clear();
            queue.liveBytes = 0;
        }
    }

    void found(QueueJournal queue, long position, int length) {
        synchronized (lock) {
            count(queue, Journal.segment(position), 1, Records.cost(length));
        }
    }

    CompletableFuture<Void> kept() {
        synchronized (lock) {
            return log.kept();
        }
    }

    /** What reads messages again. */
    public FrameBodies bodies() {
        return new FrameBodies(log);
    }

    // ---- giving back

    void forget(QueueJournal queue) {
        queues.remove(queue);
        synchronized (lock) {
            queue.pinned = 0;
            queue.unpinning = 0;
        }
    }

    /** Whose storage is to be synced so that segments before the current one can be given back. */
    public List<QueueJournal.Owner> pinnedBefore() {
        List<QueueJournal.Owner> found = new ArrayList<>();
        synchronized (lock) {
            for (QueueJournal queue : queues) {
                if (queue.pinned != 0 && queue.pinned < current) {
                    found.add(queue.owner);
                }
            }
        }
        return found;
    }

    /** The storage of a queue is about to be synced. Called under the queue's lock, when nothing that was taken is still to be forgotten. */
    void unpin(QueueJournal queue) {
        synchronized (lock) {
            queue.unpinning = queue.pinned;
            queue.pinned = 0;
        }
    }

    /** It has been, or could not. */
    void unpinned(QueueJournal queue, boolean good) {
        synchronized (lock) {
            if (!good) {
                queue.pinned = queue.unpinning;
            }
            queue.unpinning = 0;
        }
    }

    /** Keeps segments from one on, as long as the queue's storage may hand out copies that only they tell of. */
    void pinFrom(QueueJournal queue, int segment) {
        synchronized (lock) {
            queue.pinned = segment;
        }
    }

    /** Gives back what is needed no more; says whether there was any such thing. */
    public boolean trim() {
        synchronized (lock) {
            int needed = live.first(NO_SEGMENT);
            for (QueueJournal queue : queues) {
                needed = Math.min(needed, queue.pinned == 0 ? NO_SEGMENT : queue.pinned);
                needed = Math.min(needed, queue.unpinning == 0 ? NO_SEGMENT : queue.unpinning);
            }
            needed = Math.min(needed, current);
            if (needed > trimmed && current != 0) {
                trimmed = needed;
                long before = log.bytes();
                log.trim(needed);
                return log.bytes() < before;
            }
            return false;
        }
    }

    /**
     * Which segments are worth giving back by adding again what is live in them: there are more than four, and they take more than three
     * times what is live.
     *
     * @return up to which one; 0 for none
     */
    public int worthMoving() {
        synchronized (lock) {
            int segments = log.segments();
            if (segments <= 4 || log.bytes() <= 3 * liveBytes) {
                return 0;
            }
            int oldest = live.first(NO_SEGMENT);
            return oldest >= current - 1 ? 0 : Math.min(current - 2, oldest + segments / 4);
        }
    }

    /** Who has something live in segments up to one. */
    public List<QueueJournal.Owner> liveUpTo(int segment) {
        List<QueueJournal.Owner> found = new ArrayList<>();
        synchronized (lock) {
            for (QueueJournal queue : queues) {
                if (queue.live.first(NO_SEGMENT) <= segment) {
                    found.add(queue.owner);
                }
            }
        }
        return found;
    }

    /** Messages that are live, each in each of its channels. */
    public long live() {
        synchronized (lock) {
            return live.total();
        }
    }

    /** Bytes that the journal takes. */
    public long bytes() {
        return log.bytes();
    }

    /** Segments that the journal has. */
    public int segments() {
        return log.segments();
    }

    /**
     * A stop: where it is a clean one and nothing is live any more nothing of it is needed; else it stays as it is, and the next start
     * replays it.
     *
     * @param clean whether the daemon had started, and all queues are closed
     * @return how many messages only the journal has
     */
    public long close(boolean clean) throws IOException {
        long left;
        synchronized (lock) {
            left = live.total();
            if (clean && left == 0) {
                writer.begin().closed();
                appendIfPossible();
                log.trim(Integer.MAX_VALUE);
            }
        }
        log.close();
        return left;
    }
}
