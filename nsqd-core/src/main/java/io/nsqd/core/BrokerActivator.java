package io.nsqd.core;

import io.nsqd.api.Nsqd;
import io.nsqd.api.NsqdException;
import io.nsqd.api.Option;
import io.nsqd.api.Options;
import io.nsqd.core.auth.HttpAuthenticator;
import io.nsqd.core.disk.DirectoryLock;
import io.nsqd.core.disk.DiskQueueFactory;
import io.nsqd.core.disk.FileMetadataService;
import io.nsqd.spi.Authenticator;
import io.nsqd.spi.BackendQueueFactory;
import io.nsqd.spi.MetadataService;
import io.nsqd.spi.ServiceActivator;
import java.io.IOException;
import java.util.Dictionary;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import org.osgi.framework.BundleContext;
import org.osgi.framework.Constants;
import org.osgi.framework.FrameworkUtil;
import org.osgi.framework.InvalidSyntaxException;
import org.osgi.framework.ServiceReference;
import org.osgi.framework.ServiceRegistration;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Registers the default metadata service and storage, and the default authenticator where it is wanted; waits for the
 * metadata service and the storage that the options name, and runs the broker while they are there: lock the data path,
 * load, persist, start the loops, register {@link Nsqd} (B-27).
 *
 * <p>Unregistering {@link Nsqd} is the shutdown: everything that uses the broker detaches before the call returns, and only
 * then the messages go to the storage (B-33).
 */
final class BrokerActivator extends ServiceActivator {
    private static final Logger LOG = LoggerFactory.getLogger(BrokerActivator.class);

    /** The launcher's services are {@code java.util.function.Consumer}s of strings with this property. */
    private static final String ROLE = "nsqd.role";

    private static final long DETACH_SECONDS = 60;

    private DiskQueueFactory disk;
    private volatile Options options;

    /** The broker, while it runs. */
    private volatile Optional<Broker> running = Optional.empty();

    /** Takes the default authenticator away again, where there is one. */
    private Runnable forgetAuthenticator = () -> {};

    BrokerActivator(Options options) {
        super("core");
        this.options = options;
    }

    /** The options in force. */
    Options options() {
        return running.map(Broker::options).orElse(options);
    }

    /** Changes options that may change at run time, for this life of the broker and later ones. */
    void change(Map<Option, Object> changes) {
        options = options.with(changes);
        running.ifPresent(broker -> broker.reconfigure(changes));
    }

    @Override
    protected List<String> needs(BundleContext context) {
        disk = new DiskQueueFactory(options);
        context.registerService(
                MetadataService.class,
                new FileMetadataService(DiskQueueFactory.dataPath(options)),
                named(MetadataService.NAME, FileMetadataService.METADATA));
        context.registerService(
                BackendQueueFactory.class, disk, named(BackendQueueFactory.NAME, DiskQueueFactory.STORAGE));
        forgetAuthenticator = registerAuthenticator(context, options);
        // Of a plug-in's: nothing is served until it is there.
        String metadata = options.string(Option.METADATA);
        if (!metadata.equals(FileMetadataService.METADATA)) {
            LOG.info("NSQ: waiting for the metadata service {}", metadata);
        }
        String storage = options.string(Option.STORAGE);
        if (!storage.equals(DiskQueueFactory.STORAGE)) {
            LOG.info("NSQ: waiting for the storage {}", storage);
        }
        return List.of(
                filter(MetadataService.class, MetadataService.NAME, options.string(Option.METADATA)),
                filter(BackendQueueFactory.class, BackendQueueFactory.NAME, options.string(Option.STORAGE)));
    }

    /** Ranked below everything: any other authenticator replaces it. */
    private static Runnable registerAuthenticator(BundleContext context, Options options) {
        if (options.strings(Option.AUTH_HTTP_ADDRESS).isEmpty()) {
            return () -> {};
        }
        HttpAuthenticator authenticator = new HttpAuthenticator(options);
        ServiceRegistration<Authenticator> registration = context.registerService(
                Authenticator.class,
                authenticator,
                FrameworkUtil.asDictionary(Map.of(Constants.SERVICE_RANKING, Integer.MIN_VALUE)));
        return () -> {
            registration.unregister();
            authenticator.close();
        };
    }

