package io.nsqd.launcher;

import io.nsqd.api.Errors;
import io.nsqd.api.LogLevel;
import io.nsqd.launcher.WatchedFolder.Stamp;
import io.nsqd.spi.MissingCapabilities;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collection;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleException;
import org.osgi.framework.FrameworkEvent;
import org.osgi.framework.launch.Framework;
import org.osgi.framework.wiring.FrameworkWiring;

/**
 * Brings the framework to what the folders say, and keeps it there: the jars of both folders are what is to run, the bundles what does.
 * It goes by what is, not by what has happened, so that it does not matter in which order things come and go, nor what has failed on the
 * way: a jar that is new is installed and started, one that has changed is updated, one that has gone is uninstalled; what had to stop
 * because what it needs has gone starts again when that is back, in whichever folder it lies.
 *
 * <ul>
 *   <li>A jar that cannot be read, or is no bundle, changes nothing until it can: what was made of an earlier one runs on.
 *   <li>Of several jars with the same bundle in the same version one is installed, and another takes its place when it goes.
 *   <li>Of several versions of a bundle the newest that can be resolved runs. The others are there for those who need their packages.
 *   <li>What does not work is said once, and tried again: when anything changes, and ever more seldom by itself. What is in its way may be
 *       somebody else's, such as a port.
 *   <li>A bundle that was stopped by hand stays stopped until its jar changes.
 * </ul>
 *
 * <p>All is done by one thread. A {@link FolderWatch} wakes it when files may have changed, and the framework's events do when bundles have;
 * neither says more than that it is time to look. State is confined to that thread. It touches the files, and is never interrupted;
 * activators are called on threads of their own, so that one that does not come back holds up nobody else: after some time that is said,
 * and it is left alone until it does come back.
 */
final class Reconciler {
    private static final String INSTALLED = "installed";
    private static final String UPDATED = "updated";

    /** How often to look while something is under way: a bundle that stops of itself is started again no more often. */
    private static final long INTERVAL_MILLIS = 500;

    /** How long the others wait for an activator: nearly all come back within it, and so things happen in order. */
    private static final long ORDERLY_MILLIS = 1_000;

    /** How long other bundles may take to settle after an update, and this thread to end. */
    private static final long PATIENCE_SECONDS = 30;

    /** How long a start may take. */
    private static final long START_SECONDS = 10;

    /** How long a stop may take: where a storage or metadata service leaves, the broker has all its messages to see to. */
    private static final long STOP_SECONDS = 90;

    /** Of our own bundles. */
    private final WatchedFolder subsystems;

    private final WatchedFolder plugins;
    private final FolderWatch folders;
    private final Framework framework;
    private final PluginData data;
    private final ContainerServices services;
    private final LogOutput log;
    private final Thread thread = new Thread(this::watch, "nsqd-bundles");
    private volatile boolean closed;

    /** Whether bundles have changed since the last pass began, by us or by somebody else. */
    private volatile boolean stirred;

    /** Our own bundles as the launcher has installed them, to be watched from now on; {@code null} before and afterwards. */
    private volatile Map<Path, Bundle> adoptable;

    /** Whether our own bundles are watched. */
    private boolean adopted;

    /** The jars that are there, or of which a bundle is left. */
    private final Map<Path, WatchedJar> entries = new TreeMap<>(Comparator.comparing(this::isPlugin)
            .thenComparing(BundleDirectory::rank)
            .thenComparing(Path::compareTo));

    /** Bundles whose old content may still be in use by others. */
    private final Set<Bundle> replaced = new LinkedHashSet<>();

    /** What has broken off the last pass, empty if nothing has. */
    private String confusion = "";

    /** Whether something has started in the last pass: others may have failed because it was not there. */
    private boolean progress;

    /** What is known of the jars, for others. */
    private volatile List<Map<String, String>> report = List.of();

    /** The same of our own bundles as long as the launcher is still starting them. */
    private volatile List<Map<String, String>> starting = List.of();

    private final Setbacks setbacks = new Setbacks();

    /**
     * Watches nothing yet.
     *
     * @param subsystems the folder of our own bundles
     * @param data where plug-ins store what is to outlive the daemon
     * @param services what plug-ins may ask for
     */
    Reconciler(
            WatchedFolder subsystems,
            WatchedFolder plugins,
            FolderWatch folders,
            Framework framework,
            PluginData data,
            ContainerServices services,
            LogOutput log) {
        this.subsystems = subsystems;
        this.plugins = plugins;
        this.folders = folders;
        this.framework = framework;
        this.data = data;
        this.services = services;
        this.log = log;
        thread.setDaemon(true);
    }

