package io.nsqd.http;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.nsqd.api.Option;
import io.nsqd.spi.Transport;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** HTTP itself: framing, order, limits, ends of connections. */
final class HttpHandlerTest {
    private static final String HEAD_END = " HTTP/1.1\r\nHost: t\r\n";

    private TestServer server;

    @BeforeEach
    void start() throws IOException {
        server = new TestServer(Map.of(Option.MAX_MSG_SIZE, 1000L, Option.HTTP_REQUEST_TIMEOUT, 300_000_000L));
    }

    @AfterEach
    void stop() {
        server.close();
    }

    @Test
    @Tag("H-1")
    void pipelinedRequestsAreAnsweredInOrderThoughOneTakesLonger() throws IOException {
        CountDownLatch gate = new CountDownLatch(1);
        server.nsqd.figuresWaitFor(gate);
        try (RawClient client = server.connect()) {
            client.send("GET /stats?format=json" + HEAD_END + "\r\nGET /ping" + HEAD_END + "\r\nPOST /pub?topic=a"
                    + HEAD_END + "Content-Length: 1\r\n\r\nx" + "GET /nope" + HEAD_END + "\r\n");
            gate.countDown();
            assertTrue(client.read().body().startsWith("{\"version\""));
            assertEquals("OK", client.read().body());
            assertEquals("OK", client.read().body());
            assertEquals(404, client.read().status());
        }
    }

    @Test
    @Tag("H-1")
    void thousandsOfPipelinedRequestsAreAnsweredThoughTheClientReadsLate() throws Exception {
        int count = 20_000;
        String request = "GET /info" + HEAD_END + "\r\n";
        try (RawClient client = server.connect()) {
            Thread sender = new Thread(() -> sendMany(client, request, count));
            sender.start();
            Thread.sleep(200);
            for (int i = 0; i < count; i++) {
                assertEquals(200, client.read().status());
            }
            sender.join();
        }
    }

