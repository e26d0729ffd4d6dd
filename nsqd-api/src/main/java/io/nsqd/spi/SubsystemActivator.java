package io.nsqd.spi;

import io.nsqd.api.Nsqd;
import java.util.HashMap;
import java.util.Map;
import org.osgi.framework.BundleContext;

/** Base of the activator of a bundle that is one {@link Subsystem}, which runs in a plain program as well. */
public abstract class SubsystemActivator extends NsqdActivator {
    private final Subsystem subsystem;

    /** @param subsystem started and stopped as often as what it needs comes and goes; {@link Nsqd} is always needed */
    protected SubsystemActivator(Subsystem subsystem) {
        super(
                subsystem.name(),
                subsystem.needs().stream().filter(type -> type != Nsqd.class).toArray(Class<?>[]::new));
        this.subsystem = subsystem;
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
