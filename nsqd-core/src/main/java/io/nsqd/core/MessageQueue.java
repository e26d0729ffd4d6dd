package io.nsqd.core;

import io.nsqd.api.Errors;
import io.nsqd.api.MessageBatch;
import io.nsqd.core.journal.DelayTable;
import io.nsqd.core.journal.Entries;
import io.nsqd.core.journal.LongSet;
import io.nsqd.core.journal.QueueJournal;
import io.nsqd.core.journal.Spilled;
import io.nsqd.core.retention.Unfinished;
import io.nsqd.log.Logger;
import io.nsqd.log.LoggerFactory;
import io.nsqd.spi.BackendQueue;
import io.nsqd.spi.Journal;
import io.nsqd.stats.Trouble;
import io.nsqd.stats.Troubles;
import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;

/**
 * What waits in a topic or a channel: memory up to {@code mem-queue-size}, the backend beyond (B-14).
 *
 * <p>Guarded by the lock of its owner; only the counters may be read by any thread.
 */
final class MessageQueue {
    /** The result of nearly every put. */
    static final CompletableFuture<Void> DONE = CompletableFuture.completedFuture(null);

    private static final Logger LOG = LoggerFactory.getLogger(MessageQueue.class);

    /** Messages copied at once to be moved to the backend. */
    private static final int BACKEND_BATCH = 1024;

    private final String owner;
    private final BackendQueue backend;
    private final MemoryBudget budget;
    private final Troubles troubles;
    private final MemoryQueue memory = new MemoryQueue();
    private long memoryLimit;
    private boolean backendFirst;

    /** Bytes of bodies that this run has given the backend, and not taken again. */
    private long backendBytes;

    /** Is told of what leaves the backend; {@code null} where nobody wants to know. */
    private Unfinished unfinished;

    private volatile int memoryDepth;
    private long lost;

    /** Messages that only the journal has, as the daemon stops. */
    private long unstored;

    /** What was read from the backend, and which of it is the next to be taken; kept while the backend is in use. */
    private MessageBatch ahead;

    private int nextAhead;

    /** Messages of the backend that were taken and that it still remembers. */
    private int unforgotten;

    /** Scratch space of {@link #append}, kept in the same way. */
    private MessageBatch scratch;

    /** Where it is kept what waits here; {@code null} where nothing is promised. */
    private final QueueJournal journal;

    /** The owner's, for what the journal completes. */
    private final Object lock;

    /** Messages that were taken, and that the backend is to forget once the journal surely has them. */
    private volatile int leaving;

    /** Grows when everything is dropped. */
    private int generation;

    /** What the journal has still and the backend has, too, but not yet as safely: where it lies in the journal. */
    private Spilled spilled;

    /** The same while the backend is being synced: what was there when that began. */
    private Spilled syncing;

    /** Ids of which the backend may hold copies that an earlier run has left; {@code null} when there are none. */
    private LongSet stale;

    /** Which messages of the backend are to be held back; {@code null} when there are none. */
    private DelayTable delays;

    /** How many messages of the backend may be such copies. */
    private long staleLeft;

    /** Ids that left the backend in this turn. */
    private long[] taken = NONE;

    private int takenCount;

    /** Whether some of them are not in the journal: then the backend's copies are all that there is after a crash. */
    private boolean unkept;

    /** Messages that the backend is to forget once the journal has them in a segment that can be relied on: part of {@link #leaving}. */
    private int doubtful;

    private static final long[] NONE = {};

    private static final long ANY_TIME = Long.MAX_VALUE;

    /** What is read ahead to be looked at. */
    private static final int PEEKED = 1000;

    private static final long PEEKED_BYTES = 1024 * 1024;

    /**
     * @param owner {@code TOPIC(t)} or {@code CHANNEL(c)}, for the log
     * @param memoryLimit messages that memory takes
     * @param backend takes the rest
     * @param budget bounds what memory takes, too, together with all other queues
     * @param troubles counts what is lost
     * @param journal keeps what waits; {@code null} where nothing is promised
     * @param lock the owner's
     */
    MessageQueue(
            String owner,
            long memoryLimit,
            BackendQueue backend,
            MemoryBudget budget,
            Troubles troubles,
            QueueJournal journal,
            Object lock) {
        this.journal = journal;
        this.lock = lock;
        this.budget = budget;
        this.troubles = troubles;
        this.owner = owner;
        this.memoryLimit = memoryLimit;
        this.backend = backend;
    }

