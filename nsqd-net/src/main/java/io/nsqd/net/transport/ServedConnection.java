package io.nsqd.net.transport;

import io.nsqd.net.Parking;
import io.nsqd.stats.ClientStats;
import java.util.Optional;
import org.osgi.annotation.versioning.ConsumerType;

/** A connection that a transport serves. */
@ConsumerType
public interface ServedConnection {
    /**
     * Leaves the connection to the next transport: begins nothing more, and {@linkplain Parking#park parks} as soon as what has begun is
     * done and everything that was said is on its way. May be at once, and may be later; one that takes too long is closed. Called once,
     * on the connection's loop. A connection that is about to end need not park.
     */
    void leave(Parking parking);

    /**
     * Ends the connection, as there will be no next transport: begins nothing more, and closes as soon as what has begun is done; one
     * that takes too long is closed. Called once, on the connection's loop, instead of {@link #leave}.
     *
     * @return false for one that has nothing to finish: it is closed at once
     */
    default boolean wrapUp() {
        return false;
    }

    /**
     * What is told of the client where it is listed as one that publishes; nothing for one that does not. Any thread.
     */
    default Optional<ClientStats> producer() {
        return Optional.empty();
    }
}
