package io.nsqd.http;

import io.nsqd.api.Nsqd;
import io.nsqd.net.EventLoops;
import io.nsqd.net.Listeners;
import io.nsqd.net.TlsContexts;
import io.nsqd.spi.NsqdActivator;
import io.nsqd.spi.Transport;
import java.io.IOException;
import org.osgi.framework.BundleContext;

/** Serves HTTP while there is a daemon to serve. */
public final class Activator extends NsqdActivator {
    /** Called by the framework. */
    public Activator() {
        super("http", EventLoops.class, Listeners.class, TlsContexts.class);
    }

    @Override
    protected AutoCloseable attach(BundleContext context, Nsqd nsqd) throws IOException {
        return HttpTransport.open(
                nsqd,
                service(EventLoops.class).workers("http"),
                service(Listeners.class),
                service(TlsContexts.class),
                transport -> context.registerService(Transport.class, transport, null)::unregister);
    }
}
