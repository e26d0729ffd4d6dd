package io.nsqd.core;

import io.nsqd.api.Errors;
import io.nsqd.api.MessageBatch;
import io.nsqd.core.journal.FrameBodies;
import io.nsqd.core.retention.Unfinished;
import io.nsqd.log.Logger;
import io.nsqd.log.LoggerFactory;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/**
 * All that a channel holds back: what is due soon with its body, what is due later, where the journal has it, without. The latter is
 * fetched in time, by a thread that may wait for the disk. Guarded by the channel's lock.
 */
final class DeferredMessages {
    private static final Logger LOG = LoggerFactory.getLogger(DeferredMessages.class);

    /** How long before they are due bodies are fetched. */
    private static final long AHEAD_NANOS = 2_000_000_000L;

    /** How many at once, and how many bytes. */
    private static final int FETCHED = 2048;

    private static final long FETCHED_BYTES = 4 * 1024 * 1024;

    /** How long to wait where the memory is full. */
    private static final long FULL_NANOS = 50_000_000L;

    /** And where the journal cannot be read. */
    private static final long TROUBLE_NANOS = 1_000_000_000L;

    private final MemoryBudget budget;
    private final DeferredQueue near;
    private final FarQueue far = new FarQueue();

    /** Whether what is due already waits until it would not have to go to the storage. */
    private boolean waitsForRoom;

    /** What is being fetched; empty while nothing is. */
    private List<FarQueue.Entry> fetching = List.of();

    /** No fetch before that. */
    private long restsUntil;

    private boolean rests;

    DeferredMessages(MemoryBudget budget) {
        this.budget = budget;
        near = new DeferredQueue(budget);
    }

    int size() {
        return near.size() + far.size() + fetching.size();
    }

    /** Holds a message of a batch back until a deadline. */
    void add(MessageBatch batch, int i, long deadline, long now) {
        if (isFar(batch.position(i), deadline, now)) {
            addFar(batch.id(i), deadline, batch.position(i), batch.length(i), batch.attempts(i));
        } else {
            near.add(DeferredQueue.entry(batch, i, deadline));
        }
    }

    /** The same with one that was in flight. */
    void add(BrokerMessage message, long deadline, long now) {
        if (isFar(message.position, deadline, now)) {
            addFar(message.id(), deadline, message.position, message.length(), message.attempts());
        } else {
            near.add(DeferredQueue.entry(message, deadline));
        }
    }

    /** One that an earlier run has left in the journal: of what is not due for long, or due and without room, there is no body here. */
    void restore(long id, long timestampNanos, int attempts, long position, ByteBuffer body, long deadline, long now) {
        if (deadline - now > 0 && !isFar(position, deadline, now)) {
            BrokerMessage message = BrokerMessage.of(id, timestampNanos, attempts, position, body);
            message.deadline = deadline;
            near.add(message);
        } else {
            addFar(id, deadline, position, body.remaining(), attempts);
        }
    }

    private static boolean isFar(long position, long deadline, long now) {
        return position != 0 && deadline - now > FarQueue.FAR_NANOS;
    }

    /** Holds back one whose body the journal has. */
    void addFar(long id, long deadline, long position, int length, int attempts) {
        far.add(id, deadline, position, length, attempts);
        budget.add(FarQueue.MESSAGE_BYTES);
    }

    /** Tells of all that is held back. */
    void tell(Unfinished collector) {
        near.each(message -> collector.add(message.id(), message.timestampNanos()));
        far.eachId(collector::add);
        fetching.forEach(entry -> collector.add(entry.id()));
    }

    /** When something is to be done, if that is before {@code latest}; else {@code latest}. */
    long nextLook(long latest) {
        long next = latest;
        if (near.size() > 0 && near.nextDeadline() - next < 0) {
            next = near.nextDeadline();
        }
        if (far.size() > 0 && fetching.isEmpty() && !waitsForRoom) {
            long fetch = far.nextDeadline() - AHEAD_NANOS;
            fetch = rests && restsUntil - fetch > 0 ? restsUntil : fetch;
            next = fetch - next < 0 ? fetch : next;
        }
        return next;
    }

