package io.nsqd.launcher;

import static org.apache.felix.framework.cache.BundleCache.CACHE_FILELIMIT_PROP;
import static org.apache.felix.framework.cache.BundleCache.CACHE_LOCKING_PROP;

import io.nsqd.api.Errors;
import io.nsqd.api.LogLevel;
import io.nsqd.api.NsqdException;
import io.nsqd.api.Option;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.apache.felix.framework.Felix;
import org.apache.felix.framework.util.FelixConstants;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleContext;
import org.osgi.framework.BundleException;
import org.osgi.framework.Constants;
import org.osgi.framework.FrameworkEvent;
import org.osgi.framework.FrameworkUtil;
import org.osgi.framework.launch.Framework;
import org.osgi.framework.wiring.BundleRevision;

/** Runs the framework with the bundles, and stops it on the {@linkplain WayOut way out}. */
final class Launcher {
    /** The service property that tells the launcher's services apart; their types are the JDK's. */
    private static final String ROLE = "nsqd.role";

    /** The framework property that tells the core that the options are all there: it is not to wait for others. */
    private static final String CONFIGURED = "nsqd.configured";

    /** The beginning of the file names of our own bundles: they may be taken away, added and replaced at any time. */
    private static final String SUBSYSTEMS = "nsqd-";

    /** How many jars of bundles may be open at once, where that matters; {@code bin/nsqd} sets it. */
    private static final String OPEN_JARS = "nsqd.open.jars";

    /** How long a stop waits for a bundle that is just being started. */
    private static final long START_UP_SECONDS = 30;

    /** How long the framework may take to stop before our own bundles are stopped without it: a plug-in may hang. */
    private static final long PLUGIN_SECONDS = 10;

    private final Path home;
    private final LogOutput log;
    private final WayOut out;
    private final BundleCache cache;
    private final Framework framework;
    private final PluginData pluginData;
    private final Reconciler reconciler;
    private final boolean withShell;

    /** Bundles that the options ask for. */
    private final List<Path> wanted;

    /** Whether no more bundles are to be started. */
    private volatile boolean ending;

    /** Released when no more bundles are being started: the framework cannot stop one that is just starting. */
    private final CountDownLatch startedUp = new CountDownLatch(1);

    /**
     * Starts everything, then waits until the framework stops; the process ends with it.
     *
     * @param properties the options as framework properties
     * @throws StartException when there is no place for the bundle cache, the distribution is not whole, or there is no shell where
     *     one is wanted
     */
    static void run(Path home, Map<String, String> properties, LogOutput log, WayOut out) throws StartException {
        AtomicReference<Launcher> made = new AtomicReference<>();
        boolean started = out.leadsThrough(() -> {
            made.set(new Launcher(home, properties, log, out));
            return made.get()::shutDown;
        });
        if (started) {
            made.get().run();
        }
    }

    private Launcher(Path home, Map<String, String> properties, LogOutput log, WayOut out) throws StartException {
        this.home = home;
        this.log = log;
        this.out = out;
        withShell = Boolean.parseBoolean(properties.get(Option.SHELL.property()));
        if (withShell && !Files.isDirectory(shellDirectory())) {
            throw fatal("there is no shell in " + shellDirectory());
        }
        try {
            cache = BundleCache.create(cacheParents(properties));
        } catch (IOException e) {
            throw fatal("failed to create the bundle cache - " + Errors.describe(e) + " (--"
                    + Option.BUNDLE_CACHE.flag() + " names another place)");
        }
        try {
            framework = new Felix(configuration(properties, LibraryPackages.read(home.resolve("lib"))));
        } catch (IOException e) {
            cache.delete();
            throw fatal("failed to read the list of the libraries - " + Errors.describe("open", home, e));
        }
        wanted = wanted(properties);
        pluginData = new PluginData(dataPath(properties), log);
        reconciler = new Reconciler(
                new WatchedFolder(home.resolve("bundles"), SUBSYSTEMS + "*.jar", log),
                new WatchedFolder(home.resolve("plugins"), "[!.]*.jar", log),
                new FolderWatch(log),
                framework,
                pluginData,
                new ContainerServices(home.resolve("lib/services"), framework, pluginData, log),
                log);
    }

    private static StartException fatal(String what) {
        return new StartException(StartException.FATAL, LogFormat.fatalLine(what));
    }

    /** The place that is wished for; else those that may do: of a container often only the data path may be written. */
    private static List<Path> cacheParents(Map<String, String> properties) {
        String wished = properties.getOrDefault(Option.BUNDLE_CACHE.property(), "");
        if (!wished.isEmpty()) {
            return List.of(Path.of(wished));
        }
        return List.of(Path.of(System.getProperty("java.io.tmpdir")), dataPath(properties));
    }

