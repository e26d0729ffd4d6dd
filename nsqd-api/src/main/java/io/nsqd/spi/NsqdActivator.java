package io.nsqd.spi;

import io.nsqd.api.Nsqd;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.osgi.framework.BundleActivator;
import org.osgi.framework.BundleContext;
import org.osgi.framework.ServiceReference;
import org.osgi.util.tracker.ServiceTracker;

/**
 * Base of the activator of a subsystem: attaches to the one best-ranked {@link Nsqd} when it and every other service that
 * the subsystem needs is there, and detaches when one of them leaves.
 *
 * <p>Both happen on a thread of the subsystem's own, one at a time. A departure waits until the subsystem has detached,
 * but not for ever: a subsystem that hangs must not hang the framework. An {@code attach} that fails is reported through
 * {@link Nsqd#fatal} when {@link #failureIsFatal()}, else logged by the framework's own means and tried again when
 * services change.
 */
public abstract class NsqdActivator implements BundleActivator {
    /** How long a departure waits for {@link AutoCloseable#close()}; a broker with a big backlog needs some time. */
    private static final long DETACH_SECONDS = 30;

    private final String name;
    private final Class<?>[] needs;
    private final Map<Class<?>, ServiceTracker<Object, Object>> trackers = new LinkedHashMap<>();

    private ExecutorService thread;
    private BundleContext context;
    /** Set while attached; confined to the subsystem's thread. */
    private AutoCloseable attached;
    /** What the attachment was made with, in the order of the trackers; confined to the subsystem's thread. */
    private Object[] attachedTo;

    /**
     * @param name the subsystem's name, which its thread bears
     * @param needs services it cannot do without, beside {@link Nsqd}
     */
    protected NsqdActivator(String name, Class<?>... needs) {
        this.name = name;
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

    /** Whether a failure to attach ends the daemon; so it is for what the operator configured, not for extras. */
    protected boolean failureIsFatal() {
        return true;
    }

    /** The service of a type named in the constructor, while attached or attaching. */
    protected final <T> T service(Class<T> type) {
        return type.cast(trackers.get(type).getService());
    }

    @Override
    public final void start(BundleContext bundleContext) throws Exception {
        context = bundleContext;
        thread = Executors.newSingleThreadExecutor(task -> new Thread(task, "nsqd-" + name));
        track(Nsqd.class);
        for (Class<?> type : needs) {
            track(type);
        }
        trackers.values().forEach(ServiceTracker::open);
    }

    private void track(Class<?> type) {
        // A needed type may be of any bundle: the tracker is by name, and casts happen in service().
        trackers.put(type, new ServiceTracker<>(context, type.getName(), null) {
            @Override
            public Object addingService(ServiceReference<Object> reference) {
                Object service = super.addingService(reference);
                thread.execute(() -> settle(null));
                return service;
            }

            @Override
            public void removedService(ServiceReference<Object> reference, Object service) {
                awaitSettled(service);
                super.removedService(reference, service);
            }
        });
    }

    @Override
    public final void stop(BundleContext bundleContext) {
        awaitSettled(this);
        trackers.values().forEach(ServiceTracker::close);
        trackers.clear();
        thread.shutdown();
    }

    /**
     * Brings the attachment in line with the services: the single place where the subsystem is attached or detached.
     *
     * @param leaving a service that is going and must not be used any more; {@code this} when the bundle stops
     */
    private void settle(Object leaving) {
        Object[] wanted = leaving == this ? new Object[0] : available(leaving);
        if (attached != null && !java.util.Arrays.equals(wanted, attachedTo)) {
            detach();
        }
        if (attached == null && wanted.length > 0) {
            Nsqd nsqd = (Nsqd) wanted[0];
            try {
                attachedTo = wanted;
                attached = attach(context, nsqd);
            } catch (Exception | LinkageError e) {
                report(nsqd, e);
            }
        }
    }

    /** The best services in the order of the trackers, or none if one is missing. */
    private Object[] available(Object leaving) {
        Object[] services = new Object[trackers.size()];
        int i = 0;
        for (ServiceTracker<Object, Object> tracker : trackers.values()) {
            Object service = best(tracker, leaving);
            if (service == null) {
                return new Object[0];
            }
            services[i++] = service;
        }
        return services;
    }

    private static Object best(ServiceTracker<Object, Object> tracker, Object leaving) {
        ServiceReference<Object>[] references = tracker.getServiceReferences();
        if (references == null) {
            return null;
        }
        ServiceReference<Object> best = null;
        for (ServiceReference<Object> reference : references) {
            Object service = tracker.getService(reference);
            if (service != null && service != leaving && (best == null || reference.compareTo(best) > 0)) {
                best = reference;
            }
        }
        return best == null ? null : tracker.getService(best);
    }

    private void detach() {
        AutoCloseable closing = attached;
        attached = null;
        attachedTo = null;
        try {
            closing.close();
        } catch (Exception | LinkageError e) {
            log("could not detach cleanly", e);
        }
    }

    private void report(Nsqd nsqd, Throwable failure) {
        if (failureIsFatal()) {
            nsqd.fatal(failure.getMessage() == null ? failure.toString() : failure.getMessage(), failure);
        } else {
            log("could not attach", failure);
        }
    }

    private void awaitSettled(Object leaving) {
        try {
            thread.submit(() -> settle(leaving)).get(DETACH_SECONDS, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (ExecutionException | TimeoutException e) {
            log("did not detach within " + DETACH_SECONDS + " seconds", e);
        }
    }

    private void log(String what, Throwable failure) {
        System.Logger logger = System.getLogger(getClass().getName());
        logger.log(System.Logger.Level.ERROR, name + ": " + what, failure);
    }
}
