package io.nsqd.launcher;

import io.nsqd.api.Errors;
import io.nsqd.api.LogLevel;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.jar.JarEntry;
import java.util.jar.JarFile;
import java.util.zip.CRC32;
import java.util.zip.CheckedInputStream;
import java.util.zip.ZipException;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleException;
import org.osgi.framework.FrameworkEvent;
import org.osgi.framework.launch.Framework;
import org.osgi.framework.startlevel.BundleStartLevel;
import org.osgi.framework.wiring.FrameworkWiring;

/**
 * A directory into which bundles are dropped while the daemon runs: what appears is installed and started, what changes is
 * updated, what disappears is uninstalled. A jar that cannot be read is tried again from time to time, and changes nothing until
 * it can. What does not start is logged and, where it is our own, tried again in the same way: what was in its way may be gone.
 * Others' are left alone until they change, for nobody knows what their activators leave behind.
 *
 * <p>A bundle that does not come back from its activator keeps no other waiting: after some time it is logged and left alone,
 * until it does come back.
 *
 * <p>All is done by one thread, which looks at the directory at intervals: notifications by the operating system do not
 * work on every file system, and would come while a jar is still being written. State is confined to that thread.
 */
final class PluginDirectory {
    private static final long INTERVAL_MILLIS = 500;

    /** How long other bundles may take to settle after an update, and this thread to end. */
    private static final long PATIENCE_SECONDS = 30;

    /** How long a start may take. */
    private static final long START_SECONDS = 10;

    /** How long a stop may take: where a storage or metadata service leaves, the broker has all its messages to see to. */
    private static final long STOP_SECONDS = 90;

    /** By which a change of a file is noticed. */
    private record Stamp(long size, FileTime modified) {}

    /** That of no file. */
    private static final Stamp NONE = new Stamp(-1, FileTime.fromMillis(0));

    /**
     * A jar as it was dealt with.
     *
     * @param bundle {@code null} if it could not be installed
     * @param taken whether the bundle is what is in the jar
     */
    private record Plugin(Stamp stamp, Bundle bundle, boolean taken) {}

    private final Path directory;
    private final String glob;
    private final Framework framework;
    private final LogOutput log;
    private final boolean ours;
    private final Thread thread;
    private final CountDownLatch closed = new CountDownLatch(1);

    private final Map<Path, Plugin> plugins = new TreeMap<>();
    private Map<Path, Stamp> seen = Map.of();

    /** Whether that the directory cannot be read was said. */
    private boolean unreadable;

    /** Bundles that are to run but do not yet; each change may bring what they lack. */
    private final Set<Bundle> unstarted = new LinkedHashSet<>();

    /** Bundles that have not come back from their activators, with the threads that wait for them. */
    private final Map<Bundle, Thread> hanging = new HashMap<>();

    /** Bundles whose old content may still be in use by others. */
    private final List<Bundle> replaced = new ArrayList<>();

    private final Setbacks setbacks = new Setbacks();

    /**
     * @param glob the files that are watched
     * @param ours whether their activators can be called again
     */
    PluginDirectory(Path directory, String glob, Framework framework, LogOutput log, boolean ours) {
        this.directory = directory;
        this.glob = glob;
        this.ours = ours;
        thread = new Thread(this::watch, "nsqd-" + directory.getFileName());
        this.framework = framework;
        this.log = log;
        thread.setDaemon(true);
    }

    /** Takes note of bundles that were installed from the directory before it is watched. */
    void adopt(Map<Path, Bundle> installed) {
        installed.forEach((jar, bundle) -> {
            Stamp stamp;
            try {
                stamp = stamp(Files.readAttributes(jar, BasicFileAttributes.class));
            } catch (IOException e) {
                // It has gone meanwhile, which will be noticed.
                stamp = NONE;
            }
            plugins.put(jar, new Plugin(stamp, bundle, true));
        });
    }

    /** Begins to watch; what is there already is taken at once. */
    void open() {
        thread.start();
    }

    /** Stops watching; the plug-ins stay for the framework to stop. */
    void close() throws InterruptedException {
        closed.countDown();
        thread.join(TimeUnit.SECONDS.toMillis(PATIENCE_SECONDS));
    }

    private void watch() {
        try {
            list().ifPresent(found -> seen = found);
            do {
                Optional<Map<Path, Stamp>> found = list();
                if (found.isPresent()) {
                    scan(found.get());
                }
            } while (!closed.await(INTERVAL_MILLIS, TimeUnit.MILLISECONDS));
        } catch (InterruptedException | IllegalStateException e) {
            // The framework is stopping.
        }
    }