    private static Dictionary<String, String> named(String property, String name) {
        return FrameworkUtil.asDictionary(Map.of(property, name));
    }

    private static String filter(Class<?> type, String property, String name) {
        return "(&(objectClass=" + type.getName() + ")(" + property + "=" + name + "))";
    }

    @Override
    protected AutoCloseable attach(BundleContext context, Object[] services) throws Exception {
        DirectoryLock lock;
        try {
            lock = DirectoryLock.acquire(DiskQueueFactory.dataPath(options));
        } catch (IOException e) {
            throw new IOException("failed to instantiate nsqd - failed to lock data-path: " + e.getMessage(), e);
        }
        try {
            return run(context, (MetadataService) services[0], (BackendQueueFactory) services[1], lock);
        } catch (IOException | RuntimeException | LinkageError e) {
            lock.close();
            throw e;
        }
    }

    private AutoCloseable run(
            BundleContext context, MetadataService metadata, BackendQueueFactory storage, DirectoryLock lock)
            throws IOException {
        try {
            Broker.validate(options);
        } catch (NsqdException e) {
            throw new IOException("failed to instantiate nsqd - " + e.getMessage(), e);
        }
        LOG.info("nsqd v{} (built w/java{})", Nsqd.VERSION, System.getProperty("java.version"));
        LOG.info("ID: {}", options.integer(Option.NODE_ID));
        AtomicBoolean reported = new AtomicBoolean();
        Broker broker = new Broker(options, metadata, storage, Clock.system(), what -> {
            if (reported.compareAndSet(false, true)) {
                reportFatal(context, what);
            }
        });
        WhiteboardTracker tracker;
        try {
            broker.start();
            tracker = new WhiteboardTracker(context, broker.whiteboard());
            tracker.open();
        } catch (IOException | RuntimeException e) {
            broker.close();
            disk.forgetLeftovers();
            throw e;
        }
        broker.onLogLevel(level -> tell(context, "log-level", level));
        ServiceRegistration<Nsqd> registration = context.registerService(Nsqd.class, broker, null);
        running = Optional.of(broker);
        return () -> {
            running = Optional.empty();
            registration.unregister();
            tracker.close();
            try {
                broker.close();
            } finally {
                disk.forgetLeftovers();
                lock.close();
            }
        };
    }

    /** A big backlog needs some time. */
    @Override
    protected long detachSeconds() {
        return DETACH_SECONDS;
    }

    @Override
    protected void failed(Object[] services, Throwable failure) {
        LOG.debug("could not start", failure);
        reportFatal(
                FrameworkUtil.getBundle(BrokerActivator.class).getBundleContext(),
                String.valueOf(failure.getMessage()));
    }

    /** Where no launcher listens, as in a foreign container, only this bundle has failed, and says so. */
    private static void reportFatal(BundleContext context, String what) {
        if (!tell(context, "fatal", what)) {
            LOG.error("{}", what);
        }
    }

    /** Hands words to the launcher; false when there is none. */
    private static boolean tell(BundleContext context, String role, String words) {
        try {
            for (ServiceReference<?> reference :
                    context.getServiceReferences(Consumer.class, "(" + ROLE + "=" + role + ")")) {
                @SuppressWarnings("unchecked")
                Consumer<String> launcher = (Consumer<String>) context.getService(reference);
                if (launcher != null) {
                    launcher.accept(words);
                    return true;
                }
            }
        } catch (InvalidSyntaxException e) {
            throw new IllegalStateException(e);
        } catch (IllegalStateException e) {
            LOG.debug("the bundle has stopped", e);
        }
        return false;
    }

    @Override
    protected void stopped() {
        forgetAuthenticator.run();
        disk.close();
    }
}
