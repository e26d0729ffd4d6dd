package io.nsqd.spi;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.osgi.framework.BundleActivator;
import org.osgi.framework.BundleContext;
import org.osgi.framework.InvalidSyntaxException;
import org.osgi.framework.ServiceReference;
import org.osgi.util.tracker.ServiceTracker;

/**
 * Base of an activator whose bundle has something to run while certain services are there: arrival is start, departure is
 * stop. Of each service the best-ranked is used, and a better newcomer does not disturb what runs.
 *
 * <p>Both happen on a thread of the bundle's own, one at a time. A departure waits until the bundle has detached, but not
 * for ever: one that hangs must not hang the framework.
 */
public abstract class ServiceActivator implements BundleActivator {
    private static final long DETACH_SECONDS = 30;

    private final String name;
    private final List<Need> trackers = new ArrayList<>();

    private ExecutorService thread;
    private BundleContext context;

    /** Whether it did not detach in time once: it is not waited for again. */
    private volatile boolean hung;

    /** Set while attached; confined to the bundle's thread. */
    private AutoCloseable attached;

    /** The services that it was attached with, in the order of the trackers; confined to the bundle's thread. */
    private Object[] attachedTo = new Object[0];

    /** Whether the bundle stops; confined to the bundle's thread. */
    private boolean stopping;

    /** @param name the name of the bundle's thread is {@code nsqd-} and this */
    protected ServiceActivator(String name) {
        this.name = name;
    }

    /**
     * The services that must be there, as filters in the framework's syntax, at least one. Called once per start, first.
     */
    protected abstract List<String> needs(BundleContext bundleContext) throws Exception;

    /**
     * Starts what the bundle runs. Called on its thread.
     *
     * @param services those of {@link #needs}, in that order
     * @return closed, on the same thread, when one of the services leaves or the bundle stops
     * @throws Exception when it cannot start
     */
    protected abstract AutoCloseable attach(BundleContext bundleContext, Object[] services) throws Exception;

    /** Told of a failure to attach, on the bundle's thread. It is tried again when a service comes or goes. */
    protected abstract void failed(Object[] services, Throwable failure);

    /** How long a departure waits for it to detach. */
    protected long detachSeconds() {
        return DETACH_SECONDS;
    }

    /** Called when the bundle stops, after it has detached. */
    protected void stopped() throws Exception {
        // Most bundles have nothing beside what they attach.
    }

    @Override
    public final void start(BundleContext bundleContext) throws Exception {
        context = bundleContext;
        stopping = false;
        hung = false;
        thread = Executors.newSingleThreadExecutor(task -> new Thread(task, "nsqd-" + name));
        for (String filter : needs(bundleContext)) {
            trackers.add(new Need(bundleContext, filter));
        }
        trackers.forEach(ServiceTracker::open);
        thread.execute(this::settle);
    }

    /**
     * The services that match one filter. What is there is noted here and not asked of the tracker, which counts a
     * newcomer only some time after {@code addingService}: the bundle's thread would often be too early to see it.
     */
    private final class Need extends ServiceTracker<Object, Object> {
        private final Map<ServiceReference<Object>, Object> there = new ConcurrentHashMap<>();

        Need(BundleContext bundleContext, String filter) throws InvalidSyntaxException {
            super(bundleContext, bundleContext.createFilter(filter), null);
        }

        /** The best-ranked, or {@code null}. */
        Object best() {
            return there.entrySet().stream()
                    .max(Map.Entry.comparingByKey())
                    .map(Map.Entry::getValue)
                    .orElse(null);
        }

        @Override
        public Object addingService(ServiceReference<Object> reference) {
            Object service = super.addingService(reference);
            if (service != null) {
                there.put(reference, service);
                thread.execute(() -> settle());
            }
            return service;
        }

        @Override
        public void removedService(ServiceReference<Object> reference, Object service) {
            there.remove(reference);
            await(() -> settleWithout(service));
            super.removedService(reference, service);
        }
    }

    @Override
    public final void stop(BundleContext bundleContext) throws Exception {
        await(() -> {
            stopping = true;
            detach();
        });
        trackers.forEach(ServiceTracker::close);
        trackers.clear();
        if (hung) {
            thread.shutdownNow();
        }
        thread.shutdown();
        stopped();
    }

    private void settleWithout(Object leaving) {
        if (Arrays.asList(attachedTo).contains(leaving)) {
            detach();
        }
        settle();
    }

    /** Attaches if that is due: the single place where it happens. */
    private void settle() {
        if (attached != null || stopping) {
            return;
        }
        Object[] services = trackers.stream().map(Need::best).toArray();
        if (Arrays.asList(services).contains(null)) {
            return;
        }
        try {
            attachedTo = services;
            attached = attach(context, services);
        } catch (Exception | Error e) {
            attachedTo = new Object[0];
            failed(services, e);
        }
    }

    private void detach() {
        if (attached == null) {
            return;
        }
        AutoCloseable closing = attached;
        attached = null;
        attachedTo = new Object[0];
        try {
            closing.close();
        } catch (Exception | Error e) {
            log("could not detach cleanly", e);
        }
    }

    private void await(Runnable task) {
        try {
            Future<?> done = thread.submit(task);
            if (!hung) {
                done.get(detachSeconds(), TimeUnit.SECONDS);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (ExecutionException | TimeoutException e) {
            hung = true;
            log("did not detach within " + detachSeconds() + " seconds", e);
        }
    }

    /** Logs by the platform's own means: this package must not need a logging library. */
    final void log(String what, Throwable failure) {
        System.getLogger(getClass().getName()).log(System.Logger.Level.ERROR, name + ": " + what, failure);
    }
}
