package io.nsqd.tcp;

import io.nsqd.api.Nsqd;
import io.nsqd.net.EventLoops;
import io.nsqd.net.Listeners;
import io.nsqd.net.TlsContexts;
import io.nsqd.net.transport.V2Protocol;
import io.nsqd.spi.Authentication;
import io.nsqd.spi.NsqdListener;
import io.nsqd.spi.Services;
import io.nsqd.spi.Subsystem;
import io.nsqd.spi.Transport;
import java.io.IOException;
import java.util.List;

/** Serves TCP clients while the daemon is there. */
public final class TcpSubsystem implements Subsystem {
    /** For the service loader and for the activator. */
    public TcpSubsystem() {}

    @Override
    public String name() {
        return "tcp";
    }

    @Override
    public List<Class<?>> needs() {
        return List.of(Nsqd.class, EventLoops.class, Listeners.class, TlsContexts.class);
    }

    @Override
    public AutoCloseable start(Services services) throws IOException {
        Nsqd nsqd = services.get(Nsqd.class);
        Authentication authentication = Authentication.watch(services, nsqd, "tcp");
        TcpTransport transport;
        try {
            transport = new TcpTransport(
                    nsqd, services.get(EventLoops.class), services.get(TlsContexts.class), authentication);
            transport.listen(services.get(Listeners.class), port -> services.register(Transport.class, port));
        } catch (IOException | RuntimeException | Error e) {
            authentication.close();
            throw e;
        }
        Runnable forget = services.register(NsqdListener.class, new NsqdListener() {
            @Override
            public void optionsChanged() {
                transport.follow();
            }
        });
        Runnable forgetProtocol = services.register(V2Protocol.class, transport.nested());
        return () -> {
            forgetProtocol.run();
            forget.run();
            transport.close();
            authentication.close();
        };
    }
}
