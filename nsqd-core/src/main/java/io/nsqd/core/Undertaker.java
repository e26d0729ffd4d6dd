package io.nsqd.core;

import io.nsqd.api.MessageBatch;
import io.nsqd.api.NsqdException;
import io.nsqd.log.Logger;
import io.nsqd.log.LoggerFactory;
import io.nsqd.spi.OutOfMemory;
import io.nsqd.stats.Trouble;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/**
 * Hands dead letters over to the topics that they go to, on the thread {@code nsqd-letters}, which is there once there is one. A channel
 * lets go of them only when their topic has them; until that works it is tried again.
 */
final class Undertaker {
    private static final Logger LOG = LoggerFactory.getLogger(Undertaker.class);

    /** How long to wait where a topic does not take them. */
    private static final long TROUBLE_MILLIS = 250;

    private static final long STOP_SECONDS = 10;

    private final Broker broker;
    private final LetterBook book;
    private final ScheduledThreadPoolExecutor thread;

    Undertaker(Broker broker, LetterBook book) {
        this.broker = broker;
        this.book = book;
        thread = new ScheduledThreadPoolExecutor(1, task -> new Thread(task, "nsqd-letters"));
    }

    /** Sees to a channel's letters until none is left. */
    void begin(BrokerChannel channel) {
        later(channel, 0);
    }

    private void later(BrokerChannel channel, long millis) {
        try {
            thread.schedule(() -> hand(channel), millis, TimeUnit.MILLISECONDS);
        } catch (RejectedExecutionException e) {
            LOG.debug("the daemon stops: the channel saves its letters", e);
        }
    }

    private void hand(BrokerChannel channel) {
        try {
            BrokerChannel.Letters next = channel.nextLetters();
            if (next.letters().isEmpty()) {
                return;
            }
            if (next.target().isEmpty()) {
                // There was a topic when they died, and there is none any more.
                channel.lettersArrived(next.letters(), true);
                later(channel, 0);
            } else {
                hand(channel, next.letters(), next.target().get());
            }
        } catch (RuntimeException | Error e) {
            OutOfMemory.check(e);
            LOG.error("{}: failed to hand dead letters over - {}", channel, e.toString(), e);
            later(channel, TROUBLE_MILLIS);
        }
    }

    private void hand(BrokerChannel channel, List<Letter> letters, String target) {
        BrokerTopic topic;
        try {
            topic = (BrokerTopic) broker.topic(target);
        } catch (NsqdException e) {
            failed(channel, target, e);
            return;
        }
        List<Letter> copies = new ArrayList<>();
        List<Letter> going = new ArrayList<>();
        for (Letter letter : letters) {
            // A message leaves a channel for good as it becomes a letter: one that has gone before is a copy that a
            // crash has left.
            boolean gone = topic.isKept() && book.hasGone(target, letter.id(), channel.topicName(), channel.name());
            (gone ? copies : going).add(letter);
        }
        if (!copies.isEmpty()) {
            broker.troubles().add(Trouble.COPIES_DROPPED, copies.size());
            channel.lettersArrived(copies, false);
        }
        publish(channel, going, topic);
    }

    private void publish(BrokerChannel channel, List<Letter> letters, BrokerTopic topic) {
        String target = topic.name();
        MessageBatch batch = new MessageBatch();
        for (Letter letter : letters) {
            // One that has the id of another letter there gets a new one.
            boolean taken = book.isTaken(target, letter.id(), channel.topicName(), channel.name());
            batch.add(
                    taken ? 0 : letter.id(),
                    letter.timestampNanos(),
                    0,
                    0,
                    letter.block(),
                    letter.offset(),
                    letter.length());
        }
        CompletableFuture<Void> published;
        try {
            published = letters.isEmpty() ? MessageQueue.DONE : topic.publishLetters(batch);
            book.begin(target, batch, letters, channel.topicName(), channel.name());
        } catch (RuntimeException e) {
            published = CompletableFuture.failedFuture(e);
        }
        var unused = published.whenComplete((done, failure) -> {
            if (failure == null) {
                settle(channel, letters, target, batch);
            } else {
                failed(channel, target, failure);
            }
        });
    }

    /** They are there, and are taken down before the channel lets go of them. */
    private void settle(BrokerChannel channel, List<Letter> letters, String target, MessageBatch batch) {
        execute(() -> {
            book.note(target, batch, letters, channel.topicName(), channel.name());
            channel.lettersArrived(letters, false);
            later(channel, 0);
        });
    }

    private void execute(Runnable task) {
        try {
            thread.execute(task);
        } catch (RejectedExecutionException e) {
            LOG.debug("the daemon stops: the channel saves its letters", e);
        }
    }

    /** They could not go. Whoever says so may hold locks, or be an event loop. */
    private void failed(BrokerChannel channel, String target, Throwable failure) {
        execute(() -> {
            channel.lettersFailed(target, Outcome.refusal(failure));
            later(channel, TROUBLE_MILLIS);
        });
    }

    /** What is said of a letter. */
    LetterBook book() {
        return book;
    }

    /** What is on its way arrives; then nothing is handed over any more, so that the channels can save what they have. */
    void close() {
        thread.shutdown();
        if (!Patience.await(thread::awaitTermination, STOP_SECONDS)) {
            LOG.warn("NSQ: dead letters are still being handed over after {} seconds", STOP_SECONDS);
        }
    }
}
