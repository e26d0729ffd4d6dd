package io.nsqd.net;

import io.nsqd.spi.Services;
import io.nsqd.spi.Subsystem;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;

/** Offers event loops, listening sockets and TLS contexts. */
public final class NetSubsystem implements Subsystem {
    private final BooleanSupplier stopping;

    /** For the service loader: in a plain program a socket that is released has no next owner. */
    public NetSubsystem() {
        this(() -> true);
    }

    /** @param stopping whether a socket that is released will have no next owner */
    NetSubsystem(BooleanSupplier stopping) {
        this.stopping = stopping;
    }

    @Override
    public String name() {
        return "net";
    }

    @Override
    public List<Class<?>> needs() {
        return List.of();
    }

    @Override
    public AutoCloseable start(Services services) {
        NettyEventLoops loops = new NettyEventLoops(
                services.property(NettyEventLoops.PROPERTY).orElse(null),
                services.property(NettyEventLoops.LOOPS)
                        .map(Integer::valueOf)
                        .orElse(Runtime.getRuntime().availableProcessors()));
        BoundListeners listeners = new BoundListeners(
                loops,
                stopping,
                services.property(BoundListeners.PROPERTY)
                        .map(seconds -> TimeUnit.SECONDS.toMillis(Integer.parseInt(seconds)))
                        .orElse(BoundListeners.GRACE_MILLIS));
        FileTlsContexts tls =
                new FileTlsContexts(services.property(FileTlsContexts.PROPERTY).orElse(null));
        List<Runnable> registrations = List.of(
                services.register(EventLoops.class, loops),
                services.register(Listeners.class, listeners),
                services.register(TlsContexts.class, tls));
        return () -> {
            // First, as the transports need the loops to close their connections.
            registrations.forEach(Runnable::run);
            listeners.close();
            loops.close();
        };
    }
}
