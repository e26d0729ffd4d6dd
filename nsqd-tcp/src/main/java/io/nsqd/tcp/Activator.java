package io.nsqd.tcp;

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
import org.osgi.framework.ServiceRegistration;

/** Serves TCP clients while the daemon is there. */
public final class Activator extends NsqdActivator {
    /** For the framework. */
    public Activator() {
        super("tcp", EventLoops.class, Listeners.class, TlsContexts.class);
    }

    @Override
    protected AutoCloseable attach(BundleContext context, Nsqd nsqd) throws Exception {
        boolean configured = !nsqd.options().strings(Option.AUTH_HTTP_ADDRESS).isEmpty();
        Authentication authentication = Authentication.track(context, configured);
        TcpTransport transport =
                new TcpTransport(nsqd, service(EventLoops.class), service(TlsContexts.class), authentication);
        try {
            transport.listen(service(Listeners.class));
        } catch (IOException | RuntimeException e) {
            authentication.close();
            throw e;
        }
        ServiceRegistration<Transport> registration = context.registerService(Transport.class, transport, null);
        return () -> {
            registration.unregister();
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
