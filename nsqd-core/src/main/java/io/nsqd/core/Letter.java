package io.nsqd.core;

import io.nsqd.api.MessageBatch;

/** A message that is of no use to its channel any more. */
final class Letter extends BrokerMessage {
    /** Why it is not. */
    enum Cause {
        /** It has failed too often. */
        DEAD("max-attempts"),
        /** Its time is over. */
        EXPIRED("ttl");

        private final String key;

        Cause(String key) {
            this.key = key;
        }

        /** The key of the policy that says so. */
        String key() {
            return key;
        }
    }

    final Cause cause;

    Letter(
            Cause cause,
            long id,
            long timestampNanos,
            int attempts,
            byte[] block,
            int offset,
            int length,
            long position) {
        super(id, timestampNanos, attempts, block, offset, length);
        this.cause = cause;
        this.position = position;
    }

    /** What message {@code i} of a batch becomes. */
    static Letter of(MessageBatch batch, int i, Cause cause) {
        return new Letter(
                cause,
                batch.id(i),
                batch.timestampNanos(i),
                batch.attempts(i),
                batch.block(i),
                batch.offset(i),
                batch.length(i),
                batch.position(i));
    }

    /** What a message that failed becomes. */
    static Letter of(BrokerMessage message, Cause cause) {
        return new Letter(
                cause,
                message.id(),
                message.timestampNanos(),
                message.attempts(),
                message.block(),
                message.offset(),
                message.length(),
                message.position);
    }
}
