package io.nsqd.net.transport;

import io.netty.channel.Channel;
import io.nsqd.net.ParkedConnection;
import java.util.Optional;
import java.util.function.Function;
import org.osgi.annotation.versioning.ConsumerType;

/** What a transport makes of its connections. Its methods are called on the connection's loop, but for what is told of it. */
@ConsumerType
public interface TransportProtocol {
    /**
     * Serves clients in sessions.
     *
     * @param name see {@link #name}
     * @param session makes one for each client, on the connection's loop
     */
    static TransportProtocol of(String name, Function<Channel, ClientSession> session) {
        return new SessionProtocol(name, session);
    }

    /** What clients speak; see {@link io.nsqd.spi.Transport#protocol}. Any thread. */
    String name();

    /** What is told of it beside the kind of the event loops, beginning with a comma; see {@link io.nsqd.spi.Transport#implementation}. */
    default String implementation() {
        return "";
    }

    /** Begins to serve a client that has just connected: puts handlers into the channel's pipeline. */
    ServedConnection open(Channel channel) throws Exception;

    /**
     * Goes on to serve a client that the transport before has left, and {@linkplain ParkedConnection#adopt adopts} it.
     *
     * @return nothing when it cannot, as when it does not understand the record: the connection is closed then
     */
    Optional<ServedConnection> adopt(ParkedConnection parked) throws Exception;
}
