package io.nsqd.net;

import io.netty.util.internal.PlatformDependent;
import java.util.List;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleActivator;
import org.osgi.framework.BundleContext;
import org.osgi.framework.ServiceRegistration;
import org.slf4j.LoggerFactory;

/** Offers event loops, listening sockets and TLS contexts for as long as the bundle runs. */
public final class Activator implements BundleActivator {
    private NettyEventLoops loops;
    private BoundListeners listeners;
    private List<ServiceRegistration<?>> registrations = List.of();

    /** For the framework. */
    public Activator() {}

    @Override
    public void start(BundleContext context) {
        // Netty keeps static exceptions whose stack traces hold the class that first touched it: let that be this one,
        // which stays, and not a transport that is swapped.
        PlatformDependent.hasUnsafe();
        touch("io.netty.handler.codec.http.HttpObjectDecoder");
        Bundle framework = context.getBundle(0);
        loops = new NettyEventLoops(context.getProperty(NettyEventLoops.PROPERTY));
        listeners = new BoundListeners(loops, () -> framework.getState() == Bundle.STOPPING);
        FileTlsContexts tls = new FileTlsContexts(context.getProperty(FileTlsContexts.PROPERTY));
        LoggerFactory.getLogger(Activator.class).debug("NET: event loops run on {}", loops.kind());
        registrations = List.of(
                context.registerService(EventLoops.class, loops, null),
                context.registerService(Listeners.class, listeners, null),
                context.registerService(TlsContexts.class, tls, null));
    }

    /** Initializes a class that only some of those who stand on this bundle need, if it is there. */
    private static void touch(String name) {
        try {
            Class.forName(name, true, Activator.class.getClassLoader());
        } catch (ClassNotFoundException e) {
            LoggerFactory.getLogger(Activator.class).debug("NET: there is no {}", name);
        }
    }

    @Override
    public void stop(BundleContext context) {
        // First, as the transports need the loops to close their connections; the framework would do it only
        // afterwards.
        registrations.forEach(ServiceRegistration::unregister);
        listeners.close();
        loops.close();
    }
}