    /** The next message that is due, which stays here; {@code null} when there is none. */
    BrokerMessage due(long now) {
        return near.due(now);
    }

    /** Lets go of that one. */
    void remove() {
        near.remove();
    }

    /** Whether there is something that waits for {@link #fetch} to be called with room. */
    boolean waitsForRoom() {
        return waitsForRoom;
    }

    /**
     * What is to be fetched now; empty when nothing is. It is to be told of by {@link #fetched}.
     *
     * @param room messages that may wait in the channel: what is due already waits here as well as in the storage
     */
    List<FarQueue.Entry> fetch(long now, long room) {
        waitsForRoom = false;
        if (far.size() == 0
                || !fetching.isEmpty()
                || rests && restsUntil - now > 0
                || far.nextDeadline() - AHEAD_NANOS - now > 0) {
            return List.of();
        }
        rests = false;
        List<FarQueue.Entry> entries = new ArrayList<>();
        long bytes = Math.min(FETCHED_BYTES, budget.room());
        while (far.size() > 0 && entries.size() < FETCHED && bytes > 0 && far.nextDeadline() - AHEAD_NANOS - now <= 0) {
            if (far.nextDeadline() - now <= 0 && entries.size() >= room) {
                waitsForRoom = entries.isEmpty();
                break;
            }
            FarQueue.Entry entry = far.remove();
            bytes -= MemoryBudget.cost(entry.length());
            entries.add(entry);
        }
        if (entries.isEmpty() && !waitsForRoom) {
            rest(now + FULL_NANOS);
        }
        fetching = entries;
        return entries;
    }

    private void rest(long until) {
        rests = true;
        restsUntil = until;
    }

    /**
     * What was to be fetched is there, or some of it.
     *
     * @param entries what {@link #fetch} gave; nothing happens when that was forgotten meanwhile
     * @param messages the same with their bodies; {@code null} in place of one that could not be read, which is tried again
     */
    void fetched(List<FarQueue.Entry> entries, List<BrokerMessage> messages, long now) {
        if (fetching != entries) {
            return;
        }
        fetching = List.of();
        budget.add(-(long) FarQueue.MESSAGE_BYTES * entries.size());
        for (int i = 0; i < entries.size(); i++) {
            if (messages.get(i) != null) {
                near.add(messages.get(i));
            } else {
                FarQueue.Entry entry = entries.get(i);
                // Behind those that are due meanwhile: one that cannot be read must not hold them up.
                long again = now + AHEAD_NANOS + TROUBLE_NANOS;
                long deadline = entry.deadline() - again < 0 ? again : entry.deadline();
                addFar(entry.id(), deadline, entry.position(), entry.length(), entry.attempts());
            }
        }
    }

    /**
     * Reads messages; no lock may be held. Waits for the disk.
     *
     * @return as many as entries; {@code null} in place of one that cannot be read
     */
    static List<BrokerMessage> read(List<FarQueue.Entry> entries, FrameBodies bodies, String owner) {
        List<BrokerMessage> messages = new ArrayList<>(entries.size());
        Exception failure = null;
        int failed = 0;
        for (FarQueue.Entry entry : entries) {
            try {
                messages.add(read(entry, bodies));
            } catch (IOException | RuntimeException e) {
                messages.add(null);
                failure = e;
                failed++;
            }
        }
        if (failure != null) {
            LOG.error(
                    "{}: cannot read {} deferred message(s), and tries again - {}",
                    owner,
                    failed,
                    Errors.describe(failure));
        }
        return messages;
    }

    private static BrokerMessage read(FarQueue.Entry entry, FrameBodies bodies) throws IOException {
        FrameBodies.Found found = bodies.read(entry.id(), entry.position());
        byte[] body = found.body();
        BrokerMessage message =
                new BrokerMessage(entry.id(), found.timestampNanos(), entry.attempts(), body, 0, body.length);
        message.deadline = entry.deadline();
        message.position = entry.position();
        return message;
    }

