package io.nsqd.spi;

import io.nsqd.api.Durability;
import io.nsqd.stats.Trouble;
import java.io.IOException;
import org.osgi.annotation.versioning.ConsumerType;

/**
 * A kind of storage. Registered as a service with the property {@value #NAME}; the option {@code storage} picks one by
 * that name, never by ranking, so that a newcomer does not restart a running broker.
 */
@ConsumerType
public interface BackendQueueFactory {
    /** The service property that names the storage; the default storage is {@code disk}. */
    String NAME = "nsqd.storage";

    /**
     * Opens the queue of a topic or channel, with what an earlier run left in it.
     *
     * @param name {@code topic} or {@code topic:channel} (S-2)
     * @param listener told what cannot be answered by a return value
     * @throws IOException when it cannot be opened
     */
    BackendQueue open(String name, Listener listener) throws IOException;

    /**
     * What a completed {@link BackendQueue#append} promises by itself. Where the daemon promises more, the journal has the messages, too,
     * until {@link BackendQueue#sync} has made them durable.
     */
    default Durability durability() {
        return Durability.MEMORY;
    }

    /** Told by a queue, from any thread, what happened behind the broker's back; no lock of the queue is held. */
    interface Listener {
        /** A {@link BackendQueue#read} that had to be refused may succeed now. */
        void readable();

        /**
         * A write, sync or delete failed or, with an empty text, succeeded again (B-18).
         *
         * @param error what went wrong, or an empty string
         */
        void health(String error);

        /**
         * Something happened that must not; counted for the administrator, who is told the details by the log.
         *
         * @param trouble what
         * @param more how many, or how long, in the trouble's unit; 0 or more
         */
        default void trouble(Trouble trouble, long more) {
            // Nobody counts.
        }
    }
}
