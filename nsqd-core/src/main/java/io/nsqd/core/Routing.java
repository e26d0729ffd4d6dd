package io.nsqd.core;

import io.nsqd.api.MessageBatch;
import io.nsqd.core.journal.Entries;
import io.nsqd.core.journal.QueueJournal;
import io.nsqd.core.retention.Unfinished;
import io.nsqd.log.Logger;
import io.nsqd.log.LoggerFactory;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Messages on their way from a topic's queue to its channels. They are held here until every channel has them: of a turn in which a
 * channel throws, only what is missing is done again. Guarded by the topic's lock.
 */
final class Routing extends MessageReceiver {
    private static final Logger LOG = LoggerFactory.getLogger(Routing.class);
    private static final BrokerChannel[] NONE = new BrokerChannel[0];

    private final String topic;
    private MessageBatch due = new MessageBatch();
    private MessageBatch delayed = new MessageBatch();

    /** Those of them that lie in the journal as the topic's. */
    private final Entries leaving = new Entries();

    /** Whether they are to go elsewhere, and so to no channel until that has failed. */
    private boolean held;

    /** Whether the journal has them as the channels' already. */
    private boolean kept;

    /** The channels that have not got them yet. */
    private BrokerChannel[] missing = NONE;

    Routing(String topic) {
        this.topic = topic;
    }

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
        leaving.add(id, position, length);
        (delayNanos > 0 ? delayed : due).add(id, timestampNanos, attempts, delayNanos, block, offset, length);
        // A turn's worth, and soon on the accounts of the channels.
        return false;
    }

    /**
     * Takes up to so many messages, all of which are to go to each of the channels. Nothing may be pending.
     *
     * @param retention takes them down
     */
    void take(MessageQueue queue, BrokerChannel[] channels, int max, long maxBytes, TopicRetention retention) {
        limit(max, maxBytes);
        try {
            queue.take(this);
        } finally {
            missing = received() > 0 ? channels : NONE;
            retention.append(due);
            retention.append(delayed);
        }
    }

    /** Takes up to so many messages, as {@link #take}, that are to go elsewhere. Nothing may be pending. */
    void hold(MessageQueue queue, int max, long maxBytes) {
        limit(max, maxBytes);
        try {
            queue.take(this);
        } finally {
            held = received() > 0;
        }
    }

    /** Whether what is there is to go elsewhere. */
    boolean isHeld() {
        return held;
    }

    /** They are to go to the channels after all. */
    void release(BrokerChannel[] channels, TopicRetention retention) {
        held = false;
        missing = channels;
        retention.append(due);
        retention.append(delayed);
    }

    /** What is held, copied to be published elsewhere. */
    MessageBatch copy() {
        MessageBatch copy = new MessageBatch();
        for (MessageBatch part : new MessageBatch[] {due, delayed}) {
            for (int i = 0; i < part.size(); i++) {
                MessageQueue.copy(part, i, copy);
            }
        }
        return copy;
    }

    /** Whether messages are held that some channel has not got. */
    boolean isPending() {
        return held || missing.length > 0;
    }

    /** Messages held. */
    int size() {
        return due.size() + delayed.size();
    }

    /**
     * Hands what is held to the channels that have not got it. One that throws does not keep it from the others, and is tried again
     * with the next call.
     *
     * @param queue where they were taken from
     * @return whether all went well: no channel threw, or could not store its part
     */
    boolean handOn(MessageQueue queue, Wakeups wakeups) {
        if (held) {
            return false;
        }
        boolean good = isKept(queue);
        boolean refused = !good;
        BrokerChannel[] failed = NONE;
        for (BrokerChannel channel : missing) {
            if (refused && channel.journal() != null) {
                failed = and(failed, channel);
                continue;
            }
            try {
                good &= channel.putRouted(due, delayed, kept, wakeups);
            } catch (UncheckedIOException e) {
                // The journal has no room for it, and says so; it is tried again.
                failed = and(failed, channel);
                good = false;
            } catch (RuntimeException | Error e) {
                LOG.error("TOPIC({}): failed to route to channel {} - {}", topic, channel.name(), e.toString(), e);
                failed = and(failed, channel);
                good = false;
            }
        }
        missing = failed;
        if (failed.length == 0) {
            due.clear();
            delayed.clear();
            kept = false;
        }
        return good;
    }

    /** Has the journal take down, where that can be done at once, that they are the channels' now; false where it has no room for it. */
    private boolean isKept(MessageQueue queue) {
        if (kept || missing.length == 0 || !queue.routesAtOnce()) {
            return true;
        }
        List<QueueJournal> to = new ArrayList<>(missing.length);
        boolean alsoStored = false;
        for (BrokerChannel channel : missing) {
            // What goes has noted that it has nothing any more.
            if (channel.journal() != null && !channel.isExiting()) {
                to.add(channel.journal());
                alsoStored |= channel.fitting(due) < due.size();
            }
        }
        try {
            queue.route(leaving, to, due, alsoStored, delayed);
        } catch (IOException e) {
            // The journal says so; it is tried again.
            return false;
        }
        kept = true;
        return true;
    }

    private static BrokerChannel[] and(BrokerChannel[] channels, BrokerChannel one) {
        BrokerChannel[] more = Arrays.copyOf(channels, channels.length + 1);
        more[channels.length] = one;
        return more;
    }

    /** Those taken that lay in the journal as the topic's; to be cleared once they are the channels' there. */
    Entries leaving() {
        return leaving;
    }

    /** What is held back no more and what is, for who has to store it elsewhere. */
    MessageBatch remains() {
        for (int i = 0; i < delayed.size(); i++) {
            due.add(
                    delayed.id(i),
                    delayed.timestampNanos(i),
                    delayed.attempts(i),
                    delayed.delayNanos(i),
                    delayed.block(i),
                    delayed.offset(i),
                    delayed.length(i));
        }
        delayed.clear();
        for (int i = 0; i < due.size(); i++) {
            // Where a channel has it is not where the topic has it.
            due.place(i, 0);
        }
        return due;
    }

    /** Tells a channel's collector of what the channel has not got yet. */
    void tell(BrokerChannel channel, Unfinished collector) {
        if (Arrays.asList(missing).contains(channel)) {
            for (MessageBatch batch : List.of(due, delayed)) {
                for (int i = 0; i < batch.size(); i++) {
                    collector.add(batch.id(i), batch.timestampNanos(i));
                }
            }
        }
    }

    /** Forgets everything. */
    void clear() {
        missing = NONE;
        held = false;
        kept = false;
        due.clear();
        delayed.clear();
        leaving.clear();
    }
}
