package io.nsqd.core;

/** Takes messages out of a {@link MessageQueue}, column by column, under the queue's lock. */
@FunctionalInterface
interface MessageTaker {
    /** Takes one message; what the parameters mean is as in {@link io.nsqd.api.MessageBatch#add}. */
    void take(long id, long timestampNanos, int attempts, long delayNanos, byte[] block, int offset, int length);
}
