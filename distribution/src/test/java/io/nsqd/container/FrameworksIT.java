package io.nsqd.container;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.nsqd.launcher.Daemon;
import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The jars of the distribution in frameworks that have nothing else: no logging library, and no package of the class path's. They
 * serve, in whatever order they start, and what they log can be read.
 */
class FrameworksIT {
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    /** Orders beside the rotations of our bundles. */
    private static final int SHUFFLES = 3;

    @TempDir
    Path directory;

    /** Where a framework is, from Maven's target directory. */
    enum Framework {
        FELIX("container-felix/org.apache.felix.framework.jar", "org.apache.felix.framework"),
        EQUINOX("container-equinox/org.eclipse.osgi.jar", "org.eclipse.osgi");

        private final String jar;
        private final String symbolicName;

        Framework(String jar, String symbolicName) {
            this.jar = jar;
            this.symbolicName = symbolicName;
        }

        Path jar() {
            return Path.of("target", jar).toAbsolutePath();
        }
    }

    /** What the README has installed: the libraries, then our bundles. */
    private static List<Path> libraries() throws IOException {
        return jars(Daemon.home().resolve("lib"), Containers.LIBRARIES);
    }

    private static List<Path> ours() throws IOException {
        return jars(Daemon.home().resolve("bundles"), "*.jar");
    }

    private static List<Path> jars(Path directory, String glob) throws IOException {
        List<Path> jars = new ArrayList<>();
        try (var found = Files.newDirectoryStream(directory, glob)) {
            found.forEach(jars::add);
        }
        Collections.sort(jars);
        return jars;
    }

    private static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }

    /** A framework in a process of its own, which is gone when this is closed. */
    static final class Container implements AutoCloseable {
        private final int tcp = freePort();
        private final int http = freePort();
        private final MessageKit kit = new MessageKit(tcp, http);
        private final Path errors;
        private final Process process;
        private final BufferedReader output;

        Container(Path directory, Framework framework, List<Path> bundles) throws Exception {
            errors = directory.resolve("standard-error");
            Path program = Path.of(FrameworkMain.class
                    .getProtectionDomain()
                    .getCodeSource()
                    .getLocation()
                    .toURI());
            List<String> command = new ArrayList<>(List.of(
                    Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                    "-Dnsqd.data-path=" + directory,
                    "-Dnsqd.tcp-address=127.0.0.1:" + tcp,
                    "-Dnsqd.http-address=127.0.0.1:" + http,
                    "-Dnsqd.https-address=",
                    "-cp",
                    framework.jar() + File.pathSeparator + program,
                    FrameworkMain.class.getName(),
                    directory.resolve("framework").toString()));
            bundles.forEach(bundle -> command.add(bundle.toString()));
            process = new ProcessBuilder(command).redirectError(errors.toFile()).start();
            output = new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
        }

        MessageKit kit() {
            return kit;
        }

        void awaitBoth() throws IOException {
            assertEquals("started in", said().replaceFirst(" [^ ]*$", ""));
            await().atMost(PATIENCE).until(() -> kit.acceptsTcp() && kit.acceptsHttp());
        }

        /** The next line of the program, or what went wrong with it. */
        String said() throws IOException {
            String line = output.readLine();
            return line == null ? log() : line;
        }

        String log() throws IOException {
            return Files.readString(errors);
        }

        void toggle() throws IOException {
            OutputStream input = process.getOutputStream();
            input.write('\n');
            input.flush();
            assertEquals("toggled", said());
        }

        void stop() throws Exception {
            process.getOutputStream().close();
            assertEquals("stopped", said());
            assertEquals(0, process.waitFor());
        }

        @Override
        public void close() {
            process.destroyForcibly();
        }
    }

    @ParameterizedTest
    @EnumSource
    void bundlesComeAndGo(Framework framework) throws Exception {
        List<Path> bundles = new ArrayList<>(libraries());
        bundles.addAll(ours());
        try (Container container = new Container(directory, framework, bundles)) {
            assertEquals("started in " + framework.symbolicName, container.said());
            MessageKit kit = container.kit;
            await().atMost(PATIENCE).until(() -> kit.acceptsTcp() && kit.acceptsHttp());
            kit.run("first");
            container.toggle();
            await().atMost(PATIENCE).until(() -> !kit.acceptsTcp());
            assertEquals("OK", kit.http("GET", "/ping", ""));
            container.toggle();
            await().atMost(PATIENCE).until(kit::acceptsTcp);
            kit.run("second");
            container.stop();
        }
    }

    @Test
    void theReadmeNamesTheLibraries() throws IOException {
        String readme = Files.readString(Path.of("..", "README.md"));
        assertTrue(readme.contains("$NSQD/bundles/*.jar $NSQD/lib/" + Containers.LIBRARIES + " bundle/"));
    }

    /** Each of our bundles comes first once, in both frameworks; then all of them, libraries too, are shuffled. */
    static Stream<Arguments> orders() throws IOException {
        List<Arguments> orders = new ArrayList<>();
        for (Framework framework : Framework.values()) {
            for (int first = 0; first < ours().size(); first++) {
                List<Path> rotated = ours();
                Collections.rotate(rotated, -first);
                rotated.addAll(libraries());
                orders.add(Arguments.of(framework, rotated));
            }
            for (int seed : IntStream.range(0, SHUFFLES).toArray()) {
                List<Path> shuffled = ours();
                shuffled.addAll(libraries());
                Collections.shuffle(shuffled, new Random(seed));
                orders.add(Arguments.of(framework, shuffled));
            }
        }
        return orders.stream();
    }

    /** Of these two for each framework: one of our own, and all of them shuffled. */
    static Stream<Arguments> someOrders() throws IOException {
        List<Arguments> all = orders().toList();
        int each = all.size() / Framework.values().length;
        return IntStream.range(0, all.size())
                .filter(i -> i % each == 1 || i % each == each - 1)
                .mapToObj(all::get);
    }

    @ParameterizedTest
    @MethodSource("orders")
    @Tag("long")
    void anyOrderLeadsToADaemonThatLogs(Framework framework, List<Path> bundles) throws Exception {
        startsAndLogs(framework, bundles);
    }

    @ParameterizedTest
    @MethodSource("someOrders")
    void someOrdersLeadToADaemonThatLogs(Framework framework, List<Path> bundles) throws Exception {
        startsAndLogs(framework, bundles);
    }

    private void startsAndLogs(Framework framework, List<Path> bundles) throws Exception {
        try (Container container = new Container(directory, framework, bundles)) {
            container.awaitBoth();
            container.kit.run("messages");
            container.stop();
            String log = container.log();
            // Who only looks whether somebody listens, as this test does, is told of as by the Go daemon.
            String others = log.replace("SEVERE: failed to read protocol version - EOF", "");
            assertFalse(others.contains("WARNING:") || others.contains("SEVERE:"), log);
            for (String line : List.of(
                    "INFO: TCP: listening on 127.0.0.1:" + container.tcp,
                    "INFO: HTTP: listening on 127.0.0.1:" + container.http,
                    "INFO: TOPIC(messages): created",
                    "INFO: 200 GET /ping")) {
                assertTrue(log.contains(line), () -> line + " is not in\n" + log);
            }
        } catch (Exception | AssertionError e) {
            throw new AssertionError(
                    "in the order " + bundles.stream().map(Path::getFileName).toList(), e);
        }
    }
}