    private static Path dataPath(Map<String, String> properties) {
        return Path.of(properties.getOrDefault(Option.DATA_PATH.property(), "")).toAbsolutePath();
    }

    private Map<String, Object> configuration(Map<String, String> properties, String packages) {
        Map<String, Object> configuration = new HashMap<>(properties);
        configuration.put(CONFIGURED, "true");
        configuration.putAll(ContainerServices.properties(
                home.resolve("etc"), cache.directory().resolve("fileinstall")));
        configuration.put(Constants.FRAMEWORK_STORAGE, cache.directory().toString());
        // Ours is there before.
        configuration.put(CACHE_LOCKING_PROP, "false");
        configuration.put(CACHE_FILELIMIT_PROP, System.getProperty(OPEN_JARS, "0"));
        configuration.put(Constants.FRAMEWORK_SYSTEMPACKAGES_EXTRA, packages);
        configuration.put(FelixConstants.LOG_LOGGER_PROP, new FrameworkLogger(log));
        if (withShell) {
            // The names are Gogo's.
            configuration.put("gosh.home", shellDirectory().toString());
            configuration.put("gosh.args", "--quiet");
        }
        return configuration;
    }

    /** What lies in {@code optional} and is named by an option as storage, metadata service or journal store, or asked for by one. */
    private List<Path> wanted(Map<String, String> properties) {
        boolean clustered =
                !properties.getOrDefault(Option.CLUSTER.property(), "").isEmpty();
        return Stream.concat(
                        Stream.of(Option.STORAGE, Option.METADATA, Option.JOURNAL_STORE)
                                .map(option -> properties.getOrDefault(option.property(), "")),
                        Stream.of(
                                clustered ? "bookkeeper" : "",
                                isSet(Option.CONSOLE, properties) ? "console" : "",
                                isSet(Option.WEBSOCKET, properties) ? "websocket" : ""))
                .filter(name -> name.matches("[a-z0-9-]+"))
                .distinct()
                .map(name -> home.resolve("optional").resolve(SUBSYSTEMS + name + ".jar"))
                .filter(Files::isRegularFile)
                .toList();
    }

    private static boolean isSet(Option flag, Map<String, String> properties) {
        return flag.parse(properties.getOrDefault(flag.property(), "false")).equals(true);
    }

    /** Where the bundles of the shell are, and its profile in {@code etc}. */
    private Path shellDirectory() {
        return home.resolve("shell");
    }

