package io.nsqd.core;

import io.nsqd.api.MessageBatch;
import io.nsqd.api.NsqdException;
import io.nsqd.api.Reason;
import io.nsqd.core.journal.Entries;
import io.nsqd.core.journal.QueueJournal;
import io.nsqd.core.policy.Bound;
import io.nsqd.core.policy.ChannelRules;
import io.nsqd.stats.PolicyStats;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * What policies have a channel do, and have done: there from the first policy that says something of it, so that one that none says
 * anything of has nothing to do but to see that this is missing. Guarded by the channel's lock, but where it is said otherwise.
 */
final class ChannelGuard {
    /** From one look for expired messages to the next. */
    static final long EXPIRY_NANOS = TimeUnit.MILLISECONDS.toNanos(250);

    /** Messages dropped at once. */
    static final int DROPPED = 1024;

    /** What is read of the storage at once to be dropped, whatever the messages' lengths. */
    private static final long READ_BYTES = 1024 * 1024;

    private final BrokerChannel channel;
    private final MessageQueue queue;
    private final Broker broker;
    private final DeferredMessages deferred;
    private final QueueJournal journal;
    private final DeadLetters letters;

    private volatile ChannelRules rules;
    private RateLimit rate;
    private boolean throttling;
    private long throttledUntil;
    private long expired;
    private long dead;
    private long dropped;
    private long throttled;
    private long rejected;

    ChannelGuard(
            BrokerChannel channel, Broker broker, MessageQueue queue, DeferredMessages deferred, QueueJournal journal) {
        this.channel = channel;
        this.broker = broker;
        this.queue = queue;
        this.deferred = deferred;
        this.journal = journal;
        letters = new DeadLetters(channel.toString(), broker.budget());
    }

    /** Other rules are in force from now on. */
    void rules(ChannelRules next, long now) {
        ChannelRules before = rules;
        rules = next;
        if (before == null || before.consumeRate() != next.consumeRate()) {
            rate = next.consumeRate() == 0 ? null : new RateLimit(next.consumeRate(), now);
            throttling = false;
        }
    }

    /** What is in force. Any thread. */
    ChannelRules rules() {
        return rules;
    }

    DeadLetters letters() {
        return letters;
    }

    // ---- what may wait

    /** Why a batch is not to be put here; {@code null} when it may be. */
    NsqdException refusal(MessageBatch batch, int held) {
        Bound bound = rules.bound();
        if (bound.overflow() != Bound.Overflow.REJECT
                || !bound.isExceededBy(queue.depth() + held + batch.size(), queue.bytes() + batch.bytes())) {
            return null;
        }
        rejected += batch.size();
        return new NsqdException(
                Reason.FULL,
                "channel " + channel.name() + " is full: " + full(bound, queue.depth() + held, queue.bytes()));
    }

    /** What is there and what may be, in words. */
    static String full(Bound bound, long depth, long bytes) {
        return bound.messages() == Long.MAX_VALUE
                ? bytes + " bytes wait, max-bytes is " + bound.bytes()
                : depth + " messages wait, max-depth is " + bound.messages();
    }

    /** Makes room for a batch that is about to be put. */
    void makeRoom(MessageBatch batch) {
        drop(batch.size(), batch.bytes());
    }

    /** Sees to it that the bound holds, now that something was put. */
    void keepBound() {
        drop(0, 0);
    }

    private void drop(int moreMessages, long moreBytes) {
        Bound bound = rules.bound();
        if (bound.overflow() == Bound.Overflow.DROP_OLDEST) {
            dropped += dropOldest(queue, bound, moreMessages, moreBytes);
        }
    }

    /**
     * Drops the oldest messages of a queue until so many more are within a bound, or none is to be had.
     *
     * @return how many
     */
    static long dropOldest(MessageQueue queue, Bound bound, int moreMessages, long moreBytes) {
        long gone = 0;
        Gone receiver = null;
        while (!queue.isEmpty() && bound.isExceededBy(queue.depth() + moreMessages, queue.bytes() + moreBytes)) {
            receiver = receiver == null ? new Gone() : receiver;
            long excess = queue.depth() + moreMessages - bound.messages();
            // Where bytes are too many, one at a time: how long the messages are is known once they are there.
            receiver.limit(excess <= 0 ? 1 : (int) Math.min(DROPPED, excess), Long.MAX_VALUE);
            queue.take(receiver);
            queue.finish(receiver.entries);
            queue.forgetTaken();
            gone += receiver.received();
            if (receiver.received() == 0) {
                // What is in the storage is not to be had now: with the next one.
                break;
            }
        }
        return gone;
    }

    /** Takes what is dropped. */
    static final class Gone extends MessageReceiver {
        private final Entries entries = new Entries();

        @Override
        long backendRoom(long budgetRoom) {
            return READ_BYTES;
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
            entries.add(id, position, length);
            return false;
        }

        Entries entries() {
            return entries;
        }
    }

    // ---- what may be delivered

    /** How many messages may be delivered now; where none may, {@link #nextLook} says when. */
    int allowed(long now) {
        if (letters.isFull()) {
            return 0;
        }
        if (rate == null) {
            return Integer.MAX_VALUE;
        }
        int allowed = rate.allowed(now);
        if (allowed == 0) {
            throttledUntil = now + rate.untilNext(now);
            throttled += throttling ? 0 : 1;
            throttling = true;
        }
        return allowed;
    }

