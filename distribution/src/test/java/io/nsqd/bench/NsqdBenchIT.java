package io.nsqd.bench;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.nsqd.launcher.Daemon;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The script of the distribution against daemons of the distribution. */
class NsqdBenchIT {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    /** Small, but more than a memory queue, a window of unanswered commands, and some buffers. */
    private static final String[] SMALL = {"--messages=12000", "--rounds=2", "--warmups=0", "--connections=2"};

    @TempDir
    Path directory;

    private Daemon start(String name) throws Exception {
        return Daemon.of(Files.createDirectory(directory.resolve(name))).start();
    }

    private static String tcp(Daemon daemon) {
        return "127.0.0.1:" + daemon.tcpPort();
    }

    private static String http(Daemon daemon) {
        return "127.0.0.1:" + daemon.httpPort();
    }

    private static String get(Daemon daemon, String path) throws Exception {
        try (InputStream in =
                URI.create("http://" + http(daemon) + path).toURL().openStream()) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        }
    }

    private static JsonNode topics(Daemon daemon) throws Exception {
        return JSON.readTree(get(daemon, "/stats?format=json")).get("topics");
    }

    private BenchScript.Outcome run(String... arguments) throws Exception {
        List<String> all = new ArrayList<>(List.of(SMALL));
        all.addAll(List.of(arguments));
        return BenchScript.run(directory, all.toArray(String[]::new));
    }

    private static void assertLines(String text, String... expressions) {
        List<String> lines = text.lines().toList();
        assertEquals(expressions.length, lines.size(), text);
        for (int i = 0; i < expressions.length; i++) {
            assertTrue(Pattern.matches(expressions[i], lines.get(i)), lines.get(i));
        }
    }

    @Test
    void oneServerWithItsHttpApi() throws Exception {
        try (Daemon daemon = start("a")) {
            BenchScript.Outcome outcome = run("--http-address=" + http(daemon), "--rate=20000", tcp(daemon));
            assertEquals(new BenchScript.Outcome(0, outcome.output(), ""), outcome);
            String rate = " +12,000  msg/s +[0-9,]+ \\[[0-9,]+\\.\\.[0-9,]+\\]";
            String millis = " +12,000 +ms +[0-9.]+ \\[[0-9.]+\\]";
            assertLines(
                    outcome.output(),
                    "Messages of 100 bytes, 2 connections, 2 rounds after 0 warm-ups",
                    Pattern.quote(tcp(daemon)) + ", nsqd 1\\.3\\.0",
                    "",
                    "WORKLOAD +MESSAGES +UNIT +MEDIAN \\[MIN\\.\\.MAX\\]",
                    "pub" + rate,
                    "mpub" + rate,
                    "pub-pipe" + rate,
                    "consume" + rate,
                    "pubsub" + rate,
                    "latency p50" + millis,
                    "latency p99" + millis,
                    "latency p99\\.9" + millis);
            assertEquals(0, topics(daemon).size(), "what it has made it has deleted");
            assertEquals(0, daemon.stop());
            assertTrue(daemon.log().stream().noneMatch(line -> line.contains("ERROR")), daemon.log()::toString);
        }
    }

    @Test
    void oneServerWithEphemeralTopics() throws Exception {
        try (Daemon daemon = start("a")) {
            BenchScript.Outcome outcome = run("--json", "--size=1000", "--rate=20000", tcp(daemon));
            assertEquals(new BenchScript.Outcome(0, outcome.output(), ""), outcome);
            JsonNode report = JSON.readTree(outcome.output());
            assertEquals(1, outcome.output().lines().count());
            assertTrue(report.get("ephemeral").asBoolean());
            assertEquals(5 + 3, report.get("results").size());
            report.get("results").forEach(result -> {
                assertEquals(2, result.at("/servers/0/rounds").size());
                assertTrue(result.at("/servers/0/min").asDouble() > 0, result::toString);
            });
            // They go with their last client, a moment later.
            await().atMost(PATIENCE).until(() -> topics(daemon).size() == 0);
        }
    }

    @Test
    void twoServersSideBySide() throws Exception {
        try (Daemon one = start("a");
                Daemon other = start("b")) {
            BenchScript.Outcome outcome = run(
                    "--workload=consume,pub",
                    "--http-address=" + http(one),
                    "--http-address=" + http(other),
                    tcp(one),
                    tcp(other));
            assertEquals(new BenchScript.Outcome(0, outcome.output(), ""), outcome);
            String side = " +[0-9,]+ \\[[0-9,]+\\.\\.[0-9,]+\\]";
            assertLines(
                    outcome.output(),
                    "Messages of 100 bytes, 2 connections, 2 rounds after 0 warm-ups",
                    "A is " + tcp(one) + ", nsqd .*",
                    "B is " + tcp(other) + ", nsqd .*",
                    "",
                    "WORKLOAD +MESSAGES +UNIT +A +B +A/B",
                    "consume +12,000  msg/s" + side + side + " +\\d+\\.\\d\\d",
                    "pub +12,000  msg/s" + side + side + " +\\d+\\.\\d\\d");
            assertEquals(0, topics(one).size());
            assertEquals(0, topics(other).size());
        }
    }

    @Test
    void overHttp() throws Exception {
        try (Daemon daemon = start("a")) {
            BenchScript.Outcome outcome = run("--http", "--json", http(daemon), http(daemon));
            assertEquals(new BenchScript.Outcome(0, outcome.output(), ""), outcome);
            JsonNode results = JSON.readTree(outcome.output()).get("results");
            assertEquals("pub", results.at("/0/workload").asText());
            assertEquals("mpub", results.at("/1/workload").asText());
            results.forEach(result -> assertTrue(result.get("ratio").asDouble() > 0, result::toString));
            assertEquals(0, topics(daemon).size());
        }
    }

    @Test
    void aServerThatIsNotThere() throws Exception {
        int port;
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            port = socket.getLocalPort();
        }
        assertEquals(
                new BenchScript.Outcome(
                        1, "", "nsqd-bench: 127.0.0.1:" + port + ": cannot connect - Connection refused\n"),
                run("127.0.0.1:" + port));
    }

    @Test
    void aServerThatIsNoNsqd() throws Exception {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            Thread server = new Thread(() -> {
                try (Socket client = socket.accept()) {
                    client.getOutputStream().write("220 ready when you are\r\n".getBytes(StandardCharsets.US_ASCII));
                    client.getInputStream().readAllBytes();
                } catch (java.io.IOException e) {
                    throw new java.io.UncheckedIOException(e);
                }
            });
            server.start();
            String address = "127.0.0.1:" + socket.getLocalPort();
            assertEquals(
                    new BenchScript.Outcome(1, "", "nsqd-bench: " + address + ": what comes is not NSQ's protocol\n"),
                    run(address));
            server.join();
        }
    }

    @Test
    void aServerThatRefuses() throws Exception {
        try (Daemon daemon = Daemon.of(directory).flags("--max-msg-size=100").start()) {
            BenchScript.Outcome outcome = run("--size=101", "--workload=pub", tcp(daemon));
            assertEquals(1, outcome.exitCode());
            assertEquals("", outcome.output());
            assertLines(outcome.errors(), "nsqd-bench: " + tcp(daemon) + ": the server answers E_BAD_MESSAGE .*");
        }
    }

    @Test
    void aServerThatDies() throws Exception {
        try (Daemon daemon = start("a");
                BenchScript script = BenchScript.start(
                        directory, "--workload=pub-pipe", "--messages=1000000000", "--json", tcp(daemon))) {
            await().atMost(PATIENCE)
                    .until(() -> topics(daemon).path(0).path("message_count").asLong() > 0);
            daemon.kill();
            BenchScript.Outcome outcome = script.await();
            assertEquals(1, outcome.exitCode());
            assertEquals("", outcome.output());
            assertLines(
                    outcome.errors(),
                    "nsqd-bench: " + tcp(daemon)
                            + ": (the server has closed the connection|the connection is lost - .*)");
        }
    }

    @Test
    void aWrongFlag() throws Exception {
        BenchScript.Outcome outcome = run("--speed=9", "127.0.0.1:1");
        assertEquals(2, outcome.exitCode());
        assertEquals("", outcome.output());
        List<String> lines = outcome.errors().lines().toList();
        assertEquals("nsqd-bench: flag provided but not defined: -speed", lines.get(0));
        assertEquals("Usage of nsqd-bench: nsqd-bench [flags] HOST:PORT [HOST:PORT]", lines.get(1));
    }

    @Test
    void helpIsNoError() throws Exception {
        BenchScript.Outcome outcome = run("--help");
        assertEquals(new BenchScript.Outcome(0, Settings.usage() + "\n", ""), outcome);
    }

    @Test
    void theScriptMayBeCalledByALink() throws Exception {
        Path link = Files.createSymbolicLink(
                directory.resolve("bench"), Daemon.home().resolve("bin/nsqd-bench"));
        try (BenchScript script = BenchScript.start(link, directory, "--help")) {
            assertEquals(0, script.await().exitCode());
        }
    }
}
