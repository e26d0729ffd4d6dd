package io.nsqd.http;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.nsqd.api.Option;
import io.nsqd.spi.Authorization;
import io.nsqd.spi.Authorization.Permission;
import io.nsqd.spi.HttpEndpoint;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Paths that other bundles serve. */
@Tag("X-15")
final class PluginEndpointsTest {
    private TestServer server;

    @BeforeEach
    void start() throws IOException {
        server = new TestServer(Map.of(Option.MAX_BODY_SIZE, 100L));
    }

    @AfterEach
    void stop() {
        server.close();
    }

    private static HttpEndpoint saying(String text) {
        return request -> HttpEndpoint.Response.text(200, text);
    }

    @Test
    @Tag("X-15")
    void aPathIsThereWhileItsEndpointIs() throws IOException {
        assertEquals(404, server.get("/extra").status());
        server.plugins().add(1, "/extra", EndpointTerms.NONE, saying("here"));
        RawClient.Answer answer = server.get("/extra");
        assertEquals(200, answer.status());
        assertEquals("here", answer.body());
        assertEquals("text/plain; charset=utf-8", answer.header("content-type"));
        assertEquals("here", server.get("/extra/below?a=b").body());
        assertEquals(404, server.get("/extras").status());
        server.plugins().remove(1);
        assertEquals("{\"message\":\"NOT_FOUND\"}", server.get("/extra").body());
    }

    @Test
    void itIsToldAllOfTheRequest() throws IOException {
        server.plugins().add(1, "/extra", EndpointTerms.NONE, request -> {
            String text = String.join(
                    " ",
                    request.method(),
                    request.path(),
                    request.parameter("a").orElse("-"),
                    request.parameter("b").orElse("-"),
                    new String(request.body(), StandardCharsets.UTF_8));
            return HttpEndpoint.Response.text(201, text);
        });
        RawClient.Answer answer = server.exchange("PUT", "/extra/%C3%A4?a=1+2&a=3", "body");
        assertEquals(201, answer.status());
        assertEquals("PUT /extra/ä 1 2 - body", answer.body());
    }

    @Test
    void ofTwoTheBetterServesAndTheMoreExactBeforeIt() throws IOException {
        server.plugins().add(1, "/extra", EndpointTerms.NONE, saying("one"));
        server.plugins().add(2, "/extra", EndpointTerms.NONE, saying("two"));
        server.plugins().add(0, "/extra/exact", EndpointTerms.NONE, saying("exact"));
        assertEquals("two", server.get("/extra").body());
        assertEquals("exact", server.get("/extra/exact").body());
        server.plugins().remove(2);
        assertEquals("one", server.get("/extra").body());
    }

    @Test
    void ownPathsCannotBeTaken() throws IOException {
        server.plugins().add(1, "/", EndpointTerms.NONE, saying("mine"));
        server.plugins().add(2, "/ping", EndpointTerms.NONE, saying("mine"));
        assertEquals("OK", server.get("/ping").body());
        assertEquals(405, server.post("/ping", "").status());
        assertEquals("mine", server.get("/").body());
        assertEquals("mine", server.get("/anything").body());
    }

    @Test
    void oneThatFailsIsAnsweredForAndTheConnectionGoesOn() throws IOException {
        server.plugins().add(1, "/throws", EndpointTerms.NONE, request -> {
            throw new IOException("broken");
        });
        server.plugins().add(2, "/nothing", EndpointTerms.NONE, request -> null);
        server.plugins().add(3, "/recurses", EndpointTerms.NONE, PluginEndpointsTest::recurse);
        try (RawClient client = server.connect()) {
            for (String path : List.of("/throws", "/nothing", "/recurses")) {
                RawClient.Answer answer = client.exchange("GET", path, "");
                assertEquals(500, answer.status(), path);
                assertEquals("{\"message\":\"INTERNAL_ERROR\"}", answer.body());
            }
            assertEquals("OK", client.exchange("GET", "/ping", "").body());
        }
    }

    @SuppressWarnings("InfiniteRecursion")
    private static HttpEndpoint.Response recurse(HttpEndpoint.Request request) {
        return recurse(request);
    }

