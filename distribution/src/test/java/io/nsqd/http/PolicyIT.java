package io.nsqd.http;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.nsqd.launcher.Daemon;
import io.nsqd.tcp.Delivery;
import io.nsqd.tcp.Frame;
import io.nsqd.tcp.V2Client;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Policies over HTTP, and what they do to TCP clients that know nothing of them. */
class PolicyIT {
    private static final ObjectMapper JSON = new ObjectMapper();

    @TempDir
    Path data;

    private Daemon daemon;
    private RawHttp http;
    private V2Client client;

    @BeforeEach
    void start() throws IOException {
        connect(Daemon.of(data).start());
    }

    private void connect(Daemon started) throws IOException {
        daemon = started;
        http = RawHttp.connect(daemon.httpPort());
        client = V2Client.connect(daemon.tcpPort()).send(V2Client.MAGIC);
    }

    @AfterEach
    void stop() throws Exception {
        client.close();
        http.close();
        daemon.close();
    }

    private void post(String path, String body) throws IOException {
        RawHttp.Answer answer = http.exchange("POST", path, body);
        assertEquals(200, answer.status(), answer.body());
    }

    private JsonNode get(String path) throws IOException {
        RawHttp.Answer answer = http.exchange("GET", path);
        assertEquals(200, answer.status(), answer.body());
        return JSON.readTree(answer.body());
    }

    private String refused(int status, String method, String path, String body) throws IOException {
        RawHttp.Answer answer = http.exchange(method, path, body);
        assertEquals(status, answer.status(), answer.body());
        return JSON.readTree(answer.body()).get("message").asText();
    }

    private JsonNode channel(String topic, String channel) throws IOException {
        return get("/stats?format=json&topic=" + topic + "&channel=" + channel)
                .get("topics")
                .get(0)
                .get("channels")
                .get(0);
    }

    private V2Client subscriber(String topic, String channel, int ready) throws IOException {
        V2Client consumer = V2Client.connect(daemon.tcpPort()).send(V2Client.MAGIC);
        consumer.line("SUB " + topic + " " + channel);
        assertEquals(Frame.OK, consumer.frame());
        return consumer.line("RDY " + ready);
    }

    private void ok() throws IOException {
        assertEquals(Frame.OK, client.frame());
    }

    @Test
    void aPolicyCountsAtOnceAndOutlivesARestart() throws Exception {
        try (V2Client consumer = subscriber("orders", "billing", 1)) {
            post("/channel/policy?topic=orders&channel=*", "{\"max-attempts\":2,\"dead-letter-topic\":\"dead\"}");
            post("/channel/policy?topic=ord*&channel=billing", "{\"retry-delay\":\"1ms\",\"max-attempts\":\"9\"}");
            client.line("PUB orders", "poison");
            ok();
            for (int i = 1; i <= 2; i++) {
                Delivery delivery = consumer.frame().delivery();
                assertEquals(i, delivery.attempts());
                consumer.line("REQ " + delivery.id() + " 0");
            }
            await().until(() ->
                    get("/stats?format=json&topic=dead").get("topics").size() == 1);
            await().until(() ->
                    channel("orders", "billing").get("in_flight_count").asInt() == 0);
            JsonNode policy = channel("orders", "billing").get("policy");
            assertEquals(1, policy.get("dead_count").asInt());
            assertEquals(0, policy.get("dropped_count").asInt());
        }
        JsonNode values = get("/channel/policy?topic=orders&channel=billing").get("values");
        assertEquals(2, values.get("max-attempts").get("value").asInt());
        assertEquals("orders:*", values.get("max-attempts").get("from").asText());
        assertEquals("1ms", values.get("retry-delay").get("value").asText());
        assertEquals("ord*:billing", values.get("retry-delay").get("from").asText());
        assertEquals("default", values.get("ttl").get("from").asText());
        assertEquals("option", values.get("mem-queue-size").get("from").asText());
        assertEquals(10_000, values.get("mem-queue-size").get("value").asInt());

        stop();
        connect(Daemon.of(data).start());
        assertEquals(2, get("/channel/policy").get("policies").size());
        assertEquals(
                200,
                http.exchange("DELETE", "/channel/policy?topic=orders&channel=*")
                        .status());
        assertEquals("POLICY_NOT_FOUND", refused(404, "DELETE", "/channel/policy?topic=orders&channel=*", ""));
        values = get("/channel/policy?topic=orders&channel=billing").get("values");
        assertEquals(9, values.get("max-attempts").get("value").asInt());
    }