    private static void sendMany(RawClient client, String request, int count) {
        try {
            for (int i = 0; i < count; i += 100) {
                client.send(request.repeat(100));
            }
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    @Test
    @Tag("H-1")
    void anOldRequestIsAnsweredInItsVersionAndClosed() throws IOException {
        try (RawClient client = server.connect()) {
            client.send("GET /ping HTTP/1.0\r\n\r\n");
            RawClient.Answer answer = client.read();
            assertEquals("HTTP/1.0", answer.version());
            assertEquals("OK", answer.body());
            assertTrue(client.isClosed());
        }
    }

    @Test
    @Tag("H-1")
    void anOldClientThatAsksForItKeepsItsConnection() throws IOException {
        try (RawClient client = server.connect()) {
            for (String word : List.of("keep-alive", "Keep-Alive", "te, KEEP-ALIVE")) {
                for (String request : List.of("GET /ping", "GET /stats?format=json", "GET /nope", "GET /ping/")) {
                    client.send(request + " HTTP/1.0\r\nConnection: " + word + "\r\n\r\n");
                    RawClient.Answer answer = client.read();
                    assertEquals("HTTP/1.0", answer.version());
                    assertEquals("keep-alive", answer.header("connection"));
                }
            }
            client.send("POST /pub?topic=old HTTP/1.0\r\nConnection: keep-alive\r\nContent-Length: 1\r\n\r\nx");
            assertEquals("OK", client.read().body());
            client.send("GET /ping HTTP/1.0\r\n\r\n");
            RawClient.Answer last = client.read();
            assertEquals("OK", last.body());
            assertFalse(last.headers().containsKey("connection"));
            assertTrue(client.isClosed());
        }
    }

    @Test
    @Tag("H-12")
    void aLengthMayBeToldSeveralTimesIfItIsTheSame() throws IOException {
        String length = "Content-Length: 1\r\n";
        try (RawClient client = server.connect()) {
            client.send("POST /pub?topic=same" + HEAD_END + length + length + "\r\nx");
            assertEquals("OK", client.read().body());
            client.send("POST /pub?topic=same HTTP/1.0\r\nConnection: keep-alive\r\n" + length + length + "\r\ny");
            assertEquals("OK", client.read().body());
            client.send("GET /ping" + HEAD_END + "Content-Length:\r\n\r\n");
            assertEquals("OK", client.read().body());
        }
        assertEquals(List.of("x", "y"), server.nsqd.fake("same").bodies());
        for (String other : List.of("2", "01", "", "1, 1", "+1")) {
            String differing = length + "Content-Length: " + other + "\r\n\r\nxy";
            assertRefused("POST /pub?topic=other" + HEAD_END + differing, 400);
            assertRefused("POST /pub?topic=other HTTP/1.0\r\nConnection: keep-alive\r\n" + differing, 400);
        }
        for (String told : List.of("", "1")) {
            assertRefused(
                    "POST /pub?topic=other" + HEAD_END + "Transfer-Encoding: chunked\r\nContent-Length: " + told
                            + "\r\n\r\n0\r\n\r\n",
                    400);
        }
        assertFalse(server.nsqd.existingTopic("other").isPresent());
    }

    @Test
    @Tag("H-12")
    void anEmptyLineBeforeARequestIsSkippedAndNoMore() throws IOException {
        try (RawClient client = server.connect()) {
            for (String end : List.of("\r\n", "\n")) {
                client.send("POST /pub?topic=a" + HEAD_END + "Content-Length: 1\r\n\r\nx" + end);
                assertEquals("OK", client.read().body());
            }
            assertEquals("OK", client.exchange("GET", "/ping", "").body());
        }
        for (String before : List.of("\r\n\r\n", "\n\n\n", " ", "\t", "\0", "\r\n ")) {
            assertRefused(before + "GET /ping" + HEAD_END + "\r\n", 400);
        }
        // In pieces it is no other.
        try (RawClient client = server.connect()) {
            for (String piece : List.of("\r", "\n", "\r", "\n")) {
                client.send(piece);
            }
            client.send("GET /ping" + HEAD_END + "\r\n");
            assertEquals(400, client.read().status());
        }
    }

    @Test
    @Tag("H-1")
    void theClientMayAskForTheEnd() throws IOException {
        try (RawClient client = server.connect()) {
            client.send("GET /ping" + HEAD_END + "Connection: close\r\n\r\n");
            assertEquals("close", client.read().header("connection"));
            assertTrue(client.isClosed());
        }
    }

    @Test
    void aClientThatClosedItsSideStillGetsItsAnswers() throws IOException {
        try (RawClient client = server.connect()) {
            client.send("GET /stats" + HEAD_END + "\r\nGET /ping" + HEAD_END + "\r\n");
            client.shutdownOutput();
            assertEquals(200, client.read().status());
            assertEquals("OK", client.read().body());
            assertTrue(client.isClosed());
        }
    }

    @Test
    @Tag("H-2")
    @Tag("H-3")
    @Tag("H-4")
    @Tag("H-5")
    void headersTellTheKindOfAnswer() throws IOException {
        RawClient.Answer json = server.get("/info");
        assertEquals("application/json; charset=utf-8", json.header("content-type"));
        assertEquals("nsq; version=1.0", json.header("x-nsq-content-type"));
        assertTrue(json.header("date").endsWith(" GMT"));

        RawClient.Answer text = server.post("/pub?topic=a", "x");
        assertEquals("text/plain; charset=utf-8", text.header("content-type"));
        assertEquals("nsq; version=1.0", text.header("x-nsq-content-type"));
        assertEquals("2", text.header("content-length"));

        RawClient.Answer empty = server.post("/topic/create?topic=a", "");
        assertEquals("0", empty.header("content-length"));
        assertFalse(empty.headers().containsKey("content-type"));
        assertTrue(empty.headers().containsKey("x-nsq-content-type"));

        RawClient.Answer plain = server.get("/ping");
        assertEquals("text/plain; charset=utf-8", plain.header("content-type"));
        assertFalse(plain.headers().containsKey("x-nsq-content-type"));
    }

    @Test
    @Tag("H-10")
    void theGoAheadIsGivenWhenTheBodyIsWanted() throws IOException {
        try (RawClient client = server.connect()) {
            client.send("POST /pub?topic=a" + HEAD_END + "Content-Length: 2\r\nExpect: 100-continue\r\n\r\n");
            assertEquals(100, client.read(false).status());
            client.send("hi");
            assertEquals("OK", client.read().body());
            assertEquals(List.of("hi"), server.nsqd.fake("a").bodies());
        }
    }

    @Test
    @Tag("H-10")
    void aBodyTooLargeIsRefusedInsteadOfAskedFor() throws IOException {
        try (RawClient client = server.connect()) {
            client.send("POST /pub?topic=a" + HEAD_END + "Content-Length: 1001\r\nExpect: 100-continue\r\n\r\n");
            RawClient.Answer answer = client.read();
            assertEquals(413, answer.status());
            assertEquals("close", answer.header("connection"));
            assertTrue(client.isClosed());
        }
    }

    @Test
    @Tag("H-10")
    void otherExpectationsAreRefused() throws IOException {
        assertRefused("POST /pub?topic=a" + HEAD_END + "Expect: miracle\r\nContent-Length: 1\r\n\r\nx", 417);
    }

    @Test
    @Tag("H-11")
    void aSmallUnreadBodyIsDroppedAndTheConnectionGoesOn() throws IOException {
        try (RawClient client = server.connect()) {
            client.send("POST", "/pub?topic=a", "x".repeat(200_000));
            RawClient.Answer answer = client.read();
            assertEquals(413, answer.status());
            assertFalse(answer.headers().containsKey("connection"));
            assertEquals("OK", client.exchange("GET", "/ping", "").body());
        }
    }

    @Test
    @Tag("H-11")
    void aLargeUnreadBodyEndsTheConnectionAfterTheAnswer() throws IOException {
        try (RawClient client = server.connect()) {
            client.send("POST /nope" + HEAD_END + "Content-Length: 300000\r\n\r\n" + "x".repeat(50_000));
            RawClient.Answer answer = client.read();
            assertEquals(404, answer.status());
            assertEquals("close", answer.header("connection"));
            assertTrue(client.isClosed());
        }
    }

    @Test
    @Tag("H-12")
    void whatIsNotHttpIsRefusedAndClosed() throws IOException {
        assertRefused("GET /ping HTTP/1.1\r\n\r\n", 400);
        assertRefused("GET /ping HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", 400);
        assertRefused("GET /%zz" + HEAD_END + "\r\n", 400);
        assertRefused("nonsense\r\n\r\n", 400);
        assertRefused("POST /pub" + HEAD_END + "Content-Length: x\r\n\r\n", 400);
        assertRefused("GET /ping" + HEAD_END + "no colon\r\n\r\n", 400);
        assertRefused("GET /ping HTTP/2.0\r\nHost: t\r\n\r\n", 505);
        assertRefused("POST /pub" + HEAD_END + "Transfer-Encoding: gzip\r\n\r\n", 501);
    }

    @Test
    @Tag("H-12")
    void endlessHeadersAreRefused() throws IOException {
        String line = "X: " + "y".repeat(8000) + "\r\n";
        assertRefused("GET /ping" + HEAD_END + line.repeat(140) + "\r\n", 431);
    }

    private void assertRefused(String request, int status) throws IOException {
        try (RawClient client = server.connect()) {
            client.send(request);
            RawClient.Answer answer = client.read();
            assertEquals(status, answer.status(), request);
            assertEquals("close", answer.header("connection"));
            assertFalse(answer.headers().containsKey("x-nsq-content-type"));
            assertTrue(client.isClosed());
        }
    }

    @Test
    @Tag("H-28")
    void aCrashIsAnsweredAndTheConnectionGoesOn() throws IOException {
        server.nsqd.topic("a");
        server.nsqd.fake("a").bug(new IllegalStateException("a bug"));
        try (RawClient client = server.connect()) {
            for (String path : List.of("/pub?topic=a", "/topic/empty?topic=a")) {
                RawClient.Answer answer = client.exchange("POST", path, "x");
                assertEquals(500, answer.status());
                assertEquals("{\"message\":\"INTERNAL_ERROR\"}", answer.body());
            }
            assertEquals("OK", client.exchange("GET", "/ping", "").body());
        }
    }

    @Test
    @Tag("X-14")
    void aRequestThatStallsIsAnswered408() throws IOException {
        for (String part : List.of(
                "GET /pi", "GET /ping" + HEAD_END, "POST /pub?topic=a" + HEAD_END + "Content-Length: 5\r\n\r\nab")) {
            try (RawClient client = server.connect()) {
                client.send(part);
                assertEquals(408, client.read().status());
                assertTrue(client.isClosed());
            }
        }
    }

    @Test
    @Tag("X-14")
    void aRestingConnectionIsLeftAlone() throws Exception {
        try (RawClient client = server.connect()) {
            assertEquals("OK", client.exchange("GET", "/ping", "").body());
            Thread.sleep(700);
            assertEquals("OK", client.exchange("GET", "/ping", "").body());
        }
    }

    @Test
    @Tag("X-16")
    @Tag("H-95")
    void closingFinishesTheAnswerInProgressAndEndsTheRest() throws Exception {
        CountDownLatch gate = new CountDownLatch(1);
        server.nsqd.figuresWaitFor(gate);
        try (RawClient idle = server.connect();
                RawClient busy = server.connect()) {
            assertEquals("OK", idle.exchange("GET", "/ping", "").body());
            busy.send("GET", "/stats?format=json", "");
            while (server.nsqd.filters().isEmpty()) {
                Thread.sleep(5);
            }
            CompletableFuture<Void> closed = CompletableFuture.runAsync(server::stopTransport);
            assertTrue(idle.isClosed());
            assertFalse(closed.isDone());
            gate.countDown();
            RawClient.Answer answer = busy.read();
            assertEquals(200, answer.status());
            assertEquals("close", answer.header("connection"));
            assertTrue(busy.isClosed());
            closed.join();
            assertEquals(List.<Transport>of(), server.nsqd.transports());
        }
    }
}
