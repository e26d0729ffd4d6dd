package io.nsqd.core;

import io.nsqd.api.MessageBatch;
import io.nsqd.api.NsqdException;
import io.nsqd.api.Reason;
import io.nsqd.core.policy.Bound;
import io.nsqd.core.policy.TopicRules;
import io.nsqd.stats.PolicyStats;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ScheduledExecutorService;

/**
 * What policies have a topic do, and have done: there from the first policy that says something of it, or has one of its channels refuse
 * messages. Guarded by the topic's lock.
 */
final class TopicGuard {
    /** What is looked at once in a while in so many parts, so that publishers need not wait for long. */
    private static final int EXPIRY_TURNS = 16;

    private final String topic;
    private final MessageQueue queue;
    private final Clock clock;
    private final ScheduledExecutorService timer;

    private volatile TopicRules rules = TopicRules.NONE;
    private Throttle throttle;
    private long expired;
    private long dropped;
    private long throttled;
    private long rejected;

    /** @param timer tells publishers who wait */
    TopicGuard(String topic, MessageQueue queue, Clock clock, ScheduledExecutorService timer) {
        this.topic = topic;
        this.queue = queue;
        this.clock = clock;
        this.timer = timer;
    }

    /**
     * Other rules are in force from now on.
     *
     * @return to be run without a lock: lets go of publishers who wait for a rate that is no more
     */
    Runnable rules(TopicRules next) {
        Throttle before = throttle;
        boolean same = rules.publishRate() == next.publishRate();
        rules = next;
        if (same) {
            return () -> {};
        }
        throttle = next.publishRate() == 0 ? null : new Throttle(next.publishRate(), clock, timer);
        return before == null ? () -> {} : before::end;
    }

    /** What is in force. Any thread. */
    TopicRules rules() {
        return rules;
    }

    /** Why a batch is not to wait in the topic; {@code null} when it may. */
    NsqdException refusal(MessageBatch batch, long depth) {
        Bound bound = rules.bound();
        if (bound.overflow() != Bound.Overflow.REJECT
                || !bound.isExceededBy(depth + batch.size(), queue.bytes() + batch.bytes())) {
            return null;
        }
        return new NsqdException(
                Reason.FULL, "topic " + topic + " is full: " + ChannelGuard.full(bound, depth, queue.bytes()));
    }

    /** A batch was refused. */
    NsqdException rejected(MessageBatch batch, NsqdException why) {
        rejected += batch.size();
        return why;
    }

    /** A batch went nowhere. */
    void dropped(MessageBatch batch) {
        dropped += batch.size();
    }

    /** Sees to it that the bound and the time to live hold for what waits in the topic; whatever was taken from the queue has arrived. */
    void tidy() {
        if (rules.bound().overflow() == Bound.Overflow.DROP_OLDEST) {
            dropped += ChannelGuard.dropOldest(queue, rules.bound(), 0, 0);
        }
        if (rules.ttlNanos() > 0) {
            int turns = 0;
            while (!queue.isEmpty() && turns < EXPIRY_TURNS && expire() > 0) {
                turns++;
            }
        }
    }

    private int expire() {
        ChannelGuard.Gone gone = new ChannelGuard.Gone();
        gone.limit(ChannelGuard.DROPPED, Long.MAX_VALUE);
        queue.takeOlder(gone, clock.epochNanos() - rules.ttlNanos());
        queue.finish(gone.entries());
        queue.forgetTaken();
        expired += gone.received();
        dropped += gone.received();
        return gone.received();
    }

    /** Whether what waits in the topic is to be looked at in a while. */
    boolean looksAgain() {
        return rules.ttlNanos() > 0 && !queue.isEmpty();
    }

    /** A batch was taken: done when its publisher may be told so. */
    CompletableFuture<Void> taken(int messages, CompletableFuture<Void> stored) {
        CompletableFuture<Void> wait = throttle == null ? null : throttle.take(messages);
        if (wait == null) {
            return stored;
        }
        throttled += messages;
        return stored == MessageQueue.DONE ? wait : CompletableFuture.allOf(stored, wait);
    }

    PolicyStats stats() {
        return new PolicyStats(expired, 0, dropped, throttled, rejected, 0, 0);
    }
}