    /** Looks at our own bundles before the launcher installs them, so that none changes unnoticed meanwhile. To be called first. */
    void prepare() {
        subsystems.look();
    }

    /** Takes note of our own bundles, which the launcher has installed and is about to start. */
    void installed(Map<Path, Bundle> bundles) {
        starting = bundles.entrySet().stream()
                .filter(jar -> subsystems.watches(jar.getKey()))
                .map(jar -> WatchedJar.describe(
                        subsystems.nameOf(jar.getKey()), BundleJar.of(jar.getValue()), jar.getValue(), "", ""))
                .toList();
    }

    /** Begins with the plug-ins; what is there already is taken at once. */
    void open() {
        framework.getBundleContext().addBundleListener(event -> {
            stirred = true;
            folders.wake();
        });
        thread.start();
    }

    /** Takes over our own bundles, as the launcher has installed and started them. */
    void adopt(Map<Path, Bundle> installed) {
        adoptable = Map.copyOf(installed);
        folders.wake();
    }

    /**
     * The jars as the last look has left them, in strings, for whoever asks: {@code file}, {@code name}, {@code version}, {@code bundle}, the
     * number of what was made of it, or nothing, {@code reason}, what is wrong, and {@code state} for what does not run. Any thread.
     */
    List<Map<String, String>> report() {
        return Stream.of(starting, report).flatMap(List::stream).toList();
    }

    /** Stops watching; the bundles stay for the framework to stop. */
    void close() throws InterruptedException {
        closed = true;
        folders.wake();
        thread.join(TimeUnit.SECONDS.toMillis(PATIENCE_SECONDS));
    }

    private boolean isPlugin(Path jar) {
        return plugins.watches(jar);
    }

    private void watch() {
        try {
            plugins.look();
            do {
                pass();
                folders.await(this::restMillis);
            } while (!closed && !isEnding());
            awaitCalls();
        } catch (InterruptedException e) {
            // Nobody interrupts it; if somebody does it is to end.
            Thread.currentThread().interrupt();
        } finally {
            folders.close();
        }
    }

    /** How long after a pass the next one follows if nothing happens in the folders. */
    private long restMillis() {
        if (closed || adoptable != null) {
            return 0;
        }
        boolean restless = stirred
                || progress
                || !confusion.isEmpty()
                || entries.values().stream().anyMatch(WatchedJar::isBusy);
        return restless ? INTERVAL_MILLIS : Math.max(INTERVAL_MILLIS, setbacks.nextMillis());
    }

    /** Whether the framework stops, of itself or because somebody in it has asked for that: nothing is to be as the folders say then. */
    private boolean isEnding() {
        return (framework.getState() & (Bundle.STARTING | Bundle.ACTIVE)) == 0;
    }

    /** A framework cannot stop a bundle that is just being started or stopped. */
    private void awaitCalls() throws InterruptedException {
        for (WatchedJar entry : entries.values()) {
            if (entry.isBusy() && !entry.call.isOverdue()) {
                finish(entry, TimeUnit.SECONDS.toMillis(PATIENCE_SECONDS));
            }
        }
    }

    private void pass() throws InterruptedException {
        try {
            boolean changed = progress;
            progress = false;
            stirred = false;
            changed |= adoptAll();
            for (WatchedJar entry : entries.values()) {
                changed |= finish(entry, 0);
            }
            changed |= read(plugins);
            if (adopted) {
                changed |= read(subsystems);
            }
            for (WatchedJar entry : List.copyOf(entries.values())) {
                changed |= !entry.isBusy() && settle(entry);
            }
            refresh();
            if (changed) {
                chooseVersions();
            }
            start(changed);
            entries.values().forEach(this::forgive);
            report = entries.values().stream()
                    .map(entry -> entry.describe(nameOf(entry), setbacks.reason(entry.jar)))
                    .toList();
            if (adopted) {
                starting = List.of();
            }
            confusion = "";
        } catch (RuntimeException e) {
            // A bundle may have been uninstalled by hand at this very moment: the next pass sees how it is.
            progress = true;
            String what = Errors.describe(e);
            if (!isEnding() && !what.equals(confusion)) {
                log.write(LogLevel.WARN, "PLUGINS: looking again", e);
            }
            confusion = what;
        }
    }

    /** What runs as it is to is not in trouble any more, whoever has started it: the framework does, too. */
    private void forgive(WatchedJar entry) {
        if (!entry.isBusy()
                && entry.isIn(Bundle.ACTIVE)
                && entry.stamp.equals(entry.takenStamp)
                && !setbacks.reason(entry.jar).isEmpty()) {
            setbacks.clear(entry.jar);
            tell(entry, "runs after all");
        }
    }