    private void run() {
        try {
            startUp();
            cache.deleteStale();
            framework.waitForStop(0);
        } catch (BundleException | IOException e) {
            fail("failed to start the framework - " + Errors.describe(e));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        out.go();
    }

    private void startUp() throws BundleException, IOException {
        try {
            framework.init();
            if (System.getProperty(OPEN_JARS) != null) {
                framework.getBundleContext().addBundleListener(new ClassesAhead());
            }
            offer("fatal", Consumer.class, (Consumer<String>) this::fail);
            offer("unsaved", Consumer.class, (Consumer<String>) this::remember);
            offer("log-level", Consumer.class, (Consumer<String>) this::setLogLevel);
            offer("jars", Supplier.class, reconciler::report);
            reconciler.prepare();
            Map<Path, Bundle> bundles = install("bundles");
            reconciler.installed(bundles);
            Map<Path, Bundle> shell = withShell ? install("shell") : Map.of();
            Map<Path, Bundle> optional = install(wanted);
            framework.start();
            if (!ending) {
                // First, as the broker may wait for a storage or a metadata service of a plug-in, and all else for the
                // broker.
                reconciler.open();
            }
            start(optional.values());
            start(bundles.values());
            // Last, so that the first command finds everything.
            start(shell.values());
            if (!ending) {
                reconciler.adopt(bundles);
            }
        } finally {
            startedUp.countDown();
        }
    }

    private <T> void offer(String role, Class<T> type, T service) {
        framework.getBundleContext().registerService(type, service, FrameworkUtil.asDictionary(Map.of(ROLE, role)));
    }

    /** Takes the report that the daemon cannot go on: the first counts. Called on any thread; returns at once. */
    private void fail(String text) {
        if (out.fail()) {
            ending = true;
            log.fatal(text);
            // The caller may be a bundle that is just being started: the way out must not wait for it, nor it for us.
            new Thread(out::go, "nsqd-exit").start();
        }
    }

    /** Takes the report that the stop could not save everything, which was logged. */
    private void remember(String unsaved) {
        if (ending) {
            out.fail();
        }
    }

    private void setLogLevel(String word) {
        try {
            log.level(LogLevel.parse(word));
        } catch (NsqdException e) {
            log.write(LogLevel.WARN, "cannot change the log level", e);
        }
    }

    private Map<Path, Bundle> install(String directory) throws IOException {
        return install(BundleDirectory.list(home.resolve(directory)));
    }

    private Map<Path, Bundle> install(Collection<Path> jars) {
        Map<Path, Bundle> bundles = new LinkedHashMap<>();
        for (Path jar : jars) {
            try {
                bundles.put(jar, framework.getBundleContext().installBundle(location(jar)));
            } catch (BundleException e) {
                report(jar.getFileName().toString(), "installed", e);
            }
        }
        return bundles;
    }

    /**
     * Libraries are read where they are instead of being copied into the cache, which saves time at the start; our own
     * bundles are copied, as their files may be replaced.
     */
    private static String location(Path jar) {
        boolean subsystem = jar.getFileName().toString().startsWith(SUBSYSTEMS);
        return (subsystem ? "" : "reference:") + jar.toUri();
    }

    /**
     * Starts bundles, the last installed first: what uses the daemon waits for it already when it comes, and all attach when they are
     * ready.
     */
    private void start(Collection<Bundle> bundles) {
        List<Bundle> lastFirst = new ArrayList<>(bundles);
        Collections.reverse(lastFirst);
        lastFirst.forEach(this::start);
    }

    private void start(Bundle bundle) {
        if (ending || isFragment(bundle)) {
            return;
        }
        try {
            bundle.start(Bundle.START_ACTIVATION_POLICY);
        } catch (BundleException e) {
            report(bundle.getLocation().replaceFirst(".*/", ""), "started", e);
        }
    }

    /** One of ours that is there but does not work is not what the operator wants; of the others the daemon can be without. */
    private void report(String jar, String what, BundleException failure) {
        if (jar.startsWith(SUBSYSTEMS)) {
            fail("BUNDLE(" + jar + "): cannot be " + what + " - " + reason(failure));
        } else {
            log.failure("BUNDLE(" + jar + "): cannot be " + what, failure);
        }
    }

    /** Of the causes the last that says something: the framework wraps what an activator has thrown. */
    private static String reason(BundleException failure) {
        String reason = Errors.describe(failure);
        for (Throwable cause = failure.getCause(); cause != null; cause = cause.getCause()) {
            String deeper = Errors.describe(cause);
            reason = reason.contains(deeper) ? reason : reason + " - " + deeper;
        }
        return reason;
    }

    /** Whether it only adds to another bundle and is never started itself. */
    static boolean isFragment(Bundle bundle) {
        return (bundle.adapt(BundleRevision.class).getTypes() & BundleRevision.TYPE_FRAGMENT) != 0;
    }

    private void shutDown() {
        ending = true;
        try {
            if (!startedUp.await(START_UP_SECONDS, TimeUnit.SECONDS)) {
                log.write(LogLevel.WARN, "a bundle hangs while it starts; stopping all the same", null);
            }
            reconciler.close();
            // It may stop at this very moment, as a shell has asked for.
            BundleContext context = framework.getBundleContext();
            if (context == null) {
                // It did not even begin, or has stopped.
                return;
            }
            List<Bundle> ours = Stream.of(context.getBundles())
                    .filter(bundle -> bundle.getLocation().contains("/" + SUBSYSTEMS))
                    .toList();
            framework.stop();
            if (!hasStopped(PLUGIN_SECONDS)) {
                stopWithoutFramework(ours);
            }
        } catch (BundleException | InterruptedException | RuntimeException e) {
            log.failure("the framework did not stop cleanly", e);
        } finally {
            cache.delete();
            pluginData.tidy();
        }
    }

    private boolean hasStopped(long seconds) throws InterruptedException {
        return framework.waitForStop(TimeUnit.SECONDS.toMillis(seconds)).getType() != FrameworkEvent.WAIT_TIMEDOUT;
    }

    /**
     * Stops our own bundles, the broker among them, in the usual order: the framework may be waiting for a plug-in that hangs,
     * and the messages must get to the disk, for which there is no limit. One that is just being stopped is waited for.
     */
    private void stopWithoutFramework(List<Bundle> ours) throws InterruptedException {
        log.write(LogLevel.WARN, "a bundle takes long to stop", null);
        long begun = System.nanoTime();
        for (int i = ours.size() - 1; i >= 0; i--) {
            try {
                ours.get(i).stop(Bundle.STOP_TRANSIENT);
            } catch (BundleException | RuntimeException e) {
                // The others all the same.
                log.failure("BUNDLE(" + ours.get(i).getSymbolicName() + "): cannot be stopped", e);
            }
        }
        // If it was the broker that took long, plug-ins have not had their time yet.
        long taken = TimeUnit.NANOSECONDS.toSeconds(System.nanoTime() - begun);
        hasStopped(Math.max(1, Math.min(taken, PLUGIN_SECONDS)));
    }
}
