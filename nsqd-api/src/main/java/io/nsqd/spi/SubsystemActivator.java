package io.nsqd.spi;

import io.nsqd.api.Nsqd;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.osgi.framework.BundleContext;

/**
 * Base of the activator of a bundle that is one {@link Subsystem}, which runs in a plain program as well.
 *
 * <p>While it is about to start, the subsystem itself is a service: that is how one that comes {@linkplain Subsystem#after after}
 * it knows.
 */
public abstract class SubsystemActivator extends NsqdActivator {
    /** The property of the service with the subsystem's name. */
    private static final String STARTING = "nsqd.starting";

    private final Subsystem subsystem;

    /** Set from the bundle's start on. */
    private BundleContext context;

    /** Takes back that it is about to start; confined to the bundle's thread once that runs. */
    private Runnable notStarting = () -> {};

    /** @param subsystem started and stopped as often as what it needs comes and goes; {@link Nsqd} is always needed */
    protected SubsystemActivator(Subsystem subsystem) {
        super(
                subsystem.name(),
                subsystem.needs().stream().filter(type -> type != Nsqd.class).toArray(Class<?>[]::new));
        this.subsystem = subsystem;
    }

    @Override
    protected final void starting(BundleContext bundleContext) {
        context = bundleContext;
        announce();
    }

    private void announce() {
        notStarting =
                new FrameworkServices(context).register(Subsystem.class, subsystem, Map.of(STARTING, subsystem.name()));
    }

    @Override
    protected final List<String> obstacles(BundleContext bundleContext) {
        return subsystem.after().stream()
                .map(name -> "(&(objectClass=" + Subsystem.class.getName() + ")(" + STARTING + "=" + name + "))")
                .toList();
    }

    @Override
    protected final void tried() {
        try {
            notStarting.run();
        } catch (IllegalStateException e) {
            // The bundle has stopped meanwhile, and the framework has taken the service back.
        }
        notStarting = () -> {};
    }

    /** When what it needs is back it starts again, and others after it. */
    @Override
    protected final void detached() {
        announce();
    }

    @Override
    protected final AutoCloseable attach(BundleContext bundleContext, Nsqd nsqd) throws Exception {
        Map<Class<?>, Object> needed = new HashMap<>();
        for (Class<?> type : subsystem.needs()) {
            needed.put(type, type == Nsqd.class ? nsqd : service(type));
        }
        return subsystem.start(new FrameworkServices(bundleContext, needed));
    }
}
