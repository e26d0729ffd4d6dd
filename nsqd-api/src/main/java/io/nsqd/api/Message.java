package io.nsqd.api;

import org.osgi.annotation.versioning.ProviderType;

/**
 * One message on its way to a consumer.
 *
 * <p>The body is a part of a block that other messages of the same publish, and the copies of the same message in other
 * channels, share: it must not be changed.
 */
@ProviderType
public class Message {
    private final long id;
    private final long timestampNanos;
    private final int attempts;
    private final byte[] block;
    private final int offset;
    private final int length;

    /**
     * @param id unique within the topic
     * @param timestampNanos when it was published, in nanoseconds since the epoch
     * @param attempts deliveries so far, this one included: 0 to 65,535
     * @param block the array that holds the body
     * @param offset where the body begins in it
     * @param length bytes of the body
     */
    public Message(long id, long timestampNanos, int attempts, byte[] block, int offset, int length) {
        this.id = id;
        this.timestampNanos = timestampNanos;
        this.attempts = attempts;
        this.block = block;
        this.offset = offset;
        this.length = length;
    }

    /** The id, unique within the topic (B-40). */
    public final long id() {
        return id;
    }

    /** When the message was published to this daemon, in nanoseconds since the epoch. */
    public final long timestampNanos() {
        return timestampNanos;
    }

    /** Deliveries so far, this one included; an unsigned 16-bit number that wraps (B-19). */
    public final int attempts() {
        return attempts;
    }

    /** The array that holds the body; shared, never to be changed. */
    public final byte[] block() {
        return block;
    }

    /** Where the body begins in {@link #block()}. */
    public final int offset() {
        return offset;
    }

    /** Bytes of the body. */
    public final int length() {
        return length;
    }
}
