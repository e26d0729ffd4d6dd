package io.nsqd.launcher;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The examples of the plug-in kit, dropped into the plug-in directory, as their users see them. */
class ExamplesIT {
    /** Lines of code of an example. */
    private static final long LINES = 150;

    private static final Duration PATIENCE = Duration.ofMinutes(1);

    @TempDir
    Path directory;

    private Path data;
    private DistributionCopy distribution;

    @BeforeEach
    void copyDistribution() throws IOException {
        data = Files.createDirectories(directory.resolve("data"));
        distribution = new DistributionCopy(directory.resolve("home"));
    }

    /** Copies the jar of an example as it was built. */
    private void drop(String example) throws IOException {
        Path jar = Path.of("target", "examples", "example-" + example + ".jar");
        Path unfinished = Files.copy(jar, distribution.home().resolve("unfinished"));
        Files.move(unfinished, distribution.plugin(example + ".jar"), StandardCopyOption.ATOMIC_MOVE);
    }

    private Daemon.Setup setup(String javaOptions, String... flags) {
        return Daemon.of(data).home(distribution.home()).flags(flags).environment("NSQD_JAVA_OPTS", javaOptions);
    }

    /** A client of the text transport. */
    private static final class TextUser implements AutoCloseable {
        private final Socket socket;
        private final BufferedReader in;

        TextUser(int port) throws IOException {
            socket = new Socket(InetAddress.getLoopbackAddress(), port);
            socket.setSoTimeout(20_000);
            in = new BufferedReader(new InputStreamReader(socket.getInputStream(), StandardCharsets.UTF_8));
        }

        String read() throws IOException {
            return in.readLine();
        }

        void begin(String line) throws IOException {
            socket.getOutputStream().write(line.getBytes(StandardCharsets.UTF_8));
        }

        String say(String line) throws IOException {
            socket.getOutputStream().write((line + "\n").getBytes(StandardCharsets.UTF_8));
            return read();
        }

        @Override
        public void close() throws IOException {
            socket.close();
        }
    }

    private static int textPort(Daemon daemon) {
        return Integer.parseInt(
                daemon.awaitLog("TEXT: listening on 127\\.0\\.0\\.1:(\\d+)$").group(1));
    }

    @Test
    void linesOfTextArePublishedAndConsumedBesideTcp() throws Exception {
        try (Daemon daemon = setup("").start()) {
            drop("text-transport");
            int port = textPort(daemon);
            try (TextUser consumer = new TextUser(port);
                    TextUser publisher = new TextUser(port)) {
                assertEquals("OK", consumer.say("SUB news readers"));
                assertEquals("OK", publisher.say("PUB news grüße to all"));
                String first = consumer.read();
                assertTrue(first.matches("MSG [0-9a-f]{16} grüße to all"), first);
                assertEquals("OK", PluginUser.tcp(daemon, PluginUser.command("PUB news", "two\nlines")));
                String second = consumer.read();
                assertTrue(second.matches("MSG [0-9a-f]{16} two\\\\nlines"), second);
                for (String message : List.of(first, second)) {
                    consumer.begin("FIN " + message.substring(4, 20) + "\n");
                }
                String again = consumer.say("FIN " + first.substring(4, 20));
                assertEquals("ERROR NOT_IN_FLIGHT", again);
                assertTrue(PluginUser.http(daemon, "/stats?format=json", "").contains("\"version\":\"TEXT\""));
                assertEquals("OK", publisher.say("PUB other text"));
                assertEquals("text", PluginUser.consume(daemon, "other", "c"));
                assertEquals("ERROR topic name is not valid", publisher.say("PUB b@d text"));
                assertTrue(publisher.say("WHAT").startsWith("ERROR "));
                Files.delete(distribution.plugin("text-transport.jar"));
                daemon.awaitLog(" INFO: PLUGIN\\(text-transport\\.jar\\): removed$");
                assertEquals(null, consumer.read(), "the client is disconnected");
            }
            assertEquals("OK", PluginUser.tcp(daemon, PluginUser.command("PUB news", "more")));
            assertEquals(0, daemon.stop());
        }
    }