    /** Messages that wait. */
    long depth() {
        return memoryDepth + backendDepth();
    }

    /** The memory's part of them. */
    int memoryDepth() {
        return memoryDepth;
    }

    /** The backend's part of them. */
    long backendDepth() {
        int gone = leaving;
        return gone == 0 ? backend.depth() : Math.max(0, backend.depth() - gone);
    }

    boolean isEmpty() {
        return memoryDepth == 0 && !hasUnread();
    }

    /** Bytes of the bodies that wait; of what an earlier run has left in the backend nothing is known, and so it does not count. */
    long bytes() {
        return memory.cost() - (long) memory.size() * MemoryBudget.MESSAGE_BYTES + backendBytes;
    }

    /** Memory takes so many messages from now on; what is there already stays. */
    void memoryLimit(long messages) {
        memoryLimit = messages;
    }

    /** Messages that were taken are done with; to be cleared. */
    void finish(Entries entries) {
        if (journal != null) {
            journal.finished(entries);
        }
        entries.clear();
    }

    /** Messages of the backend that nobody has taken. */
    long untaken() {
        return Math.max(0, backendDepth() - unforgotten);
    }

    /** Tells all that waits to who collects what is not finished: what memory has now, the rest as it leaves the backend. */
    void tell(Unfinished collector) {
        memory.each(collector::add);
        unfinished = collector;
    }

    /** Nobody wants to know any more. */
    void tellNobody() {
        unfinished = null;
    }

    private boolean hasUnread() {
        return isAhead() || backend.hasUnread();
    }

    /** Whether messages were read from the backend and not taken: the one who was to take them threw. */
    private boolean isAhead() {
        return ahead != null && nextAhead < ahead.size();
    }

    /**
     * Stores a batch: what fits in memory, the rest in the backend.
     *
     * @param extraRoom messages that memory takes beyond its limit, as somebody waits for them (B-15)
     * @return completed when the batch may be acknowledged; fails when some of it could not be stored
     */
    CompletableFuture<Void> put(MessageBatch batch, int extraRoom) {
        int toMemory = fitting(batch, extraRoom);
        if (toMemory > 0) {
            keep(batch, 0, toMemory);
        }
        return toMemory == batch.size() ? DONE : append(batch, toMemory);
    }

    /**
     * Stores a batch that is in the journal as far as {@link #toKeep} says.
     *
     * @param toMemory how many of the first messages memory takes, whether there is room or not
     */
    CompletableFuture<Void> putKept(MessageBatch batch, int toMemory) {
        if (toMemory > 0) {
            keep(batch, 0, toMemory);
        }
        if (toMemory == batch.size()) {
            return DONE;
        }
        long before = backend.depth();
        CompletableFuture<Void> stored = append(batch, toMemory);
        if (!journal.isFirst()) {
            return stored;
        }
        int end = batch.size();
        if (stored.isCompletedExceptionally()) {
            end = toMemory + storedSince(before, batch.size() - toMemory);
            Entries refused = journal.entries();
            for (int i = end; i < batch.size(); i++) {
                refused.add(batch.id(i), batch.position(i), batch.length(i));
            }
            journal.finished(refused);
            refused.clear();
        }
        spill(batch, toMemory, end);
        return stored.isCompletedExceptionally() ? stored : DONE;
    }

    /** Messages of the backend wait in memory, whether there is room or not. */
    void putBack(MessageBatch batch) {
        keep(batch, 0, batch.size());
    }

    /** How many of the first messages the journal must have: those that memory takes or, where it has everything first, all of them. */
    int toKeep(MessageBatch batch, int toMemory) {
        return journal.isFirst() ? batch.size() : toMemory;
    }

