package io.nsqd.net.transport;

import io.netty.channel.Channel;
import io.nsqd.net.ParkedConnection;
import java.util.Optional;
import org.osgi.annotation.versioning.ConsumerType;

/** What a transport makes of its connections. Its methods are called on the connection's loop. */
@ConsumerType
public interface TransportProtocol {
    /** Begins to serve a client that has just connected: puts handlers into the channel's pipeline. */
    ServedConnection open(Channel channel) throws Exception;

    /**
     * Goes on to serve a client that the transport before has left, and {@linkplain ParkedConnection#adopt adopts} it.
     *
     * @return nothing when it cannot, as when it does not understand the record: the connection is closed then
     */
    Optional<ServedConnection> adopt(ParkedConnection parked) throws Exception;
}
