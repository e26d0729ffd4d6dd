package io.nsqd.spi;

import io.nsqd.api.Nsqd;
import java.util.Dictionary;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.osgi.framework.BundleContext;
import org.osgi.framework.FrameworkUtil;
import org.osgi.framework.ServiceRegistration;

/**
 * Base of the activator of a bundle that is one {@link Subsystem}, which runs in a plain program as well.
 *
 * <p>While the bundle runs, the subsystem itself is a service that tells which daemons it has tried to attach to: that is how one that
 * comes {@linkplain Subsystem#after after} it knows.
 */
public abstract class SubsystemActivator extends NsqdActivator {
    /** The property of the service with the subsystem's name. */
    private static final String SUBSYSTEM = "nsqd.subsystem";

    /** The property of the service with the names of the daemons that it has started for, or has failed to start for. */
    private static final String TRIED = "nsqd.tried";

    private final Subsystem subsystem;

    /** Guarded by this, as is what follows. */
    private final Set<String> tried = new TreeSet<>();

    /** How often that has changed. */
    private int changes;

    /** Whether a thread is telling what has changed: only one does, and not under the lock. */
    private boolean telling;

    private ServiceRegistration<Subsystem> registration;

    /** @param subsystem started and stopped as often as what it needs comes and goes; {@link Nsqd} is always needed */
    protected SubsystemActivator(Subsystem subsystem) {
        super(
                subsystem.name(),
                subsystem.needs().stream().filter(type -> type != Nsqd.class).toArray(Class<?>[]::new));
        this.subsystem = subsystem;
    }

    @Override
    protected final void starting(BundleContext bundleContext) {
        registration = bundleContext.registerService(Subsystem.class, subsystem, properties());
    }

    private synchronized Dictionary<String, Object> properties() {
        return FrameworkUtil.asDictionary(Map.of(SUBSYSTEM, subsystem.name(), TRIED, tried.toArray(String[]::new)));
    }

    @Override
    final List<String> obstacles(String daemon) {
        return subsystem.after().stream()
                .map(name -> "(&(objectClass=" + Subsystem.class.getName() + ")(" + SUBSYSTEM + "=" + name + ")(!("
                        + TRIED + "=" + FrameworkServices.escaped(daemon) + ")))")
                .toList();
    }

    @Override
    final void tried(String daemon) {
        tell(daemon, true);
    }

    /** When what it needs is back it starts again, and others after it. */
    @Override
    final void detached(String daemon) {
        tell(daemon, false);
    }

    private void tell(String daemon, boolean nowTried) {
        int told = note(daemon, nowTried);
        while (told >= 0) {
            try {
                registration.setProperties(properties());
            } catch (IllegalStateException e) {
                // The bundle has stopped meanwhile, and the framework has taken the service back.
            }
            told = next(told);
        }
    }

    /** The number of changes; negative where there is nothing to tell, or somebody does already. */
    private synchronized int note(String daemon, boolean nowTried) {
        boolean changed = nowTried ? tried.add(daemon) : tried.remove(daemon);
        if (!changed) {
            return -1;
        }
        changes++;
        if (telling) {
            return -1;
        }
        telling = true;
        return changes;
    }

    /** What is to be told after a number of changes; negative when that was all. */
    private synchronized int next(int told) {
        telling = changes != told;
        return telling ? changes : -1;
    }

    @Override
    protected final AutoCloseable attach(BundleContext bundleContext, Nsqd nsqd) throws Exception {
        return subsystem.start(services());
    }
}
