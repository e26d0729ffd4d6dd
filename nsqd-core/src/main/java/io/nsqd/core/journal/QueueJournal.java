package io.nsqd.core.journal;

import io.nsqd.api.MessageBatch;
import io.nsqd.spi.Journal.Purpose;
import java.io.IOException;
import java.util.concurrent.CompletableFuture;

/**
 * What a topic or channel tells the journal. Called under the lock of that topic or channel, or, for what is in flight, under the lock of
 * the subscription that holds it: so a message's records are in the order of what happened to it. Never waits.
 */
public final class QueueJournal {
    final Records.Name topic;
    final Records.Name channel;
    private final MessageJournal journal;
    private final Entries entries = new Entries();
    private final MessageBatch batch = new MessageBatch();

    /** What of it is live, where. Guarded by the journal's lock, as is all that follows. */
    final SegmentCounts live = new SegmentCounts();

    long liveBytes;

    /** The first segment that must stay so that copies which the storage hands out again after a crash are known; 0 for none. */
    int pinned;

    /** The same, while the storage is being synced so that it will not hand them out again. */
    int unpinning;

    /** Whose view this is. */
    final Owner owner;

    /** What the journal asks of a topic or channel, on a thread that may wait. */
    public interface Owner {
        /** Has the storage synced, so that the journal need not tell copies from messages any more. */
        void syncStorage();

        /**
         * Adds again what lies in segments up to one, so that they can be given back.
         *
         * @throws IOException when there is no room even for that
         */
        void move(int upTo) throws IOException;
    }

    QueueJournal(MessageJournal journal, Owner owner, String topic, String channel) {
        this.journal = journal;
        this.owner = owner;
        this.topic = Records.Name.of(topic);
        this.channel = Records.Name.of(channel);
    }

    /** The journal. */
    public MessageJournal journal() {
        return journal;
    }

    /** Whether the storage is less durable than what was promised: then the journal has everything first. */
    public boolean isFirst() {
        return journal.isFirst();
    }

    /**
     * Keeps the messages {@code from} to {@code to} of a batch, the latter excluded, for this queue alone, and notes in the batch where
     * they lie.
     *
     * @param from the first
     * @param to the last, excluded
     * @param alsoStored whether the queue's storage has copies of them, or will
     * @param purpose whether they are new, or only move
     * @throws IOException when that cannot be: none of them is kept then
     */
    public void add(MessageBatch batch, int from, int to, boolean alsoStored, Purpose purpose) throws IOException {
        journal.add(this, batch, from, to, alsoStored, purpose);
    }

    /** Messages are done with: nobody waits for that to be kept. */
    public void finished(Entries entries) {
        journal.settled(Records.FINISHED, this, entries);
    }

    /** Second copies of messages are dropped: the first ones live on. */
    public void dropped(Entries entries) {
        journal.dropped(this, entries);
    }

    /** Scratch space, empty; for whoever holds the lock of the topic or channel, to be cleared after use. */
    public Entries entries() {
        return entries;
    }

    /** The same. */
    public MessageBatch batch() {
        return batch;
    }

    /** Messages have a home in the storage, which is as durable as was promised. */
    public void spilled(Entries entries) {
        journal.settled(Records.SPILLED, this, entries);
    }

    /** Messages have left the storage for elsewhere, and are not to be handed on again if it brings them back after a crash. */
    public void taken(long[] ids, int number) {
        journal.taken(this, ids, number);
    }

    /**
     * The storage has copies of those of the messages {@code from} to {@code to}, the latter excluded, that lie in the journal: the copies
     * are not to be handed on after a crash. Of one that lies nowhere else the storage has the message itself.
     */
    public void taken(MessageBatch batch, int from, int to) {
        long[] ids = new long[to - from];
        int number = 0;
        for (int i = from; i < to; i++) {
            if (batch.position(i) != 0) {
                ids[number++] = batch.id(i);
            }
        }
        journal.taken(this, ids, number);
    }

    /** The storage is about to be synced, and has nothing to forget. */
    public void unpin() {
        journal.unpin(this);
    }

    /** It was synced, or could not be. */
    public void unpinned(boolean good) {
        journal.unpinned(this, good);
    }

    /** The storage may hold copies that only the journal tells of, in segments from one on. */
    public void pinFrom(int segment) {
        journal.pinFrom(this, segment);
    }

    /** Messages were handed to a client. */
    public void booked(Entries entries) {
        journal.booked(this, entries);
    }

    /**
     * A message that lies in the journal is held back.
     *
     * @param delayNanos for how long
     */
    public void deferred(long id, int attempts, long delayNanos) {
        journal.deferred(this, id, attempts, delayNanos);
    }

    /**
     * Adds all messages of a batch, wherever they lay before: nowhere, or where what they take is free from now on.
     *
     * @param batch says afterwards where each lies, also where that could not be done with all of them
     * @throws IOException when there is no room for all of them: those behind it lie where they did
     */
    public void addAgain(MessageBatch batch) throws IOException {
        journal.addAgain(this, batch);
    }

    /** All of its messages are gone, or are in the storage. */
    public void emptied() {
        journal.emptied(this);
    }

    /** See {@link io.nsqd.spi.Journal#kept}. */
    public CompletableFuture<Void> kept() {
        return journal.kept();
    }

    /** The queue is not used any more. */
    public void forget() {
        journal.forget(this);
    }

    /** A message was found by {@link Replay} and lives on. */
    public void found(long position, int length) {
        journal.found(this, position, length);
    }
}
