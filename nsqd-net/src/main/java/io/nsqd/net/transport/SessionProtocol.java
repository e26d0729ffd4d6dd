package io.nsqd.net.transport;

import io.netty.channel.Channel;
import io.nsqd.net.ParkedConnection;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/** Clients are served in {@link ClientSession}s. */
record SessionProtocol(String name, Function<Channel, ClientSession> sessions) implements TransportProtocol {
    @Override
    public ServedConnection open(Channel channel) {
        ClientSession session = sessions.apply(channel);
        channel.pipeline().addLast(session);
        return session;
    }

    @Override
    public Optional<ServedConnection> adopt(ParkedConnection parked) {
        ClientSession session = sessions.apply(parked.channel());
        if (!session.restore(parked)) {
            return Optional.empty();
        }
        if (!parked.adopt(List.of(session))) {
            session.ended();
            return Optional.empty();
        }
        session.adopted();
        return Optional.of(session);
    }
}
