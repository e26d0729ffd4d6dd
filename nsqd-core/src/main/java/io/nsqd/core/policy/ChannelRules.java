package io.nsqd.core.policy;

import io.nsqd.policy.EffectivePolicy;
import io.nsqd.policy.PolicyKey;
import java.util.Map;
import java.util.Optional;

/** What is in force for a channel, as fields: they are looked at with each batch, some with each message. Immutable. */
public final class ChannelRules {
    /** Nothing is said. */
    public static final ChannelRules NONE = new ChannelRules(new EffectivePolicy(Map.of()));

    private final EffectivePolicy policy;
    private final Bound bound;
    private final int maxAttempts;
    private final long ttlNanos;
    private final long retryDelayNanos;
    private final long maxRetryDelayNanos;
    private final long consumeRate;
    private final Optional<String> deadLetterTopic;

    ChannelRules(EffectivePolicy policy) {
        this.policy = policy;
        bound = Bound.of(policy);
        long most = policy.number(PolicyKey.MAX_ATTEMPTS);
        maxAttempts = most == 0 ? Integer.MAX_VALUE : (int) most;
        ttlNanos = policy.number(PolicyKey.TTL);
        retryDelayNanos = policy.number(PolicyKey.RETRY_DELAY);
        maxRetryDelayNanos = Math.max(retryDelayNanos, policy.number(PolicyKey.MAX_RETRY_DELAY));
        consumeRate = policy.number(PolicyKey.CONSUME_RATE);
        deadLetterTopic = policy.text(PolicyKey.DEAD_LETTER_TOPIC);
    }

    /** What may wait in the channel. */
    public Bound bound() {
        return bound;
    }

    /** After so many deliveries that failed a message is dead; {@link Integer#MAX_VALUE} for never. */
    public int maxAttempts() {
        return maxAttempts;
    }

    /** How long a message is of use, in nanoseconds; 0 for as long as it is there. */
    public long ttlNanos() {
        return ttlNanos;
    }

    /** Messages a second that are delivered; 0 for any number. */
    public long consumeRate() {
        return consumeRate;
    }

    /** Where dead and expired messages go. */
    public Optional<String> deadLetterTopic() {
        return deadLetterTopic;
    }

    /**
     * How long a message is held back that has failed once more without saying for how long.
     *
     * @param attempts how often it was delivered
     * @return nanoseconds; 0 for not at all
     */
    public long retryDelayNanos(int attempts) {
        if (retryDelayNanos == 0) {
            return 0;
        }
        int doublings = Math.max(0, attempts - 1);
        boolean most = doublings >= Long.numberOfLeadingZeros(retryDelayNanos) - 1;
        return most ? maxRetryDelayNanos : Math.min(maxRetryDelayNanos, retryDelayNanos << doublings);
    }

    /** Messages that wait in memory. */
    public long memQueueSize(long daemons) {
        return policy.number(PolicyKey.MEM_QUEUE_SIZE, daemons);
    }

    /** When a delivery times out whose consumer has not asked for a time of its own, in nanoseconds. */
    public long msgTimeoutNanos(long daemons) {
        return policy.number(PolicyKey.MSG_TIMEOUT, daemons);
    }

    /** The longest delay of a message, in nanoseconds. */
    public long maxDeferNanos(long daemons) {
        return policy.number(PolicyKey.MAX_DEFER_TIMEOUT, daemons);
    }
}
