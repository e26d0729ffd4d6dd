package io.nsqd.examples.texttransport;

import io.nsqd.api.Nsqd;
import io.nsqd.net.EventLoops;
import io.nsqd.net.Listeners;
import io.nsqd.net.transport.ConnectionServer;
import io.nsqd.net.transport.TransportProtocol;
import io.nsqd.spi.Authentication;
import io.nsqd.spi.Services;
import io.nsqd.spi.Subsystem;
import io.nsqd.spi.Transport;
import java.io.IOException;
import java.util.List;
import java.util.Optional;

/** Serves lines of text; the property {@code example.text.port} gives the port. Clients stay connected when it is updated. */
final class TextSubsystem implements Subsystem {
    @Override
    public String name() {
        return "text";
    }

    @Override
    public List<Class<?>> needs() {
        return List.of(Nsqd.class, EventLoops.class, Listeners.class);
    }

    @Override
    public AutoCloseable start(Services services) throws IOException {
        Nsqd nsqd = services.get(Nsqd.class);
        Authentication authentication = Authentication.watch(services, nsqd, name());
        ConnectionServer server = new ConnectionServer(
                "TEXT",
                services.get(Listeners.class),
                services.get(EventLoops.class).workers(name()),
                TransportProtocol.of(name(), channel -> new TextClient(channel, nsqd, authentication)),
                transport -> services.register(Transport.class, transport));
        try {
            server.open(Optional.of(
                    "127.0.0.1:" + services.property("example.text.port").orElse("0")));
        } catch (IOException e) {
            authentication.close();
            throw e;
        }
        return () -> {
            server.close();
            authentication.close();
        };
    }
}