    private void scan(Map<Path, Stamp> found) throws InterruptedException {
        // One that came back may have something to be done.
        boolean changed = hanging.values().removeIf(waiting -> !waiting.isAlive());
        changed |= removeMissing(found);
        for (Map.Entry<Path, Stamp> entry : found.entrySet()) {
            Path jar = entry.getKey();
            Stamp stamp = entry.getValue();
            if (stamp.equals(seen.get(jar))) {
                changed |= see(jar, stamp);
            }
        }
        seen = found;
        if (changed) {
            refresh();
            startAll();
        } else if (ours && unstarted.stream().map(this::pathOf).anyMatch(setbacks::isDue)) {
            startAll();
        }
    }

    /** Takes a jar that is new, or has changed, or could not be taken before; says whether anything is different now. */
    private boolean see(Path jar, Stamp stamp) throws InterruptedException {
        Plugin known = plugins.get(jar);
        if (known == null || (!known.stamp().equals(stamp) && isFree(known.bundle()))) {
            setbacks.clear(jar);
            plugins.put(jar, take(jar, stamp, known == null ? null : known.bundle()));
            return true;
        }
        if (known.stamp().equals(stamp)
                && !known.taken()
                && setbacks.isDue(jar)
                && !hanging.containsKey(known.bundle())) {
            Plugin again = take(jar, stamp, known.bundle());
            plugins.put(jar, again);
            return again.taken();
        }
        return false;
    }

    /** The jars by path; nothing if the directory cannot be read just now, which says nothing about what is in it. */
    private Optional<Map<Path, Stamp>> list() {
        Map<Path, Stamp> found = new TreeMap<>();
        if (!Files.isDirectory(directory)) {
            return Optional.of(found);
        }
        try (DirectoryStream<Path> jars = Files.newDirectoryStream(directory, glob)) {
            for (Path jar : jars) {
                // Not so for one that has gone meanwhile, or a link to nowhere.
                if (Files.isRegularFile(jar)) {
                    found.put(jar, stamp(Files.readAttributes(jar, BasicFileAttributes.class)));
                }
            }
            unreadable = false;
            return Optional.of(found);
        } catch (IOException | DirectoryIteratorException e) {
            if (!unreadable) {
                unreadable = true;
                log.write(LogLevel.WARN, Errors.describe("read", directory, e), null);
            }
            return Optional.empty();
        }
    }

    private static Stamp stamp(BasicFileAttributes attributes) {
        return new Stamp(attributes.size(), attributes.lastModifiedTime());
    }

    private boolean removeMissing(Map<Path, Stamp> found) throws InterruptedException {
        List<Path> missing = plugins.keySet().stream()
                .filter(jar -> !found.containsKey(jar))
                .filter(jar -> isFree(plugins.get(jar).bundle()))
                .toList();
        for (Path jar : missing) {
            Bundle bundle = plugins.remove(jar).bundle();
            setbacks.clear(jar);
            if (bundle == null) {
                continue;
            }
            unstarted.remove(bundle);
            try {
                step(bundle, bundle::stop, STOP_SECONDS);
                bundle.uninstall();
                replaced.add(bundle);
                tell(jar, "removed");
            } catch (BundleException e) {
                fail(jar, "cannot be removed", e);
            }
        }
        return !missing.isEmpty();
    }

    /** Installs the jar, or updates the bundle that was made of it before. */
    private Plugin take(Path jar, Stamp stamp, Bundle old) throws InterruptedException {
        Bundle bundle = old;
        boolean taken = false;
        // Copied into the cache: the file may be overwritten at any time.
        try (InputStream content = Files.newInputStream(jar)) {
            if (bundle == null) {
                bundle = framework.getBundleContext().installBundle(jar.toUri().toString(), content);
                tell(jar, "installed");
            } else {
                checkReadable(jar);
                unstarted.remove(bundle);
                step(bundle, bundle::stop, STOP_SECONDS);
                bundle.update(content);
                replaced.add(bundle);
                tell(jar, "updated");
            }
            taken = true;
            setbacks.clear(jar);
        } catch (BundleException | IOException e) {
            fail(jar, old == null ? "cannot be installed" : "cannot be updated", e);
        }
        if (bundle != null && bundle.getState() != Bundle.ACTIVE && !Launcher.isFragment(bundle)) {
            unstarted.add(bundle);
        }
        return new Plugin(stamp, bundle, taken);
    }

