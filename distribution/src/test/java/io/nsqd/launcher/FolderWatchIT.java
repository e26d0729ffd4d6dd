package io.nsqd.launcher;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.nsqd.api.LogLevel;
import io.nsqd.launcher.FolderWatch.Source;
import io.nsqd.launcher.FolderWatch.Timing;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.time.Clock;
import java.time.Duration;
import java.util.Arrays;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.function.BooleanSupplier;
import org.apache.felix.framework.Felix;
import org.apache.felix.framework.util.FelixConstants;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.osgi.framework.Bundle;
import org.osgi.framework.Constants;
import org.osgi.framework.launch.Framework;

/**
 * By what changes of the folders are noticed. Looks that nothing has asked for are made so rare that a test would not see the next: what
 * is noticed all the same is noticed by an event.
 */
final class FolderWatchIT {
    private static final long NEVER = Duration.ofHours(1).toMillis();
    private static final long OFTEN = 100;
    private static final Source EVENTS = () -> FileSystems.getDefault().newWatchService();
    private static final String IMPORT = "Import-Package: org.osgi.framework";

    @TempDir
    private Path directory;

    private final ByteArrayOutputStream lines = new ByteArrayOutputStream();
    private final LogOutput log = new LogOutput(lines, Clock.systemUTC());
    private DistributionCopy distribution;
    private Path plugins;
    private Framework framework;
    private Reconciler reconciler;

    @BeforeEach
    void make() throws Exception {
        distribution = new DistributionCopy(directory.resolve("home"));
        plugins = distribution.home().resolve("plugins");
        log.level(LogLevel.DEBUG);
        framework = new Felix(Map.of(
                Constants.FRAMEWORK_STORAGE,
                directory.resolve("storage").toString(),
                FelixConstants.SERVICE_URLHANDLERS_PROP,
                "false"));
        framework.init();
        framework.start();
    }

    private void start(Timing timing, Source source) throws IOException {
        reconciler = new Reconciler(
                new WatchedFolder(Files.createDirectories(directory.resolve("ours")), "nsqd-*.jar", log),
                new WatchedFolder(plugins, "[!.]*.jar", log),
                new FolderWatch(timing, source, log),
                framework,
                new PluginData(directory.resolve("data"), log),
                new ContainerServices(directory, framework, new PluginData(directory.resolve("data"), log), log),
                log);
        reconciler.prepare();
        reconciler.open();
        reconciler.adopt(Map.of());
    }

    @AfterEach
    void stop() throws Exception {
        if (reconciler != null) {
            reconciler.close();
        }
        framework.stop();
        framework.waitForStop(0);
        String text = text();
        assertTrue(!text.contains("WARN") && !text.contains("ERROR"), text);
    }

    private String text() {
        return lines.toString(StandardCharsets.UTF_8);
    }

    private long times(String text) {
        return text().lines().filter(line -> line.endsWith(text)).count();
    }

    private void awaitThat(String what, BooleanSupplier condition) {
        try {
            await(what)
                    .atMost(Duration.ofSeconds(30))
                    .pollInterval(Duration.ofMillis(5))
                    .until(condition::getAsBoolean);
        } catch (org.awaitility.core.ConditionTimeoutException e) {
            throw new AssertionError(what + ": " + text(), e);
        }
    }

    private void awaitTimes(long times, String text) {
        awaitThat(text, () -> times(text) >= times);
    }

    private void drop(String version) throws IOException {
        distribution.drop("a.jar", version, null, IMPORT);
    }

    /** A jar that is to be seen only when it is moved. */
    private Path jar(String version) throws IOException {
        distribution.drop(".hidden.jar", version, null, IMPORT, "Bundle-SymbolicName: test.a");
        return Files.move(
                distribution.plugin(".hidden.jar"), directory.resolve("a.jar"), StandardCopyOption.REPLACE_EXISTING);
    }

    private void awaitComingChangingAndGoing() throws IOException {
        drop("1.0.0");
        awaitTimes(1, "PLUGIN(a.jar): started");
        drop("2.0.0");
        awaitTimes(1, "PLUGIN(a.jar): updated");
        awaitTimes(2, "PLUGIN(a.jar): started");
        Files.delete(plugins.resolve("a.jar"));
        awaitTimes(1, "PLUGIN(a.jar): removed");
    }

