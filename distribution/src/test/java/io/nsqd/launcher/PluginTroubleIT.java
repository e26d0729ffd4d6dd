package io.nsqd.launcher;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.nsqd.launcher.plugin.Attacher;
import io.nsqd.launcher.plugin.Gossip;
import io.nsqd.launcher.plugin.Greeter;
import io.nsqd.launcher.plugin.Hanger;
import io.nsqd.launcher.plugin.Sleeper;
import io.nsqd.launcher.plugin.Troublemaker;
import java.io.IOException;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A plug-in that throws, blocks or dies hurts nobody else: clients are served, plug-ins come and go, messages are kept. */
@Tag("long")
class PluginTroubleIT {
    private static final String IMPORTS =
            "Import-Package: org.osgi.framework,org.slf4j,io.nsqd.api,io.nsqd.spi,io.nsqd.stats";

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

    private void drop(String name, Class<?> activator, String trouble) throws IOException {
        distribution.drop(name, "1.0.0", activator, IMPORTS, "Trouble: " + trouble);
    }

    /** Clients of both transports publish to a new topic and consume, and the figures are there. */
    private static void assertServes(Daemon daemon, String topic) throws Exception {
        assertEquals("OK", PluginUser.tcp(daemon, PluginUser.command("PUB " + topic, "by tcp")));
        assertEquals("by tcp", PluginUser.consume(daemon, topic, "c"));
        assertEquals("200 OK", PluginUser.http(daemon, "/pub?topic=" + topic, "by http"));
        String stats = PluginUser.http(daemon, "/stats?format=json&topic=" + topic, "");
        assertTrue(stats.startsWith("200 ") && stats.contains("\"depth\":1"), stats);
        assertEquals("by http", PluginUser.consume(daemon, topic, "c"));
    }

    /** What was published is there after a stop and a start without the plug-in. */
    private void assertMessagesOutliveIt(Daemon daemon, String jar) throws Exception {
        assertEquals("200 OK", PluginUser.http(daemon, "/pub?topic=kept", "kept"));
        assertEquals(0, daemon.stop());
        Files.delete(distribution.plugin(jar));
        try (Daemon again = start()) {
            assertEquals("kept", PluginUser.consume(again, "kept", "c"));
            assertEquals(0, again.stop());
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"throws", "blocks"})
    void servicesThatThrowOrBlock(String trouble) throws Exception {
        try (Daemon daemon = start()) {
            drop("gossip.jar", Gossip.class, "none");
            drop("trouble.jar", Troublemaker.class, trouble);
            daemon.awaitLog(" INFO: PLUGIN\\(trouble\\.jar\\): started$");
            assertServes(daemon, "one");
            daemon.awaitLog(" INFO: GOSSIP: there is a topic one$");
            assertServes(daemon, "two");
            daemon.awaitLog(" INFO: GOSSIP: there is a topic two$");
            if (trouble.equals("throws")) {
                assertTrue(PluginUser.http(daemon, "/trouble", "").startsWith("500 "));
                daemon.awaitLog(" ERROR: NSQ: io\\.nsqd\\.launcher\\.plugin\\.Troublemaker failed - .*trouble");
            }
            assertMessagesOutliveIt(daemon, "trouble.jar");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"throws", "blocks"})
    void aSubsystemThatThrowsOrBlocksWhenTheDaemonComes(String trouble) throws Exception {
        try (Daemon daemon = start()) {
            drop("attacher.jar", Attacher.class, trouble);
            daemon.awaitLog(" INFO: PLUGIN\\(attacher\\.jar\\): started$");
            if (trouble.equals("throws")) {
                daemon.awaitLog("attacher: could not attach");
            }
            assertServes(daemon, "one");
            assertMessagesOutliveIt(daemon, "attacher.jar");
        }
    }

    @Test
    void aStartThatHangsKeepsNoOtherPluginOutAndNoMessageFromTheDisk() throws Exception {
        try (Daemon daemon = start()) {
            drop("a-hanger.jar", Hanger.class, "start");
            daemon.awaitLog(" ERROR: PLUGIN\\(a-hanger\\.jar\\): cannot be started - it has not come back");
            drop("greeter.jar", Greeter.class, "none");
            daemon.awaitLog(" INFO: GREETER: hello from 1\\.0\\.0$");
            assertServes(daemon, "one");
            assertMessagesOutliveIt(daemon, "a-hanger.jar");
        }
    }

    @Test
    void aStopThatHangsKeepsNoMessageFromTheDisk() throws Exception {
        try (Daemon daemon = start()) {
            drop("hanger.jar", Hanger.class, "stop");
            daemon.awaitLog(" INFO: PLUGIN\\(hanger\\.jar\\): started$");
            assertMessagesOutliveIt(daemon, "hanger.jar");
        }
    }

    @Test
    void anAuthenticatorThatHangsHoldsUpOnlyThoseThatAskIt() throws Exception {
        List<Socket> asking = new ArrayList<>();
        try (Daemon daemon = start()) {
            distribution.drop("sleeper.jar", "1.0.0", Sleeper.class, IMPORTS);
            daemon.awaitLog(" INFO: PLUGIN\\(sleeper\\.jar\\): started$");
            for (int i = 0; i < 20; i++) {
                Socket socket = PluginUser.connect(daemon);
                asking.add(socket);
                socket.getOutputStream().write(PluginUser.command("AUTH", "who am I"));
            }
            // On each of the event loops.
            for (int i = 0; i < 20; i++) {
                assertEquals(
                        "E_AUTH_FIRST AUTH required before PUB",
                        PluginUser.tcp(daemon, PluginUser.command("PUB cave", "x")));
            }
            assertEquals("401 {\"message\":\"AUTH_REQUIRED\"}", PluginUser.http(daemon, "/pub?topic=cave", "x"));
            assertEquals("200 OK", PluginUser.http(daemon, "/ping", ""));
            assertEquals(0, daemon.stop());
        } finally {
            for (Socket socket : asking) {
                socket.close();
            }
        }
    }

    @Test
    void aPluginThatDiesIsMissedByNobody() throws Exception {
        try (Daemon daemon = start()) {
            drop("trouble.jar", Troublemaker.class, "throws");
            daemon.awaitLog(" INFO: PLUGIN\\(trouble\\.jar\\): started$");
            Files.delete(distribution.plugin("trouble.jar"));
            daemon.awaitLog(" INFO: PLUGIN\\(trouble\\.jar\\): removed$");
            assertServes(daemon, "one");
            await().atMost(Duration.ofSeconds(20))
                    .until(() -> PluginUser.http(daemon, "/trouble", "").startsWith("404 "));
            assertEquals(0, daemon.stop());
        }
    }
}
