package io.nsqd.launcher;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.nsqd.launcher.plugin.Greeter;
import io.nsqd.launcher.plugin.Occupier;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.jar.Attributes;
import java.util.jar.JarOutputStream;
import java.util.jar.Manifest;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** In whichever order jars come and go, and whatever fails on the way, in the end what runs is what the folders say. */
final class ReconcilerIT {
    private static final String NAME = "Bundle-SymbolicName: test.greeter";

    @TempDir
    private Path directory;

    private DistributionCopy distribution;
    private Daemon daemon;

    @BeforeEach
    void start() throws IOException {
        distribution = new DistributionCopy(directory.resolve("home"));
        daemon = Daemon.of(Files.createDirectory(directory.resolve("data")))
                .home(distribution.home())
                .start();
    }

    @AfterEach
    void stop() throws InterruptedException {
        assertEquals(0, daemon.stop(), () -> String.join("\n", daemon.log()));
    }

    private long times(String expression) {
        return daemon.log().stream()
                .filter(line -> line.matches(".*" + expression + ".*"))
                .count();
    }

    private void awaitTimes(long times, String expression) {
        await(expression).atMost(Duration.ofSeconds(60)).until(() -> times(expression) >= times);
    }

    /** The version that runs: of the greetings in the log the last that was not followed by a goodbye; empty if none does. */
    private String running() {
        String running = "";
        for (String line : daemon.log()) {
            if (line.contains("GREETER: hello from ")) {
                running = line.replaceFirst(".* ", "");
            } else if (line.endsWith("GREETER: goodbye from " + running)) {
                running = "";
            }
        }
        return running;
    }

    private void awaitRunning(String version) {
        await("version " + version).atMost(Duration.ofSeconds(60)).until(() -> running()
                .equals(version));
    }

    private void awaitRemoved(String jar) {
        daemon.awaitLog(" INFO: PLUGIN\\(" + jar.replace(".", "\\.") + "\\): removed$");
    }

    @Test
    void whenTheApiComesBackSoDoesEveryPlugin() throws Exception {
        distribution.drop(
                "greeter.jar", "1.0.0", Greeter.class, "Import-Package: org.osgi.framework,org.slf4j,io.nsqd.spi");
        awaitRunning("1.0.0");
        distribution.take("nsqd-api");
        daemon.awaitLog(
                " ERROR: PLUGIN\\(greeter\\.jar\\): cannot be started - it waits for the package io\\.nsqd\\.spi$");
        daemon.awaitLog(" ERROR: PLUGIN\\(nsqd-tcp\\.jar\\): cannot be started - it waits for .*io\\.nsqd\\.");
        awaitRunning("");
        distribution.bringBack("nsqd-api");
        awaitRunning("1.0.0");
        awaitTimes(2, " INFO: TCP: listening on ");
        awaitTimes(2, " INFO: HTTP: listening on ");
        assertEquals(1, times("PLUGIN\\(greeter\\.jar\\): cannot be started"));
    }

    @Test
    void aNewVersionUnderANewNameTakesOver() throws Exception {
        distribution.drop("greeter-1.jar", "1.0.0", Greeter.class, NAME);
        awaitRunning("1.0.0");
        distribution.drop("greeter-2.jar", "2.0.0", Greeter.class, NAME);
        awaitRunning("2.0.0");
        daemon.awaitLog(" INFO: PLUGIN\\(greeter-1\\.jar\\): stands back: plugins/greeter-2\\.jar "
                + "\\(test\\.greeter 2\\.0\\.0\\) runs in its place$");
        Files.delete(distribution.plugin("greeter-1.jar"));
        awaitRemoved("greeter-1.jar");
        distribution.drop("other.jar", "7.0.0", null);
        daemon.awaitLog("PLUGIN\\(other\\.jar\\): started");
        assertEquals("2.0.0", running());
        assertEquals(2, times("GREETER: hello"));
    }

    @Test
    void theOldVersionRunsAgainWhenTheNewOneGoes() throws Exception {
        distribution.drop("greeter-1.jar", "1.0.0", Greeter.class, NAME);
        distribution.drop("greeter-2.jar", "2.0.0", Greeter.class, NAME);
        awaitRunning("2.0.0");
        Files.delete(distribution.plugin("greeter-2.jar"));
        awaitRemoved("greeter-2.jar");
        awaitRunning("1.0.0");
    }

    @Test
    void aNewVersionThatLacksSomethingLeavesTheOldOneRunning() throws Exception {
        distribution.drop("greeter-1.jar", "1.0.0", Greeter.class, NAME);
        awaitRunning("1.0.0");
        distribution.drop("greeter-2.jar", "2.0.0", Greeter.class, NAME, "Require-Capability: test.thing");
        daemon.awaitLog(" INFO: PLUGIN\\(greeter-2\\.jar\\): stands back: .*greeter-1\\.jar .*, as it waits for the "
                + "capability test\\.thing$");
        assertEquals("1.0.0", running());
        distribution.drop("thing.jar", "1.0.0", null, "Provide-Capability: test.thing");
        awaitRunning("2.0.0");
    }