    // ---- what is to be: the files

    private boolean adoptAll() {
        Map<Path, Bundle> installed = adoptable;
        if (installed == null) {
            return false;
        }
        adoptable = null;
        adopted = true;
        installed.forEach((jar, bundle) -> {
            if (subsystems.watches(jar)) {
                WatchedJar entry = entries.computeIfAbsent(jar, WatchedJar::new);
                entry.bundle = bundle;
                entry.ran = true;
                entry.content = BundleJar.of(bundle);
                entry.taken = entry.content;
                entry.stamp = subsystems.stampOf(jar);
                entry.takenStamp = entry.stamp;
            }
        });
        return true;
    }

    /** Takes note of the jars that have come, changed and gone. */
    private boolean read(WatchedFolder folder) {
        Optional<Map<Path, Stamp>> found = folders.look(folder);
        if (found.isEmpty()) {
            return false;
        }
        boolean changed = false;
        for (WatchedJar entry : entries.values()) {
            if (folder.watches(entry.jar) && !found.get().containsKey(entry.jar)) {
                changed |= !entry.isGone();
                entry.stamp = Stamp.NONE;
                entry.content = null;
            }
        }
        for (Map.Entry<Path, Stamp> jar : found.get().entrySet()) {
            if (!jar.getValue().equals(Stamp.CHANGING)) {
                changed |=
                        read(folder, entries.getOrDefault(jar.getKey(), new WatchedJar(jar.getKey())), jar.getValue());
            }
        }
        return changed;
    }

    /** Reads a jar if that is due; says whether it is another now. */
    private boolean read(WatchedFolder folder, WatchedJar entry, Stamp stamp) {
        boolean news = !stamp.equals(entry.stamp);
        if (!news && (entry.content != null || !setbacks.isDue(entry.jar))) {
            return false;
        }
        BundleJar content = null;
        IOException failure = null;
        try {
            content = BundleJar.read(entry.jar);
        } catch (IOException e) {
            if (news && folder.doubts(entry.jar)) {
                return false;
            }
            failure = e;
        }
        entries.put(entry.jar, entry);
        entry.stamp = stamp;
        entry.content = content;
        if (news || failure == null) {
            setbacks.clear(entry.jar);
        }
        if (failure != null) {
            fail(entry, entry.bundle == null ? INSTALLED : UPDATED, failure);
        }
        return failure == null;
    }

    /** Of the jars with the same bundle the one that it is made of, or is to be. */
    private WatchedJar ownerOf(BundleJar content) {
        List<WatchedJar> same = entries.values().stream()
                .filter(entry -> entry.content != null && entry.content.isSameBundle(content))
                .toList();
        return same.stream()
                .filter(entry -> entry.bundle != null && entry.taken.isSameBundle(content))
                .findFirst()
                .orElse(same.get(0));
    }

    /** Has the newest of several versions of a bundle run, if all is there that it needs. */
    private void chooseVersions() throws InterruptedException {
        Map<String, List<WatchedJar>> versions = entries.values().stream()
                .filter(entry -> entry.bundle != null && !entry.isGone() && !entry.taken.isFragment())
                .collect(Collectors.groupingBy(entry -> entry.taken.symbolicName()));
        for (List<WatchedJar> all : versions.values()) {
            List<WatchedJar> newestFirst = all.stream()
                    .sorted(Comparator.comparing((WatchedJar entry) -> entry.taken.version())
                            .reversed())
                    .toList();
            WatchedJar chosen = newestFirst.size() == 1
                    ? newestFirst.get(0)
                    : newestFirst.stream()
                            .filter(this::isResolvable)
                            .findFirst()
                            .orElse(newestFirst.get(0));
            for (WatchedJar entry : newestFirst) {
                standBack(entry, entry == chosen ? "" : inPlaceOf(entry, chosen));
            }
        }
    }

    private String inPlaceOf(WatchedJar entry, WatchedJar chosen) {
        String missing = entry.isIn(Bundle.INSTALLED) ? MissingCapabilities.of(entry.bundle, wiring()) : "";
        return words(chosen) + " runs in its place" + (missing.isEmpty() ? "" : ", as it waits for " + missing);
    }

    private boolean isResolvable(WatchedJar entry) {
        return !entry.isIn(Bundle.INSTALLED) || wiring().resolveBundles(List.of(entry.bundle));
    }

