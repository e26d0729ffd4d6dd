package io.nsqd.api;

import java.util.List;
import org.osgi.annotation.versioning.ProviderType;

/** A channel: a copy of a topic's stream, shared out among its consumers. */
@ProviderType
public interface Channel {
    /** The name. */
    String name();

    /**
     * Adds a consumer.
     *
     * @param consumer the receiving end
     * @param options its time-out and sample rate
     * @return its subscription, with nothing in flight
     * @throws NsqdException with {@link Reason#TOO_MANY_CONSUMERS}, or {@link Reason#EXITING} when the channel is being
     *     deleted
     */
    Subscription subscribe(Consumer consumer, SubscribeOptions options);

    /** Whether deliveries are paused (B-12). */
    boolean isPaused();

    /**
     * Stops deliveries; idempotent. Returns when that is stored, so that it outlives a crash; if it cannot be stored the pause
     * holds all the same, and is stored as soon as it can be. May block on the disk.
     */
    void pause();

    /** Resumes deliveries; idempotent. Stored as {@link #pause} is. */
    void unpause();

    /**
     * Drops everything: queued, in flight and deferred (B-7). May block on the disk.
     *
     * @throws NsqdException with {@link Reason#BACKEND}
     */
    void empty();

    /**
     * Shows messages without delivering them. May block.
     *
     * @param state which
     * @param count how many at the most
     * @return the first ones to be delivered, as far as they can be shown, see {@link PeekedMessage.State}
     */
    default List<PeekedMessage> peek(PeekedMessage.State state, int count) {
        return List.of();
    }

    /**
     * Has one message wait to be delivered at once, be it in flight or held back; one that waits already goes on waiting. May block.
     *
     * @throws NsqdException with {@link Reason#MESSAGE_NOT_FOUND} where it is not here, or is in the storage
     */
    default void requeue(long id) {
        throw new NsqdException(Reason.MESSAGE_NOT_FOUND, "message not found");
    }

    /**
     * Drops one message, be it in flight, held back or waiting in memory. May block.
     *
     * @throws NsqdException with {@link Reason#MESSAGE_NOT_FOUND} where it is not here, or is in the storage
     */
    default void drop(long id) {
        throw new NsqdException(Reason.MESSAGE_NOT_FOUND, "message not found");
    }

    /** Whether the name bears {@value Names#EPHEMERAL}. */
    default boolean isEphemeral() {
        return Names.isEphemeral(name());
    }
}