    @Test
    void whatCannotBeIsRefusedAndNothingIsHalfApplied() throws Exception {
        String path = "/channel/policy?topic=t&channel=c";
        assertTrue(refused(400, "POST", path, "{\"max-attempts\":5,\"ttl\":\"soon\"}")
                .contains("ttl cannot be 'soon'"));
        assertTrue(refused(400, "POST", path, "{\"max-attempt\":5}").contains("there is no key 'max-attempt'"));
        assertTrue(refused(400, "POST", path, "{\"ttl\":5}").contains("ttl cannot be '5'"));
        assertTrue(refused(400, "POST", path, "{\"ttl\":null}").contains("ttl has no value"));
        assertTrue(refused(400, "POST", path, "{\"ttl\":\"1s\",\"ttl\":\"2s\"}").contains("ttl is there twice"));
        assertTrue(refused(400, "POST", path, "{\"ttl\":\"1s\"} more").contains("JSON"));
        assertTrue(refused(400, "POST", path, "{\"ttl\":").contains("JSON"));
        assertTrue(refused(400, "POST", path, "").contains("JSON"));
        assertTrue(refused(400, "POST", path, "{}").contains("nothing in it"));
        assertTrue(refused(400, "POST", "/topic/policy?topic=t", "{\"max-attempts\":5}")
                .contains("for channels"));
        assertTrue(refused(400, "POST", "/topic/policy?topic=%1b", "{\"ttl\":\"1s\"}")
                .contains("neither the name"));
        assertEquals("MISSING_ARG_CHANNEL", refused(400, "POST", "/channel/policy?topic=t", "{\"ttl\":\"1s\"}"));
        assertTrue(refused(400, "POST", path, "{\"dead-letter-topic\":\"t\"}").contains("in a circle, t -> t"));
        assertEquals("BODY_TOO_BIG", refused(413, "POST", path, " ".repeat(100_000)));
        http.close();
        http = RawHttp.connect(daemon.httpPort());
        assertEquals(0, get("/channel/policy").get("policies").size());
        assertFalse(get("/stats?format=json").toString().contains("policy"), "it costs nothing, and shows nothing");
    }

    @Test
    void aFullChannelRefusesAndTheConnectionStays() throws Exception {
        subscriber("t", "c", 0).close();
        post("/channel/policy?topic=t&channel=c", "{\"max-depth\":3,\"overflow\":\"reject\"}");
        client.line("MPUB t", V2Client.batch("a", "b"));
        ok();
        client.line("MPUB t", V2Client.batch("c", "d"));
        Frame refusal = client.frame();
        assertEquals(Frame.ERROR, refusal.type());
        assertTrue(
                refusal.data().startsWith("E_MPUB_FAILED MPUB failed channel c is full: 2 messages wait"),
                refusal.data());
        client.line("PUB t", "c");
        ok();
        client.line("PUB t", "d");
        assertTrue(client.frame().data().startsWith("E_PUB_FAILED PUB failed channel c is full"));
        assertEquals("FULL", refused(507, "POST", "/pub?topic=t", "d"));
        assertEquals("FULL", refused(507, "POST", "/mpub?topic=t", "d\ne"));
        client.line("PUB elsewhere", "x");
        ok();
        JsonNode stats = channel("t", "c");
        assertEquals(3, stats.get("depth").asInt());
        assertEquals(5, stats.get("policy").get("rejected_count").asInt() - 1);
        try (V2Client consumer = subscriber("t", "c", 10)) {
            consumer.line("FIN " + consumer.frame().delivery().id());
        }
    }

