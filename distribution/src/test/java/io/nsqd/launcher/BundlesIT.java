package io.nsqd.launcher;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.nsqd.launcher.plugin.Crasher;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Whatever is in {@code bundles/} runs; what is not there is not missed. */
@Tag("B-27")
class BundlesIT {
    @TempDir
    Path directory;

    private Path data;
    private DistributionCopy distribution;

    @BeforeEach
    void copyDistribution() throws IOException {
        data = Files.createDirectories(directory.resolve("data"));
        distribution = new DistributionCopy(directory.resolve("home"));
    }

    private Daemon launch() throws IOException {
        return Daemon.of(data).home(distribution.home()).launch();
    }

    private static void assertNoErrors(Daemon daemon) {
        assertTrue(
                daemon.log().stream().noneMatch(line -> line.contains(" ERROR: ") || line.contains(" WARNING: ")),
                daemon.log()::toString);
    }

    @Test
    void allBundlesStartWithoutComplaint() throws Exception {
        try (Daemon daemon = Daemon.of(data).start()) {
            assertNoErrors(daemon);
            assertEquals(0, daemon.stop());
            assertNoErrors(daemon);
        }
    }

    @Test
    void withoutHttpTcpIsServed() throws Exception {
        Files.delete(distribution.bundle("nsqd-http.jar"));
        try (Daemon daemon = launch();
                Socket socket = new Socket(InetAddress.getLoopbackAddress(), daemon.tcpPort())) {
            socket.getOutputStream().write("  V2IDENTIFY\n\0\0\0\2{}".getBytes(StandardCharsets.US_ASCII));
            byte[] frame = socket.getInputStream().readNBytes(10);
            assertEquals("\0\0\0\6\0\0\0\0OK", new String(frame, StandardCharsets.US_ASCII));
            assertEquals(0, daemon.stop());
            assertNoErrors(daemon);
        }
    }

    @Test
    void withoutTcpHttpIsServed() throws Exception {
        Files.delete(distribution.bundle("nsqd-tcp.jar"));
        try (Daemon daemon = launch();
                Socket socket = new Socket(InetAddress.getLoopbackAddress(), daemon.httpPort())) {
            socket.getOutputStream().write("GET /ping HTTP/1.0\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
            String answer = new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            assertTrue(answer.endsWith("\r\n\r\nOK"), answer);
            assertEquals(0, daemon.stop());
            assertNoErrors(daemon);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"nsqd-lookup.jar", "nsqd-statsd.jar", "nsqd-metrics.jar", "nsqd-shell.jar"})
    void withoutAnExtraTheRestRuns(String name) throws Exception {
        Files.delete(distribution.bundle(name));
        try (Daemon daemon = Daemon.of(data).home(distribution.home()).start()) {
            assertEquals(0, daemon.stop());
            assertNoErrors(daemon);
        }
    }

    @Test
    void aBrokenJarIsReportedAndTheRestRuns() throws Exception {
        Files.writeString(distribution.bundle("broken.jar"), "no jar");
        try (Daemon daemon = Daemon.of(data).home(distribution.home()).start()) {
            daemon.awaitLog(" ERROR: BUNDLE\\(broken\\.jar\\): cannot be installed - ");
            assertEquals(0, daemon.stop());
        }
    }

    /** Nobody wants a daemon that lives on and serves nobody. */
    @Test
    @Tag("O-64")
    void oneOfOursThatCannotBeReadEndsTheStart() throws Exception {
        Files.delete(distribution.bundle("nsqd-lookup.jar"));
        Files.writeString(distribution.bundle("nsqd-lookup.jar"), "no jar");
        assertStartFails("BUNDLE\\(nsqd-lookup\\.jar\\): cannot be installed - .*zip.*");
    }

    @Test
    @Tag("O-64")
    void oneOfOursThatLacksSomethingEndsTheStart() throws Exception {
        Files.delete(distribution.bundle("nsqd-api.jar"));
        assertStartFails("BUNDLE\\(nsqd-\\w+\\.jar\\): cannot be started - Unable to resolve .*io\\.nsqd\\..*");
    }

    @Test
    @Tag("O-64")
    void oneOfOursWhoseActivatorFailsEndsTheStart() throws Exception {
        distribution.drop("nsqd-crash.jar", "1.0.0", Crasher.class);
        Files.move(distribution.plugin("nsqd-crash.jar"), distribution.bundle("nsqd-crash.jar"));
        assertStartFails("BUNDLE\\(nsqd-crash\\.jar\\): cannot be started - .*the reason");
    }

    private void assertStartFails(String words) throws Exception {
        try (Daemon daemon = launch()) {
            assertEquals(1, daemon.awaitExit(), daemon.log()::toString);
            daemon.awaitLog("^\\[nsqd] .* FATAL: " + words + "$");
        }
    }

    @Test
    void severalInstancesRunSideBySide() throws Exception {
        Path otherData = Files.createDirectories(directory.resolve("other"));
        try (Daemon one = Daemon.of(data).start();
                Daemon two = Daemon.of(otherData).start()) {
            assertNotEquals(one.tcpPort(), two.tcpPort());
            assertEquals(0, one.stop());
            assertTrue(two.isAlive());
            assertEquals(0, two.stop());
        }
    }

    @Test
    @Tag("O-26")
    void aDataPathIsServedByOneInstanceOnly() throws Exception {
        try (Daemon one = Daemon.of(data).start();
                Daemon two = Daemon.of(data).launch()) {
            assertEquals(1, two.awaitExit());
            two.awaitLog(" FATAL: failed to instantiate nsqd - failed to lock data-path: cannot flock directory " + data
                    + " - resource temporarily unavailable \\(possibly in use by another instance of nsqd\\)$");
            assertEquals(0, one.stop());
        }
    }
}
