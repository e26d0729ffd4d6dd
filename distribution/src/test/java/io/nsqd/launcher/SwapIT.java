package io.nsqd.launcher;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.awaitility.core.ConditionFactory;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Each bundle taken away, brought back and replaced while the others serve. */
final class SwapIT {
    @TempDir
    private Path directory;

    private final HttpClient http = HttpClient.newHttpClient();
    private DistributionCopy copy;
    private Daemon daemon;
    private int tcpPort;
    private int httpPort;

    @BeforeEach
    void start() throws Exception {
        copy = new DistributionCopy(directory.resolve("home"));
        daemon = Daemon.of(Files.createDirectory(directory.resolve("data")))
                .home(copy.home())
                .start();
        // Addresses that stay the same over a swap: the ports are chosen once and given by flags.
        tcpPort = daemon.tcpPort();
        httpPort = daemon.httpPort();
        assertEquals(0, daemon.stop());
        daemon = Daemon.of(directory.resolve("data"))
                .home(copy.home())
                .flags("--tcp-address=127.0.0.1:" + tcpPort, "--http-address=127.0.0.1:" + httpPort)
                .start();
    }

    @AfterEach
    void stop() throws InterruptedException {
        assertEquals(0, daemon.stop());
    }

    private static ConditionFactory patiently() {
        return await().atMost(Duration.ofSeconds(60)).pollInterval(Duration.ofMillis(100));
    }

    private HttpResponse<String> http(String method, String pathAndQuery, String body)
            throws IOException, InterruptedException {
        return http.send(
                HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + httpPort + pathAndQuery))
                        .timeout(Duration.ofSeconds(20))
                        .method(method, HttpRequest.BodyPublishers.ofString(body))
                        .build(),
                HttpResponse.BodyHandlers.ofString());
    }

    /** Publishes over a connection of its own. */
    private void publishOverTcp(String topic, String body) throws IOException {
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), tcpPort)) {
            socket.setSoTimeout(20_000);
            DataOutputStream out = new DataOutputStream(socket.getOutputStream());
            out.write(("  V2PUB " + topic + "\n").getBytes(StandardCharsets.ISO_8859_1));
            out.writeInt(body.length());
            out.write(body.getBytes(StandardCharsets.ISO_8859_1));
            DataInputStream in = new DataInputStream(socket.getInputStream());
            assertEquals(6, in.readInt());
            assertEquals(0, in.readInt());
            assertEquals("OK", new String(in.readNBytes(2), StandardCharsets.ISO_8859_1));
        }
    }

    private String depth(String topic) throws IOException, InterruptedException {
        String stats = http("GET", "/stats?format=json&include_mem=false&topic=" + topic, "")
                .body();
        return stats.replaceAll("(?s).*?\"depth\":(\\d+).*", "$1");
    }

    private boolean refusesTcp() throws IOException {
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), tcpPort)) {
            return !socket.isConnected();
        } catch (SocketException e) {
            // Refused, or reset by a listening socket that closes at this very moment.
            return true;
        }
    }

    private boolean refusesHttp() throws InterruptedException {
        try {
            http("GET", "/ping", "");
            return false;
        } catch (IOException e) {
            return true;
        }
    }

    @Test
    void httpServesOnWhileTcpIsAwayAndTcpComesBack() throws Exception {
        publishOverTcp("t", "1");
        copy.take("nsqd-tcp");
        patiently().until(this::refusesTcp);
        assertEquals("OK", http("POST", "/pub?topic=t", "2").body());
        copy.bringBack("nsqd-tcp");
        patiently().until(() -> !refusesTcp());
        publishOverTcp("t", "3");
        assertEquals("3", depth("t"));
    }

    @Test
    void tcpServesOnWhileHttpIsAwayAndHttpComesBack() throws Exception {
        copy.take("nsqd-http");
        patiently().until(this::refusesHttp);
        publishOverTcp("t", "1");
        copy.bringBack("nsqd-http");
        patiently().until(() -> !refusesHttp());
        assertEquals("1", depth("t"));
    }

    @Test
    void anUpdatedTransportRefusesNobody() throws Exception {
        copy.replace("nsqd-tcp");
        int answered = 0;
        int cut = 0;
        // The swap happens somewhere in here. A connection of the old transport may be cut, but whoever connects is
        // served,
        // if a little later.
        while (daemon.log().stream().noneMatch(line -> line.contains("PLUGIN(nsqd-tcp.jar): started"))) {
            try {
                publishOverTcp("t", "x");
                answered++;
            } catch (ConnectException e) {
                throw new AssertionError("refused", e);
            } catch (SocketException | EOFException e) {
                cut++;
            }
        }
        publishOverTcp("t", "after");
        assertTrue(answered > 0);
        int depth = Integer.parseInt(depth("t"));
        assertTrue(
                depth > answered && depth <= answered + cut + 1,
                depth + " messages of " + answered + " answered, " + cut + " cut and the last");
    }

    @Test
    void lookupStatsdAndMetricsComeAndGoUnnoticed() throws Exception {
        for (String name : new String[] {"nsqd-lookup", "nsqd-statsd", "nsqd-metrics"}) {
            copy.take(name);
            daemon.awaitLog("PLUGIN\\(" + name + ".jar\\): removed");
            publishOverTcp("t", "x");
            copy.bringBack(name);
            daemon.awaitLog("PLUGIN\\(" + name + ".jar\\): started");
            assertEquals("OK", http("POST", "/pub?topic=t", "y").body());
        }
        assertEquals("6", depth("t"));
    }

    @Test
    void theCoreComesBackWithItsMessages() throws Exception {
        publishOverTcp("t", "kept");
        assertEquals(200, http("POST", "/channel/create?topic=t&channel=c", "").statusCode());
        copy.take("nsqd-core");
        patiently().until(() -> refusesTcp() && refusesHttp());
        copy.bringBack("nsqd-core");
        patiently().until(() -> !refusesTcp() && !refusesHttp());
        String stats =
                http("GET", "/stats?format=json&include_mem=false&topic=t", "").body();
        assertTrue(stats.contains("\"channel_name\":\"c\",\"depth\":1"), stats);
        publishOverTcp("t", "more");
    }

    @Test
    void theGroundOfTheTransportsComesBack() throws Exception {
        copy.take("nsqd-net");
        patiently().until(() -> refusesTcp() && refusesHttp());
        copy.bringBack("nsqd-net");
        patiently().until(() -> !refusesTcp() && !refusesHttp());
        publishOverTcp("t", "x");
        assertEquals("1", depth("t"));
    }
}
