package io.nsqd.spi;

import io.nsqd.api.Nsqd;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.osgi.framework.BundleActivator;
import org.osgi.framework.BundleContext;
import org.osgi.framework.ServiceReference;
import org.osgi.util.tracker.ServiceTracker;

/**
 * Base of the activator of a subsystem: attaches to {@link Nsqd} when it and every other service that the subsystem needs
 * is there, and detaches when one of them leaves. Where a framework has several daemons it attaches to each of them, at the same time:
 * what belongs to one is in what {@link #attach} returns, and its services are registered with {@link #services()}.
 *
 * <p>An {@code attach} that fails is logged and tried again, as {@link ServiceActivator} says; it ends the daemon, through
 * {@link Nsqd#fatal}, only where {@link #failureIsFatal()} says so and the bundle has not been attached before.
 */
public abstract class NsqdActivator implements BundleActivator {
    private final String name;
    private final Class<?>[] needs;

    /** What is being attached, by the threads that do it. */
    private final Map<Thread, Attachment> attaching = new ConcurrentHashMap<>();

    /** To the daemons that are there. */
    private final Set<Attachment> attachments = ConcurrentHashMap.newKeySet();

    /** Takes back that it can be asked what it waits for. */
    private Runnable silence = () -> {};

    private BundleContext context;
    private ServiceTracker<Nsqd, Attachment> daemons;

    /**
     * @param name the subsystem's name
     * @param needs services it cannot do without, beside {@link Nsqd}
     */
    protected NsqdActivator(String name, Class<?>... needs) {
        this.name = name;
        this.needs = needs.clone();
    }

    /** Called once per start, first: for what the bundle offers in any case, until {@link #stopped()}. */
    protected void starting(BundleContext bundleContext) throws Exception {
        // Most bundles have nothing beside what they attach.
    }

    /**
     * Starts the subsystem for a daemon. Called on a thread of its own, another one for each daemon.
     *
     * @param bundleContext the bundle's context
     * @param nsqd the daemon
     * @return closed, on the same thread, when the daemon or a needed service leaves or the bundle stops
     * @throws Exception when it cannot start; apart from what it has registered with {@link #services()} it has to leave nothing behind,
     *     such as a socket, as it is tried again
     */
    protected abstract AutoCloseable attach(BundleContext bundleContext, Nsqd nsqd) throws Exception;

    /** The service of a type named in the constructor; to be called while attaching. */
    protected final <T> T service(Class<T> type) {
        return services().get(type);
    }

    /**
     * The services as the daemon has them that is being attached to: what is registered there is this daemon's, and of no concern to
     * others in the same framework. To be called while attaching; what it returns may be used until it is detached. What was
     * registered or is watched there and not taken back is taken back then, as it is when {@code attach} throws.
     */
    protected final Services services() {
        Attachment current = attaching.get(Thread.currentThread());
        if (current == null) {
            throw new IllegalStateException("nothing is being attached by this thread");
        }
        return current.services;
    }

    /** See {@link ServiceActivator#failureIsFatal()}. */
    protected boolean failureIsFatal() {
        return false;
    }

    /** See {@link ServiceActivator#detachSeconds()}. */
    protected long detachSeconds() {
        return ServiceActivator.DETACH_SECONDS;
    }

    /** Called when the bundle stops, after it has detached or its time for that was over. */
    protected void stopped() throws Exception {
        // As above.
    }

    /** Services, as filters, that keep it from attaching to a daemon; see {@link ServiceActivator#obstacles}. */
    List<String> obstacles(String daemon) {
        return List.of();
    }

    /** Told, on the thread of the attachment, that it has tried to attach to a daemon. */
    void tried(String daemon) {
        // Hardly anybody wants to know.
    }

    /** Told that it has detached from a daemon, and may attach to it again. */
    void detached(String daemon) {
        // As above.
    }