    private static long timesServed(Daemon daemon) {
        return daemon.log().stream()
                .filter(line -> line.contains("TEXT: listening on "))
                .count();
    }

    @Test
    void clientsOfTheTextTransportStayWhenItIsUpdated() throws Exception {
        drop("text-transport");
        int port;
        try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            port = free.getLocalPort();
        }
        try (Daemon daemon = setup("-Dexample.text.port=" + port).start()) {
            textPort(daemon);
            try (TextUser consumer = new TextUser(port);
                    TextUser publisher = new TextUser(port)) {
                assertEquals("OK", consumer.say("SUB news readers"));
                assertEquals("OK", publisher.say("PUB news before"));
                String before = consumer.read();
                publisher.begin("PUB news be");
                for (int update = 1; update <= 3; update++) {
                    drop("text-transport");
                    long served = 1L + update;
                    await().atMost(PATIENCE).until(() -> timesServed(daemon) == served);
                }
                // Half a line was sent to the one, and the rest is to another.
                assertEquals("OK", publisher.say("hind"));
                assertTrue(consumer.read().endsWith(" behind"));
                String finished = before.substring(4, 20);
                consumer.begin("FIN " + finished + "\n");
                assertEquals("ERROR NOT_IN_FLIGHT", consumer.say("FIN " + finished), "it was in flight, once");
            }
            assertEquals(0, daemon.stop());
        }
    }

    @Test
    void aMessageThatIsNotFinishedComesAgain() throws Exception {
        drop("text-transport");
        try (Daemon daemon = setup("", "--msg-timeout=1s").start()) {
            try (TextUser user = new TextUser(textPort(daemon))) {
                assertEquals("OK", user.say("PUB t x"));
                assertEquals("OK", user.say("SUB t c"));
                String first = user.read();
                assertEquals(first, user.read());
            }
            assertEquals(0, daemon.stop());
        }
    }

    @Test
    void thePropertiesFileSaysWhoMayDoWhat() throws Exception {
        Path users = directory.resolve("users.properties");
        Files.writeString(users, "sesame = ali ^cave$ .* publish,subscribe\n");
        drop("properties-authenticator");
        drop("text-transport");
        try (Daemon daemon = setup("-Dexample.users.file=" + users).start()) {
            daemon.awaitLog(" INFO: PLUGIN\\(properties-authenticator\\.jar\\): started$");
            byte[] publish = PluginUser.command("PUB cave", "x");
            byte[] sesame = PluginUser.command("AUTH", "sesame");
            assertEquals("E_AUTH_FIRST AUTH required before PUB", PluginUser.tcp(daemon, publish));
            assertEquals("OK", PluginUser.tcp(daemon, sesame, publish));
            assertEquals(
                    "E_UNAUTHORIZED AUTH failed for PUB on \"caves\" \"\"",
                    PluginUser.tcp(daemon, sesame, PluginUser.command("PUB caves", "x")));
            byte[] simsim = PluginUser.command("AUTH", "simsim");
            assertTrue(PluginUser.tcp(daemon, simsim).startsWith("E_UNAUTHORIZED "), "nobody");
            Files.writeString(users, "simsim = ali ^cave$ .* publish\n");
            assertEquals("OK", PluginUser.tcp(daemon, simsim, publish));
            try (TextUser user = new TextUser(textPort(daemon))) {
                assertEquals("ERROR clients must authenticate first", user.say("PUB cave x"));
                assertEquals("ERROR the client may do nothing", user.say("AUTH sesame"));
            }
            try (TextUser user = new TextUser(textPort(daemon))) {
                assertEquals("OK", user.say("AUTH simsim"));
                assertEquals("OK", user.say("PUB cave x"));
                assertEquals("ERROR the client may not do that", user.say("SUB cave c"));
            }
            assertEquals(0, daemon.stop());
        }
    }

    @Test
    void topicsAndChannelsAreRememberedInTheTextFile() throws Exception {
        drop("text-metadata");
        try (Daemon daemon = setup("", "--metadata=text").start()) {
            assertEquals("200 ", PluginUser.http(daemon, "/topic/create?topic=orders", "-"));
            assertEquals("200 ", PluginUser.http(daemon, "/channel/create?topic=orders&channel=billing", "-"));
            assertEquals("200 ", PluginUser.http(daemon, "/channel/pause?topic=orders&channel=billing", "-"));
            assertEquals(0, daemon.stop());
        }
        assertEquals("topic orders\nchannel billing paused\nend\n", Files.readString(data.resolve("topics.txt")));
        assertFalse(Files.exists(data.resolve("nsqd.dat")));
        try (Daemon daemon = setup("", "--metadata=text").start()) {
            String stats = PluginUser.http(daemon, "/stats?format=json", "");
            assertTrue(stats.contains("\"channel_name\":\"billing\"") && stats.contains("\"paused\":true"), stats);
            assertEquals(0, daemon.stop());
        }
    }

    @Test
    void aDaemonWaitsForTheServiceThatItIsToUse() throws Exception {
        try (Daemon daemon = setup("", "--metadata=text").launch()) {
            daemon.awaitLog(" INFO: NSQ: waiting for the metadata service text$");
            drop("text-metadata");
            assertEquals("OK", PluginUser.tcp(daemon, PluginUser.command("PUB t", "x")));
            assertEquals("200 OK", PluginUser.http(daemon, "/ping", ""));
            assertEquals(0, daemon.stop());
        }
    }

    @Test
    void memoryTakesMessagesUpToItsBoundAndRefusesMore() throws Exception {
        drop("memory-storage");
        String[] flags = {"--storage=memory", "--mem-queue-size=0"};
        try (Daemon daemon = setup("-Dexample.memory.messages=3", flags).start()) {
            for (String body : List.of("1", "2", "3")) {
                assertEquals("OK", PluginUser.tcp(daemon, PluginUser.command("PUB t", body)));
            }
            String refused = PluginUser.tcp(daemon, PluginUser.command("PUB t", "4"));
            assertEquals("E_PUB_FAILED PUB failed queue t is full", refused);
            assertTrue(PluginUser.http(daemon, "/pub?topic=t", "4").startsWith("503 "));
            assertEquals("OK", PluginUser.tcp(daemon, PluginUser.command("PUB other", "1")));
            for (String body : List.of("1", "2", "3")) {
                assertEquals(body, PluginUser.consume(daemon, "t", "c"));
            }
            assertEquals("OK", PluginUser.tcp(daemon, PluginUser.command("PUB t", "5")));
            assertEquals("5", PluginUser.consume(daemon, "t", "c"));
            assertEquals(0, daemon.stop());
        }
        try (Stream<Path> files = Files.list(data)) {
            assertEquals(
                    0,
                    files.filter(file -> file.toString().contains("diskqueue")).count());
        }
    }

    /** Without imports, comments and blank lines. */
    @ParameterizedTest
    @ValueSource(strings = {"text-transport", "properties-authenticator", "text-metadata", "memory-storage"})
    void anExampleIsSmall(String example) throws IOException {
        long lines = 0;
        try (Stream<Path> files = Files.walk(Path.of("..", "examples", example, "src", "main", "java"))) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                lines += Files.readAllLines(file).stream()
                        .map(String::strip)
                        .filter(line -> !line.isEmpty() && !line.matches("(import |package |/?\\*|//).*"))
                        .count();
            }
        }
        assertTrue(lines > 0 && lines < LINES, example + " has " + lines + " lines");
    }
}