    @ParameterizedTest
    @ValueSource(strings = {"a", "b"})
    void ofTheSameTwiceEitherMayGo(String gone) throws Exception {
        distribution.drop("a.jar", "1.0.0", Greeter.class, NAME);
        awaitRunning("1.0.0");
        distribution.drop("b.jar", "1.0.0", Greeter.class, NAME);
        daemon.awaitLog(" INFO: PLUGIN\\(b\\.jar\\): stands back: it is the same as plugins/a\\.jar "
                + "\\(test\\.greeter 1\\.0\\.0\\)$");
        Files.delete(distribution.plugin(gone + ".jar"));
        if (gone.equals("a")) {
            awaitRemoved("a.jar");
            awaitTimes(2, "GREETER: hello from 1\\.0\\.0");
        }
        distribution.drop("other.jar", "7.0.0", null);
        daemon.awaitLog("PLUGIN\\(other\\.jar\\): started");
        assertEquals("1.0.0", running());
        assertEquals(0, times(" ERROR: "));
    }

    @Test
    void twoJarsThatChangePlacesBothArrive() throws Exception {
        distribution.drop("a.jar", "1.0.0", Greeter.class, NAME);
        distribution.drop("b.jar", "1.0.0", Greeter.class, "Bundle-SymbolicName: test.other");
        awaitTimes(2, "GREETER: hello from 1\\.0\\.0");
        distribution.drop("a.jar", "1.0.0", Greeter.class, "Bundle-SymbolicName: test.other");
        distribution.drop("b.jar", "1.0.0", Greeter.class, NAME);
        awaitTimes(4, "GREETER: hello from 1\\.0\\.0");
        awaitTimes(2, "GREETER: goodbye from 1\\.0\\.0");
    }

    @Test
    void aPortThatSomebodyElseHasForAWhileIsTakenUpWhenItIsFree() throws Exception {
        try (ServerSocket other = new ServerSocket(0, 0, InetAddress.getLoopbackAddress())) {
            distribution.drop("occupier.jar", "1.0.0", Occupier.class, "Port: " + other.getLocalPort());
            daemon.awaitLog(" ERROR: PLUGIN\\(occupier\\.jar\\): cannot be started - .*[Aa]ddress already in use");
        }
        daemon.awaitLog(" INFO: PLUGIN\\(occupier\\.jar\\): started$");
        assertEquals(1, times("PLUGIN\\(occupier\\.jar\\): cannot be started"));
    }

    @Test
    void aJarThatIsNoBundleIsToldSoUntilItIsOne() throws Exception {
        Manifest manifest = new Manifest();
        manifest.getMainAttributes().put(Attributes.Name.MANIFEST_VERSION, "1.0");
        Path jar = directory.resolve("library.jar");
        try (OutputStream file = Files.newOutputStream(jar);
                JarOutputStream out = new JarOutputStream(file, manifest)) {
            out.finish();
        }
        Files.move(jar, distribution.plugin("greeter.jar"));
        daemon.awaitLog(" ERROR: PLUGIN\\(greeter\\.jar\\): cannot be installed - it is no bundle: its manifest has no "
                + "Bundle-SymbolicName$");
        distribution.drop("greeter.jar", "1.0.0", Greeter.class);
        awaitRunning("1.0.0");
        assertEquals(1, times(" ERROR: "));
    }

    @Test
    void aJarThatIsCopiedSlowlyIsTakenWhenItIsWhole() throws Exception {
        distribution.drop("greeter.jar", "1.0.0", Greeter.class);
        awaitRunning("1.0.0");
        distribution.drop(
                "whole.jar", "2.0.0", Greeter.class, "Bundle-SymbolicName: test.greeter", "Is: " + "x".repeat(900));
        awaitRunning("2.0.0");
        byte[] whole = Files.readAllBytes(distribution.plugin("whole.jar"));
        Files.delete(distribution.plugin("whole.jar"));
        awaitRunning("1.0.0");
        try (OutputStream copy = Files.newOutputStream(distribution.plugin("greeter.jar"))) {
            copy.write(whole, 0, whole.length / 2);
            copy.flush();
            daemon.awaitLog(" ERROR: PLUGIN\\(greeter\\.jar\\): cannot be updated - ");
            assertEquals("1.0.0", running());
            copy.write(whole, whole.length / 2, whole.length - whole.length / 2);
        }
        awaitRunning("2.0.0");
        assertEquals(1, times(" ERROR: "));
    }
}
