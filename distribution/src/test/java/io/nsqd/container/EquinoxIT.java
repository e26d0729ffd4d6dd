package io.nsqd.container;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.nsqd.launcher.Daemon;
import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The same jars in Eclipse Equinox. */
class EquinoxIT {
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    @TempDir
    Path directory;

    private static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }

    @Test
    void theBundlesServeAndComeAndGo() throws Exception {
        int tcp = freePort();
        int http = freePort();
        Path lib = Daemon.home().resolve("lib");
        List<Path> classPath = List.of(
                Path.of("target", "container-equinox", "org.eclipse.osgi.jar").toAbsolutePath(),
                lib.resolve("slf4j-api.jar"),
                lib.resolve("slf4j-jdk-platform-logging.jar"),
                Path.of(EquinoxMain.class
                        .getProtectionDomain()
                        .getCodeSource()
                        .getLocation()
                        .toURI()));
        Process equinox = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-Dnsqd.data-path=" + directory,
                        "-Dnsqd.tcp-address=127.0.0.1:" + tcp,
                        "-Dnsqd.http-address=127.0.0.1:" + http,
                        "-Dnsqd.https-address=",
                        "-cp",
                        String.join(
                                File.pathSeparator,
                                classPath.stream().map(Path::toString).toList()),
                        EquinoxMain.class.getName(),
                        directory.resolve("equinox").toString(),
                        "org.slf4j;org.slf4j.event;org.slf4j.helpers;org.slf4j.spi;version=2.0.20",
                        String.join(
                                File.pathSeparator,
                                lib + "/{jackson-annotations,jackson-core,jackson-databind,jna-jpms,netty-*}.jar",
                                Daemon.home() + "/bundles/*.jar"))
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        try (BufferedReader output =
                new BufferedReader(new InputStreamReader(equinox.getInputStream(), StandardCharsets.UTF_8))) {
            assertEquals("started in org.eclipse.osgi", output.readLine());
            MessageKit kit = new MessageKit(tcp, http);
            await().atMost(PATIENCE).until(() -> kit.acceptsTcp() && kit.acceptsHttp());
            kit.run("first");
            OutputStream input = equinox.getOutputStream();
            toggle(input, output);
            await().atMost(PATIENCE).until(() -> !kit.acceptsTcp());
            assertEquals("OK", kit.http("GET", "/ping", ""));
            toggle(input, output);
            await().atMost(PATIENCE).until(kit::acceptsTcp);
            kit.run("second");
            input.close();
            assertEquals("stopped", output.readLine());
            assertEquals(0, equinox.waitFor());
        } finally {
            equinox.destroyForcibly();
        }
    }

    private static void toggle(OutputStream input, BufferedReader output) throws IOException {
        input.write('\n');
        input.flush();
        assertEquals("toggled", output.readLine());
    }
}