    @Override
    public final void start(BundleContext bundleContext) throws Exception {
        context = bundleContext;
        starting(bundleContext);
        silence = InstalledBundles.offer(
                bundleContext, () -> attachments.isEmpty() ? "it waits for the service " + Nsqd.class.getName() : "");
        daemons = new Daemons();
        daemons.open();
    }

    @Override
    public final void stop(BundleContext bundleContext) throws Exception {
        daemons.close();
        // Those that were about to come when the tracker was closed.
        attachments.forEach(this::stop);
        silence.run();
        stopped();
    }

    private void stop(Attachment attachment) {
        if (!attachments.remove(attachment)) {
            return;
        }
        try {
            attachment.stop(context);
        } catch (Exception e) {
            attachment.log("could not detach cleanly", e);
        }
        detached(attachment.daemon);
    }

    /** Attaches to each daemon that is there. */
    private final class Daemons extends ServiceTracker<Nsqd, Attachment> {
        Daemons() {
            super(NsqdActivator.this.context, Nsqd.class, null);
        }

        @Override
        public Attachment addingService(ServiceReference<Nsqd> reference) {
            Nsqd nsqd = References.get(context, reference);
            if (nsqd == null) {
                return null;
            }
            Attachment attachment = new Attachment(nsqd);
            attachments.add(attachment);
            try {
                attachment.start(context);
            } catch (Exception e) {
                attachment.log("could not attach", e);
            }
            return attachment;
        }

        @Override
        public void removedService(ServiceReference<Nsqd> reference, Attachment attachment) {
            NsqdActivator.this.stop(attachment);
            References.unget(context, reference);
        }
    }

    /** What is attached to one daemon, while the other services are there. */
    private final class Attachment extends ServiceActivator {
        private final Nsqd nsqd;
        private final String daemon;
        private FrameworkServices services;

        Attachment(Nsqd nsqd) {
            super(NsqdActivator.this.name);
            this.nsqd = nsqd;
            daemon = nsqd.name();
            services = new FrameworkServices(context, daemon, Map.of(Nsqd.class, nsqd));
        }

        @Override
        protected List<String> needs(BundleContext bundleContext) {
            return List.of(needs).stream()
                    .map(type -> FrameworkServices.visible("(objectClass=" + type.getName() + ")", daemon))
                    .toList();
        }

        @Override
        protected List<String> obstacles(BundleContext bundleContext) {
            return NsqdActivator.this.obstacles(daemon);
        }

        @Override
        protected AutoCloseable attach(BundleContext bundleContext, Object[] found) throws Exception {
            Map<Class<?>, Object> needed = new ConcurrentHashMap<>();
            needed.put(Nsqd.class, nsqd);
            for (int i = 0; i < needs.length; i++) {
                needed.put(needs[i], found[i]);
            }
            services = new FrameworkServices(bundleContext, daemon, needed);
            FrameworkServices attached = services;
            attaching.put(Thread.currentThread(), this);
            AutoCloseable closing;
            try {
                closing = NsqdActivator.this.attach(bundleContext, nsqd);
            } catch (Exception | Error e) {
                // It is tried again, and would register everything once more each time.
                attached.takeBack();
                throw e;
            } finally {
                attaching.remove(Thread.currentThread());
            }
            return () -> {
                try {
                    closing.close();
                } finally {
                    attached.takeBack();
                }
            };
        }

        @Override
        protected boolean failureIsFatal() {
            return NsqdActivator.this.failureIsFatal();
        }

        @Override
        protected void fail(Object[] found, String what, Throwable failure) {
            nsqd.fatal(what, failure);
        }

        @Override
        protected void tried() {
            NsqdActivator.this.tried(daemon);
        }

        @Override
        protected void detached() {
            NsqdActivator.this.detached(daemon);
        }

        @Override
        protected long detachSeconds() {
            return NsqdActivator.this.detachSeconds();
        }
    }
}