    /** For what cannot be read nothing is stopped that works. */
    private static void checkReadable(Path jar) throws IOException {
        try (JarFile content = new JarFile(jar.toFile())) {
            if (content.getManifest() == null) {
                throw new IOException("there is no manifest in " + jar);
            }
            for (JarEntry entry : Collections.list(content.entries())) {
                CRC32 sum = new CRC32();
                try (InputStream bytes = new CheckedInputStream(content.getInputStream(entry), sum)) {
                    bytes.transferTo(OutputStream.nullOutputStream());
                }
                if (sum.getValue() != entry.getCrc()) {
                    throw new ZipException(entry.getName() + " is damaged in " + jar);
                }
            }
        }
    }

    /** Has all bundles let go of replaced ones; those that used them are restarted by the framework. */
    private void refresh() throws InterruptedException {
        if (replaced.isEmpty()) {
            return;
        }
        CountDownLatch refreshed = new CountDownLatch(1);
        // A list of its own, as the framework reads it later on a thread of its own.
        framework.adapt(FrameworkWiring.class).refreshBundles(List.copyOf(replaced), event -> {
            if (event.getType() == FrameworkEvent.PACKAGES_REFRESHED) {
                refreshed.countDown();
            }
        });
        replaced.clear();
        refreshed.await(PATIENCE_SECONDS, TimeUnit.SECONDS);
    }

    /** What calls a bundle's activator. */
    @FunctionalInterface
    private interface Step {
        void run() throws BundleException;
    }

    /** Takes a step on a thread of its own, and gives up waiting for it after some time. */
    private void step(Bundle bundle, Step step, long seconds) throws BundleException, InterruptedException {
        FutureTask<Boolean> task = new FutureTask<>(() -> {
            step.run();
            return true;
        });
        Thread waiting = new Thread(task, thread.getName() + "-" + bundle.getBundleId());
        waiting.setDaemon(true);
        waiting.start();
        try {
            task.get(seconds, TimeUnit.SECONDS);
        } catch (ExecutionException e) {
            if (e.getCause() instanceof IllegalStateException stopping) {
                throw stopping;
            }
            throw e.getCause() instanceof BundleException failure
                    ? failure
                    : new BundleException("failed", e.getCause());
        } catch (TimeoutException e) {
            hanging.put(bundle, waiting);
            throw new BundleException("it has not come back after " + seconds + " seconds, and is left alone", e);
        }
    }

    /**
     * Whether a bundle can be dealt with. A plug-in that hangs although its jar has changed is asked to come back; ours takes its time,
     * as it may be about to write.
     */
    private boolean isFree(Bundle bundle) {
        Thread waiting = hanging.get(bundle);
        if (waiting != null && !ours) {
            waiting.interrupt();
        }
        return waiting == null;
    }

    private void startAll() throws InterruptedException {
        for (Plugin plugin : plugins.values()) {
            Bundle bundle = plugin.bundle();
            // One that is meant to run and had to stop because what it needs had gone.
            if (bundle != null
                    && (bundle.getState() & (Bundle.INSTALLED | Bundle.RESOLVED)) != 0
                    && bundle.adapt(BundleStartLevel.class).isPersistentlyStarted()) {
                unstarted.add(bundle);
            }
        }
        for (Bundle bundle : List.copyOf(unstarted)) {
            if (hanging.containsKey(bundle)) {
                continue;
            }
            Path jar = pathOf(bundle);
            try {
                step(bundle, () -> bundle.start(Bundle.START_ACTIVATION_POLICY), START_SECONDS);
                unstarted.remove(bundle);
                setbacks.clear(jar);
                tell(jar, "started");
            } catch (BundleException e) {
                fail(jar, "cannot be started", e);
            }
        }
    }

    private Path pathOf(Bundle bundle) {
        return plugins.entrySet().stream()
                .filter(entry -> bundle.equals(entry.getValue().bundle()))
                .map(Map.Entry::getKey)
                .findFirst()
                .orElseThrow();
    }

    private void tell(Path jar, String text) {
        log.write(LogLevel.INFO, speaker(jar) + text, null);
    }

    /** Says what went wrong, once however often it is tried. */
    private void fail(Path jar, String text, Exception failure) {
        if (setbacks.add(jar, text + " - " + Errors.describe(failure))) {
            log.failure(speaker(jar) + text, failure);
        }
    }

    private static String speaker(Path jar) {
        return "PLUGIN(" + jar.getFileName() + "): ";
    }
}