    /** How many of the first messages of a batch memory takes. */
    int fitting(MessageBatch batch, int extraRoom) {
        int size = batch.size();
        int byCount = (int) Math.max(0, Math.min(size, Math.max(memoryLimit, extraRoom) - memory.size()));
        long room = budget.roomToWait();
        if (MemoryBudget.cost(byCount, batch.bytes()) <= room) {
            return byCount;
        }
        int fitting = 0;
        while (fitting < byCount && (room -= MemoryBudget.cost(batch.length(fitting))) >= 0) {
            fitting++;
        }
        // For somebody who waits for it there is always room: it is not here for long.
        return Math.max(fitting, Math.max(0, Math.min(byCount, extraRoom - memory.size())));
    }

    private void keep(MessageBatch batch, int from, int to) {
        long before = memory.cost();
        try {
            memory.add(batch, from, to);
        } finally {
            memoryDepth = memory.size();
            budget.add(memory.cost() - before);
        }
    }

    /**
     * Stores a batch that was promised to be kept: what the backend refuses stays in memory, above the limit.
     *
     * @return whether the backend took its part
     */
    boolean putPromised(MessageBatch batch, int extraRoom) {
        int size = batch.size();
        int toMemory = fitting(batch, extraRoom);
        keep(batch, 0, toMemory);
        boolean good = true;
        if (toMemory < size) {
            long before = backend.depth();
            CompletableFuture<Void> stored = append(batch, toMemory);
            int kept = size;
            if (stored.isCompletedExceptionally()) {
                good = false;
                kept = toMemory + storedSince(before, size - toMemory);
                LOG.error("{}: failed to write message to backend - {}", owner, Outcome.reason(stored));
                keepInJournal(batch, kept, size);
                keep(batch, kept, size);
            }
            movedToBackend(batch, toMemory, kept);
        }
        return good;
    }

    /** The backend has messages, though not as safely as the journal. */
    private void spill(MessageBatch batch, int from, int to) {
        if (spilled == null) {
            spilled = new Spilled();
        }
        for (int i = from; i < to; i++) {
            if (batch.position(i) != 0) {
                spilled.put(batch.id(i), batch.position(i), batch.length(i));
            }
        }
    }

    /** Where a message lies that the journal and the backend have both; 0 for any other. It is the journal's from now on. */
    private long unspill(long id) {
        long position = spilled == null ? 0 : spilled.remove(id);
        return position == 0 && syncing != null ? syncing.remove(id) : position;
    }

    /** What stays in memory is to be in the journal, if it is not. */
    private void keepInJournal(MessageBatch batch, int from, int to) {
        if (journal == null) {
            return;
        }
        for (int i = from; i < to; i++) {
            if (batch.position(i) == 0) {
                try {
                    journal.add(batch, i, i + 1, false, Journal.Purpose.SHRINK);
                } catch (IOException e) {
                    LOG.error("{}: {} message(s) are in memory alone - {}", owner, to - i, Errors.describe(e));
                    return;
                }
            }
        }
    }

    /** The journal need not have what the backend has as safely. */
    private void movedToBackend(MessageBatch batch, int from, int to) {
        if (journal == null) {
            return;
        }
        if (journal.isFirst()) {
            spill(batch, from, to);
            journal.taken(batch, from, to);
            return;
        }
        Entries moved = journal.entries();
        for (int i = from; i < to; i++) {
            moved.add(batch.id(i), batch.position(i), batch.length(i));
        }
        journal.spilled(moved);
        moved.clear();
    }

    /**
     * Gives the backend a batch from message {@code from} on: all of it as it is, a part of it in copies of a bounded size.
     * After a failure nothing more is given.
     */
    private CompletableFuture<Void> append(MessageBatch batch, int from) {
        if (from == 0) {
            return give(batch);
        }
        MessageBatch part = scratch();
        CompletableFuture<Void> all = DONE;
        int i = from;
        while (i < batch.size()) {
            part.clear();
            while (i < batch.size() && part.size() < BACKEND_BATCH) {
                copy(batch, i, part);
                i++;
            }
            CompletableFuture<Void> stored = give(part);
            if (stored.isCompletedExceptionally()) {
                // At once, also while an earlier part waits for its fsync: the caller keeps what was refused.
                part.clear();
                return stored;
            }
            all = all.isDone() && !all.isCompletedExceptionally() ? stored : CompletableFuture.allOf(all, stored);
        }
        part.clear();
        return all;
    }

