package io.nsqd.api;

import java.util.Optional;

/**
 * A message as {@link Channel#peek} shows it: a copy, as of that moment.
 *
 * @param message the message; its body is complete
 * @param state where it is
 * @param dueNanos nanoseconds until it times out, or is due; 0 where it waits
 * @param consumer whom it is in flight to, in words; empty where it is in flight to nobody
 * @param letter where it came from, if it is a dead letter
 */
public record PeekedMessage(Message message, State state, long dueNanos, String consumer, Optional<DeadLetter> letter) {
    /** Where a message is. */
    public enum State {
        /** Waits to be delivered. What waits in memory is shown, and what can be read ahead of what is in the storage: up to 1 MiB. */
        WAITING,
        /** Was delivered and is not settled, or is on its way to the dead-letter topic. */
        INFLIGHT,
        /** Is held back. */
        DEFERRED
    }

    /**
     * Why a message is a dead letter. Kept for the last 100,000 dead letters of a daemon, over a restart as well.
     *
     * @param reason {@code max-attempts} or {@code ttl}
     * @param topic the topic that it was published to
     * @param channel the channel that it failed in
     * @param attempts how often it was delivered there
     */
    public record DeadLetter(String reason, String topic, String channel, int attempts) {}
}
