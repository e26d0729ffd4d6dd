package io.nsqd.interop;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import io.nsqd.launcher.Daemon;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** nsq_stat and nsqadmin, which ask our daemon directly. */
@Tag("interop")
class AdminIT {
    @TempDir
    Path data;

    private Daemon daemon;
    private HttpApi api;
    private String address;

    @BeforeEach
    void start() throws IOException, InterruptedException {
        daemon = Daemon.of(data)
                .flags("--mem-queue-size=10", "--broadcast-address=127.0.0.1")
                .start();
        address = "--nsqd-http-address=127.0.0.1:" + daemon.httpPort();
        api = HttpApi.of(daemon);
        api.createChannel("orders", "billing");
        Client.publish(daemon.tcpPort(), "orders", "--count=25");
    }

    @AfterEach
    void stop() throws InterruptedException {
        try (Daemon stopping = daemon) {
            assertEquals(0, stopping.stop());
        }
    }

    @Test
    void nsqStatShowsTheFiguresOfAChannel() throws Exception {
        try (Program stat = Program.start(
                "nsq_stat", address, "--topic=orders", "--channel=billing", "--interval=50ms", "--count=1")) {
            stat.awaitExit();
            // Two lines of titles; then rates, total, memory, disk, in flight, deferred, requeued, timed out, messages.
            assertEquals(3, stat.output().size(), () -> stat.output().toString());
            assertEquals(
                    List.of("0", "0", "25", "10", "15", "0", "0", "0", "0", "25", "0"),
                    List.of(stat.output().get(2).replace('|', ' ').trim().split("\\s+")));
        }
    }

    @Test
    @Tag("T-58")
    void nsqStatSaysThatThereIsNoSuchChannel() throws Exception {
        Process stat = new ProcessBuilder(
                        GoTools.program("nsq_stat").toString(),
                        address,
                        "--topic=orders",
                        "--channel=absent",
                        "--interval=50ms",
                        "--count=1")
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .start();
        assertNotEquals(0, stat.waitFor());
    }

    @Test
    @Tag("T-50")
    @Tag("T-54")
    @Tag("T-55")
    @Tag("T-56")
    @Tag("T-57")
    void nsqadminShowsTopicChannelAndNode() throws Exception {
        try (Program admin = Program.start("nsqadmin", "--http-address=127.0.0.1:0", address)) {
            HttpApi http = new HttpApi(admin.port("HTTP"));
            assertEquals("orders", http.get("/api/topics").get("topics").get(0).asText());

            JsonNode topic = http.get("/api/topics/orders");
            assertEquals(25, topic.get("message_count").asInt());
            assertEquals(
                    "billing", topic.get("channels").get(0).get("channel_name").asText());

            JsonNode channel = http.get("/api/topics/orders/billing");
            assertEquals(25, channel.get("depth").asInt());
            assertEquals(15, channel.get("backend_depth").asInt());
            assertEquals(10, channel.get("memory_depth").asInt());

            JsonNode node = http.get("/api/nodes").get("nodes").get(0);
            assertEquals("1.3.0", node.get("version").asText());
            assertEquals(daemon.tcpPort(), node.get("tcp_port").asInt());
            assertEquals(daemon.httpPort(), node.get("http_port").asInt());
            assertFalse(node.get("out_of_date").asBoolean());
            JsonNode detail = http.get("/api/nodes/127.0.0.1:" + daemon.httpPort());
            assertEquals(25, detail.get("total_messages").asInt());
        }
    }

    @Test
    void nsqadminShowsConsumers() throws Exception {
        try (Program admin = Program.start("nsqadmin", "--http-address=127.0.0.1:0", address);
                Client consumer = Client.consume(
                        daemon.tcpPort(),
                        "orders",
                        "billing",
                        "--hold=10m",
                        "--ready=3",
                        "--option=user_agent,interop/1")) {
            consumer.await(counts -> counts.get("received").asInt() == 3);
            JsonNode channel = new HttpApi(admin.port("HTTP")).get("/api/topics/orders/billing");
            assertEquals(3, channel.get("in_flight_count").asInt());
            assertEquals(1, channel.get("clients").size());
            assertEquals(
                    "interop/1", channel.get("clients").get(0).get("user_agent").asText());
        }
    }

    @Test
    @Tag("T-50")
    void nsqadminPausesEmptiesCreatesAndDeletes() throws Exception {
        try (Program admin = Program.start("nsqadmin", "--http-address=127.0.0.1:0", address)) {
            HttpApi http = new HttpApi(admin.port("HTTP"));
            http.post("/api/topics/orders", "{\"action\":\"pause\"}");
            assertTrue(api.topic("orders").get("paused").asBoolean());
            http.post("/api/topics/orders", "{\"action\":\"unpause\"}");
            assertFalse(api.topic("orders").get("paused").asBoolean());
            http.post("/api/topics/orders/billing", "{\"action\":\"pause\"}");
            assertTrue(api.channel("orders", "billing").get("paused").asBoolean());
            http.post("/api/topics/orders/billing", "{\"action\":\"empty\"}");
            assertEquals(0, api.channel("orders", "billing").get("depth").asInt());
            http.request("DELETE", "/api/topics/orders/billing", "");
            assertTrue(api.channel("orders", "billing").isMissingNode());
            http.request("DELETE", "/api/topics/orders", "");
            assertTrue(api.topic("orders").isMissingNode());
        }
    }
}