    /** Whatever the backend throws, it has refused: the caller knows what to do about that. */
    private CompletableFuture<Void> give(MessageBatch batch) {
        try {
            CompletableFuture<Void> stored = backend.append(batch);
            if (!stored.isCompletedExceptionally()) {
                backendBytes += batch.bytes();
            }
            return stored;
        } catch (RuntimeException | Error e) {
            LOG.error("{}: the backend failed - {}", owner, e.toString(), e);
            return CompletableFuture.failedFuture(new IOException(e.toString(), e));
        }
    }

    /** How many of {@code given} messages the backend stored since it had a depth, which may also have been set right meanwhile. */
    private int storedSince(long depthBefore, int given) {
        return (int) Math.max(0, Math.min(given, backend.depth() - depthBefore));
    }

    static void copy(MessageBatch from, int i, MessageBatch to) {
        to.add(
                from.id(i),
                from.timestampNanos(i),
                from.attempts(i),
                from.delayNanos(i),
                from.block(i),
                from.offset(i),
                from.length(i));
        to.place(to.size() - 1, from.position(i));
    }

    private MessageBatch scratch() {
        if (scratch == null) {
            scratch = new MessageBatch();
        }
        scratch.clear();
        return scratch;
    }

    /**
     * Hands out messages until the receiver has enough, or none is to be had now. Memory and backend take turns in being asked first,
     * so that neither starves. Each message leaves when the receiver has it: of a receiver that throws, the one that it did not take
     * and all behind it stay. Those of the backend are remembered there until {@link #forgetTaken}: a move stores first.
     */
    void take(MessageReceiver receiver) {
        boolean unread = hasUnread();
        if (!unread && memoryDepth == 0) {
            return;
        }
        backendFirst = !backendFirst && unread;
        long before = memory.cost() + receiver.kept();
        try {
            if (backendFirst) {
                takeFromBackend(receiver, ANY_TIME);
            }
            memory.take(receiver);
            if (unread && !backendFirst) {
                takeFromBackend(receiver, ANY_TIME);
            }
        } finally {
            memoryDepth = memory.size();
            budget.add(memory.cost() + receiver.kept() - before);
        }
    }

    /**
     * Hands out, in the same way, those that were published up to a time: of what waits in memory all, of what is in the backend those
     * before which no younger one is.
     */
    void takeOlder(MessageReceiver receiver, long epochNanos) {
        takeIf((id, timestampNanos) -> timestampNanos <= epochNanos, receiver);
        if (hasUnread()) {
            takeFromBackend(receiver, epochNanos);
        }
    }

    /** Hands out those of the messages that wait in memory that are wanted. */
    void takeIf(MemoryQueue.Wanted wanted, MessageReceiver receiver) {
        long before = memory.cost() + receiver.kept();
        try {
            memory.takeIf(wanted, receiver);
        } finally {
            memoryDepth = memory.size();
            budget.add(memory.cost() + receiver.kept() - before);
        }
    }

    /** Whether a message waits in memory, or was read from the backend already. */
    boolean has(long id) {
        MessageBatch all = new MessageBatch();
        peek(Integer.MAX_VALUE / 2, all);
        for (int i = 0; i < all.size(); i++) {
            if (all.id(i) == id) {
                return true;
            }
        }
        return false;
    }

    /**
     * Copies messages to a batch, up to so many: those that wait in memory, and the next ones of the backend. The latter are read ahead if
     * nothing is, and stay to be taken.
     */
    void peek(int max, MessageBatch batch) {
        int most = batch.size() + max;
        memory.peek(max, batch);
        if (batch.size() < most && !isAhead() && backend.hasUnread()) {
            readAhead(Math.min(PEEKED, most - batch.size()), PEEKED_BYTES);
        }
        for (int i = nextAhead; isAhead() && i < ahead.size() && batch.size() < most; i++) {
            copy(ahead, i, batch);
        }
    }

