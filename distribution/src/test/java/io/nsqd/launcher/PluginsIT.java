package io.nsqd.launcher;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.nsqd.launcher.plugin.Greeter;
import io.nsqd.launcher.plugin.Quitter;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What runs, and why what doesn't run does not, is told to whoever asks. */
final class PluginsIT {
    @TempDir
    private Path directory;

    private DistributionCopy distribution;
    private Path data;

    @BeforeEach
    void copyDistribution() throws IOException {
        data = Files.createDirectory(directory.resolve("data"));
        distribution = new DistributionCopy(directory.resolve("home"));
    }

    private static void awaitRow(Daemon daemon, String expression) {
        await(expression)
                .atMost(Duration.ofSeconds(60))
                .ignoreExceptions()
                .until(() -> PluginUser.http(daemon, "/plugins", "").lines().anyMatch(row -> row.matches(expression)));
    }

    @Test
    void eachJarIsThereWithItsStateAndReason() throws Exception {
        try (Daemon daemon = Daemon.of(data).home(distribution.home()).start()) {
            awaitRow(daemon, "io\\.nsqd\\.core +0\\.1\\.0\\S* +active +bundles/nsqd-core\\.jar");
            distribution.drop("greeter.jar", "1.2.0", Greeter.class);
            awaitRow(daemon, "test\\.greeter +1\\.2\\.0 +active +plugins/greeter\\.jar");
            Files.writeString(distribution.plugin("garbage.jar"), "no jar");
            awaitRow(daemon, " +failed +plugins/garbage\\.jar +cannot be installed - .*");
            distribution.drop("quitter.jar", "1.0.0", Quitter.class);
            awaitRow(daemon, "test\\.quitter +1\\.0\\.0 +failed +plugins/quitter\\.jar +cannot be started - .*");
            distribution.drop("needy.jar", "1.0.0", Greeter.class, "Require-Capability: test.thing");
            awaitRow(
                    daemon,
                    "test\\.needy +1\\.0\\.0 +waiting +plugins/needy\\.jar +.*waits for the capability test\\.thing");
            distribution.drop("greeter-2.jar", "2.0.0", Greeter.class, "Bundle-SymbolicName: test.greeter");
            awaitRow(daemon, "test\\.greeter +1\\.2\\.0 +standby +plugins/greeter\\.jar +.*greeter-2.*in its place");
            // What is mended is no longer told.
            distribution.drop("garbage.jar", "3.0.0", Greeter.class);
            awaitRow(daemon, "test\\.garbage +3\\.0\\.0 +active +plugins/garbage\\.jar");
            distribution.take("nsqd-lookup");
            await().atMost(Duration.ofSeconds(60))
                    .until(() -> !PluginUser.http(daemon, "/plugins", "").contains("nsqd-lookup"));
            assertEquals(0, daemon.stop());
        }
    }

    /** The listening socket outlives the transport for a while. */
    private static ServerSocket occupyWhenFree(int port) {
        return await().atMost(Duration.ofSeconds(60))
                .ignoreExceptions()
                .until(() -> new ServerSocket(port, 0, InetAddress.getLoopbackAddress()), ServerSocket::isBound);
    }

    @Test
    void aTransportWhosePortIsTakenSaysSo() throws Exception {
        int port;
        try (Daemon first = Daemon.of(data).home(distribution.home()).start()) {
            port = first.tcpPort();
            assertEquals(0, first.stop());
        }
        try (Daemon daemon = Daemon.of(data)
                .home(distribution.home())
                .flags("--tcp-address=127.0.0.1:" + port)
                .start()) {
            distribution.take("nsqd-tcp");
            try (ServerSocket other = occupyWhenFree(port)) {
                distribution.bringBack("nsqd-tcp");
                awaitRow(
                        daemon,
                        "io\\.nsqd\\.tcp .* failed +bundles/nsqd-tcp\\.jar +could not attach.*" + port + ".*in use");
                assertTrue(other.isBound());
            }
            awaitRow(daemon, "io\\.nsqd\\.tcp .* active +bundles/nsqd-tcp\\.jar");
            assertEquals(0, daemon.stop());
        }
    }

    @Test
    void theCommandAsksFromOutside() throws Exception {
        try (Daemon daemon = Daemon.of(data).home(distribution.home()).start();
                Daemon asking = Daemon.bare("plugins", "--http-address=:" + daemon.httpPort())
                        .launch()) {
            assertEquals(0, asking.awaitExit(), () -> String.join("\n", asking.log()));
            assertTrue(
                    asking.output()
                            .lines()
                            .anyMatch(row -> row.matches("io\\.nsqd\\.tcp .* active +bundles/nsqd-tcp\\.jar")),
                    asking.output());
            assertEquals(0, daemon.stop());
        }
    }

    @Test
    void whereNobodyAnswersTheCommandSaysSo() throws Exception {
        int port;
        try (ServerSocket closed = new ServerSocket(0, 0, InetAddress.getLoopbackAddress())) {
            port = closed.getLocalPort();
        }
        String address = "127.0.0.1:" + port;
        try (Daemon asking = Daemon.bare("plugins", "--http-address=" + address).launch()) {
            assertEquals(1, asking.awaitExit());
            assertEquals("", asking.output());
            asking.awaitLog("^nsqd: cannot ask the daemon at " + address
                    + ", which --http-address names - connection refused$");
        }
    }
}
