package io.nsqd.api;

/**
 * What a consumer asks of its subscription.
 *
 * @param messageTimeoutNanos how long a delivered message may stay unanswered, in nanoseconds, greater than 0
 * @param sampleRate 0 for every message, or 1 to 99: the share of messages to deliver, in per cent, the others being
 *     discarded (P-58)
 */
public record SubscribeOptions(long messageTimeoutNanos, int sampleRate) {}
