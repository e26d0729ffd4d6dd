package io.nsqd.interop;

import static org.junit.jupiter.api.Assertions.assertEquals;
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

/** Policies, and go-nsq, nsq_stat and nsqadmin, which know nothing of them. */
@Tag("interop")
class PolicyClientsIT {
    @TempDir
    Path data;

    private Daemon daemon;
    private HttpApi api;

    @BeforeEach
    void start() throws IOException {
        daemon = Daemon.of(data).flags("--broadcast-address=127.0.0.1").start();
        api = HttpApi.of(daemon);
    }

    @AfterEach
    void stop() throws InterruptedException {
        try (Daemon stopping = daemon) {
            assertEquals(0, stopping.stop());
        }
    }

    /** What go-nsq has given up it finishes itself. */
    private int received(String... flags) throws Exception {
        try (Client consumer = Client.consume(daemon.tcpPort(), "t", "c", flags)) {
            Client.publish(daemon.tcpPort(), "t", "--count=20", "--batch=20");
            api.awaitChannel(
                    "t",
                    "c",
                    figures -> figures.path("message_count").asInt() >= 20
                            && figures.get("depth").asInt() == 0
                            && figures.get("in_flight_count").asInt() == 0
                            && figures.get("deferred_count").asInt() == 0);
            return consumer.finish().get("received").asInt();
        }
    }

    @Test
    void aClientsOwnLimitHoldsWithoutAPolicy() throws Exception {
        assertEquals(60, received("--count=20", "--ready=20", "--attempts=99", "--option=max_attempts,3"));
        assertTrue(api.channel("t", "c").path("policy").isMissingNode());
    }

    @Test
    void ofAClientsLimitAndAPolicysTheLowerCounts() throws Exception {
        api.post("/channel/policy?topic=t&channel=*", "{\"max-attempts\":5,\"dead-letter-topic\":\"dead\"}");
        assertEquals(60, received("--count=20", "--ready=20", "--attempts=99", "--option=max_attempts,3"));
        assertEquals(0, api.channel("t", "c").get("policy").get("dead_count").asInt());
        api.post("/channel/policy?topic=t&channel=*", "{\"max-attempts\":2,\"dead-letter-topic\":\"dead\"}");
        assertEquals(40, received("--count=20", "--ready=20", "--attempts=99", "--option=max_attempts,3"));
        assertEquals(20, api.channel("t", "c").get("policy").get("dead_count").asInt());
        assertEquals(20, api.topic("dead").get("depth").asInt());
    }

    @Test
    void nsqadminAndNsqStatShowWhatTheyShowWithoutPolicies() throws Exception {
        api.post("/channel/policy?topic=t&channel=*", "{\"max-attempts\":1}");
        api.createChannel("t", "c");
        received("--count=20", "--ready=20", "--attempts=99");
        Client.publish(daemon.tcpPort(), "t", "--count=5");
        assertEquals(
                20, api.channel("t", "c").get("policy").get("dropped_count").asInt());
        String address = "--nsqd-http-address=127.0.0.1:" + daemon.httpPort();
        try (Program admin = Program.start("nsqadmin", "--http-address=127.0.0.1:0", address)) {
            JsonNode channel = new HttpApi(admin.port("HTTP")).get("/api/topics/t/c");
            assertEquals(5, channel.get("depth").asInt());
            assertEquals(20, channel.get("requeue_count").asInt());
            assertEquals(25, channel.get("message_count").asInt());
        }
        try (Program stat =
                Program.start("nsq_stat", address, "--topic=t", "--channel=c", "--interval=50ms", "--count=1")) {
            stat.awaitExit();
            assertEquals(
                    List.of("0", "0", "5", "5", "0", "0", "0", "20", "0", "25", "0"),
                    List.of(stat.output().get(2).replace('|', ' ').trim().split("\\s+")));
        }
    }
}
