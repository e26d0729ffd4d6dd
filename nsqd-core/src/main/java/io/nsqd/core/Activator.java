package io.nsqd.core;

import io.nsqd.api.Errors;
import io.nsqd.api.Nsqd;
import io.nsqd.api.NsqdException;
import io.nsqd.api.Option;
import io.nsqd.api.Options;
import io.nsqd.core.config.Configurable;
import io.nsqd.core.config.DaemonFactory;
import io.nsqd.core.config.OptionsConfiguration;
import io.nsqd.core.config.OptionsMetatype;
import io.nsqd.core.config.PolicyMetatype;
import io.nsqd.log.Logger;
import io.nsqd.log.LoggerFactory;
import io.nsqd.spi.OptionalApi;
import java.util.Map;
import java.util.Optional;
import org.osgi.framework.BundleActivator;
import org.osgi.framework.BundleContext;
import org.osgi.framework.BundleException;

/**
 * Finds the options, and starts the broker with them.
 *
 * <p>Where framework properties {@code nsqd.<flag>} are set, or the launcher says that it has set all there are to set, the
 * broker starts at once. Elsewhere it waits for the configuration {@value OptionsConfiguration#PID}: to start on defaults first
 * would open the wrong data path. A configuration may change later what can be changed at run time, and each configuration of the
 * factory of the same name is a further daemon; but not where the launcher has set the options: there Configuration Admin is the plug-ins'.
 */
public final class Activator implements BundleActivator {
    /** The framework property, {@code true}, that says that nothing is to be waited for. */
    static final String CONFIGURED = "nsqd.configured";

    private static final Logger LOG = LoggerFactory.getLogger(Activator.class);

    static final String CONFIGURATION_ADMIN = "org.osgi.service.cm.ManagedServiceFactory";
    private static final String METATYPE = "org.osgi.service.metatype.MetaTypeProvider";

    /** Set from the start on. */
    private AutoCloseable configurations = () -> {};

    private AutoCloseable description = () -> {};
    private Configurable daemon;

    /** For the framework. */
    public Activator() {}

    @Override
    public void start(BundleContext context) throws Exception {
        Options properties;
        try {
            properties = Options.from(context::getProperty);
        } catch (NsqdException e) {
            throw new BundleException(e.getMessage(), e);
        }
        boolean launched = Boolean.parseBoolean(context.getProperty(CONFIGURED));
        boolean complete = launched || !properties.given().isEmpty();
        ConfiguredBroker broker = new ConfiguredBroker(context, Nsqd.DEFAULT_NAME);
        daemon = broker;
        if (complete) {
            broker.begin(properties);
        }
        if (launched) {
            return;
        }
        OptionalApi admin = OptionalApi.watch(context, Activator.class, CONFIGURATION_ADMIN, () -> {
            Runnable forget = OptionsConfiguration.listen(context, properties, broker);
            Runnable forgetFactory = DaemonFactory.listen(context, name -> new ConfiguredBroker(context, name));
            return () -> {
                forgetFactory.run();
                forget.run();
            };
        });
        description = OptionalApi.watch(context, Activator.class, METATYPE, () -> {
            Runnable forgetOptions = OptionsMetatype.register(context);
            Runnable forgetPolicies = PolicyMetatype.register(context);
            return () -> {
                forgetPolicies.run();
                forgetOptions.run();
            };
        });
        configurations = admin;
        if (!complete && !admin.isUsed()) {
            LOG.warn(
                    "NSQ: not started yet: neither framework properties nsqd.<flag> nor Configuration Admin are there");
        }
    }

    @Override
    public void stop(BundleContext context) throws Exception {
        description.close();
        configurations.close();
        daemon.stop();
    }

    /** The broker that a configuration asks for. */
    private static final class ConfiguredBroker implements Configurable {
        private final BundleContext context;
        private final String name;
        private volatile BrokerActivator broker;

        ConfiguredBroker(BundleContext context, String name) {
            this.context = context;
            this.name = name;
        }

        void begin(Options options) throws Exception {
            BrokerActivator starting = new BrokerActivator(name, options);
            starting.start(context);
            broker = starting;
        }

        @Override
        public Optional<Options> options() {
            return Optional.ofNullable(broker).map(BrokerActivator::options);
        }

        @Override
        public void start(Options options) {
            try {
                begin(options);
            } catch (Exception e) {
                // Nobody of Configuration Admin's could do anything about it.
                LOG.error("NSQ: failed to start - {}", Errors.describe(e), e);
            }
        }

        @Override
        public void change(Map<Option, Object> changes) {
            broker.change(changes);
        }

        @Override
        public void stop() {
            if (broker == null) {
                return;
            }
            try {
                broker.stop(context);
            } catch (Exception e) {
                LOG.error("NSQ: failed to stop - {}", Errors.describe(e), e);
            }
            broker = null;
        }
    }
}
