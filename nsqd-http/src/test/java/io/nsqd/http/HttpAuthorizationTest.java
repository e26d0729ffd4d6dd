package io.nsqd.http;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.nsqd.api.Option;
import io.nsqd.spi.Authorization;
import io.nsqd.spi.Authorization.Permission;
import io.nsqd.spi.Credentials;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Who may use the API where {@code auth-http-api} is on. */
final class HttpAuthorizationTest {
    private final List<Credentials> asked = new CopyOnWriteArrayList<>();
    private TestServer server;

    @BeforeEach
    void start() throws IOException {
        server = new TestServer(Map.of(Option.AUTH_HTTP_API, true));
        server.authenticator = Optional.of(this::authenticate);
        server.nsqd.topic("orders").channel("billing");
    }

    @AfterEach
    void stop() {
        server.close();
    }

    /** The clerk may do everything with the topic orders, the root with all. */
    private CompletableFuture<Authorization> authenticate(Credentials credentials) {
        asked.add(credentials);
        return switch (credentials.secretText()) {
            case "clerk" -> answer("^orders$", Duration.ofHours(1));
            case "root" -> answer(".*", Duration.ofHours(1));
            case "brief" -> answer(".*", Duration.ZERO);
            case "first" -> answer("^(orders)?$", Duration.ofHours(1));
            case "most" -> answer("^(?!secret).*$", Duration.ofHours(1));
            case "anchored" -> answer("^.*$", Duration.ofHours(1));
            case "nobody" ->
                CompletableFuture.completedFuture(new Authorization("", "", List.of(), Duration.ofHours(1)));
            case "slow" -> new CompletableFuture<>();
            default -> CompletableFuture.failedFuture(new IllegalStateException("unknown"));
        };
    }

    private static CompletableFuture<Authorization> answer(String topics, Duration life) {
        return CompletableFuture.completedFuture(new Authorization(
                "id",
                "",
                List.of(new Authorization.Entry(
                        Pattern.compile(topics),
                        List.of(Pattern.compile(".*")),
                        Set.of(Permission.PUBLISH, Permission.SUBSCRIBE))),
                life));
    }

    private static String request(String method, String path, String authorization, String body) {
        return method + " " + path + " HTTP/1.1\r\nHost: test\r\nContent-Length: " + body.length() + "\r\n"
                + (authorization.isEmpty() ? "" : "Authorization: " + authorization + "\r\n") + "\r\n" + body;
    }

    private RawClient.Answer send(String method, String path, String secret, String body) throws IOException {
        try (RawClient client = server.connect()) {
            client.send(request(method, path, secret.isEmpty() ? "" : "Bearer " + secret, body));
            return client.read();
        }
    }

