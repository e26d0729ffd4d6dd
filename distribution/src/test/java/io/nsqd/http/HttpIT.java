package io.nsqd.http;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.nsqd.api.Printable;
import io.nsqd.launcher.Daemon;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** HTTP with a real broker behind it. */
class HttpIT {
    private static final ObjectMapper JSON = new ObjectMapper();

    @TempDir
    Path data;

    @Test
    @Tag("H-30")
    @Tag("H-31")
    @Tag("H-51")
    void requestsAreLoggedButPublishesAreNot() throws Exception {
        try (Daemon daemon = Daemon.of(data).start();
                RawHttp client = RawHttp.connect(daemon.httpPort())) {
            client.exchange("POST", "/pub?topic=quiet", "x");
            client.exchange("POST", "/mpub?topic=loud&binary=yes", "");
            client.exchange("GET", "/stats?x=%zz");
            client.exchange("GET", "/nope");
            client.exchange("DELETE", "/ping?a=%20b");
            daemon.awaitLog(" WARNING: deprecated value 'yes' used for /mpub binary param$");
            daemon.awaitLog(" ERROR: failed to parse request params - invalid URL escape \"%zz\"$");
            daemon.awaitLog(" INFO: 400 GET /stats\\?x=%zz \\(127\\.0\\.0\\.1:\\d+\\) [0-9.]+(ms|µs|s)$");
            daemon.awaitLog(" INFO: 404 GET /nope \\(127\\.0\\.0\\.1:\\d+\\) ");
            daemon.awaitLog(" INFO: 405 DELETE /ping\\?a=%20b \\(");
            assertFalse(daemon.log().stream().anyMatch(line -> line.contains("/pub?")));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"text", "json"})
    void nobodyControlsTheOperatorsTerminalThroughTheLog(String format) throws Exception {
        try (Daemon daemon = Daemon.of(data)
                .flags("--log-format=" + format, "--log-level=debug")
                .launch()) {
            int tcpPort = port(daemon, "TCP");
            try (RawHttp client = RawHttp.connect(port(daemon, "HTTP"))) {
                client.exchange("POST", "/mpub?topic=t&binary=%1b%5b2J%C2%9bH", "");
                client.exchange("GET", "/nope\u00c2\u009b2J");
                client.exchange("N\u009bPE", "/nope");
            }
            say(tcpPort, "\33[2J");
            say(tcpPort, "  V2IDENTIFY\n\0\0\0\33{\"client_id\":\"\\u001b[31m\"}  ");
            say(tcpPort, "  V2\33[1;1H\33]0;mine\7\n");
            say(tcpPort, "  V2PUB \33[2J\302\233H\n");
            daemon.awaitLog("desired protocol magic '.*\\[2J'");
            daemon.awaitLog("invalid command .*\\[1;1H");
            daemon.awaitLog("E_BAD_TOPIC PUB topic name");
            daemon.awaitLog("deprecated value '.*\\[2J.*H'");
            for (String line : daemon.log()) {
                assertTrue(line.chars().allMatch(c -> Printable.isSafe((char) c)), line);
                if (format.equals("json")) {
                    assertTrue(JSON.readTree(line).isObject(), line);
                }
            }
            assertEquals(0, daemon.stop());
        }
    }

    /** The port, as a line of either format tells it. */
    private static int port(Daemon daemon, String protocol) {
        return Integer.parseInt(
                daemon.awaitLog(protocol + ": listening on [^\"]*:(\\d+)").group(1));
    }