    /** An endpoint that answers nobody until it is released. */
    private static final class Hanging implements HttpEndpoint {
        private final CountDownLatch released = new CountDownLatch(1);
        private final CountDownLatch busy = new CountDownLatch(Turns.AT_ONCE);
        private final AtomicInteger handled = new AtomicInteger();

        @Override
        public Response handle(Request request) throws InterruptedException {
            busy.countDown();
            released.await();
            return Response.text(200, "at last " + handled.incrementAndGet());
        }
    }

    private List<RawClient> ask(int clients, String path) throws IOException {
        List<RawClient> asking = new ArrayList<>();
        for (int i = 0; i < clients; i++) {
            RawClient client = server.connect();
            client.send("GET", path, "");
            asking.add(client);
        }
        return asking;
    }

    @Test
    void manyAtTheSameMomentAreAllServed() throws Exception {
        Hanging hanging = new Hanging();
        server.plugins().add(1, "/hangs", EndpointTerms.NONE, hanging);
        List<RawClient> asking = ask(12, "/hangs");
        assertTrue(hanging.busy.await(10, TimeUnit.SECONDS));
        hanging.released.countDown();
        for (RawClient client : asking) {
            assertEquals(200, client.read().status());
            client.close();
        }
        assertEquals(12, hanging.handled.get());
    }

    @Test
    void oneThatHangsHoldsUpNobodyElse() throws Exception {
        Hanging hanging = new Hanging();
        server.plugins().add(1, "/hangs", EndpointTerms.NONE, hanging);
        server.plugins().add(2, "/works", EndpointTerms.NONE, saying("works"));
        List<RawClient> asking = ask(20, "/hangs");
        assertTrue(hanging.busy.await(10, TimeUnit.SECONDS));
        assertEquals("works", server.get("/works").body());
        assertEquals("OK", server.get("/ping").body());
        assertEquals("OK", server.post("/pub?topic=t", "x").body());
        hanging.released.countDown();
        for (RawClient client : asking) {
            assertEquals(200, client.read().status());
            client.close();
        }
    }

    @Test
    void whenTooManyWaitOneIsBusy() throws Exception {
        Hanging hanging = new Hanging();
        server.plugins().add(1, "/hangs", EndpointTerms.NONE, hanging);
        List<RawClient> asking = ask(Turns.AT_ONCE + Turns.MAX_WAITING + 1, "/hangs");
        RawClient.Answer first = null;
        while (first == null) {
            for (RawClient client : asking) {
                first = first == null && client.hasAnswer() ? client.read() : first;
            }
        }
        assertEquals(503, first.status());
        assertEquals("{\"message\":\"BUSY\"}", first.body());
        hanging.released.countDown();
        for (RawClient client : asking) {
            client.close();
        }
    }

    @Test
    void bodiesAreLimited() throws IOException {
        server.plugins().add(1, "/extra", EndpointTerms.NONE, saying("here"));
        assertEquals(413, server.post("/extra", "x".repeat(101)).status());
        assertEquals(200, server.post("/extra", "x".repeat(100)).status());
    }

    @Test
    void toChangeThingsAClientMustBeAnAdministrator() throws IOException {
        server.nsqd.with(Map.of(Option.AUTH_HTTP_API, true));
        server.authenticator = Optional.of(credentials ->
                CompletableFuture.completedFuture(new Authorization("", "", List.of(), Duration.ofHours(1))));
        server.plugins().add(1, "/extra", EndpointTerms.NONE, saying("here"));
        assertEquals(200, server.get("/extra").status());
        assertEquals(401, server.post("/extra", "").status());
        assertTrue(server.post("/extra", "").body().contains("AUTH_REQUIRED"));
    }

    /** Lets in who knows the topic's name, to publish to it. */
    private void authenticate() {
        server.authenticator = Optional.of(credentials -> CompletableFuture.completedFuture(new Authorization(
                credentials.secretText(),
                "http://" + credentials.secretText(),
                List.of(new Authorization.Entry(
                        Pattern.compile("^" + credentials.secretText() + "$"),
                        List.of(Pattern.compile(".*")),
                        Set.of(Permission.PUBLISH))),
                Duration.ofHours(1))));
    }

