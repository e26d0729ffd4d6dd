package io.nsqd.core;

import io.nsqd.api.Message;
import io.nsqd.api.MessageBatch;
import java.nio.ByteBuffer;

/** A message in flight or deferred: the message itself is the entry in the queue that holds it. */
class BrokerMessage extends Message {
    /** When it times out, or is due, by {@link Clock#nanoTime}. Guarded by the lock of what holds it. */
    long deadline;

    /** When it was handed over, by {@link Clock#nanoTime}. */
    long deliveredAt;

    /** Where it lies in the journal; 0 when it does not. Guarded by the lock of what holds it. */
    long position;

    /** Neighbours in the order of deadlines. Guarded by the lock of the subscription. */
    BrokerMessage previous;

    BrokerMessage next;

    BrokerMessage(long id, long timestampNanos, int attempts, byte[] block, int offset, int length) {
        super(id, timestampNanos, attempts, block, offset, length);
    }

    /** One that lies in the journal, with a copy of its body. */
    static BrokerMessage of(long id, long timestampNanos, int attempts, long position, ByteBuffer body) {
        byte[] own = new byte[body.remaining()];
        body.get(own);
        BrokerMessage message = new BrokerMessage(id, timestampNanos, attempts, own, 0, own.length);
        message.position = position;
        return message;
    }

    /** Adds it to a batch that is on its way back to a queue. */
    void addTo(MessageBatch batch) {
        batch.add(id(), timestampNanos(), attempts(), 0, block(), offset(), length());
        batch.place(batch.size() - 1, position);
    }
}
