package io.nsqd.launcher;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.nsqd.launcher.plugin.Greeter;
import io.nsqd.launcher.plugin.Quitter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Plug-ins come, change and go while the daemon runs. */
class PluginDirectoryIT {
    @TempDir
    Path directory;

    private Path data;
    private DistributionCopy distribution;

    @BeforeEach
    void copyDistribution() throws IOException {
        data = Files.createDirectories(directory.resolve("data"));
        distribution = new DistributionCopy(directory.resolve("home"));
    }

    private Daemon start() throws IOException {
        return Daemon.of(data).home(distribution.home()).start();
    }

    @Test
    void aJarIsStartedUpdatedAndRemoved() throws Exception {
        try (Daemon daemon = start()) {
            distribution.drop("greeter.jar", "1.0.0", Greeter.class);
            daemon.awaitLog(" INFO: PLUGIN\\(greeter\\.jar\\): installed$");
            daemon.awaitLog(" INFO: GREETER: hello from 1\\.0\\.0$");
            daemon.awaitLog(" INFO: PLUGIN\\(greeter\\.jar\\): started$");
            distribution.drop("greeter.jar", "2.0.0", Greeter.class);
            daemon.awaitLog(" INFO: GREETER: goodbye from 1\\.0\\.0$");
            daemon.awaitLog(" INFO: PLUGIN\\(greeter\\.jar\\): updated$");
            daemon.awaitLog(" INFO: GREETER: hello from 2\\.0\\.0$");
            Files.delete(distribution.plugin("greeter.jar"));
            daemon.awaitLog(" INFO: GREETER: goodbye from 2\\.0\\.0$");
            daemon.awaitLog(" INFO: PLUGIN\\(greeter\\.jar\\): removed$");
            assertEquals(0, daemon.stop());
        }
    }

    @Test
    void whatIsThereAtTheStartIsStartedAndStoppedWithTheDaemon() throws Exception {
        distribution.drop("greeter.jar", "1.0.0", Greeter.class);
        try (Daemon daemon = start()) {
            daemon.awaitLog(" INFO: GREETER: hello from 1\\.0\\.0$");
            assertEquals(0, daemon.stop());
            daemon.awaitLog(" INFO: GREETER: goodbye from 1\\.0\\.0$");
        }
    }

    @Test
    void brokenJarsAreReportedAndHurtNobody() throws Exception {
        try (Daemon daemon = start()) {
            Files.writeString(distribution.plugin("garbage.jar"), "no jar");
            daemon.awaitLog(" ERROR: PLUGIN\\(garbage\\.jar\\): cannot be installed - ");
            distribution.drop("quitter.jar", "1.0.0", Quitter.class);
            daemon.awaitLog(" ERROR: PLUGIN\\(quitter\\.jar\\): cannot be started - .*no, thanks");
            distribution.drop("needy.jar", "1.0.0", Greeter.class, "Require-Capability: test.nothing");
            daemon.awaitLog(" ERROR: PLUGIN\\(needy\\.jar\\): cannot be started - ");
            distribution.drop("greeter.jar", "1.0.0", Greeter.class);
            daemon.awaitLog(" INFO: GREETER: hello from 1\\.0\\.0$");
            distribution.drop("garbage.jar", "3.0.0", Greeter.class);
            daemon.awaitLog(" INFO: GREETER: hello from 3\\.0\\.0$");
            assertTrue(daemon.isAlive());
            assertEquals(0, daemon.stop());
        }
    }

    @Test
    void whatAPluginLacksMayComeLater() throws Exception {
        try (Daemon daemon = start()) {
            distribution.drop("needy.jar", "1.0.0", Greeter.class, "Require-Capability: test.thing");
            daemon.awaitLog(" ERROR: PLUGIN\\(needy\\.jar\\): cannot be started - ");
            distribution.drop("thing.jar", "1.0.0", null, "Provide-Capability: test.thing");
            daemon.awaitLog(" INFO: GREETER: hello from 1\\.0\\.0$");
            assertEquals(0, daemon.stop());
        }
    }

    @Test
    void aFragmentIsNotStarted() throws Exception {
        try (Daemon daemon = start()) {
            distribution.drop("fragment.jar", "1.0.0", null, "Fragment-Host: io.nsqd.core");
            daemon.awaitLog(" INFO: PLUGIN\\(fragment\\.jar\\): installed$");
            distribution.drop("greeter.jar", "1.0.0", Greeter.class);
            daemon.awaitLog(" INFO: GREETER: hello from 1\\.0\\.0$");
            assertTrue(daemon.log().stream().noneMatch(line -> line.contains("PLUGIN(fragment.jar): cannot")));
            assertEquals(0, daemon.stop());
        }
    }
}
