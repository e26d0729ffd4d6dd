package io.nsqd.http;

import io.nsqd.api.Nsqd;
import io.nsqd.api.Option;
import io.nsqd.api.Options;
import io.nsqd.log.Logger;
import io.nsqd.log.LoggerFactory;
import io.nsqd.net.EventLoops;
import io.nsqd.net.Listeners;
import io.nsqd.net.TlsContexts;
import io.nsqd.net.transport.HttpUpgrade;
import io.nsqd.spi.Authentication;
import io.nsqd.spi.HttpEndpoint;
import io.nsqd.spi.NsqdListener;
import io.nsqd.spi.Services;
import io.nsqd.spi.Subsystem;
import io.nsqd.spi.Transport;
import java.io.IOException;
import java.util.List;

/** Serves HTTP while there is a daemon to serve. */
public final class HttpSubsystem implements Subsystem {
    private static final Logger LOG = LoggerFactory.getLogger(HttpSubsystem.class);

    private static final String LOOPS = "http";

    /** Called by the service loader and by the activator. */
    public HttpSubsystem() {}

    @Override
    public String name() {
        return "http";
    }

    @Override
    public List<Class<?>> needs() {
        return List.of(Nsqd.class, EventLoops.class, Listeners.class, TlsContexts.class);
    }

    /**
     * Scripts take its first answer for a sign that TCP clients may come, too, as they may in the Go daemon; and of two addresses
     * that are in use that of TCP is complained of (O-25).
     */
    @Override
    public List<String> after() {
        return List.of("tcp");
    }

    /** With Go's option alone HTTP stays as Go has it, which is easily overlooked. */
    private static void warnIfOpen(Nsqd nsqd) {
        Options options = nsqd.options();
        boolean said = options.isGiven(Option.AUTH_HTTP_API);
        if (!said && nsqd.requiresAuthentication("tcp") && !nsqd.requiresAuthentication("http")) {
            LOG.warn("HTTP: everybody may publish and administer here: auth-http-address is for TCP clients;"
                    + " --auth-http-api has HTTP clients authenticate, too");
        }
    }

    @Override
    public AutoCloseable start(Services services) throws IOException {
        Nsqd nsqd = services.get(Nsqd.class);
        Authentication authentication = Authentication.watch(services, nsqd, "http");
        warnIfOpen(nsqd);
        try {
            return serve(services, nsqd, authentication);
        } catch (IOException | RuntimeException | Error e) {
            authentication.close();
            throw e;
        }
    }

    private static AutoCloseable serve(Services services, Nsqd nsqd, Authentication authentication) throws IOException {
        EventLoops loops = services.get(EventLoops.class);
        HttpTransport transport = new HttpTransport(
                nsqd,
                loops.workers(LOOPS),
                authentication,
                port -> services.register(Transport.class, port),
                services::plugins);
        // Paths of other bundles are served as long as there is anybody who may ask for them.
        Runnable forgetEndpoints =
                services.watch(List.of(HttpEndpoint.class), new EndpointWatcher(transport.plugins()));
        Runnable forgetUpgrades = services.watch(List.of(HttpUpgrade.class), transport.upgrades());
        Runnable unwatch = loops.watch(LOOPS, transport::isBusy, nsqd.troubles());
        try {
            transport.listen(services.get(Listeners.class), services.get(TlsContexts.class));
        } catch (IOException | RuntimeException | Error e) {
            transport.close();
            forgetUpgrades.run();
            forgetEndpoints.run();
            unwatch.run();
            throw e;
        }
        Runnable forgetOptions = services.register(NsqdListener.class, new NsqdListener() {
            @Override
            public void optionsChanged() {
                transport.follow(nsqd.options());
            }
        });
        return () -> {
            forgetOptions.run();
            transport.close();
            forgetUpgrades.run();
            forgetEndpoints.run();
            unwatch.run();
            authentication.close();
        };
    }
}
