package io.nsqd.interop;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import com.fasterxml.jackson.databind.JsonNode;
import io.nsqd.launcher.Daemon;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Our daemon registers with the real nsqlookupd. */
@Tag("interop")
class LookupIT {
    @TempDir
    Path data;

    private Program lookupd;
    private HttpApi lookup;
    private Daemon daemon;

    @BeforeEach
    void start() throws IOException, InterruptedException {
        lookupd = Program.start("nsqlookupd", "--tcp-address=127.0.0.1:0", "--http-address=127.0.0.1:0");
        lookup = new HttpApi(lookupd.port("HTTP"));
        daemon = Daemon.of(data)
                .flags("--lookupd-tcp-address=127.0.0.1:" + lookupd.port("TCP"), "--broadcast-address=127.0.0.1")
                .start();
        lookup.awaitAnswer("/nodes", nodes -> nodes.get("producers").size() == 1);
    }

    @AfterEach
    void stop() throws InterruptedException {
        try (Program stoppingLookupd = lookupd;
                Daemon stopping = daemon) {
            assertEquals(0, stopping.stop());
            lookup.awaitAnswer("/nodes", nodes -> nodes.get("producers").isEmpty());
            stoppingLookupd.stop();
        }
    }

    @Test
    void aConsumerFindsOursThroughNsqlookupd() throws Exception {
        try (Client consumer = Client.discover(lookup.port(), "t", "c", "--count=1000", "--ready=50")) {
            Client.publish(daemon.tcpPort(), "t", "--count=1000", "--batch=10");
            consumer.await(counts -> counts.get("missing").asInt() == 0);
            JsonNode channels = lookup.awaitAnswer(
                    "/channels?topic=t", answer -> !answer.get("channels").isEmpty());
            assertEquals("c", channels.get("channels").get(0).asText());
            assertEquals(1000, consumer.finish().get("received").asInt());
        }
    }

    @Test
    void aTopicThatIsDeletedIsNoLongerFound() throws Exception {
        HttpApi api = HttpApi.of(daemon);
        api.createChannel("t", "c");
        lookup.awaitAnswer("/topics", answer -> answer.get("topics").toString().equals("[\"t\"]"));
        JsonNode found = lookup.awaitAnswer(
                "/lookup?topic=t", answer -> answer.get("producers").size() == 1);
        JsonNode producer = found.get("producers").get(0);
        assertEquals(daemon.tcpPort(), producer.get("tcp_port").asInt());
        assertEquals(daemon.httpPort(), producer.get("http_port").asInt());
        api.post("/topic/delete?topic=t", "");
        lookup.awaitAnswer("/lookup?topic=t", answer -> answer.get("producers").isEmpty());
    }

    @Test
    void aNewTopicGetsTheChannelsThatNsqlookupdKnows() throws Exception {
        lookup.post("/topic/create?topic=t", "");
        lookup.post("/channel/create?topic=t&channel=known", "");
        Client.publish(daemon.tcpPort(), "t", "--count=10");
        HttpApi.of(daemon)
                .awaitChannel("t", "known", figures -> figures.get("depth").asInt() == 10);
    }

    @Test
    void nsqadminTakesOursForAnUpToDateNode() throws Exception {
        try (Program admin = Program.start(
                "nsqadmin", "--http-address=127.0.0.1:0", "--lookupd-http-address=127.0.0.1:" + lookup.port())) {
            JsonNode nodes = new HttpApi(admin.port("HTTP")).get("/api/nodes").get("nodes");
            assertEquals(1, nodes.size());
            assertEquals("1.3.0", nodes.get(0).get("version").asText());
            assertFalse(nodes.get(0).get("out_of_date").asBoolean());
        }
    }
}
