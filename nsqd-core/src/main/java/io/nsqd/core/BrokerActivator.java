package io.nsqd.core;

import io.nsqd.api.LogLevel;
import io.nsqd.api.Nsqd;
import io.nsqd.api.Option;
import io.nsqd.api.Options;
import io.nsqd.core.config.ConfiguredPolicies;
import io.nsqd.core.config.PolicyFactory;
import io.nsqd.core.disk.DiskQueueFactory;
import io.nsqd.core.disk.FileMetadataService;
import io.nsqd.log.Logger;
import io.nsqd.log.LoggerFactory;
import io.nsqd.spi.BackendQueueFactory;
import io.nsqd.spi.FrameworkServices;
import io.nsqd.spi.JournalStore;
import io.nsqd.spi.MetadataService;
import io.nsqd.spi.OptionalApi;
import io.nsqd.spi.ServiceActivator;
import java.io.IOException;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.osgi.framework.BundleContext;
import org.osgi.framework.FrameworkUtil;

/**
 * Offers the {@linkplain DefaultServices default services}; waits for the metadata service and the storage that the options
 * name, and has a {@linkplain BrokerRun broker} run while they are there. A stop takes as long as it takes.
 */
final class BrokerActivator extends ServiceActivator {
    private static final Logger LOG = LoggerFactory.getLogger(BrokerActivator.class);

    /** The daemon's name. */
    private final String name;

    /** What configurations say of policies, also while no broker runs. */
    private final ConfiguredPolicies policies;

    private AutoCloseable policyConfigurations = () -> {};
    private ContainerLogging logging;
    private DefaultServices defaults;
    private volatile Options options;

    /** The broker, while it runs. */
    private volatile Optional<Broker> running = Optional.empty();

    /** What was changed while none runs, or one was just starting. Guarded by itself, as is that {@link #running} and options fit. */
    private final Map<Option, Object> missed = new EnumMap<>(Option.class);

    /** @param name the daemon's */
    BrokerActivator(String name, Options options) {
        super(name.equals(Nsqd.DEFAULT_NAME) ? "core" : "core-" + name);
        this.name = name;
        this.options = options;
        policies = new ConfiguredPolicies(name);
    }

    /** Whether it is the only daemon, or the first one, and not one of those that factory configurations ask for. */
    private boolean isDefault() {
        return name.equals(Nsqd.DEFAULT_NAME);
    }

    /** The options in force. */
    Options options() {
        return running.map(Broker::options).orElse(options);
    }

    /** Changes options that may change at run time, for this life of the broker and later ones. */
    void change(Map<Option, Object> changes) {
        Optional<Broker> broker;
        synchronized (missed) {
            options = options.with(changes);
            broker = running;
            if (broker.isEmpty()) {
                missed.putAll(changes);
            }
        }
        broker.ifPresent(at -> at.configure(changes));
    }

    /** The options that a broker is to start with. */
    private Options startWith() {
        synchronized (missed) {
            missed.clear();
            return options;
        }
    }

    /** A broker has started; what has changed since is to be changed in it, too. */
    private void started(Broker broker) {
        Map<Option, Object> changes;
        synchronized (missed) {
            running = Optional.of(broker);
            changes = Map.copyOf(missed);
            missed.clear();
        }
        if (!changes.isEmpty()) {
            broker.configure(changes);
        }
    }

    @Override
    protected void starting(BundleContext context) {
        logging = new ContainerLogging(context);
        defaults = DefaultServices.offer(options, new FrameworkServices(context, name));
        policyConfigurations = OptionalApi.watch(
                context,
                BrokerActivator.class,
                Activator.CONFIGURATION_ADMIN,
                () -> PolicyFactory.listen(context, policies)::run);
        // For a plug-in's storage, which comes before there is a daemon to be asked.
        new FrameworkServices(context, name).register(Options.class, options);
    }

