package io.nsqd.http;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.nsqd.api.NsqdException;
import io.nsqd.api.Reason;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Requests that are sent ahead of publishes which are on their way to the disk for as long as the test likes. */
@Tag("H-1")
final class PendingPublishesTest {
    /** How long a thing that must not happen is given to happen. */
    private static final Duration MOMENT = Duration.ofMillis(100);

    private TestServer server;
    private RawClient client;

    @BeforeEach
    void start() throws IOException {
        server = new TestServer(Map.of());
        client = server.connect();
    }

    @AfterEach
    void stop() throws IOException {
        client.close();
        server.close();
    }

    /** What publishes to a topic wait for from now on. */
    private CompletableFuture<Void> slow(String topic) {
        CompletableFuture<Void> done = new CompletableFuture<>();
        server.nsqd.topic(topic);
        server.nsqd.fake(topic).result(done);
        return done;
    }

    private List<String> bodies(String topic) {
        return server.nsqd.existingTopic(topic).isEmpty()
                ? List.of()
                : server.nsqd.fake(topic).bodies();
    }

    private void awaitBodies(String topic, int count) {
        await().until(() -> bodies(topic).size() >= count);
        assertEquals(count, bodies(topic).size());
    }

    private void answers(int status, String body) throws IOException {
        RawClient.Answer answer = client.read();
        assertEquals(status + " " + body, answer.status() + " " + answer.body());
    }

    private void isSilent() {
        await().during(MOMENT).until(() -> !client.hasAnswer());
    }

    @Test
    @Tag("H-40")
    void publishesOverlapAndAreAnsweredInTheirTurn() throws Exception {
        CompletableFuture<Void> a = slow("a");
        CompletableFuture<Void> b = slow("b");
        client.send("POST", "/pub?topic=a", "1");
        client.send("POST", "/mpub?topic=b", "2\n3");
        client.send("POST", "/pub?topic=c", "4");
        client.send("POST", "/pub?topic=c", "");
        client.send("POST", "/pub?topic=c", "5");
        awaitBodies("c", 2);
        assertEquals(List.of("2", "3"), bodies("b"));

        b.complete(null);
        isSilent();
        a.complete(null);
        answers(200, "OK");
        answers(200, "OK");
        answers(200, "OK");
        answers(400, "{\"message\":\"MSG_EMPTY\"}");
        answers(200, "OK");
    }

    @Test
    @Tag("H-40")
    void whatFailsInTheEndIsAnsweredInItsTurn() throws Exception {
        CompletableFuture<Void> a = slow("a");
        CompletableFuture<Void> b = slow("b");
        client.send("POST", "/pub?topic=a", "1");
        client.send("POST", "/pub?topic=b", "2");
        client.send("POST", "/pub?topic=a", "3");
        awaitBodies("a", 2);
        b.completeExceptionally(new NsqdException(Reason.BACKEND, "no space left on device"));
        isSilent();
        a.complete(null);
        answers(200, "OK");
        answers(503, "{\"message\":\"EXITING\"}");
        answers(200, "OK");
    }

    @Test
    void othersWaitForPublishes() throws Exception {
        CompletableFuture<Void> a = slow("a");
        client.send("POST", "/pub?topic=a", "1");
        client.send("POST", "/topic/create?topic=made", "");
        client.send("POST", "/pub?topic=c", "2");
        awaitBodies("a", 1);
        isSilent();
        assertTrue(server.nsqd.existingTopic("made").isEmpty());
        a.complete(null);
        answers(200, "OK");
        answers(200, "");
        answers(200, "OK");
    }

    @Test
    @Tag("H-10")
    void aBodyIsAskedForInItsTurn() throws Exception {
        CompletableFuture<Void> a = slow("a");
        client.send("POST", "/pub?topic=a", "1");
        client.send("POST /pub?topic=c HTTP/1.1\r\nHost: t\r\nContent-Length: 1\r\nExpect: 100-continue\r\n\r\n");
        awaitBodies("a", 1);
        isSilent();
        a.complete(null);
        answers(200, "OK");
        assertEquals(100, client.read().status());
        client.send("2");
        answers(200, "OK");
    }

