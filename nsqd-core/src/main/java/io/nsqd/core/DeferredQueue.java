package io.nsqd.core;

import io.nsqd.api.MessageBatch;
import io.nsqd.spi.Journal;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.PriorityQueue;

/** Messages that a channel holds back, by the time they are due. Guarded by the channel's lock. */
final class DeferredQueue {
    private PriorityQueue<BrokerMessage> messages;
    private final MemoryBudget budget;
    private long cost;

    /** @param budget told of the memory that the messages take */
    DeferredQueue(MemoryBudget budget) {
        this.budget = budget;
    }

    int size() {
        return messages == null ? 0 : messages.size();
    }

    /** Holds a message back until {@link BrokerMessage#deadline}. */
    void add(BrokerMessage message) {
        if (messages == null) {
            messages = new PriorityQueue<>(Comparator.comparingLong(m -> m.deadline));
        }
        messages.add(message);
        count(MemoryBudget.cost(message.length()));
    }

    /** When the next message is due, or {@link Long#MAX_VALUE}. */
    long nextDeadline() {
        return size() == 0 ? Long.MAX_VALUE : messages.peek().deadline;
    }

    /** The next message, due or not, which stays here; {@code null} when there is none. */
    BrokerMessage first() {
        return size() == 0 ? null : messages.peek();
    }

    /** The next message that is due at {@code now}, which stays here; {@code null} when there is none. */
    BrokerMessage due(long now) {
        return size() == 0 || nextDeadline() > now ? null : messages.peek();
    }

    /** Lets go of the next message. */
    void remove() {
        count(-MemoryBudget.cost(messages.remove().length()));
        if (messages.isEmpty()) {
            messages = null;
        }
    }

    /** Up to so many messages, the next first. */
    List<BrokerMessage> nearest(int count) {
        return messages == null
                ? List.of()
                : messages.stream().sorted(messages.comparator()).limit(count).toList();
    }

    /** Takes a message out; {@code null} when it is not here. */
    BrokerMessage remove(long id) {
        if (messages == null) {
            return null;
        }
        for (BrokerMessage message : messages) {
            if (message.id() == id) {
                messages.remove(message);
                count(-MemoryBudget.cost(message.length()));
                messages = messages.isEmpty() ? null : messages;
                return message;
            }
        }
        return null;
    }

    void clear() {
        messages = null;
        count(-cost);
    }

    private void count(long more) {
        cost += more;
        budget.add(more);
    }

    /** Adds those again that lie in segments of the journal up to one, with what remains of their delays. */
    void move(int upTo, int atATime, long now, MemoryQueue.Move move) throws IOException {
        if (messages == null) {
            return;
        }
        MessageBatch batch = new MessageBatch();
        List<BrokerMessage> moving = new ArrayList<>();
        for (BrokerMessage message : messages) {
            if (message.position != 0 && Journal.segment(message.position) <= upTo) {
                long delay = Math.max(1, message.deadline - now);
                batch.add(
                        message.id(),
                        message.timestampNanos(),
                        message.attempts(),
                        delay,
                        message.block(),
                        message.offset(),
                        message.length());
                batch.place(batch.size() - 1, message.position);
                moving.add(message);
            }
            if (moving.size() == atATime) {
                move(batch, moving, move);
            }
        }
        move(batch, moving, move);
    }

    private static void move(MessageBatch batch, List<BrokerMessage> moving, MemoryQueue.Move move) throws IOException {
        if (!moving.isEmpty()) {
            try {
                move.move(batch);
            } finally {
                for (int i = 0; i < moving.size(); i++) {
                    moving.get(i).position = batch.position(i);
                }
            }
            batch.clear();
            moving.clear();
        }
    }

    /** The entry of message {@code i} of a batch, to be held back until {@code deadline}. */
    static BrokerMessage entry(MessageBatch batch, int i, long deadline) {
        return entry(
                batch.id(i),
                batch.timestampNanos(i),
                batch.attempts(i),
                batch.block(i),
                batch.offset(i),
                batch.length(i),
                deadline,
                batch.position(i));
    }

    /** The entry of a message that was in flight, to be held back until {@code deadline}. */
    static BrokerMessage entry(BrokerMessage message, long deadline) {
        return entry(
                message.id(),
                message.timestampNanos(),
                message.attempts(),
                message.block(),
                message.offset(),
                message.length(),
                deadline,
                message.position);
    }

    /**
     * Makes the entry of a message to be held back. Its body leaves the block it came in: a message that waits for an hour
     * must not keep alive what was published beside it.
     */
    private static BrokerMessage entry(
            long id,
            long timestampNanos,
            int attempts,
            byte[] block,
            int offset,
            int length,
            long deadline,
            long position) {
        byte[] own = length == block.length ? block : Arrays.copyOfRange(block, offset, offset + length);
        BrokerMessage message = new BrokerMessage(id, timestampNanos, attempts, own, 0, length);
        message.deadline = deadline;
        message.position = position;
        return message;
    }
}