    @Override
    protected List<String> needs(BundleContext context) {
        String metadata = options.string(Option.METADATA);
        String storage = options.string(Option.STORAGE);
        // Of a plug-in's: nothing is served until it is there.
        if (!metadata.equals(FileMetadataService.METADATA)) {
            LOG.info("NSQ: waiting for the metadata service {}", metadata);
        }
        if (!storage.equals(DiskQueueFactory.STORAGE)) {
            LOG.info("NSQ: waiting for the storage {}", storage);
        }
        List<String> needed = new ArrayList<>(List.of(
                filter(MetadataService.class, MetadataService.NAME, metadata),
                filter(BackendQueueFactory.class, BackendQueueFactory.NAME, storage)));
        if (!DefaultServices.hasJournal(options)) {
            LOG.info("NSQ: waiting for the journal store {}", options.string(Option.JOURNAL_STORE));
            needed.add(filter(JournalStore.class, JournalStore.NAME, options.string(Option.JOURNAL_STORE)));
        }
        return needed;
    }

    /**
     * Its own, or for the default daemon one that is nobody's: a storage that does not say whose it is must not get the queues of
     * several daemons mixed up.
     */
    private String filter(Class<?> type, String property, String wanted) {
        String whose = "(" + Nsqd.NAME + "=" + name + ")";
        return "(&(objectClass=" + type.getName() + ")(" + property + "=" + wanted + ")"
                + (isDefault() ? "(|(!(" + Nsqd.NAME + "=*))" + whose + ")" : whose) + ")";
    }

    @Override
    protected AutoCloseable attach(BundleContext context, Object[] services) throws Exception {
        Options started = startWith();
        BrokerRun run = BrokerRun.start(new BrokerRun.Parts(
                name,
                started,
                (MetadataService) services[0],
                (BackendQueueFactory) services[1],
                DefaultServices.hasJournal(options) ? defaults.journal() : (JournalStore) services[2],
                defaults.disk(),
                new FrameworkServices(context, name),
                what -> reportFatal(context, what),
                level -> logLevel(context, LogLevel.parse(level))));
        if (started.isGiven(Option.LOG_LEVEL)) {
            logLevel(context, started.logLevel());
        }
        started(run.broker());
        policies.begin(run.broker().policies());
        return () -> {
            policies.end();
            running = Optional.empty();
            close(run, context);
        };
    }

    /** What could not be saved was logged; the launcher makes it an exit code. */
    private void close(BrokerRun run, BundleContext context) {
        try {
            run.close();
        } catch (IOException e) {
            tell(context, "unsaved", e.getMessage());
        }
    }

    /** Without limit: whatever breaks it off loses messages. */
    @Override
    protected long detachSeconds() {
        return 0;
    }

    /** A data path that cannot be used is the operator's to know at once. */
    @Override
    protected boolean failureIsFatal() {
        return true;
    }

    @Override
    protected void fail(Object[] services, String what, Throwable failure) {
        reportFatal(FrameworkUtil.getBundle(BrokerActivator.class).getBundleContext(), LastWords.of(what, failure));
    }

    /** Where no launcher listens, as in a foreign container, only this daemon has failed, and says so. */
    private void reportFatal(BundleContext context, String what) {
        if (!tell(context, "fatal", what)) {
            LOG.error("{}", what);
        }
    }

    /** Of the launcher's log or, where there is no launcher, of the container's. */
    private void logLevel(BundleContext context, LogLevel level) {
        if (!tell(context, "log-level", level.toString())) {
            logging.level(level);
        }
    }

    /** Hands words to the launcher; false when there is none, or this is not the daemon that it has started. */
    private boolean tell(BundleContext context, String role, String words) {
        return isDefault() && tellLauncher(context, role, words);
    }

    @Override
    protected void stopped() {
        try {
            policyConfigurations.close();
        } catch (Exception e) {
            LOG.debug("the framework has taken it back already", e);
        }
        defaults.close();
        logging.close();
    }
}
