package io.nsqd.stats;

/**
 * What policies have done to a topic's or a channel's messages since the start. A message is counted in each channel that it happens in.
 *
 * @param expired messages whose {@code ttl} was over, be they dropped or dead letters now
 * @param dead messages that have failed {@code max-attempts} times, be they dropped or dead letters now
 * @param dropped messages that are gone: the oldest beyond a bound, those of a topic without channels, and what expired or was dead without a
 *     dead-letter topic
 * @param throttled messages that had to wait for {@code publish-rate}, or times that deliveries had to wait for {@code consume-rate}
 * @param rejected messages that a bound has refused
 * @param replayed messages that were put into a channel again
 * @param inTransit messages on their way to the dead-letter topic; they count as in flight
 */
public record PolicyStats(
        long expired, long dead, long dropped, long throttled, long rejected, long replayed, long inTransit) {
    /** Nothing: also where there is no policy. */
    public static final PolicyStats NONE = new PolicyStats(0, 0, 0, 0, 0, 0, 0);

    /** The same with so many messages replayed. */
    public PolicyStats withReplayed(long messages) {
        return new PolicyStats(expired, dead, dropped, throttled, rejected, messages, inTransit);
    }

    /** Whether nothing has happened. */
    public boolean isNothing() {
        return equals(NONE);
    }
}
