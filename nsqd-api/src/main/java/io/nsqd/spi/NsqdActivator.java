package io.nsqd.spi;

import io.nsqd.api.Nsqd;
import java.util.ArrayList;
import java.util.List;
import org.osgi.framework.BundleContext;

/**
 * Base of the activator of a subsystem: attaches to {@link Nsqd} when it and every other service that the subsystem needs
 * is there, and detaches when one of them leaves.
 *
 * <p>An {@code attach} that fails is logged and tried again, as {@link ServiceActivator} says; it ends the daemon, through
 * {@link Nsqd#fatal}, only where {@link #failureIsFatal()} says so and the bundle has not been attached before.
 */
public abstract class NsqdActivator extends ServiceActivator {
    private final Class<?>[] needs;
    private Object[] services = new Object[0];

    /**
     * @param name the subsystem's name
     * @param needs services it cannot do without, beside {@link Nsqd}
     */
    protected NsqdActivator(String name, Class<?>... needs) {
        super(name);
        this.needs = needs.clone();
    }

    /**
     * Starts the subsystem. Called on its own thread.
     *
     * @param bundleContext the bundle's context
     * @param nsqd the daemon
     * @return closed, on the same thread, when the daemon or a needed service leaves or the bundle stops
     * @throws Exception when it cannot start
     */
    protected abstract AutoCloseable attach(BundleContext bundleContext, Nsqd nsqd) throws Exception;

    /** The service of a type named in the constructor; to be called while attaching. */
    protected final <T> T service(Class<T> type) {
        for (int i = 0; i < needs.length; i++) {
            if (needs[i] == type) {
                return type.cast(services[i + 1]);
            }
        }
        throw new IllegalArgumentException(type + " is not among the needed services");
    }

    @Override
    protected final List<String> needs(BundleContext bundleContext) {
        List<String> filters = new ArrayList<>();
        filters.add(filter(Nsqd.class));
        for (Class<?> type : needs) {
            filters.add(filter(type));
        }
        return filters;
    }

    private static String filter(Class<?> type) {
        return "(objectClass=" + type.getName() + ")";
    }

    @Override
    protected final AutoCloseable attach(BundleContext bundleContext, Object[] found) throws Exception {
        services = found;
        return attach(bundleContext, (Nsqd) found[0]);
    }

    @Override
    protected final void fail(Object[] found, String what, Throwable failure) {
        ((Nsqd) found[0]).fatal(what, failure);
    }
}