    @Test
    void aMoveIsNoticedWithoutALook() throws Exception {
        start(new Timing(NEVER, NEVER), EVENTS);
        awaitComingChangingAndGoing();
        assertTrue(!text().contains(" is looked at every "), text());
    }

    @Test
    void aJarThatIsWrittenInPiecesIsInstalledOnceAndWhole() throws Exception {
        byte[] whole = Files.readAllBytes(jar("1.0.0"));
        start(new Timing(NEVER, NEVER), EVENTS);
        int pieces = 8;
        for (int i = 0; i < pieces; i++) {
            byte[] piece = Arrays.copyOfRange(whole, i * whole.length / pieces, (i + 1) * whole.length / pieces);
            try (OutputStream file = Files.newOutputStream(
                    plugins.resolve("a.jar"), StandardOpenOption.CREATE, StandardOpenOption.APPEND)) {
                file.write(piece);
            }
            // Longer than what is whole would be waited for, so that each piece is looked at.
            await().pollDelay(Duration.ofNanos(WatchedFolder.SETTLE_NANOS + WatchedFolder.SETTLE_NANOS / 2))
                    .until(() -> true);
        }
        awaitTimes(1, "PLUGIN(a.jar): started");
        drop("2.0.0");
        awaitTimes(1, "PLUGIN(a.jar): updated");
        assertEquals(1, times("PLUGIN(a.jar): installed"), this::text);
        assertEquals(1, times("PLUGIN(a.jar): updated"), this::text);
    }

    @Test
    void aFolderThatIsDeletedAndMadeAgainIsWatchedAgain() throws Exception {
        start(new Timing(OFTEN, NEVER), EVENTS);
        for (int i = 1; i <= 3; i++) {
            drop("1.0.0");
            awaitTimes(i, "PLUGIN(a.jar): installed");
            // From here on it is not looked at often any more: this takes an event.
            drop("2.0.0");
            awaitTimes(i, "PLUGIN(a.jar): updated");
            Files.delete(plugins.resolve("a.jar"));
            Files.delete(plugins);
            awaitTimes(i, "PLUGIN(a.jar): removed");
            if (i == 1) {
                // Else it may be back before anybody has seen that it was not there.
                awaitThat("that it is missed", () -> text().contains(
                                "plugins/ is looked at every 100 ms: it is not there"));
            }
            Files.createDirectory(plugins);
        }
    }

    @Test
    void aFolderThatComesLaterIsWatched() throws Exception {
        Files.delete(plugins);
        start(new Timing(OFTEN, NEVER), EVENTS);
        awaitThat("that it is missed", () -> text().contains("plugins/ is looked at every 100 ms: it is not there"));
        Files.createDirectory(plugins);
        awaitComingChangingAndGoing();
    }

    @Test
    void aFolderInPlaceOfARenamedOneIsFoundByTheSafetyNet() throws Exception {
        start(new Timing(NEVER, OFTEN), EVENTS);
        drop("1.0.0");
        awaitTimes(1, "PLUGIN(a.jar): started");
        Files.move(plugins, directory.resolve("old"));
        Files.createDirectory(plugins);
        awaitTimes(1, "PLUGIN(a.jar): removed");
        drop("2.0.0");
        awaitTimes(2, "PLUGIN(a.jar): started");
    }

    @ParameterizedTest
    @ValueSource(strings = {"user limit of inotify instances reached", ""})
    void withoutEventsItIsLookedAtOften(String reason) throws Exception {
        start(new Timing(OFTEN, NEVER), () -> {
            if (reason.isEmpty()) {
                throw new UnsupportedOperationException();
            }
            throw new IOException(reason);
        });
        awaitComingChangingAndGoing();
        assertTrue(text().contains("DEBUG: PLUGINS: plugins/ is looked at every 100 ms: " + reason), text());
    }

    @Test
    void eventsThatCouldNotBeHadAreAskedForAgain() throws Exception {
        boolean[] refused = new boolean[1];
        start(new Timing(OFTEN, 5 * OFTEN), () -> {
            if (!refused[0]) {
                refused[0] = true;
                throw new IOException("too many open files");
            }
            return EVENTS.open();
        });
        awaitThat("that it hears", () -> names().contains("nsqd-folders"));
        awaitComingChangingAndGoing();
    }

