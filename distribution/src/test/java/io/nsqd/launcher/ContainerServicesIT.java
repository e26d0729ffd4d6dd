package io.nsqd.launcher;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.nsqd.launcher.plugin.Greeter;
import io.nsqd.launcher.plugin.Postbox;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a plug-in finds in any container it finds in ours: its configuration, its data, and Declarative Services. */
final class ContainerServicesIT {
    @TempDir
    private Path directory;

    private DistributionCopy distribution;
    private Path data;

    @BeforeEach
    void copyDistribution() throws IOException {
        data = Files.createDirectory(directory.resolve("data"));
        distribution = new DistributionCopy(directory.resolve("home"));
        distribution.addServices();
    }

    private Daemon start() throws IOException {
        return Daemon.of(data).home(distribution.home()).start();
    }

    /** A component as annotations and bnd would make it. */
    private void dropPostbox(String jar) throws IOException {
        String component = "<scr:component xmlns:scr='http://www.osgi.org/xmlns/scr/v1.3.0' name='test.postbox'"
                + " configuration-policy='require' activate='activate' modified='modified'>"
                + "<implementation class='" + Postbox.class.getName() + "'/></scr:component>";
        distribution.drop(
                jar,
                "1.0.0",
                Postbox.class,
                Map.of("OSGI-INF/postbox.xml", component),
                "Bundle-SymbolicName: test.postbox",
                "Service-Component: OSGI-INF/postbox.xml",
                "Require-Capability: osgi.extender;filter:=\"(&(osgi.extender=osgi.component)(version>=1.3)(!(version>=2)))\"");
    }

    private void configure(String text) throws IOException {
        Path etc = Files.createDirectories(distribution.home().resolve("etc"));
        Files.writeString(etc.resolve("test.postbox.cfg"), text);
    }

    @Test
    void aComponentIsConfiguredByAFileAndFollowsIt() throws Exception {
        configure("color = red\n");
        try (Daemon daemon = start()) {
            dropPostbox("postbox.jar");
            daemon.awaitLog(" INFO: PLUGIN\\(postbox\\.jar\\): started$");
            daemon.awaitLog(" INFO: POSTBOX: activated 1 times, color red$");
            configure("color = yellow as butter\n");
            daemon.awaitLog(" INFO: POSTBOX: color is now yellow as butter$");
            assertEquals("OK", PluginUser.http(daemon, "/ping", "").replaceFirst("200 ", ""));
            assertEquals(0, daemon.stop());
            assertTrue(
                    daemon.log().stream().noneMatch(line -> line.contains(" ERROR: ") || line.contains(" WARNING: ")),
                    () -> String.join("\n", daemon.log()));
        }
    }

    @Test
    void whatAPluginStoresOutlivesTheDaemonItsJarAndAKill() throws Exception {
        configure("color = red\n");
        dropPostbox("postbox.jar");
        try (Daemon daemon = start()) {
            daemon.awaitLog(" INFO: POSTBOX: activated 1 times, color red$");
            assertEquals(0, daemon.stop());
        }
        assertEquals("x", Files.readString(data.resolve("plugins/test.postbox/activations")));
        try (Daemon daemon = start()) {
            daemon.awaitLog(" INFO: POSTBOX: activated 2 times, color red$");
            Files.delete(distribution.plugin("postbox.jar"));
            daemon.awaitLog(" INFO: PLUGIN\\(postbox\\.jar\\): removed$");
            dropPostbox("postbox-again.jar");
            daemon.awaitLog(" INFO: POSTBOX: activated 3 times, color red$");
            daemon.kill();
        }
        try (Daemon daemon = start()) {
            daemon.awaitLog(" INFO: POSTBOX: activated 4 times, color red$");
            assertEquals(0, daemon.stop());
        }
    }

    /** In the daemon's log and in its form, which somebody may read by a program. */
    @Test
    void aComponentThatCannotBeActivatedIsToldOf() throws Exception {
        configure("color = red\n");
        Files.createDirectories(data.resolve("plugins/test.postbox/activations"));
        dropPostbox("postbox.jar");
        try (Daemon daemon = Daemon.of(data)
                .home(distribution.home())
                .flags("--log-format=json")
                .launch()) {
            daemon.awaitLog(
                    "^\\{.*\"ERROR\".*PLUGINS: test\\.postbox: .*activate method has thrown an exception.*\\}$");
            assertEquals(0, daemon.stop());
            assertTrue(
                    daemon.log().stream().allMatch(line -> line.startsWith("{")),
                    () -> String.join("\n", daemon.log()));
        }
    }

    @Test
    void theOptionsOfTheDaemonStayThoseOfItsFlags() throws Exception {
        configure("color = red\n");
        Files.writeString(distribution.home().resolve("etc/io.nsqd.cfg"), "log_level = error\nmax_msg_size = 7\n");
        dropPostbox("postbox.jar");
        try (Daemon daemon = start()) {
            daemon.awaitLog(" INFO: POSTBOX: activated 1 times");
            // The core finds Configuration Admin as it comes back, and takes no more notice of it than before.
            distribution.take("nsqd-core");
            daemon.awaitLog(" INFO: PLUGIN\\(nsqd-core\\.jar\\): removed$");
            distribution.bringBack("nsqd-core");
            daemon.awaitLog(" INFO: PLUGIN\\(nsqd-core\\.jar\\): started$");
            assertEquals(0, daemon.stop());
            daemon.awaitLog(" INFO: NSQ: bye$");
            assertFalse(daemon.log().stream().anyMatch(line -> line.contains("configuration io.nsqd")));
        }
    }

    @Test
    void whereNobodyAsksForThemNothingIsThereNorLeft() throws Exception {
        try (Daemon daemon = start()) {
            distribution.drop("greeter.jar", "1.0.0", Greeter.class);
            daemon.awaitLog(" INFO: GREETER: hello from 1\\.0\\.0$");
            assertEquals(0, daemon.stop());
            assertFalse(daemon.log().stream().anyMatch(line -> line.contains("started for plug-ins")));
        }
        assertFalse(Files.exists(data.resolve("plugins")));
    }
}