    /** @param upTo no message behind the first one that was published later */
    private void takeFromBackend(MessageReceiver receiver, long upTo) {
        if (receiver.hasEnough() || journal != null && journal.journal().isFull()) {
            return;
        }
        if (!isAhead()) {
            readAhead(receiver.room(), receiver.backendRoom(budget.room()));
        }
        while (nextAhead < ahead.size() && !receiver.hasEnough() && ahead.timestampNanos(nextAhead) <= upTo) {
            int i = nextAhead;
            backendBytes = Math.max(0, backendBytes - ahead.length(i));
            boolean copy = journal != null && leaves(i);
            if (unfinished != null) {
                tellLeft(i, copy);
            }
            if (copy) {
                receiver.passed(ahead.length(i));
                nextAhead = i + 1;
                unforgotten++;
                continue;
            }
            receiver.receive(
                    ahead.id(i),
                    ahead.timestampNanos(i),
                    ahead.attempts(i),
                    delays == null ? ahead.delayNanos(i) : delay(ahead.id(i)),
                    ahead.position(i),
                    ahead.block(i),
                    ahead.offset(i),
                    ahead.length(i));
            nextAhead = i + 1;
            unforgotten++;
        }
        if (nextAhead == ahead.size()) {
            // The bodies are the receiver's.
            ahead.clear();
            nextAhead = 0;
        }
    }

    /** Of a copy of what was finished it is of interest only that it has gone: a rewind is to bring it again. */
    private void tellLeft(int i, boolean copy) {
        if (copy) {
            unfinished.left();
        } else {
            unfinished.left(ahead.id(i), ahead.timestampNanos(i));
        }
    }

    /** Reads from the backend what is to be taken next; nothing is ahead. */
    private void readAhead(int messages, long bytes) {
        if (ahead == null) {
            ahead = new MessageBatch();
        }
        ahead.clear();
        nextAhead = 0;
        if (bytes > 0) {
            backend.read(messages, bytes, ahead);
        }
    }

    /**
     * A message leaves the backend: the journal is to know. What it has still gets its place there.
     *
     * @return whether it is a copy that is not to be handed on
     */
    private boolean leaves(int i) {
        long id = ahead.id(i);
        if (stale != null) {
            boolean copy = stale.contains(id);
            if (--staleLeft <= 0) {
                stale = null;
            }
            if (copy) {
                // Not noted as taken: the message may be further behind by now, where it went back to the storage.
                troubles.count(Trouble.COPIES_DROPPED);
                return true;
            }
        }
        if (taken.length == takenCount) {
            taken = Arrays.copyOf(taken, Math.max(16, takenCount * 2));
        }
        taken[takenCount++] = id;
        long position = unspill(id);
        if (position != 0) {
            ahead.place(i, position);
        }
        return false;
    }

    private long delay(long id) {
        long delay = delays.take(id);
        if (delays.isEmpty()) {
            delays = null;
        }
        return delay;
    }

    /** Some messages of the backend are to be held back. */
    void delays(DelayTable table) {
        delays = backend.hasUnread() ? table : null;
    }

    /** Those that have not been read yet; {@code null} when there are none. */
    DelayTable delays() {
        return delays;
    }

    /** Tells of those in memory that are to be held back, some at a time. */
    void eachDelayed(Consumer<MessageBatch> action) {
        memory.eachDelayed(BACKEND_BATCH, action);
    }

    /** As {@link #take}, out of the backend alone. */
    void takeStored(MessageReceiver receiver) {
        long before = receiver.kept();
        try {
            takeFromBackend(receiver, ANY_TIME);
        } finally {
            budget.add(receiver.kept() - before);
        }
    }

    /** Copies that an earlier run may have left in the backend are not to be handed on. */
    void stale(LongSet ids, BrokerJournal from) {
        if (journal == null) {
            return;
        }
        staleLeft = backend.depth();
        stale = staleLeft > 0 && ids.size() > 0 ? ids : null;
        if (stale != null) {
            journal.pinFrom(from.firstSegment());
        }
    }

    /** How many messages more memory takes; negative when there are too many already. */
    long room() {
        return budget.roomToWait() > 0 ? memoryLimit - memory.size() : 0;
    }

    /** Whether memory has room for one message more. */
    boolean hasRoom(int length) {
        return memory.size() < memoryLimit && MemoryBudget.cost(length) <= budget.roomToWait();
    }

    /** Messages that stay in the journal as the daemon stops, since they could not be read. */
    void unread(long messages) {
        unstored += messages;
    }