    private List<String> published() {
        return server.nsqd.fake("orders").bodies();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "POST /pub?topic=orders",
                "POST /mpub?topic=orders",
                "POST /topic/create?topic=new",
                "POST /topic/delete?topic=orders",
                "POST /topic/empty?topic=orders",
                "POST /topic/pause?topic=orders",
                "POST /channel/create?topic=orders&channel=c",
                "POST /channel/delete?topic=orders&channel=billing",
                "PUT /config/log_level",
                "PUT /debug/setblockrate?rate=0",
                "POST /debug/freememory",
                "GET /debug/pprof/heap"
            })
    void whoSaysNothingOfItselfMayNotPublishOrAdminister(String line) throws IOException {
        String[] words = line.split(" ", 2);
        RawClient.Answer answer = send(words[0], words[1], "", "debug");
        assertEquals(401, answer.status());
        assertEquals("{\"message\":\"AUTH_REQUIRED\"}", answer.body());
        assertTrue(answer.header("www-authenticate").startsWith("Bearer "), answer::toString);
        assertEquals(List.of(), published());
        assertEquals(1, server.nsqd.topics().size());
        assertEquals(List.of(), asked);
    }

    @ParameterizedTest
    @ValueSource(strings = {"/ping", "/info", "/stats", "/config/log_level"})
    void whatOnlyTellsIsOpen(String path) throws IOException {
        assertEquals(200, server.get(path).status());
    }

    @Test
    void whoMayPublishesAndIsAskedAboutOnce() throws IOException {
        for (String body : List.of("a", "b", "c")) {
            assertEquals("OK", send("POST", "/pub?topic=orders", "clerk", body).body());
        }
        assertEquals(List.of("a", "b", "c"), published());
        assertEquals(1, asked.size());
        assertEquals("127.0.0.1", asked.get(0).remoteIp());
        assertEquals("OK", send("POST", "/mpub?topic=orders", "clerk", "d\ne").body());
        assertEquals(List.of("a", "b", "c", "d", "e"), published());
    }

    @Test
    void aKeptConnectionServesThemAllInOrder() throws IOException {
        try (RawClient client = server.connect()) {
            client.send(request("POST", "/pub?topic=orders", "Bearer clerk", "a")
                    + request("POST", "/pub?topic=orders", "", "b")
                    + request("POST", "/pub?topic=others", "Bearer clerk", "c")
                    + request("POST", "/pub?topic=orders", "Bearer clerk", "d")
                    + request("GET", "/ping", "", ""));
            assertEquals(200, client.read().status());
            assertEquals(401, client.read().status());
            assertEquals(403, client.read().status());
            assertEquals(200, client.read().status());
            assertEquals("OK", client.read().body());
        }
        assertEquals(List.of("a", "d"), published());
    }

    @ParameterizedTest
    @CsvSource({
        "clerk, POST, /topic/pause?topic=orders, 200",
        "clerk, POST, /channel/create?topic=orders&channel=new, 200",
        "clerk, POST, /topic/create?topic=others, 403",
        "clerk, POST, /pub?topic=others, 403",
        "clerk, PUT, /config/log_level, 403",
        "clerk, POST, /debug/freememory, 403",
        "clerk, GET, /debug/pprof/cmdline, 403",
        "nobody, POST, /pub?topic=orders, 403",
        "root, PUT, /config/log_level, 200",
        "root, GET, /debug/pprof/cmdline, 200",
        "root, POST, /topic/create?topic=others, 200",
        "stranger, POST, /pub?topic=orders, 401",
        "root, POST, /pub?topic=, 400"
    })
    void eachMayWhatItMay(String secret, String method, String path, int status) throws IOException {
        for (int i = 0; i < 2; i++) {
            RawClient.Answer answer = send(method, path, secret, "debug");
            assertEquals(status, answer.status());
            if (status == 403) {
                assertEquals("{\"message\":\"UNAUTHORIZED\"}", answer.body());
            } else if (status == 401) {
                assertEquals("{\"message\":\"AUTH_FAILED\"}", answer.body());
            }
        }
        assertEquals(status == 401 ? 2 : 1, asked.size());
    }

    @Test
    void aPasswordIsAsGoodAsAToken() throws IOException {
        String pair = Base64.getEncoder().encodeToString("anybody:clerk".getBytes(StandardCharsets.UTF_8));
        try (RawClient client = server.connect()) {
            client.send(request("POST", "/pub?topic=orders", "Basic " + pair, "a"));
            assertEquals(200, client.read().status());
            client.send(request("POST", "/pub?topic=orders", "Basic ???", "b"));
            assertEquals(401, client.read().status());
        }
        assertEquals(List.of("a"), published());
    }

    @Test
    void whatHasExpiredIsAskedAboutAgain() throws IOException {
        send("POST", "/pub?topic=orders", "brief", "a");
        send("POST", "/pub?topic=orders", "brief", "b");
        assertEquals(2, asked.size());
        assertEquals(List.of("a", "b"), published());
    }

    @Test
    void aSlowAuthenticatorCostsOnlyWhoAsked() throws IOException {
        try (RawClient waiting = server.connect()) {
            waiting.send(request("POST", "/pub?topic=orders", "Bearer slow", "a"));
            for (int i = 0; i < 20; i++) {
                assertEquals(
                        200, send("POST", "/pub?topic=orders", "clerk", "b").status());
            }
        }
        assertEquals(20, published().size());
    }

    @Test
    void theLimitsOfBodiesHold() throws IOException {
        server.nsqd.with(Map.of(Option.MAX_MSG_SIZE, 10L, Option.MAX_BODY_SIZE, 20L));
        assertEquals(
                413, send("POST", "/pub?topic=orders", "clerk", "x".repeat(11)).status());
        assertEquals(
                413, send("POST", "/pub?topic=orders", "brief", "x".repeat(21)).status());
        assertEquals(List.of(), published());
    }

    @Test
    void withoutTheOptionOrAnAuthenticatorEverybodyMay() throws IOException {
        server.nsqd.with(Map.of(Option.AUTH_HTTP_API, false));
        assertEquals(200, server.post("/pub?topic=orders", "a").status());
        try (TestServer open = new TestServer(Map.of(Option.AUTH_HTTP_API, true))) {
            assertEquals(200, open.post("/pub?topic=orders", "a").status());
        }
    }

    @Test
    void anAuthenticatorOfAPluginIsAskedUnlessTheOptionSaysOtherwise() throws IOException {
        try (TestServer plain = new TestServer(Map.of())) {
            assertEquals(200, plain.post("/pub?topic=orders", "a").status());
            plain.authenticator = Optional.of(this::authenticate);
            assertEquals(401, plain.post("/pub?topic=orders", "a").status());
            plain.nsqd.with(Map.of(Option.AUTH_HTTP_API, false));
            assertEquals(200, plain.post("/pub?topic=orders", "a").status());
        }
    }

    @Test
    void withServersThatAreAskedAboutTcpClientsHttpIsAsOpenAsGos() throws IOException {
        Map<Option, Object> servers = Map.of(Option.AUTH_HTTP_ADDRESS, List.of("127.0.0.1:1"));
        try (TestServer plain = new TestServer(servers)) {
            assertEquals(200, plain.post("/pub?topic=orders", "a").status());
            plain.nsqd.with(Map.of(Option.AUTH_HTTP_API, true));
            assertEquals(503, plain.post("/pub?topic=orders", "a").status());
        }
    }

    @Test
    void nobodyMayWhereTheAuthenticatorIsMissing() throws IOException {
        try (TestServer bare = new TestServer(Map.of(Option.AUTH_REQUIRED, true))) {
            RawClient.Answer answer = bare.post("/pub?topic=orders", "a");
            assertEquals(503, answer.status());
            assertEquals("{\"message\":\"AUTH_UNAVAILABLE\"}", answer.body());
            assertEquals(200, bare.get("/stats").status());
            bare.authenticator = Optional.of(this::authenticate);
            assertEquals(401, bare.post("/pub?topic=orders", "a").status());
        }
    }

    /** One that fits the empty name, or nearly all names, is not one that fits all. */
    @Test
    void onlyWhoMayPublishToEveryTopicMayAdminister() throws IOException {
        assertEquals(403, send("PUT", "/config/log_level", "clerk", "debug").status());
        assertEquals(403, send("PUT", "/config/log_level", "first", "debug").status());
        assertEquals(403, send("PUT", "/config/log_level", "most", "debug").status());
        assertEquals(200, send("PUT", "/config/log_level", "anchored", "debug").status());
        assertEquals(200, send("PUT", "/config/log_level", "root", "info").status());
    }
}
