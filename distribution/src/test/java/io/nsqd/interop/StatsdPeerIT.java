package io.nsqd.interop;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.nsqd.launcher.Daemon;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The statsd daemon of the Node package gets what we push, and is asked for it over its own console. */
@Tag("interop")
@Tag("D-1")
@Tag("D-7")
class StatsdPeerIT {
    private static final Pattern FIGURE = Pattern.compile("'?([^\\s']+)'?: (-?\\d+)");

    @TempDir
    Path directory;

    private Program statsd;
    private int port;
    private int console;

    @BeforeEach
    void start() throws IOException, InterruptedException {
        Path modules = NodeModules.install("statsd", "--omit=optional");
        port = FreePorts.next();
        console = FreePorts.next();
        // It sums up counters until it passes them on, which it shall not.
        Path configuration = Files.writeString(
                directory.resolve("statsd.js"),
                String.format(
                        "{ address: '127.0.0.1', port: %d, mgmt_address: '127.0.0.1', mgmt_port: %d,"
                                + " flushInterval: 3600000, backends: [] }",
                        port, console));
        statsd = Program.start(
                "statsd",
                Path.of("/usr/bin/env"),
                "node",
                modules.resolve("statsd/stats.js").toString(),
                configuration.toString());
        statsd.awaitUntil(program -> program.lastOutput().contains("server is up"));
    }

    @AfterEach
    void stop() {
        statsd.close();
    }

    /** All {@code counters} or {@code gauges}. */
    private Map<String, Long> figures(String command) throws IOException {
        Map<String, Long> figures = new TreeMap<>();
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), console)) {
            socket.getOutputStream().write((command + "\n").getBytes(StandardCharsets.US_ASCII));
            BufferedReader in =
                    new BufferedReader(new InputStreamReader(socket.getInputStream(), StandardCharsets.US_ASCII));
            for (String line = in.readLine(); !line.equals("END"); line = in.readLine()) {
                Matcher figure = FIGURE.matcher(line);
                while (figure.find()) {
                    figures.put(figure.group(1), Long.parseLong(figure.group(2)));
                }
            }
        }
        return figures;
    }

    @Test
    void itHasTheFiguresThatStatsShows() throws Exception {
        try (Daemon daemon = Daemon.of(Files.createDirectory(directory.resolve("data")))
                .flags(
                        "--broadcast-address=127.0.0.1",
                        "--mem-queue-size=10",
                        "--e2e-processing-latency-percentile=0.5",
                        "--e2e-processing-latency-percentile=0.99",
                        "--statsd-address=127.0.0.1:" + port,
                        "--statsd-interval=200ms",
                        "--statsd-udp-packet-size=100")
                .start()) {
            HttpApi api = HttpApi.of(daemon);
            api.createChannel("orders", "billing");
            Client.publish(daemon.tcpPort(), "orders", "--count=125");
            try (Client consumer = Client.consume(
                    daemon.tcpPort(), "orders", "billing", "--attempts=2", "--count=100", "--ready=5", "--hold=1ms")) {
                consumer.await(counts -> counts.get("finished").asInt() >= 100);
                consumer.finish();
            }
            String topic = "nsq.127_0_0_1_" + daemon.httpPort() + ".topic.orders.";
            String channel = topic + "channel.billing.";
            // Counters, once all rounds are summed up; whatever else was finished is in flight no more.
            await().atMost(Program.PATIENCE).untilAsserted(() -> {
                Map<String, Long> counters = figures("counters");
                assertEquals(125, counters.get(topic + "message_count"));
                assertEquals(1250, counters.get(topic + "message_bytes"));
                assertEquals(125, counters.get(channel + "message_count"));
                assertEquals(
                        api.channel("orders", "billing").get("requeue_count").asLong(),
                        counters.get(channel + "requeue_count"));
                assertEquals(0, counters.get(channel + "timeout_count"));
                assertEquals(0, counters.get("statsd.bad_lines_seen"));
            });
            await().atMost(Program.PATIENCE).untilAsserted(() -> {
                Map<String, Long> gauges = figures("gauges");
                assertEquals(0, gauges.get(topic + "depth"));
                assertEquals(api.channel("orders", "billing").get("depth").asLong(), gauges.get(channel + "depth"));
                assertEquals(
                        api.channel("orders", "billing").get("backend_depth").asLong(),
                        gauges.get(channel + "backend_depth"));
                assertEquals(0, gauges.get(channel + "in_flight_count"));
                assertEquals(0, gauges.get(channel + "clients"));
                assertTrue(gauges.get(channel + "e2e_processing_latency_50") > 0);
                assertTrue(gauges.get(topic + "e2e_processing_latency_99") > 0);
                assertTrue(gauges.get("nsq.127_0_0_1_" + daemon.httpPort() + ".mem.heap_in_use_bytes") > 0);
            });
            assertEquals(0, daemon.stop());
        }
    }
}