    /** A message waits here that an earlier run has left in the journal. Where none is kept it goes wherever there is room. */
    void restore(BrokerMessage message, long delayNanos) {
        MessageBatch one = scratch();
        one.add(
                message.id(),
                message.timestampNanos(),
                message.attempts(),
                delayNanos,
                message.block(),
                message.offset(),
                message.length());
        if (journal == null) {
            // Where it was safer than memory is.
            if (give(one).isCompletedExceptionally()) {
                keep(one, 0, 1);
            }
            one.clear();
            return;
        }
        one.place(0, message.position);
        journal.found(message.position, message.length());
        keep(one, 0, 1);
        one.clear();
    }

    /** What was taken has a new home by now. */
    void forgetTaken() {
        if (unforgotten > 0) {
            int gone = unforgotten;
            unforgotten = 0;
            if (journal == null) {
                backend.forget(gone);
            } else {
                if (!unkept) {
                    journal.taken(taken, takenCount);
                }
                unkept = false;
                takenCount = 0;
                forgetOnceKept(gone);
            }
            if (!hasUnread()) {
                ahead = null;
                scratch = null;
                taken = NONE;
            }
        }
    }

    /**
     * Notes in one frame that what was taken is the channels' now.
     *
     * @param leaving what of it lies in the journal; nothing is left of it then
     * @throws IOException when it cannot be noted: nothing is then
     */
    void route(Entries leaving, List<QueueJournal> to, MessageBatch due, boolean alsoStored, MessageBatch delayed)
            throws IOException {
        journal.journal().route(journal, leaving, taken, takenCount, to, due, alsoStored, delayed);
        leaving.clear();
        takenCount = 0;
    }

    /** Whether what leaves for channels can be noted in one frame: the journal has all of it. */
    boolean routesAtOnce() {
        return journal != null && journal.isFirst();
    }

    /** The backend forgets only what the journal is sure to have. */
    private void forgetOnceKept(int gone) {
        CompletableFuture<Void> kept = journal.kept();
        if (kept.isDone() && !kept.isCompletedExceptionally()) {
            backend.forget(gone);
            return;
        }
        int of = generation;
        leaving(gone);
        var unused = kept.whenComplete((done, failure) -> keptOrNot(gone, of, failure == null));
    }

    /** What is not kept is added again, by the keeper; until then the backend goes on remembering it. */
    private void keptOrNot(int gone, int of, boolean good) {
        synchronized (lock) {
            if (of != generation) {
                return;
            }
            if (good) {
                leaving(-gone);
                backend.forget(gone);
            } else {
                doubtful += gone;
            }
        }
    }

    /** What was in doubt has been added again, and only that is waited for. */
    private void forgetDoubtful() {
        if (doubtful > 0) {
            int gone = doubtful;
            doubtful = 0;
            leaving(-gone);
            forgetOnceKept(gone);
        }
    }

    /** Some of what is being taken is not in the journal. */
    void unkept() {
        unkept = true;
    }

    /** Messages of the backend that were taken and not forgotten: {@link #depth} counts them still. */
    int unforgotten() {
        return unforgotten;
    }

    @SuppressWarnings("NonAtomicVolatileUpdate")
    private void leaving(int more) {
        // Under the lock; others read.
        leaving += more;
    }

    private void dropMemory() {
        budget.add(-memory.cost());
        memory.clear();
        memoryDepth = 0;
        backendBytes = 0;
        ahead = null;
        nextAhead = 0;
        unforgotten = 0;
        takenCount = 0;
        leaving = 0;
        doubtful = 0;
        generation++;
        spilled = null;
        syncing = null;
        stale = null;
        delays = null;
    }

    /**
     * Drops everything (B-7).
     *
     * @return completed when it is gone from the storage, too
     */
    CompletableFuture<Void> empty() {
        dropMemory();
        if (journal == null) {
            return backend.empty();
        }
        journal.emptied();
        return both(backend.empty(), journal.kept());
    }

    private static CompletableFuture<Void> both(CompletableFuture<Void> one, CompletableFuture<Void> other) {
        return other == DONE || other.isDone() && !other.isCompletedExceptionally()
                ? one
                : CompletableFuture.allOf(one, other);
    }