    @Test
    void beyondTheirNumberNothingIsHandledUntilThereIsRoom() throws Exception {
        List<CompletableFuture<Void>> all = new ArrayList<>();
        for (int i = 0; i < PendingPublishes.MOST + 5; i++) {
            all.add(slow("t" + i));
        }
        for (int i = 0; i < all.size(); i++) {
            client.send("POST", "/pub?topic=t" + i, "x");
        }
        awaitBodies("t" + (PendingPublishes.MOST - 1), 1);
        isSilent();
        assertEquals(List.of(), bodies("t" + PendingPublishes.MOST));
        all.get(0).complete(null);
        answers(200, "OK");
        awaitBodies("t" + PendingPublishes.MOST, 1);
        isSilent();
        assertEquals(List.of(), bodies("t" + (PendingPublishes.MOST + 1)));
        all.forEach(each -> each.complete(null));
        for (int i = 1; i < all.size(); i++) {
            answers(200, "OK");
        }
    }

    @Test
    void whoEndsItsSideStillGetsItsAnswers() throws Exception {
        CompletableFuture<Void> a = slow("a");
        client.send("POST", "/pub?topic=a", "1");
        client.send("POST", "/pub?topic=a", "2");
        client.shutdownOutput();
        awaitBodies("a", 2);
        isSilent();
        a.complete(null);
        answers(200, "OK");
        answers(200, "OK");
        assertTrue(client.isClosed());
    }

    @Test
    void whatIsCutShortIsAnsweredInItsTurn() throws Exception {
        CompletableFuture<Void> a = slow("a");
        client.send("POST", "/pub?topic=a", "1");
        client.send("POST /pub?topic=a HTTP/1.1\r\nHost: t\r\nContent-Length: 5\r\n\r\nab");
        client.shutdownOutput();
        awaitBodies("a", 1);
        isSilent();
        a.complete(null);
        answers(200, "OK");
        answers(500, "{\"message\":\"INTERNAL_ERROR\"}");
        assertTrue(client.isClosed());
    }

    /** What can be told from the head of a request whose body nobody waits for. */
    @Test
    @Tag("H-11")
    void aRefusalThatEndsTheConnectionWaitsForItsTurn() throws Exception {
        CompletableFuture<Void> a = slow("a");
        client.send("POST", "/pub?topic=a", "1");
        client.send("POST /pub?topic=a HTTP/1.1\r\nHost: t\r\nContent-Length: 2000000000\r\n\r\n");
        awaitBodies("a", 1);
        isSilent();
        a.complete(null);
        answers(200, "OK");
        answers(413, "{\"message\":\"MSG_TOO_BIG\"}");
        assertTrue(client.isClosed());
    }

    @Test
    void whoWantsToEndItWaitsForItsTurn() throws Exception {
        CompletableFuture<Void> a = slow("a");
        client.send("POST", "/pub?topic=a", "1");
        client.send("POST /pub?topic=c HTTP/1.1\r\nHost: t\r\nConnection: close\r\nContent-Length: 1\r\n\r\n2");
        awaitBodies("a", 1);
        isSilent();
        a.complete(null);
        answers(200, "OK");
        answers(200, "OK");
        assertTrue(client.isClosed());
    }

    @Test
    void whoLeavesLeavesNothing() throws Exception {
        CompletableFuture<Void> a = slow("a");
        client.send("POST", "/pub?topic=a", "1");
        client.send("POST", "/pub?topic=a", "2");
        client.send("GET", "/ping", "");
        awaitBodies("a", 2);
        client.close();
        a.complete(null);
        assertEquals("OK", server.get("/ping").body());
    }

    /** Their answers come before the end of the server. */
    @Test
    @Tag("X-16")
    void whoIsAnsweredLateIsAnsweredBeforeAStop() throws Exception {
        CompletableFuture<Void> a = slow("a");
        client.send("POST", "/pub?topic=a", "1");
        client.send("POST", "/pub?topic=a", "2");
        awaitBodies("a", 2);
        Thread closing = new Thread(server::stopTransport);
        closing.start();
        isSilent();
        a.complete(null);
        answers(200, "OK");
        RawClient.Answer last = client.read();
        assertEquals("OK", last.body());
        assertTrue(client.isClosed());
        closing.join();
    }
}