    @Test
    void messagesAreShownGivenBackDroppedAndMoved() throws Exception {
        post("/channel/policy?topic=t&channel=c", "{\"max-attempts\":1,\"dead-letter-topic\":\"dead\"}");
        V2Client consumer = subscriber("t", "c", 2);
        client.line("PUB t", "poison");
        ok();
        consumer.line("REQ " + consumer.frame().delivery().id() + " 0");
        await().until(() -> get("/stats?format=json&topic=dead").get("topics").size() == 1
                && get("/stats?format=json&topic=dead")
                                .get("topics")
                                .get(0)
                                .get("depth")
                                .asInt()
                        == 1);
        post("/channel/create?topic=dead&channel=d", "");
        await().until(() ->
                get("/channel/peek?topic=dead&channel=d").get("messages").size() == 1);
        JsonNode letter =
                get("/channel/peek?topic=dead&channel=d").get("messages").get(0);
        assertEquals("poison", letter.get("body").asText());
        assertEquals("max-attempts", letter.get("dead_letter").get("reason").asText());
        assertEquals("t", letter.get("dead_letter").get("topic").asText());
        assertEquals("c", letter.get("dead_letter").get("channel").asText());
        assertEquals(1, letter.get("dead_letter").get("attempts").asInt());

        assertEquals(
                1,
                JSON.readTree(http.exchange("POST", "/topic/move?from=dead&to=u")
                                .body())
                        .get("moved")
                        .asInt());
        V2Client ofU = subscriber("u", "c", 1);
        Delivery again = ofU.frame().delivery();
        assertEquals("poison", again.body());
        assertEquals(1, again.attempts());
        JsonNode inFlight = get("/channel/peek?topic=u&channel=c&state=inflight")
                .get("messages")
                .get(0);
        assertEquals(again.id(), inFlight.get("id").asText());
        assertTrue(inFlight.get("consumer").asText().contains("127.0.0.1:"), inFlight::toString);
        post("/channel/requeue?topic=u&channel=c&id=" + again.id(), "");
        assertEquals(2, ofU.frame().delivery().attempts());
        ofU.line("REQ " + again.id() + " 3600000");
        await().until(() -> get("/channel/peek?topic=u&channel=c&state=deferred")
                        .get("messages")
                        .size()
                == 1);
        post("/channel/requeue?topic=u&channel=c&id=" + again.id(), "");
        assertEquals(3, ofU.frame().delivery().attempts());
        post("/channel/drop?topic=u&channel=c&id=" + again.id(), "");
        assertEquals(0, channel("u", "c").get("in_flight_count").asInt());
        assertEquals("MESSAGE_NOT_FOUND", refused(404, "POST", "/channel/drop?topic=u&channel=c&id=" + again.id(), ""));
        assertEquals("INVALID_ID", refused(400, "POST", "/channel/drop?topic=u&channel=c&id=1", ""));
        assertEquals("INVALID_STATE", refused(400, "GET", "/channel/peek?topic=u&channel=c&state=x", ""));
        ofU.close();
        consumer.close();
    }

    @Test
    void aTopicWithoutChannelsIsMovedToo() throws Exception {
        List<String> bodies = new ArrayList<>();
        for (int i = 0; i < 1000; i++) {
            bodies.add("m" + i);
        }
        client.line("MPUB from", V2Client.batch(bodies.toArray(new String[0])));
        ok();
        assertEquals(
                300,
                JSON.readTree(http.exchange("POST", "/topic/move?from=from&to=to&count=300")
                                .body())
                        .get("moved")
                        .asInt());
        assertEquals(
                700,
                get("/stats?format=json&topic=from")
                        .get("topics")
                        .get(0)
                        .get("depth")
                        .asInt());
        post("/topic/policy?topic=to", "{\"max-depth\":500,\"overflow\":\"reject\"}");
        assertTrue(refused(507, "POST", "/topic/move?from=from&to=to", "").contains("does not take more"));
        int left = get("/stats?format=json&topic=from")
                .get("topics")
                .get(0)
                .get("depth")
                .asInt();
        int moved = get("/stats?format=json&topic=to")
                .get("topics")
                .get(0)
                .get("depth")
                .asInt();
        assertEquals(1000, left + moved);
        V2Client consumer = subscriber("from", "c", 2500);
        for (int i = 0; i < left; i++) {
            assertTrue(bodies.remove(consumer.frame().delivery().body()));
        }
        consumer.close();
        assertEquals(moved, bodies.size());
    }

    @Test
    void aPublisherWaitsForTheRate() throws Exception {
        post("/topic/policy?topic=t", "{\"publish-rate\":1000}");
        long begun = System.nanoTime();
        for (int i = 0; i < 500; i++) {
            client.line("PUB t", "m" + i);
        }
        for (int i = 0; i < 500; i++) {
            ok();
        }
        double rate = 500 / ((System.nanoTime() - begun) / 1e9);
        assertTrue(rate < 1000 * 1.3, "at most what is said, and what may come at once: " + rate);
        assertTrue(get("/stats?format=json&topic=t")
                        .get("topics")
                        .get(0)
                        .get("policy")
                        .get("throttled_count")
                        .asInt()
                > 0);
    }
}