    /** Written by another name of the same file, as another machine would: the operating system says nothing of it. */
    @Test
    void whereChangesComeWithoutEventsItIsLookedAtOften() throws Exception {
        Path first = jar("1.0.0");
        Path other = Files.move(first, directory.resolve("other"));
        byte[] next = Files.readAllBytes(jar("2.0.0"));
        Files.createLink(plugins.resolve("a.jar"), other);
        start(new Timing(OFTEN, 5 * OFTEN), EVENTS);
        awaitTimes(1, "PLUGIN(a.jar): started");
        Files.write(other, next);
        awaitThat("an update", () -> text().contains("PLUGIN(a.jar): updated"));
        awaitThat("that nobody tells", () -> text().contains(
                        "plugins/ is looked at every 100 ms: it changes without a word"));
    }

    @Test
    void theTargetOfALinkMayChange() throws Exception {
        Path target = Files.move(jar("1.0.0"), directory.resolve("target"));
        Files.createSymbolicLink(plugins.resolve("a.jar"), target);
        start(new Timing(OFTEN, NEVER), EVENTS);
        awaitTimes(1, "PLUGIN(a.jar): started");
        Files.move(jar("2.0.0"), target, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        awaitTimes(1, "PLUGIN(a.jar): updated");
        Files.delete(target);
        awaitTimes(1, "PLUGIN(a.jar): removed");
    }

    @Test
    void aLinkedFolderMayBecomeAnother() throws Exception {
        Path one = Files.move(plugins, directory.resolve("one"));
        Files.move(jarIn(one, "1.0.0"), one.resolve("a.jar"));
        Path two = Files.createDirectory(directory.resolve("two"));
        Files.move(jarIn(one, "2.0.0"), two.resolve("a.jar"));
        Files.createSymbolicLink(plugins, one);
        start(new Timing(OFTEN, NEVER), EVENTS);
        awaitTimes(1, "PLUGIN(a.jar): started");
        Path link = Files.createSymbolicLink(directory.resolve("link"), two);
        Files.move(link, plugins, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        awaitTimes(1, "PLUGIN(a.jar): updated");
    }

    /** While the folder is elsewhere. */
    private Path jarIn(Path elsewhere, String version) throws IOException {
        Files.move(elsewhere, plugins);
        Path jar = jar(version);
        Files.move(plugins, elsewhere);
        return jar;
    }

    @Test
    void whatIsDoneByHandIsNoticedWithoutALook() throws Exception {
        start(new Timing(NEVER, NEVER), EVENTS);
        drop("1.0.0");
        awaitTimes(1, "PLUGIN(a.jar): started");
        Bundle bundle = Arrays.stream(framework.getBundleContext().getBundles())
                .filter(one -> one.getSymbolicName().equals("test.a"))
                .findFirst()
                .orElseThrow();
        bundle.stop();
        awaitThat("that it was stopped", () -> reconciler.report().stream()
                .anyMatch(jar -> jar.get("reason").equals("it was stopped by hand")));
        bundle.uninstall();
        awaitTimes(2, "PLUGIN(a.jar): installed");
    }

    private static Set<String> names() {
        Set<String> names = new HashSet<>();
        Thread.getAllStackTraces().keySet().forEach(thread -> names.add(thread.getName()));
        return names;
    }

    @Test
    void noThreadIsLeft() throws Exception {
        Set<Thread> before = Thread.getAllStackTraces().keySet();
        start(new Timing(NEVER, NEVER), EVENTS);
        awaitComingChangingAndGoing();
        assertTrue(names().containsAll(Set.of("nsqd-bundles", "nsqd-folders")), () -> names().toString());
        reconciler.close();
        awaitThat("that all have ended", () -> {
            Set<Thread> left = new HashSet<>(Thread.getAllStackTraces().keySet());
            left.removeAll(before);
            return left.stream()
                    .map(Thread::getName)
                    .noneMatch(name -> name.startsWith("nsqd-bundles")
                            || name.equals("nsqd-folders")
                            || name.startsWith("FileSystemWatch"));
        });
        // What has ended may be closed again.
        reconciler.close();
    }
}
