package io.nsqd.core.policy;

import io.nsqd.policy.EffectivePolicy;
import io.nsqd.policy.PolicyKey;

/**
 * What may wait, and what happens beyond.
 *
 * @param messages at the most; {@link Long#MAX_VALUE} for any number
 * @param bytes of bodies at the most; {@link Long#MAX_VALUE} for any number
 * @param overflow what happens beyond
 */
public record Bound(long messages, long bytes, Overflow overflow) {
    /** What happens beyond a bound. */
    public enum Overflow {
        /** Nothing: memory is bounded in any case, and the rest goes to the storage. */
        DISK,
        /** What is new is refused. */
        REJECT,
        /** What is oldest goes. */
        DROP_OLDEST
    }

    static Bound of(EffectivePolicy policy) {
        Overflow overflow =
                switch (policy.text(PolicyKey.OVERFLOW).orElse("disk")) {
                    case "reject" -> Overflow.REJECT;
                    case "drop-oldest" -> Overflow.DROP_OLDEST;
                    default -> Overflow.DISK;
                };
        return new Bound(
                limit(policy.number(PolicyKey.MAX_DEPTH)), limit(policy.number(PolicyKey.MAX_BYTES)), overflow);
    }

    private static long limit(long number) {
        return number == 0 ? Long.MAX_VALUE : number;
    }

    /** Whether there is one, and something happens beyond it. */
    public boolean isBound() {
        return overflow != Overflow.DISK && (messages != Long.MAX_VALUE || bytes != Long.MAX_VALUE);
    }

    /** Whether so much is more than may wait. */
    public boolean isExceededBy(long depth, long waitingBytes) {
        return depth > messages || waitingBytes > bytes;
    }
}