    /** So many were delivered. */
    void delivered(int messages, long now) {
        if (rate != null && messages > 0) {
            var unused = rate.take(messages, now);
        }
    }

    /** Whether deliveries that had to wait may go on; then it has taken note of it. */
    boolean goesOn(long now) {
        boolean over = throttling && throttledUntil - now <= 0;
        throttling &= !over;
        return over;
    }

    /**
     * Why a message is not to be delivered, not once more; {@code null} when it may be.
     *
     * @param attempts how often it was
     */
    Letter.Cause judge(long timestampNanos, int attempts, long epochNanos) {
        ChannelRules now = rules;
        if (now.ttlNanos() > 0 && epochNanos - timestampNanos >= now.ttlNanos()) {
            return Letter.Cause.EXPIRED;
        }
        return attempts >= now.maxAttempts() ? Letter.Cause.DEAD : null;
    }

    /** How long a message is to be held back that is given back. */
    long delayNanos(int attempts, long asked) {
        return asked > 0 ? Math.min(asked, rules.maxDeferNanos(asked)) : rules.retryDelayNanos(attempts);
    }

    /** Looks for messages whose time is over, up to so many. */
    List<Letter> expire(int max, long epochNanos) {
        long ttl = rules.ttlNanos();
        if (ttl == 0 || letters.isFull() || queue.isEmpty()) {
            return List.of();
        }
        Expired receiver = new Expired();
        receiver.limit(max, Long.MAX_VALUE);
        queue.takeOlder(receiver, epochNanos - ttl);
        return receiver.letters;
    }

    private static final class Expired extends MessageReceiver {
        private final List<Letter> letters = new ArrayList<>();

        @Override
        long backendRoom(long budgetRoom) {
            return Math.max(1, Math.min(READ_BYTES, budgetRoom));
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
            letters.add(
                    new Letter(Letter.Cause.EXPIRED, id, timestampNanos, attempts, block, offset, length, position));
            return false;
        }
    }

    /** Messages are of no use here any more. What came out of the storage is forgotten there afterwards. */
    void bury(List<Letter> unfit) {
        boolean goSomewhere = rules.deadLetterTopic().isPresent();
        count(unfit, !goSomewhere);
        Entries gone = new Entries();
        MessageBatch unkept = new MessageBatch();
        for (Letter letter : unfit) {
            if (!goSomewhere || !letters.add(letter)) {
                gone.add(letter.id(), letter.position, letter.length());
            } else if (letter.position == 0 && journal != null) {
                letter.addTo(unkept);
            }
        }
        queue.finish(gone);
        if (!unkept.isEmpty()) {
            channel.keepTaken(unkept);
            for (int i = 0; i < unkept.size(); i++) {
                letters.place(unkept.id(i), unkept.position(i));
            }
        }
        if (letters.begins()) {
            broker.undertaker().begin(channel);
        }
    }

    /** What has timed out leaves a batch for where it has to go. */
    void sortOut(MessageBatch back, long now, long epochNanos) {
        if (back.isEmpty()) {
            return;
        }
        MessageBatch rest = new MessageBatch();
        List<Letter> unfit = new ArrayList<>();
        for (int i = 0; i < back.size(); i++) {
            long delay = rules.retryDelayNanos(back.attempts(i));
            Letter.Cause cause = whyDead(back.timestampNanos(i), back.attempts(i), epochNanos);
            if (cause != null) {
                unfit.add(Letter.of(back, i, cause));
            } else if (delay > 0) {
                if (journal != null) {
                    journal.deferred(back.id(i), back.attempts(i), delay);
                }
                deferred.add(back, i, now + delay, now);
            } else {
                MessageQueue.copy(back, i, rest);
            }
        }
        back.clear();
        for (int i = 0; i < rest.size(); i++) {
            MessageQueue.copy(rest, i, back);
        }
        if (!unfit.isEmpty()) {
            bury(unfit);
        }
    }

    /** Why a message that has failed is not to be delivered again; {@code null} when it may be, or that is to be found out later. */
    Letter.Cause whyDead(long timestampNanos, int attempts, long epochNanos) {
        return letters.isFull() ? null : judge(timestampNanos, attempts, epochNanos);
    }

    /** Counts messages that are of no use any more. */
    private void count(List<Letter> unfit, boolean areDropped) {
        for (Letter letter : unfit) {
            if (letter.cause == Letter.Cause.EXPIRED) {
                expired++;
            } else {
                dead++;
            }
        }
        dropped += areDropped ? unfit.size() : 0;
    }

    /** Letters are there, or are dropped after all. */
    void arrived(int messages, boolean areDropped) {
        dropped += areDropped ? messages : 0;
    }

    /** When there is something to be done, if that is before {@code latest}; else {@code latest}. */
    long nextLook(long latest, long now) {
        long next = latest;
        if (throttling && throttledUntil - next < 0) {
            next = throttledUntil;
        }
        if (rules.ttlNanos() > 0 && !queue.isEmpty() && now + EXPIRY_NANOS - next < 0) {
            next = now + EXPIRY_NANOS;
        }
        return next;
    }

    PolicyStats stats() {
        return new PolicyStats(expired, dead, dropped, throttled, rejected, 0, letters.size());
    }
}