    private void standBack(WatchedJar entry, String reason) throws InterruptedException {
        if (!entry.standsBack.equals(reason)) {
            entry.standsBack = reason;
            if (!reason.isEmpty()) {
                setbacks.clear(entry.jar);
                tell(entry, "stands back: " + reason);
            }
        }
        if (!reason.isEmpty() && !entry.isBusy()) {
            stop(entry);
        }
    }

    private String words(WatchedJar entry) {
        return nameOf(entry) + " (" + (entry.bundle == null ? entry.content : entry.taken) + ")";
    }

    // ---- what is: the framework

    /** Makes a bundle what its jar says, as far as that can be done now; says whether anything is different. */
    private boolean settle(WatchedJar entry) throws InterruptedException {
        if (entry.isIn(Bundle.UNINSTALLED)) {
            // By hand; but the jar is there.
            entry.bundle = null;
        }
        if (entry.isGone()) {
            return remove(entry);
        }
        if (entry.content == null) {
            return false;
        }
        WatchedJar owner = ownerOf(entry.content);
        if (owner != entry) {
            standBack(entry, "it is the same as " + words(owner));
            return entry.bundle != null && remove(entry);
        }
        if (entry.bundle == null) {
            entry.standsBack = "";
            return isFree(entry) && mayTry(entry) && take(entry);
        }
        if (entry.stamp.equals(entry.takenStamp) || !mayTry(entry)) {
            return false;
        }
        // In place of another that is about to become something else it is installed anew.
        return isFree(entry) ? stop(entry) && take(entry) : remove(entry);
    }

    /** Whether no other bundle stands where this one is to be. */
    private boolean isFree(WatchedJar entry) {
        return entries.values().stream()
                .noneMatch(other -> other != entry && other.bundle != null && other.taken.isSameBundle(entry.content));
    }

    /** Whether it is new, or it is time to try again. */
    private boolean mayTry(WatchedJar entry) {
        return setbacks.reason(entry.jar).isEmpty() || setbacks.isDue(entry.jar);
    }

    /** Uninstalls what was made of a jar. */
    private boolean remove(WatchedJar entry) throws InterruptedException {
        if (entry.bundle != null) {
            if (!mayTry(entry) && entry.isGone() || !stop(entry)) {
                return false;
            }
            try {
                data.release(entry.bundle);
                entry.bundle.uninstall();
            } catch (BundleException | IOException e) {
                data.keep(entry.bundle);
                fail(entry, "removed", e);
                return false;
            }
            replaced.add(entry.bundle);
            tell(entry, "removed");
            entry.bundle = null;
            entry.takenStamp = Stamp.NONE;
        }
        setbacks.clear(entry.jar);
        if (entry.isGone()) {
            entries.remove(entry.jar);
        }
        return true;
    }

    /** Installs a jar, or updates the bundle that was made of it before, which has stopped. */
    private boolean take(WatchedJar entry) {
        boolean isNew = entry.bundle == null;
        // Copied into the cache: the file may be overwritten at any time.
        try (InputStream content = Files.newInputStream(entry.jar)) {
            if (isNew) {
                entry.bundle = framework
                        .getBundleContext()
                        .installBundle(entry.jar.toUri().toString(), content);
            } else {
                entry.bundle.update(content);
                replaced.add(entry.bundle);
            }
        } catch (BundleException | IOException e) {
            fail(entry, isNew ? INSTALLED : UPDATED, e);
            return false;
        }
        entry.taken = entry.content;
        entry.takenStamp = entry.stamp;
        entry.ran = false;
        entry.standsBack = "";
        setbacks.clear(entry.jar);
        tell(entry, isNew ? INSTALLED : UPDATED);
        if (isPlugin(entry.jar)) {
            data.keep(entry.bundle);
            services.provideFor(entry.bundle);
        }
        return true;
    }

    /** Has all bundles let go of replaced ones; those that used them are restarted by the framework. */
    private void refresh() throws InterruptedException {
        if (replaced.isEmpty() || isHeldUp()) {
            return;
        }
        CountDownLatch refreshed = new CountDownLatch(1);
        // A list of its own, as the framework reads it later on a thread of its own.
        wiring().refreshBundles(List.copyOf(replaced), event -> {
            if (event.getType() == FrameworkEvent.PACKAGES_REFRESHED) {
                refreshed.countDown();
            }
        });
        replaced.clear();
        refreshed.await(PATIENCE_SECONDS, TimeUnit.SECONDS);
    }