    private int status(String method, String path, String secret) throws IOException {
        try (RawClient client = server.connect()) {
            client.send(method + " " + path + " HTTP/1.1\r\nHost: test\r\nContent-Length: 0\r\n"
                    + (secret.isEmpty() ? "" : "Authorization: Bearer " + secret + "\r\n") + "\r\n");
            return client.read().status();
        }
    }

    @ParameterizedTest
    @CsvSource({
        // access, method, path, status: to nobody, to the client of orders, to who may administer
        "open, POST, /extra, 200, 200, 200",
        "publish, GET, /extra?topic=orders, 401, 200, 200",
        "publish, GET, /extra?topic=others, 401, 403, 200",
        "subscribe, GET, /extra?topic=orders&channel=c, 401, 403, 403",
        "administer, GET, /extra, 401, 403, 200",
        "administer, GET, /extra/below, 401, 403, 200",
    })
    void anEndpointSaysWhoMayUseIt(String access, String method, String path, int nobody, int clerk, int administrator)
            throws IOException {
        authenticate();
        server.plugins()
                .add(1, "/extra", new EndpointTerms(Access.named(access), false, Turns.AT_ONCE), saying("here"));
        assertEquals(nobody, status(method, path, ""));
        assertEquals(clerk, status(method, path, "orders"));
        assertEquals(administrator, status(method, path, ".*"));
        server.authenticator = Optional.empty();
        assertEquals(200, status(method, path, ""));
    }

    @Test
    void anEndpointIsToldTheHeadersAndWhoAsks() throws IOException {
        authenticate();
        List<HttpEndpoint.Request> asked = new CopyOnWriteArrayList<>();
        server.plugins()
                .add(
                        1,
                        "/extra",
                        new EndpointTerms(Access.named(HttpEndpoint.ACCESS_PUBLISH), false, Turns.AT_ONCE),
                        request -> {
                            asked.add(request);
                            return HttpEndpoint.Response.text(200, "here");
                        });
        try (RawClient client = server.connect()) {
            client.send(String.join(
                    "\r\n",
                    "GET /extra?topic=orders HTTP/1.1",
                    "Host: test",
                    "Authorization: Bearer orders",
                    "X-Trace: one",
                    "x-trace: two",
                    "",
                    ""));
            assertEquals(200, client.read().status());
        }
        HttpEndpoint.Request request = asked.get(0);
        assertEquals(Optional.of("one"), request.header("x-TRACE"));
        assertEquals(List.of("one", "two"), request.headers().get("X-Trace"));
        assertEquals(Optional.empty(), request.header("Cookie"));
        assertEquals("127.0.0.1", request.client().address());
        assertFalse(request.client().tls());
        assertEquals(Optional.of("orders"), request.client().authorization().map(Authorization::identity));
    }

    @Test
    void anEndpointsHeadersReachTheClient() throws IOException {
        server.plugins().add(1, "/extra", EndpointTerms.NONE, request -> HttpEndpoint.Response.text(200, "here")
                .with("Cache-Control", "no-store")
                .with("Set-Cookie", "a=1"));
        RawClient.Answer answer = server.get("/extra");
        assertEquals("no-store", answer.header("cache-control"));
        assertEquals("a=1", answer.header("set-cookie"));
        assertEquals("text/plain; charset=utf-8", answer.header("content-type"));
    }

    @ParameterizedTest
    @CsvSource({"Content-Length, 1", "transfer-encoding, chunked", "a b, c", "'', c", "X-Split, 'a\r\nX-More: b'"})
    void aHeaderThatWouldBreakTheAnswerIsRefused(String name, String value) {
        String unescaped = value.replace("\\r", "\r").replace("\\n", "\n");
        HttpEndpoint.Response response = HttpEndpoint.Response.text(200, "");
        assertThrows(IllegalArgumentException.class, () -> response.with(name, unescaped));
    }

    /** So that whoever registers one there is told. */
    @ParameterizedTest
    @CsvSource({"/ping, true", "/stats, true", "/config/log_level, true", "/extra, false", "/stats/extra, false"})
    void nsqdKnowsItsOwnPaths(String path, boolean ours) {
        assertEquals(ours, server.plugins().isOurs(path));
    }
}
