package io.nsqd.launcher;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.nsqd.launcher.plugin.Doorman;
import java.io.IOException;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** An authenticator may be a plug-in. */
@Tag("P-70")
class AuthPluginIT {
    @TempDir
    Path directory;

    private DistributionCopy distribution;

    @BeforeEach
    void copyDistribution() throws IOException {
        distribution = new DistributionCopy(directory.resolve("home"));
    }

    private Daemon.Setup setup() throws IOException {
        return Daemon.of(Files.createDirectories(directory.resolve("data"))).home(distribution.home());
    }

    private void dropDoorman() throws IOException {
        distribution.drop("doorman.jar", "1.0.0", Doorman.class, "Import-Package: org.osgi.framework,io.nsqd.spi");
    }

    @Test
    void itTurnsAuthOnAndWhenItLeavesTheDoorStaysShut() throws Exception {
        byte[] sesame = PluginUser.command("AUTH", "sesame");
        try (Daemon daemon = setup().start()) {
            assertEquals("OK", PluginUser.tcp(daemon, PluginUser.command("PUB cave", "x")));
            assertEquals("E_AUTH_DISABLED AUTH disabled", PluginUser.tcp(daemon, sesame));
            dropDoorman();
            daemon.awaitLog(" INFO: PLUGIN\\(doorman\\.jar\\): started$");
            assertEquals(
                    "E_AUTH_FIRST AUTH required before PUB",
                    PluginUser.tcp(daemon, PluginUser.command("PUB cave", "x")));
            assertEquals(
                    "{\"identity\":\"ali\",\"identity_url\":\"\",\"permission_count\":1}",
                    PluginUser.tcp(daemon, sesame));
            assertEquals("OK", PluginUser.tcp(daemon, sesame, PluginUser.command("PUB cave", "x")));
            assertEquals(
                    "E_UNAUTHORIZED AUTH failed for PUB on \"caves\" \"\"",
                    PluginUser.tcp(daemon, sesame, PluginUser.command("PUB caves", "x")));
            assertEquals("E_AUTH_FAILED AUTH failed", PluginUser.tcp(daemon, PluginUser.command("AUTH", "thunder")));
            daemon.awaitLog(" WARNING: PROTOCOL\\(V2\\): \\[.*\\] AUTH failed struck$");
            assertEquals("E_AUTH_FAILED AUTH failed", PluginUser.tcp(daemon, PluginUser.command("AUTH", "nothing")));
            Files.delete(distribution.plugin("doorman.jar"));
            daemon.awaitLog(" INFO: PLUGIN\\(doorman\\.jar\\): removed$");
            assertEquals(
                    "E_AUTH_FIRST AUTH required before PUB",
                    PluginUser.tcp(daemon, PluginUser.command("PUB cave", "x")));
            assertEquals("E_AUTH_FAILED AUTH failed", PluginUser.tcp(daemon, sesame));
            daemon.awaitLog("AUTH failed there is no authenticator$");
            assertEquals(0, daemon.stop());
        }
    }

    @Test
    void itIsPreferredToTheServers() throws Exception {
        dropDoorman();
        try (Daemon daemon = setup().flags("--auth-http-address=127.0.0.1:1").start()) {
            daemon.awaitLog(" INFO: PLUGIN\\(doorman\\.jar\\): started$");
            assertEquals(
                    "OK",
                    PluginUser.tcp(daemon, PluginUser.command("AUTH", "sesame"), PluginUser.command("PUB cave", "x")));
            Files.delete(distribution.plugin("doorman.jar"));
            daemon.awaitLog(" INFO: PLUGIN\\(doorman\\.jar\\): removed$");
            assertEquals("E_AUTH_FAILED AUTH failed", PluginUser.tcp(daemon, PluginUser.command("AUTH", "sesame")));
            daemon.awaitLog("AUTH failed 127\\.0\\.0\\.1:1: ");
            assertEquals(0, daemon.stop());
        }
    }

    /** What a client is told that subscribed while nobody had to say who it is. */
    @Test
    void whoWasLetInBeforeIsAskedToComeAgain() throws Exception {
        try (Daemon daemon = setup().start();
                Socket consumer = PluginUser.connect(daemon);
                Socket idle = PluginUser.connect(daemon)) {
            consumer.getOutputStream().write("SUB cave all\nRDY 1\n".getBytes(StandardCharsets.US_ASCII));
            assertEquals("OK", PluginUser.frame(consumer));
            dropDoorman();
            assertEquals("E_AUTH_FIRST AUTH required before SUB", PluginUser.frame(consumer));
            assertEquals(-1, consumer.getInputStream().read());
            // Whoever has not done anything yet may still say who it is.
            idle.getOutputStream().write(PluginUser.command("AUTH", "sesame"));
            assertTrue(PluginUser.frame(idle).startsWith("{\"identity\":\"ali\""));
            assertEquals(0, daemon.stop());
        }
    }

