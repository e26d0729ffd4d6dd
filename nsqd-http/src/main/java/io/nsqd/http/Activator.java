package io.nsqd.http;

import io.nsqd.api.Nsqd;
import io.nsqd.api.Option;
import io.nsqd.net.EventLoops;
import io.nsqd.net.Listeners;
import io.nsqd.net.TlsContexts;
import io.nsqd.spi.Authentication;
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
        boolean configured = !nsqd.options().strings(Option.AUTH_HTTP_ADDRESS).isEmpty();
        Authentication authentication = Authentication.track(context, configured);
        HttpTransport transport;
        try {
            transport = HttpTransport.open(
                    nsqd,
                    service(EventLoops.class).workers("http"),
                    service(Listeners.class),
                    service(TlsContexts.class),
                    authentication,
                    port -> context.registerService(Transport.class, port, null)::unregister);
        } catch (IOException | RuntimeException e) {
            authentication.close();
            throw e;
        }
        EndpointTracker endpoints = new EndpointTracker(context, transport.plugins());
        endpoints.open();
        return () -> {
            endpoints.close();
            transport.close();
            authentication.close();
        };
    }

    /** An address or a certificate that cannot be used is the operator's to know at once. */
    @Override
    protected boolean failureIsFatal() {
        return true;
    }
}
