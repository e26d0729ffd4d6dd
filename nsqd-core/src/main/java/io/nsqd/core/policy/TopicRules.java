package io.nsqd.core.policy;

import io.nsqd.policy.EffectivePolicy;
import io.nsqd.policy.PolicyKey;
import java.util.Map;

/** What is in force for a topic itself, as fields: they are looked at with each publish. Immutable. */
public final class TopicRules {
    /** Nothing is said. */
    public static final TopicRules NONE = new TopicRules(new EffectivePolicy(Map.of()));

    private final EffectivePolicy policy;
    private final Bound bound;
    private final long ttlNanos;
    private final long publishRate;
    private final boolean dropsWithoutChannel;

    TopicRules(EffectivePolicy policy) {
        this.policy = policy;
        bound = Bound.of(policy);
        ttlNanos = policy.number(PolicyKey.TTL);
        publishRate = policy.number(PolicyKey.PUBLISH_RATE);
        dropsWithoutChannel = policy.text(PolicyKey.NO_CHANNEL)
                .filter(word -> word.equals("drop"))
                .isPresent();
    }

    /** What may wait in the topic. */
    public Bound bound() {
        return bound;
    }

    /** How long a message is of use, in nanoseconds; 0 for as long as it is there. */
    public long ttlNanos() {
        return ttlNanos;
    }

    /** Messages a second that may be published; 0 for any number. */
    public long publishRate() {
        return publishRate;
    }

    /** Whether messages go nowhere while there are no channels. */
    public boolean dropsWithoutChannel() {
        return dropsWithoutChannel;
    }

    /** Messages that wait in memory. */
    public long memQueueSize(long daemons) {
        return policy.number(PolicyKey.MEM_QUEUE_SIZE, daemons);
    }

    /** The longest delay of a message, in nanoseconds. */
    public long maxDeferNanos(long daemons) {
        return policy.number(PolicyKey.MAX_DEFER_TIMEOUT, daemons);
    }

    /** How long finished messages are kept to be replayed, in nanoseconds; 0 for not at all, unless {@link #retainBytes} says so. */
    public long retainNanos() {
        return policy.number(PolicyKey.RETAIN_TIME);
    }

    /** How many bytes of finished messages are kept to be replayed; 0 for none, unless {@link #retainNanos} says so. */
    public long retainBytes() {
        return policy.number(PolicyKey.RETAIN_BYTES);
    }
}