    /** Whether a bundle that would have to let go is just starting or stopping: the framework would wait for it, and do nothing else. */
    private boolean isHeldUp() {
        Collection<Bundle> concerned = wiring().getDependencyClosure(List.copyOf(replaced));
        return entries.values().stream().anyMatch(entry -> entry.isBusy() && concerned.contains(entry.bundle));
    }

    private FrameworkWiring wiring() {
        return framework.adapt(FrameworkWiring.class);
    }

    // ---- activators

    /** Starts what is to run and does not. */
    private void start(boolean changed) throws InterruptedException {
        for (WatchedJar entry : entries.values()) {
            if (isToStart(entry) && (changed || mayTry(entry))) {
                Bundle bundle = entry.bundle;
                entry.starting = true;
                entry.call = ActivatorCall.begin(
                        threadName(entry), () -> bundle.start(Bundle.START_ACTIVATION_POLICY), START_SECONDS);
                progress |= finish(entry, ORDERLY_MILLIS);
            }
        }
    }

    private boolean isToStart(WatchedJar entry) {
        return !entry.isBusy()
                && entry.isIn(Bundle.INSTALLED | Bundle.RESOLVED)
                && !entry.isGone()
                && entry.standsBack.isEmpty()
                && !entry.taken.isFragment()
                && !entry.wasStoppedByHand()
                && entries.values().stream().noneMatch(other -> isOtherVersion(other, entry) && other.isBusy());
    }

    private static boolean isOtherVersion(WatchedJar other, WatchedJar entry) {
        return other != entry
                && other.bundle != null
                && other.taken.symbolicName().equals(entry.taken.symbolicName());
    }

    /** Stops a bundle, which may be meant to run all the same; says whether it has stopped. */
    private boolean stop(WatchedJar entry) throws InterruptedException {
        if (entry.isIn(Bundle.STARTING | Bundle.ACTIVE | Bundle.STOPPING)) {
            Bundle bundle = entry.bundle;
            entry.starting = false;
            entry.call = ActivatorCall.begin(threadName(entry), () -> bundle.stop(Bundle.STOP_TRANSIENT), STOP_SECONDS);
            finish(entry, ORDERLY_MILLIS);
        }
        return !entry.isBusy();
    }

    private static String threadName(WatchedJar entry) {
        return "nsqd-bundles-" + entry.bundle.getBundleId();
    }

    /** Takes note of an activator that has come back; says whether that may be of use to others. */
    private boolean finish(WatchedJar entry, long millis) throws InterruptedException {
        if (!entry.isBusy()) {
            return false;
        }
        try {
            if (!entry.call.await(millis)) {
                hang(entry);
                return false;
            }
            entry.call = null;
            if (entry.starting) {
                entry.ran = true;
                setbacks.clear(entry.jar);
                tell(entry, "started");
            }
            return true;
        } catch (BundleException e) {
            entry.call = null;
            fail(entry, entry.starting ? "started" : "stopped cleanly", withReason(entry, e));
            return !entry.starting;
        }
    }

    private void hang(WatchedJar entry) {
        if (entry.call.becomesOverdue()) {
            fail(
                    entry,
                    entry.starting ? "started" : "stopped",
                    new BundleException(
                            "it has not come back after " + entry.call.seconds() + " seconds, and is left alone"));
        }
        // One of ours takes its time, as it may be about to write.
        if (entry.call.isOverdue() && isPlugin(entry.jar) && !entry.stamp.equals(entry.takenStamp)) {
            entry.call.interrupt();
        }
    }

    /** What is not resolved waits for others, whatever the framework says. */
    private BundleException withReason(WatchedJar entry, BundleException failure) {
        String missing = entry.isIn(Bundle.INSTALLED) ? MissingCapabilities.of(entry.bundle, wiring()) : "";
        return missing.isEmpty() ? failure : new BundleException("it waits for " + missing, failure.getType());
    }

    // ---- what is told

    private void tell(WatchedJar entry, String text) {
        log.write(LogLevel.INFO, speaker(entry) + text, null);
    }

    /** Says what went wrong, once however often it is tried. */
    private void fail(WatchedJar entry, String what, Exception failure) {
        String text = "cannot be " + what;
        if (!isEnding() && setbacks.add(entry.jar, text + " - " + Errors.describe(failure))) {
            log.failure(speaker(entry) + text, failure);
        }
    }

    private String nameOf(WatchedJar entry) {
        return (isPlugin(entry.jar) ? plugins : subsystems).nameOf(entry.jar);
    }

    private static String speaker(WatchedJar entry) {
        return "PLUGIN(" + entry.jar.getFileName() + "): ";
    }
}
