package io.nsqd.examples.texttransport;

import io.nsqd.api.Nsqd;
import io.nsqd.spi.Authentication;
import io.nsqd.spi.NsqdActivator;
import io.nsqd.spi.Transport;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.Objects;
import org.osgi.framework.BundleContext;

/** Serves lines of text while the daemon is there; the property {@code example.text.port} gives the port. */
public final class Activator extends NsqdActivator {
    /** For the framework. */
    public Activator() {
        super("text");
    }

    @Override
    protected AutoCloseable attach(BundleContext context, Nsqd nsqd) throws Exception {
        int port = Integer.parseInt(Objects.requireNonNullElse(context.getProperty("example.text.port"), "0"));
        ServerSocket server = new ServerSocket(port, 0, InetAddress.getLoopbackAddress());
        TextTransport transport = new TextTransport(nsqd, server, Authentication.watch(services(), nsqd, "text"));
        Runnable unregister = services().register(Transport.class, transport);
        System.getLogger("text").log(System.Logger.Level.INFO, "TEXT: listening on " + transport.address());
        return () -> {
            unregister.run();
            transport.close();
        };
    }
}
