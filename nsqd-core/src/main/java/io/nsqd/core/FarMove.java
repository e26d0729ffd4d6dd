package io.nsqd.core;

import io.nsqd.api.MessageBatch;
import io.nsqd.core.journal.FrameBodies;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.function.LongSupplier;

/**
 * Adds messages again that a channel holds back and of which the journal alone has the bodies, so that the segments where they lie can be
 * given back. For a thread that may wait for the disk.
 */
final class FarMove {
    /** Messages that are looked at while the lock is held. */
    private static final int LOOK = 100_000;

    /** Messages that are added again at once. */
    private static final int AT_ONCE = 512;

    private final String owner;
    private final Object lock;
    private final DeferredMessages deferred;
    private final MemoryQueue.Move move;
    private final LongSupplier now;

    /**
     * @param owner the channel, for the log
     * @param lock the channel's
     * @param move adds them, under the lock
     */
    FarMove(String owner, Object lock, DeferredMessages deferred, MemoryQueue.Move move, LongSupplier now) {
        this.owner = owner;
        this.lock = lock;
        this.deferred = deferred;
        this.move = move;
        this.now = now;
    }

    /** Those without bodies are looked for some at a time, and read while the lock is free. */
    void move(int upTo, FrameBodies bodies) throws IOException {
        int place = 0;
        while (place >= 0) {
            List<Integer> places = new ArrayList<>();
            List<FarQueue.Entry> entries = new ArrayList<>();
            synchronized (lock) {
                place = find(upTo, place, places, entries);
            }
            MessageBatch batch = new MessageBatch();
            List<BrokerMessage> messages = DeferredMessages.read(entries, bodies, owner);
            synchronized (lock) {
                move(places, entries, messages, now.getAsLong(), batch);
            }
        }
    }

    /** Returns where to go on; negative when all have been looked at. */
    private int find(int upTo, int from, List<Integer> places, List<FarQueue.Entry> entries) {
        FarQueue far = deferred.far();
        int end = Math.min(far.size(), from + LOOK);
        int i = far.find(upTo, from, end);
        while (i >= 0 && places.size() < AT_ONCE) {
            places.add(i);
            entries.add(far.entry(i));
            i = far.find(upTo, i + 1, end);
        }
        return i >= 0 ? i : end < far.size() ? end : -1;
    }

    private void move(
            List<Integer> places,
            List<FarQueue.Entry> entries,
            List<BrokerMessage> messages,
            long now,
            MessageBatch batch)
            throws IOException {
        FarQueue far = deferred.far();
        List<Integer> there = new ArrayList<>();
        for (int i = 0; i < entries.size(); i++) {
            FarQueue.Entry entry = entries.get(i);
            BrokerMessage message = messages.get(i);
            if (message != null && far.isAt(places.get(i), entry)) {
                there.add(i);
                long delay = Math.max(1, entry.deadline() - now);
                batch.add(
                        entry.id(),
                        message.timestampNanos(),
                        entry.attempts(),
                        delay,
                        message.block(),
                        0,
                        message.length());
                batch.place(batch.size() - 1, entry.position());
            }
        }
        if (!batch.isEmpty()) {
            try {
                move.move(batch);
            } finally {
                for (int i = 0; i < there.size(); i++) {
                    int of = there.get(i);
                    far.moved(places.get(of), entries.get(of), batch.position(i));
                }
            }
        }
    }
}