    /** Moves what is in memory to the backend (B-33). */
    int flush() {
        int flushed = 0;
        BatchReceiver batch = new BatchReceiver();
        while (memory.size() > 0) {
            batch.limit(BACKEND_BATCH, Long.MAX_VALUE);
            budget.add(-memory.cost());
            memory.take(batch);
            budget.add(memory.cost());
            flushed += batch.received();
            store(batch.messages);
            batch.messages.clear();
            memoryDepth = memory.size();
        }
        return flushed;
    }

    private static final class BatchReceiver extends MessageReceiver {
        final MessageBatch messages = new MessageBatch();

        @Override
        boolean accept(
                long id,
                long timestampNanos,
                int attempts,
                long delayNanos,
                long position,
                byte[] block,
                int offset,
                int length) {
            messages.add(id, timestampNanos, attempts, delayNanos, block, offset, length);
            messages.place(messages.size() - 1, position);
            return false;
        }
    }

    /** Messages that {@link #flush} and {@link #store} could not give the backend. */
    long lost() {
        return lost;
    }

    /** Stores a batch as the daemon stops; what the backend refuses now is lost, and said so by name. */
    void store(MessageBatch batch) {
        long before = backend.depth();
        CompletableFuture<Void> stored = give(batch);
        if (stored.isCompletedExceptionally()) {
            int first = storedSince(before, batch.size());
            movedToBackend(batch, 0, first);
            if (journal != null) {
                unstored += batch.size() - first;
                LOG.error(
                        "{}: {} message(s) left in the journal, failed to write them to backend - {}",
                        owner,
                        batch.size() - first,
                        Outcome.reason(stored));
                return;
            }
            lost += batch.size() - first;
            troubles.add(Trouble.MESSAGES_LOST, batch.size() - first);
            for (int i = first; i < batch.size(); i++) {
                LOG.error(
                        "{}: message {} lost, failed to write it to backend - {}",
                        owner,
                        io.nsqd.api.MessageId.toString(batch.id(i)),
                        Outcome.reason(stored));
            }
        }
    }

    /** Lets go of the backend; the journal stays as it is. */
    void abandon() throws IOException {
        backend.close();
        if (journal != null) {
            journal.forget();
        }
    }

    /** Lets go of the backend; what was moved there is the journal's no more. */
    void close() throws IOException {
        if (journal == null) {
            backend.close();
            return;
        }
        if (leaving > 0) {
            // Those who take them have given them back by now.
            backend.forget(leaving);
            leaving = 0;
            generation++;
        }
        backend.close();
        if (unstored == 0) {
            journal.emptied();
        } else {
            settle(spilled);
            settle(syncing);
        }
        spilled = null;
        syncing = null;
        journal.forget();
    }

    /** Drops everything and every trace of the queue; completed when that is done. */
    CompletableFuture<Void> delete() {
        dropMemory();
        if (journal == null) {
            return backend.delete();
        }
        journal.emptied();
        CompletableFuture<Void> kept = journal.kept();
        journal.forget();
        return both(backend.delete(), kept);
    }

    // ---- the journal's wishes

    private void settle(Spilled safe) {
        if (safe != null) {
            safe.settle(journal);
        }
    }

    /** Has the backend synced: what that frees is looked up under the lock before, and freed after. May block. */
    void syncStorage() {
        boolean unpins;
        synchronized (lock) {
            forgetDoubtful();
            unpins = leaving == 0 && stale == null;
            if (unpins) {
                journal.unpin();
            }
            syncing = spilled;
            spilled = null;
        }
        boolean good = false;
        try {
            backend.sync();
            good = true;
        } catch (IOException | RuntimeException e) {
            LOG.error("{}: the backend cannot be synced, the journal has the messages - {}", owner, Errors.describe(e));
        }
        synchronized (lock) {
            if (unpins) {
                journal.unpinned(good);
            }
            if (good) {
                settle(syncing);
            } else if (syncing != null) {
                syncing.addAll(spilled);
                spilled = syncing;
            }
            syncing = null;
        }
    }

    /** Makes durable what the backend has. May block. */
    void syncBackend() throws IOException {
        backend.sync();
    }

    /** Adds again what lies in segments of the journal up to one. May block. */
    void move(int upTo) throws IOException {
        synchronized (lock) {
            memory.move(upTo, BACKEND_BATCH, journal::addAgain);
        }
    }
}