    private static void say(int port, String bytes) throws IOException {
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
            socket.setSoTimeout(20_000);
            socket.getOutputStream().write(bytes.getBytes(StandardCharsets.ISO_8859_1));
            socket.shutdownOutput();
            socket.getInputStream().readAllBytes();
        }
    }

    @Test
    @Tag("X-15")
    void aDozenScrapesAtOnceAreAllServed() throws Exception {
        try (Daemon daemon = Daemon.of(data).start()) {
            HttpRequest scrape = HttpRequest.newBuilder(
                            URI.create("http://127.0.0.1:" + daemon.httpPort() + "/metrics"))
                    .timeout(Duration.ofSeconds(60))
                    .build();
            for (int round = 0; round < 5; round++) {
                List<CompletableFuture<Integer>> answers = new ArrayList<>();
                for (int i = 0; i < 12; i++) {
                    answers.add(HttpClient.newHttpClient()
                            .sendAsync(scrape, HttpResponse.BodyHandlers.ofString())
                            .thenApply(HttpResponse::statusCode));
                }
                for (CompletableFuture<Integer> answer : answers) {
                    assertEquals(200, answer.get(60, TimeUnit.SECONDS));
                }
            }
            assertEquals(0, daemon.stop());
        }
    }

    @Test
    @Tag("H-66")
    @Tag("H-67")
    void aPauseIsStoredBeforeItIsAnswered() throws Exception {
        try (Daemon daemon = Daemon.of(data).start();
                RawHttp client = RawHttp.connect(daemon.httpPort())) {
            client.exchange("POST", "/topic/create?topic=t");
            client.exchange("POST", "/channel/create?topic=t&channel=c");
            assertEquals(
                    200,
                    client.exchange("POST", "/channel/pause?topic=t&channel=c").status());
            String stored = Files.readString(data.resolve("nsqd.dat"));
            assertTrue(stored.contains("\"paused\":true"), stored);
            client.exchange("POST", "/pub?topic=t", "one");
            assertEquals(200, client.exchange("POST", "/topic/empty?topic=t").status());
            assertTrue(channelDepth(client, 1));
            assertEquals(
                    200,
                    client.exchange("POST", "/channel/empty?topic=t&channel=c").status());
            assertTrue(channelDepth(client, 0));
        }
    }

    private static boolean channelDepth(RawHttp client, int depth) throws IOException {
        String stats =
                client.exchange("GET", "/stats?format=json&include_mem=false").body();
        return stats.contains("\"channel_name\":\"c\",\"depth\":" + depth + ",");
    }

    @Test
    @Tag("H-43")
    @Tag("T-11")
    void aDeferredMessageWaitsInTheTopicUntilThereIsAChannel() throws Exception {
        try (Daemon daemon = Daemon.of(data).start();
                RawHttp client = RawHttp.connect(daemon.httpPort())) {
            client.exchange("POST", "/pub?topic=t&defer=600000", "x");
            String before = client.exchange("GET", "/stats?format=json").body();
            assertTrue(before.contains("\"channels\":[],\"depth\":1,"), before);
            assertTrue(before.endsWith("\"producers\":null}"), before);
            client.exchange("POST", "/channel/create?topic=t&channel=c");
            await().until(() -> client.exchange("GET", "/stats?format=json")
                    .body()
                    .contains("\"depth\":0,\"backend_depth\":0,\"in_flight_count\":0,\"deferred_count\":1,"));
        }
    }

    @Test
    @Tag("H-34")
    @Tag("H-69")
    void theRealPortsAreShown() throws Exception {
        try (Daemon daemon =
                        Daemon.of(data).flags("--broadcast-address=127.0.0.1").start();
                RawHttp client = RawHttp.connect(daemon.httpPort())) {
            String ports = "\"http_port\":" + daemon.httpPort() + ",\"tcp_port\":" + daemon.tcpPort() + ",";
            String info = client.exchange("GET", "/info").body();
            assertTrue(info.contains(ports), info);
            assertEquals(
                    "nsq.127_0_0_1_" + daemon.httpPort() + ".",
                    client.exchange("GET", "/config/statsd_prefix").body());
            assertEquals(
                    data.toString(), client.exchange("GET", "/config/data_path").body());
        }
    }

    @Test
    @Tag("H-93")
    @Tag("H-30")
    @Tag("H-34")
    void aPathIsAUnixSocket() throws Exception {
        Path socket = data.resolve("http.sock");
        try (Daemon daemon = Daemon.of(data).flags("--http-address=" + socket).launch()) {
            daemon.awaitLog(" INFO: HTTP: listening on ");
            try (RawHttp client = RawHttp.connect(socket)) {
                assertTrue(client.exchange("GET", "/info").body().contains("\"http_port\":-1,"));
                assertEquals("OK", client.exchange("POST", "/pub?topic=t", "x").body());
            }
            daemon.awaitLog(" INFO: 200 GET /info \\(@\\) ");
            assertEquals(0, daemon.stop());
            assertFalse(Files.exists(socket));
        }
    }

    @Test
    @Tag("H-70")
    void theLogLevelChangesAtOnce() throws Exception {
        try (Daemon daemon = Daemon.of(data).start();
                RawHttp client = RawHttp.connect(daemon.httpPort())) {
            assertEquals(
                    "4", client.exchange("PUT", "/config/log_level", "error").body());
            client.exchange("GET", "/info");
            assertEquals(
                    "2", client.exchange("PUT", "/config/log_level", "info").body());
            daemon.awaitLog(" INFO: 200 PUT /config/log_level ");
            assertFalse(daemon.log().stream().anyMatch(text -> text.contains("GET /info")));
        }
    }

    @Test
    @Tag("H-95")
    @Tag("X-16")
    @Tag("O-60")
    void aStopEndsConnections() throws Exception {
        try (Daemon daemon = Daemon.of(data).start();
                RawHttp client = RawHttp.connect(daemon.httpPort())) {
            assertEquals("OK", client.exchange("GET", "/ping").body());
            assertEquals(0, daemon.stop());
            daemon.awaitLog(" INFO: HTTP: closing$");
            assertThrows(IOException.class, () -> client.exchange("GET", "/ping"));
        }
    }
}
