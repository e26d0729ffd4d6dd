package io.nsqd.launcher.plugin;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import org.osgi.framework.BundleActivator;
import org.osgi.framework.BundleContext;

/** A plug-in for tests: needs the port that the header {@code Port} names. */
public final class Occupier implements BundleActivator {
    private ServerSocket socket;

    @Override
    public void start(BundleContext context) throws IOException {
        int port = Integer.parseInt(context.getBundle().getHeaders().get("Port"));
        socket = new ServerSocket(port, 0, InetAddress.getLoopbackAddress());
    }

    @Override
    public void stop(BundleContext context) throws IOException {
        socket.close();
    }
}