    /** Up to so many of those with bodies, the next first. */
    List<BrokerMessage> nearest(int count) {
        return near.nearest(count);
    }

    /** Up to so many of those without, the next first. */
    List<FarQueue.Entry> farthest(int count) {
        return far.nearest(count);
    }

    /**
     * Has a message be due at once.
     *
     * @return its attempts; negative where it is not here
     */
    int hurry(long id, long now) {
        BrokerMessage message = near.remove(id);
        if (message != null) {
            message.deadline = now;
            near.add(message);
            return message.attempts();
        }
        FarQueue.Entry entry = far.remove(id);
        if (entry == null) {
            return -1;
        }
        far.add(entry.id(), now, entry.position(), entry.length(), entry.attempts());
        return entry.attempts();
    }

    /**
     * Hands a message to a receiver.
     *
     * @return whether it was here
     */
    boolean remove(long id, MessageReceiver receiver) {
        BrokerMessage message = near.remove(id);
        if (message != null) {
            receiver.receive(
                    id,
                    message.timestampNanos(),
                    message.attempts(),
                    0,
                    message.position,
                    message.block(),
                    message.offset(),
                    message.length());
            return true;
        }
        FarQueue.Entry entry = far.remove(id);
        if (entry == null) {
            return false;
        }
        budget.add(-FarQueue.MESSAGE_BYTES);
        receiver.receive(id, 0, entry.attempts(), 0, entry.position(), new byte[0], 0, entry.length());
        return true;
    }

    void clear() {
        near.clear();
        budget.add(-(long) FarQueue.MESSAGE_BYTES * (far.size() + fetching.size()));
        far.clear();
        fetching = List.of();
        waitsForRoom = false;
    }

    /** Takes what is drained. */
    @FunctionalInterface
    interface Drain {
        /** @param messages to be read during the call only; {@link MessageBatch#delayNanos} is what remains of each delay */
        void messages(MessageBatch messages);
    }

    /** What cannot be read, and so stays in the journal. */
    private long unread;

    /** Moves all messages to somewhere else, some at a time, as the daemon stops. Waits for the disk. */
    void drain(long now, int atATime, FrameBodies bodies, Drain drain) {
        MessageBatch batch = new MessageBatch();
        for (BrokerMessage message = near.first(); message != null; message = near.first()) {
            add(message, now, batch);
            near.remove();
            flush(batch, atATime, drain);
        }
        for (FarQueue.Entry entry : fetching) {
            drain(entry, now, bodies, batch);
            flush(batch, atATime, drain);
        }
        fetching = List.of();
        while (far.size() > 0) {
            drain(far.remove(), now, bodies, batch);
            flush(batch, atATime, drain);
        }
        flush(batch, 1, drain);
    }

    private static void add(BrokerMessage message, long now, MessageBatch batch) {
        batch.add(
                message.id(),
                message.timestampNanos(),
                message.attempts(),
                Math.max(0, message.deadline - now),
                message.block(),
                message.offset(),
                message.length());
        batch.place(batch.size() - 1, message.position);
    }

    private void drain(FarQueue.Entry entry, long now, FrameBodies bodies, MessageBatch batch) {
        try {
            add(read(entry, bodies), now, batch);
        } catch (IOException e) {
            unread++;
        }
    }

    private static void flush(MessageBatch batch, int atATime, Drain drain) {
        if (batch.size() >= atATime) {
            drain.messages(batch);
            batch.clear();
        }
    }

    /** Messages that could not be drained, as the journal cannot be read. */
    long unread() {
        return unread;
    }

    /** Adds those with bodies again that lie in segments of the journal up to one. */
    void moveNear(int upTo, int atATime, long now, MemoryQueue.Move move) throws IOException {
        near.move(upTo, atATime, now, move);
    }

    /** The others. */
    FarQueue far() {
        return far;
    }
}
