package io.nsqd.core.config;

import io.nsqd.api.Nsqd;
import io.nsqd.api.Option;
import io.nsqd.api.Options;
import io.nsqd.log.Logger;
import io.nsqd.log.LoggerFactory;
import io.nsqd.spi.Turns;
import java.util.Dictionary;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.osgi.framework.BundleContext;
import org.osgi.framework.Constants;
import org.osgi.framework.FrameworkUtil;
import org.osgi.framework.ServiceRegistration;
import org.osgi.service.cm.ConfigurationException;
import org.osgi.service.cm.ManagedServiceFactory;

/**
 * Has a daemon run for each configuration of the factory {@value OptionsConfiguration#PID}, such as a file
 * {@code io.nsqd-<name>.cfg}: further ones beside that of the plain configuration, or instead of it. Each has a name, and needs a
 * data path of its own; framework properties, which are the default daemon's, say nothing about it. Called by Configuration Admin.
 */
public final class DaemonFactory implements ManagedServiceFactory {
    /** Key of a configuration that gives the daemon's name where that is not to be taken from the configuration's own. */
    static final String NAME = Nsqd.NAME;

    private static final Logger LOG = LoggerFactory.getLogger(DaemonFactory.class);

    /** What File Install says of where a configuration is from. */
    private static final String FILE = "felix.fileinstall.filename";

    private static final Pattern OF_FILE = Pattern.compile(".*/io\\.nsqd[-~]([^/]*)\\.(?:cfg|config|cfg\\.json)");
    private static final Pattern OF_PID = Pattern.compile("io\\.nsqd[~.](.*)");

    /** What a name may be: it becomes part of the names of MBeans, metrics and threads. */
    private static final Pattern VALID = Pattern.compile("[A-Za-z0-9_.-]{1,64}");

    private final Function<String, Configurable> daemons;

    /** To start and stop a daemon calls others. */
    private final Turns turns = new Turns();

    /** By the configurations' own names; changed in turn, as is what follows. */
    private final Map<String, Daemon> running = new LinkedHashMap<>();

    private boolean stopped;

    private record Daemon(String name, Configurable target, OptionsConfiguration configuration) {}

    private DaemonFactory(Function<String, Configurable> daemons) {
        this.daemons = daemons;
    }

    /**
     * Begins to listen for configurations.
     *
     * @param daemons makes the daemon of a name
     * @return ends it, and stops them all
     */
    public static Runnable listen(BundleContext context, Function<String, Configurable> daemons) {
        DaemonFactory factory = new DaemonFactory(daemons);
        ServiceRegistration<ManagedServiceFactory> registration = context.registerService(
                ManagedServiceFactory.class,
                factory,
                FrameworkUtil.asDictionary(Map.of(Constants.SERVICE_PID, OptionsConfiguration.PID)));
        return () -> {
            registration.unregister();
            factory.stop();
        };
    }

    @Override
    public String getName() {
        return "daemons of nsqd";
    }

    @Override
    public void updated(String pid, Dictionary<String, ?> configuration) throws ConfigurationException {
        turns.now(() -> use(pid, configuration));
    }

    private void use(String pid, Dictionary<String, ?> configuration) throws ConfigurationException {
        if (stopped) {
            return;
        }
        Daemon daemon = running.get(pid);
        if (daemon == null) {
            String name = name(pid, configuration);
            check(name, configuration);
            Configurable target = daemons.apply(name);
            // What the launcher's flags say is about the default daemon.
            daemon = new Daemon(name, target, new OptionsConfiguration(pid, Options.defaults(), target));
            running.put(pid, daemon);
        }
        daemon.configuration().updated(configuration);
    }

    /** Of what its author called it the plainest form: {@code name} of {@code io.nsqd-name.cfg}. */
    private static String name(String pid, Dictionary<String, ?> configuration) {
        Object given = configuration.get(NAME);
        if (given != null) {
            return given.toString().strip();
        }
        Object file = configuration.get(FILE);
        Matcher ofFile = OF_FILE.matcher(file == null ? "" : file.toString());
        if (ofFile.matches()) {
            return ofFile.group(1);
        }
        Matcher ofPid = OF_PID.matcher(pid);
        return ofPid.matches() ? ofPid.group(1) : pid;
    }

    private void check(String name, Dictionary<String, ?> configuration) throws ConfigurationException {
        Optional<String> wrong = Optional.empty();
        if (!VALID.matcher(name).matches()) {
            wrong = Optional.of(
                    "'" + name + "' is no name of a daemon: letters, digits, dots, dashes and underscores are");
        } else if (name.equals(Nsqd.DEFAULT_NAME)
                || running.values().stream().anyMatch(other -> other.name().equals(name))) {
            wrong = Optional.of("there is a daemon of the name " + name);
        } else if (configuration.get(key()) == null && configuration.get(Option.DATA_PATH.flag()) == null) {
            wrong = Optional.of("the daemon " + name + " needs a " + key() + " of its own");
        }
        if (wrong.isPresent()) {
            LOG.error("NSQ: a configuration of {} cannot be used - {}", OptionsConfiguration.PID, wrong.get());
            throw new ConfigurationException(null, wrong.get());
        }
    }

    private static String key() {
        return Option.DATA_PATH.configKey().orElseThrow();
    }

    @Override
    public void deleted(String pid) {
        turns.now(() -> Optional.ofNullable(running.remove(pid)).ifPresent(daemon -> {
            LOG.info("NSQ: the daemon {} has lost its configuration and stops", daemon.name());
            daemon.target().stop();
        }));
    }

    private void stop() {
        turns.now(() -> {
            stopped = true;
            running.values().forEach(daemon -> daemon.target().stop());
            running.clear();
        });
    }
}