    @Test
    void overHttpClientsMustAuthenticateToo() throws Exception {
        dropDoorman();
        try (Daemon daemon = setup().start()) {
            daemon.awaitLog(" INFO: PLUGIN\\(doorman\\.jar\\): started$");
            assertEquals("401 {\"message\":\"AUTH_REQUIRED\"}", PluginUser.http(daemon, "/pub?topic=cave", "x"));
            assertTrue(PluginUser.http(daemon, "/stats", "").startsWith("200 "));
            assertEquals(0, daemon.stop());
        }
        try (Daemon daemon = setup().flags("--auth-http-api=false").start()) {
            daemon.awaitLog(" INFO: PLUGIN\\(doorman\\.jar\\): started$");
            assertEquals("200 OK", PluginUser.http(daemon, "/pub?topic=cave", "x"));
            assertEquals(0, daemon.stop());
        }
    }

    @Test
    void aBrokenOneDoesNotOpenTheDoor() throws Exception {
        dropDoorman();
        try (Daemon daemon = setup().start()) {
            daemon.awaitLog(" INFO: PLUGIN\\(doorman\\.jar\\): started$");
            assertEquals(0, daemon.stop());
        }
        Path jar = distribution.plugin("doorman.jar");
        Files.write(jar, Arrays.copyOf(Files.readAllBytes(jar), 200));
        try (Daemon daemon = setup().start()) {
            assertRefusesEverybody(daemon);
            assertEquals(0, daemon.stop());
        }
        try (Daemon daemon = setup().flags("--auth-required=false").start()) {
            assertEquals("OK", PluginUser.tcp(daemon, PluginUser.command("PUB cave", "x")));
            assertEquals("200 OK", PluginUser.http(daemon, "/ping", ""));
            assertEquals(0, daemon.stop());
        }
        try (Daemon daemon = setup().flags("--auth-required").start()) {
            assertRefusesEverybody(daemon);
            dropDoorman();
            daemon.awaitLog(" INFO: PLUGIN\\(doorman\\.jar\\): started$");
            assertEquals("200 OK", PluginUser.http(daemon, "/ping", ""));
            byte[] sesame = PluginUser.command("AUTH", "sesame");
            assertEquals("OK", PluginUser.tcp(daemon, sesame, PluginUser.command("PUB cave", "x")));
            assertEquals(0, daemon.stop());
        }
    }

    private static void assertRefusesEverybody(Daemon daemon) throws Exception {
        assertEquals(
                "E_AUTH_FIRST AUTH required before SUB",
                PluginUser.tcp(daemon, "SUB cave all\n".getBytes(StandardCharsets.US_ASCII)));
        assertEquals("E_AUTH_FAILED AUTH failed", PluginUser.tcp(daemon, PluginUser.command("AUTH", "sesame")));
        assertEquals("503 {\"message\":\"AUTH_UNAVAILABLE\"}", PluginUser.http(daemon, "/pub?topic=cave", "x"));
        String why = "authentication is required and there is no authenticator: clients are refused until there is one";
        assertEquals("500 NOK - " + why, PluginUser.http(daemon, "/ping", ""));
        daemon.awaitLog(" WARNING: NSQ: " + why + "$");
    }

    @Test
    void withServersAloneHttpIsOpenAndTheLogSaysSo() throws Exception {
        String open = "HTTP: everybody may publish and administer here";
        try (Daemon daemon = setup().flags("--auth-http-address=127.0.0.1:1").start()) {
            daemon.awaitLog(" WARNING: " + open);
            assertEquals("200 OK", PluginUser.http(daemon, "/pub?topic=cave", "x"));
            assertEquals(0, daemon.stop());
        }
        try (Daemon daemon = setup().flags("--auth-http-address=127.0.0.1:1", "--auth-http-api=false")
                .start()) {
            assertEquals(0, daemon.stop());
            assertTrue(daemon.log().stream().noneMatch(line -> line.contains(open)), "the operator said so");
        }
    }
}
