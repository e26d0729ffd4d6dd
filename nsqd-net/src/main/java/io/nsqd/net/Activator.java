package io.nsqd.net;

import io.netty.util.internal.PlatformDependent;
import io.nsqd.log.LoggerFactory;
import io.nsqd.spi.FrameworkServices;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleActivator;
import org.osgi.framework.BundleContext;

/** Offers event loops, listening sockets and TLS contexts for as long as the bundle runs. */
public final class Activator implements BundleActivator {
    private AutoCloseable net = () -> {};

    /** For the framework. */
    public Activator() {}

    @Override
    public void start(BundleContext context) {
        // Netty keeps static exceptions whose stack traces hold the class that first touched it: let that be this one,
        // which stays, and not a transport that is swapped.
        PlatformDependent.hasUnsafe();
        touch("io.netty.handler.codec.http.HttpObjectDecoder");
        Bundle framework = context.getBundle(0);
        net = new NetSubsystem(() -> framework.getState() == Bundle.STOPPING).start(new FrameworkServices(context));
    }

    /** Initializes a class that only some of those who stand on this bundle need, if it is there. */
    private static void touch(String name) {
        try {
            Class.forName(name, true, Activator.class.getClassLoader());
        } catch (ClassNotFoundException e) {
            LoggerFactory.getLogger(Activator.class).debug("NET: there is no {}", name);
        }
    }

    /** Itself takes the services back: the framework would do it only afterwards. */
    @Override
    public void stop(BundleContext context) throws Exception {
        net.close();
    }
}
