package io.nsqd.core.config;

import io.nsqd.api.NsqdException;
import io.nsqd.api.Option;
import io.nsqd.api.Options;
import io.nsqd.log.Logger;
import io.nsqd.log.LoggerFactory;
import io.nsqd.spi.Turns;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Dictionary;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.osgi.framework.BundleContext;
import org.osgi.framework.Constants;
import org.osgi.framework.FrameworkUtil;
import org.osgi.framework.ServiceRegistration;
import org.osgi.service.cm.ConfigurationException;
import org.osgi.service.cm.ManagedService;

/**
 * Takes the configuration {@value #PID}: the first one starts the broker where it waits for that, later ones change what may
 * change at run time. Called by Configuration Admin, one call at a time.
 */
public final class OptionsConfiguration implements ManagedService {
    /** The name of the configuration. */
    public static final String PID = "io.nsqd";

    private static final Logger LOG = LoggerFactory.getLogger(OptionsConfiguration.class);

    /** The name of this configuration, for the log. */
    private final String pid;

    private final Options properties;
    private final Configurable target;

    /** To start and change a daemon calls others. */
    private final Turns turns = new Turns();

    OptionsConfiguration(String pid, Options properties, Configurable target) {
        this.pid = pid;
        this.properties = properties;
        this.target = target;
    }

    /**
     * Begins to listen for the configuration.
     *
     * @param properties the options given by framework properties, which come before those of the configuration
     * @param target started and changed on threads of Configuration Admin
     * @return ends it
     */
    public static Runnable listen(BundleContext context, Options properties, Configurable target) {
        ServiceRegistration<ManagedService> registration = context.registerService(
                ManagedService.class,
                new OptionsConfiguration(PID, properties, target),
                FrameworkUtil.asDictionary(Map.of(Constants.SERVICE_PID, PID)));
        return registration::unregister;
    }

    @Override
    public void updated(Dictionary<String, ?> configuration) throws ConfigurationException {
        turns.now(() -> use(configuration));
    }

    private void use(Dictionary<String, ?> configuration) throws ConfigurationException {
        Optional<Options> current = target.options();
        if (configuration == null && current.isEmpty()) {
            LOG.info("NSQ: waiting for the configuration {}", pid);
            return;
        }
        ConfiguredOptions configured;
        try {
            configured = ConfiguredOptions.of(
                    properties, configuration == null ? FrameworkUtil.asDictionary(Map.of()) : configuration);
        } catch (NsqdException e) {
            // The one line that counts; Configuration Admin has its own way of telling.
            LOG.error("NSQ: the configuration {} cannot be used - {}", pid, e.getMessage());
            throw new ConfigurationException(null, e.getMessage(), e);
        }
        if (!configured.unknown().isEmpty()) {
            LOG.warn("NSQ: the configuration {} has unknown keys: {}", pid, String.join(", ", configured.unknown()));
        }
        if (current.isEmpty()) {
            makeDataPath(configured.options());
            target.start(configured.options());
        } else {
            change(current.get(), configured);
        }
    }

    /**
     * Makes the data path that the configuration names. A command line is typed by somebody who can make it first (O-26); a
     * container brings its configuration along, as the features for Karaf do, and names a place in a directory of its own.
     */
    private void makeDataPath(Options options) {
        if (properties.given().contains(Option.DATA_PATH) || !options.given().contains(Option.DATA_PATH)) {
            return;
        }
        Path dataPath = Path.of(options.string(Option.DATA_PATH));
        try {
            Files.createDirectories(dataPath);
        } catch (IOException e) {
            // The broker will say that it cannot use it.
            LOG.warn("NSQ: cannot make the data path {} - {}", dataPath, e.toString());
        }
    }

    private void change(Options current, ConfiguredOptions configured) {
        Map<Option, Object> changes = configured.changes(current);
        if (!changes.isEmpty()) {
            target.change(changes);
            LOG.info("NSQ: changed by the configuration {}: {}", pid, flags(changes.keySet()));
        }
        Set<Option> postponed = configured.postponed(current);
        if (!postponed.isEmpty()) {
            LOG.warn(
                    "NSQ: changed by the configuration {}, to take effect when the bundle io.nsqd.core is stopped and started: {}",
                    pid,
                    flags(postponed));
        }
    }

    private static String flags(Set<Option> options) {
        return options.stream().map(Option::flag).collect(Collectors.joining(", "));
    }
}
