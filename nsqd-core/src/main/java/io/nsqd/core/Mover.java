package io.nsqd.core;

import io.nsqd.api.Consumer;
import io.nsqd.api.Errors;
import io.nsqd.api.Message;
import io.nsqd.api.MessageBatch;
import io.nsqd.api.NsqdException;
import io.nsqd.api.Reason;
import io.nsqd.api.SubscribeOptions;
import io.nsqd.api.Subscription;
import io.nsqd.api.Topic;
import io.nsqd.stats.ClientStats;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;

/**
 * Moves messages from a topic to another: those of a channel as its consumer, which finishes them when the other topic has them; those that
 * wait in the topic itself by the topic's own means. A crash in the middle leaves a message in both, never in none. Used by one thread, which
 * may wait.
 */
final class Mover {
    private static final int BATCH = 256;
    private static final long BATCH_BYTES = 1024 * 1024;
    private static final long TIMEOUT_NANOS = TimeUnit.HOURS.toNanos(1);

    private final Topic to;

    Mover(Topic to) {
        this.to = to;
    }

    /** Moves what waits in a topic itself. */
    long move(BrokerTopic from, long count) {
        long moved = 0;
        MessageBatch next = from.takeToMove((int) Math.min(BATCH, count), BATCH_BYTES);
        while (next != null && !next.isEmpty()) {
            boolean good = false;
            try {
                publish(next);
                good = true;
            } finally {
                from.moved(good);
            }
            moved += next.size();
            next = from.takeToMove((int) Math.min(BATCH, count - moved), BATCH_BYTES);
        }
        return moved;
    }

    /** Moves what waits in a channel. */
    long move(BrokerChannel from, long count) {
        if (from.isPaused() || from.isEphemeral()) {
            throw new NsqdException(
                    Reason.EXITING,
                    "channel " + from.name() + (from.isPaused() ? " is paused" : " is ephemeral")
                            + ": nothing is moved from there");
        }
        Subscription subscription = from.subscribe(new Carrier(), new SubscribeOptions(TIMEOUT_NANOS, 0));
        try {
            long moved = 0;
            List<Message> next = poll(subscription, count);
            while (!next.isEmpty()) {
                carry(subscription, next);
                moved += next.size();
                next = poll(subscription, count - moved);
            }
            return moved;
        } finally {
            subscription.requeueAll();
            subscription.close();
        }
    }

    private static List<Message> poll(Subscription subscription, long most) {
        List<Message> messages = new ArrayList<>();
        if (most > 0) {
            subscription.poll((int) Math.min(BATCH, most), BATCH_BYTES, messages::add);
        }
        return messages;
    }

    private void carry(Subscription subscription, List<Message> messages) {
        MessageBatch batch = new MessageBatch();
        long[] ids = new long[messages.size()];
        for (int i = 0; i < ids.length; i++) {
            Message message = messages.get(i);
            ids[i] = message.id();
            batch.add(message.block(), message.offset(), message.length());
        }
        publish(batch);
        subscription.finish(ids, ids.length, (id, reason) -> {});
    }

    /** As new messages: an id is unique in its topic only, and a time to live begins anew. */
    private void publish(MessageBatch batch) {
        MessageBatch fresh = new MessageBatch();
        for (int i = 0; i < batch.size(); i++) {
            fresh.add(batch.block(i), batch.offset(i), batch.length(i));
        }
        try {
            to.publish(fresh).join();
        } catch (CompletionException e) {
            NsqdException refusal = Outcome.refusal(e);
            throw new NsqdException(
                    refusal.reason(), "topic " + to.name() + " does not take more: " + Errors.describe(refusal), e);
        }
    }

    /** Asks for nothing by itself. */
    private static final class Carrier implements Consumer {
        @Override
        public void wakeUp() {
            // It takes what is there, and no more.
        }

        @Override
        public void close() {
            // The channel goes: the next poll brings nothing.
        }

        @Override
        public ClientStats stats() {
            return new ClientStats(
                    "topic-move",
                    "",
                    "",
                    "",
                    0,
                    0,
                    0,
                    0,
                    0,
                    0,
                    Instant.EPOCH,
                    0,
                    false,
                    false,
                    "",
                    Optional.empty(),
                    Optional.empty(),
                    List.of());
        }
    }

    /**
     * Moves messages, as of {@link io.nsqd.api.Nsqd#move}.
     *
     * @param channel empty for the topic itself or, where nothing waits there, its only channel
     */
    static long move(Broker broker, String from, Optional<String> channel, String to, long count) {
        BrokerTopic topic = (BrokerTopic) broker.existingTopic(from)
                .orElseThrow(() -> new NsqdException(Reason.TOPIC_NOT_FOUND, "topic does not exist"));
        if (from.equals(to)) {
            throw new NsqdException(Reason.BAD_TOPIC, "from and to are the same topic");
        }
        Mover mover = new Mover(broker.topic(to));
        if (channel.isPresent()) {
            return mover.move(
                    (BrokerChannel) topic.existingChannel(channel.get())
                            .orElseThrow(() -> new NsqdException(Reason.CHANNEL_NOT_FOUND, "channel does not exist")),
                    count);
        }
        List<io.nsqd.api.Channel> channels = topic.channels();
        if (channels.size() > 1) {
            throw new NsqdException(
                    Reason.BAD_CHANNEL, "topic " + from + " has " + channels.size() + " channels: say which");
        }
        return channels.isEmpty() ? mover.move(topic, count) : mover.move((BrokerChannel) channels.get(0), count);
    }
}
