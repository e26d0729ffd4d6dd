package io.nsqd.launcher;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.DataInputStream;
import java.io.IOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** A swap that goes wrong costs at most what was swapped, for as long as what is wrong lasts; the daemon lives on. */
@Tag("long")
class SwapFailureIT {
    @TempDir
    private Path directory;

    private DistributionCopy copy;
    private Daemon daemon;

    @BeforeEach
    void start() throws Exception {
        copy = new DistributionCopy(directory.resolve("home"));
        Path data = Files.createDirectory(directory.resolve("data"));
        int tcpPort;
        int httpPort;
        try (Daemon first = Daemon.of(data).home(copy.home()).start()) {
            tcpPort = first.tcpPort();
            httpPort = first.httpPort();
            assertEquals(0, first.stop());
        }
        daemon = Daemon.of(data)
                .home(copy.home())
                .flags("--tcp-address=127.0.0.1:" + tcpPort, "--http-address=127.0.0.1:" + httpPort)
                .flags("--lookupd-tcp-address=127.0.0.1:1", "--statsd-address=127.0.0.1:1")
                .start();
    }

    @AfterEach
    void stop() throws InterruptedException {
        assertEquals(0, daemon.stop(), () -> String.join("\n", daemon.log()));
    }

    private void awaitServed() {
        await().atMost(Duration.ofSeconds(60))
                .ignoreExceptions()
                .until(() ->
                        PluginUser.tcp(daemon, PluginUser.command("PUB t", "x")).equals("OK")
                                && PluginUser.http(daemon, "/pub?topic=t", "x").equals("200 OK"));
    }

    private static boolean isRefused(int port) throws IOException {
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
            return !socket.isConnected();
        } catch (ConnectException e) {
            return true;
        }
    }

    private static ServerSocket occupy(int port) throws IOException {
        ServerSocket other = new ServerSocket();
        other.setReuseAddress(true);
        other.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
        return other;
    }

    private long times(String expression) {
        return daemon.log().stream()
                .filter(line -> line.matches(".*" + expression + ".*"))
                .count();
    }

    @ParameterizedTest
    @ValueSource(strings = {"tcp", "http"})
    void aPortThatSomebodyElseHasForAWhileIsTakenUpWhenItIsFree(String name) throws Exception {
        int port = name.equals("tcp") ? daemon.tcpPort() : daemon.httpPort();
        copy.take("nsqd-" + name);
        await().atMost(Duration.ofSeconds(60)).until(() -> isRefused(port));
        try (ServerSocket other = occupy(port)) {
            copy.bringBack("nsqd-" + name);
            daemon.awaitLog(" ERROR: " + name + ": could not attach, and will try again - .*listen \\(127\\.0\\.0\\.1:"
                    + port + "\\) failed - .*: address already in use$");
            // The others serve; what is in the way is said once, however often it is tried.
            if (name.equals("http")) {
                assertEquals("OK", PluginUser.tcp(daemon, PluginUser.command("PUB t", "x")));
            } else {
                assertEquals("200 OK", PluginUser.http(daemon, "/pub?topic=t", "x"));
            }
            assertTrue(other.isBound());
        }
        daemon.awaitLog(" INFO: " + name + ": attached after all; it had failed - .*listen ");
        awaitServed();
        assertEquals(1, times("could not attach"));
    }

    @Test
    void theCoreComesBackWhenItsDataPathCanBeLockedAgain() throws Exception {
        Path data = directory.resolve("data");
        copy.take("nsqd-core");
        await().atMost(Duration.ofSeconds(60)).until(() -> isRefused(daemon.tcpPort()));
        try (Daemon other = Daemon.of(data).start()) {
            copy.bringBack("nsqd-core");
            daemon.awaitLog(" ERROR: core: could not attach, and will try again - .*failed to lock data-path");
            assertEquals("OK", PluginUser.tcp(other, PluginUser.command("PUB t", "x")));
            assertEquals(0, other.stop());
        }
        daemon.awaitLog(" INFO: core: attached after all");
        awaitServed();
    }

    /** Each of our bundles, and a class without which it does not start. */
    @ParameterizedTest
    @CsvSource({
        "nsqd-core, io/nsqd/core/BrokerRun",
        "nsqd-net, io/nsqd/net/BoundListeners",
        "nsqd-tcp, io/nsqd/tcp/TcpTransport",
        "nsqd-http, io/nsqd/http/HttpTransport",
        "nsqd-lookup, io/nsqd/lookup/LookupLoop",
        "nsqd-statsd, io/nsqd/statsd/StatsdLoop",
        "nsqd-metrics, io/nsqd/metrics/MetricsEndpoint",
        "nsqd-shell, io/nsqd/shell/NsqdBean"
    })
    void aJarThatDoesNotWorkIsLoggedAndTheNextOneDoes(String name, String missing) throws Exception {
        String jar = "PLUGIN\\(" + name + "\\.jar\\): ";
        copy.replace(name, bundle -> bundle.without(missing + ".class"));
        String noClass = "NoClassDefFoundError.*" + missing + "|" + missing;
        daemon.awaitLog(" ERROR: .*(could not attach, and will try again|cannot be started) - .*(" + noClass + ")");
        copy.replace(name, bundle -> bundle.importing("no.such.package"));
        daemon.awaitLog(" ERROR: " + jar + "cannot be started - .*no\\.such\\.package");
        copy.replace(name, bundle -> bundle);
        awaitServed();
        await().atMost(Duration.ofSeconds(60)).until(() -> times(jar + "started") >= 2 || times(jar + "updated") >= 3);
        assertTrue(daemon.isAlive());
    }

    @ParameterizedTest
    @ValueSource(strings = {"nothing", "half", "flipped"})
    void forAJarThatCannotBeReadNothingIsStopped(String damage) throws Exception {
        try (Socket client = PluginUser.connect(daemon)) {
            copy.replace("nsqd-tcp", bundle -> bundle.damaged(damage));
            daemon.awaitLog(" ERROR: PLUGIN\\(nsqd-tcp\\.jar\\): cannot be updated - ");
            client.getOutputStream().write(PluginUser.command("PUB t", "x"));
            DataInputStream in = new DataInputStream(client.getInputStream());
            assertEquals(6, in.readInt());
        }
        copy.replace("nsqd-tcp", bundle -> bundle);
        daemon.awaitLog(" INFO: PLUGIN\\(nsqd-tcp\\.jar\\): updated$");
        awaitServed();
        assertEquals(1, times("cannot be updated"));
    }
}
