package io.nsqd.core.auth;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.net.httpserver.HttpServer;
import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsServer;
import io.nsqd.api.Option;
import io.nsqd.api.Options;
import io.nsqd.spi.Authorization;
import io.nsqd.spi.Authorization.Permission;
import io.nsqd.spi.Credentials;
import io.nsqd.testing.SelfSigned;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.KeyStore;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class HttpAuthenticatorTest {
    private static final String ALICE = "{\"ttl\":60,\"identity\":\"alice\",\"identity_url\":\"http://a/\","
            + "\"authorizations\":[{\"topic\":\"^t$\",\"channels\":[\".*\"],\"permissions\":[\"publish\"]}]}";
    private final List<AutoCloseable> open = new ArrayList<>();

    /** Requests in the order in which they came: port, path and query, Accept header. */
    private final List<String> requests = new CopyOnWriteArrayList<>();

    @AfterEach
    void close() throws Exception {
        for (AutoCloseable closeable : open) {
            closeable.close();
        }
    }

    private static InetSocketAddress anyPort() {
        return new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
    }

    /** Starts a server that always answers the same; gives its port. */
    private int server(int status, String answer) throws IOException {
        return start(HttpServer.create(anyPort(), 0), status, answer);
    }

    private int start(HttpServer server, int status, String answer) {
        int port = server.getAddress().getPort();
        server.createContext("/", exchange -> {
            requests.add(port + " " + exchange.getRequestMethod() + " " + exchange.getRequestURI() + " "
                    + exchange.getRequestHeaders().getFirst("Accept"));
            byte[] bytes = answer.getBytes(StandardCharsets.UTF_8);
            exchange.sendResponseHeaders(status, bytes.length == 0 ? -1 : bytes.length);
            exchange.getResponseBody().write(bytes);
            exchange.close();
        });
        server.start();
        open.add(() -> server.stop(0));
        return port;
    }

    /** A port at which nobody listens. */
    private static int deadPort() throws IOException {
        try (ServerSocket socket = new ServerSocket()) {
            socket.bind(anyPort());
            return socket.getLocalPort();
        }
    }

    private static String at(int port) {
        return "127.0.0.1:" + port;
    }

    private HttpAuthenticator authenticator(Map<Option, Object> more, int first, String... addresses) {
        Map<Option, Object> changes = new EnumMap<>(Option.class);
        changes.put(Option.AUTH_HTTP_ADDRESS, List.of(addresses));
        changes.putAll(more);
        HttpAuthenticator authenticator =
                new HttpAuthenticator(Options.defaults().with(changes), bound -> first);
        open.add(authenticator);
        return authenticator;
    }

    private HttpAuthenticator authenticator(String... addresses) {
        return authenticator(Map.of(), 0, addresses);
    }

    private static Credentials secret(String secret) {
        return new Credentials(secret.getBytes(StandardCharsets.UTF_8), "127.0.0.1", false, "");
    }

    private static Authorization ask(HttpAuthenticator authenticator) throws Exception {
        return await(authenticator.authenticate(secret("s")));
    }

    private static Authorization await(CompletableFuture<Authorization> answer) throws Exception {
        return answer.get(20, TimeUnit.SECONDS);
    }

    private static String failure(HttpAuthenticator authenticator) {
        return assertThrows(ExecutionException.class, () -> ask(authenticator))
                .getCause()
                .getMessage();
    }

    @Test
    @Tag("P-73")
    void theRequestIsGos() throws Exception {
        int port = server(200, ALICE);
        byte[] secret = {'a', ' ', '&', '=', '+', '~', '*', '/', (byte) 0xff, (byte) 0xc3, (byte) 0xa4};
        await(authenticator(at(port)).authenticate(new Credentials(secret, "::1", true, "Ann B.")));
        assertEquals(
                List.of(port + " GET /auth?common_name=Ann+B.&remote_ip=%3A%3A1"
                        + "&secret=a+%26%3D%2B~%2A%2F%FF%C3%A4&tls=true application/vnd.nsq; version=1.0"),
                requests);
    }

    @Test
    @Tag("P-73")
    void anAddressMayBeAUrl() throws Exception {
        int port = server(200, ALICE);
        ask(authenticator("http://" + at(port) + "/who/is"));
        assertEquals(
                List.of(port + " GET /who/is?common_name=&remote_ip=127.0.0.1&secret=s&tls=false"
                        + " application/vnd.nsq; version=1.0"),
                requests);
    }

    @Test
    @Tag("P-74")
    void theAnswerIsRead() throws Exception {
        Authorization authorization = ask(authenticator(at(server(200, ALICE))));
        assertEquals("alice", authorization.identity());
        assertEquals("http://a/", authorization.identityUrl());
        assertEquals(1, authorization.entries().size());
        assertTrue(authorization.allows(Permission.PUBLISH, "t", ""));
        assertFalse(authorization.allows(Permission.SUBSCRIBE, "t", "c"));
        assertFalse(authorization.allows(Permission.PUBLISH, "tt", ""));
        assertFalse(authorization.isExpired(System.nanoTime()));
        assertTrue(authorization.isExpired(
                System.nanoTime() + Duration.ofSeconds(60).toNanos()));
    }

    @ParameterizedTest
    @Tag("P-74")
    @ValueSource(
            strings = {
                "{\"ttl\":1}",
                "{\"TTL\":1,\"Identity\":null,\"authorizations\":null,\"other\":[{}]}",
                "{\"ttl\":9223372036854775807,\"authorizations\":[]}"
            })
    void nearlyEverythingMayBeMissing(String answer) throws Exception {
        Authorization authorization = ask(authenticator(at(server(200, answer))));
        assertEquals("", authorization.identity());
        assertEquals(List.of(), authorization.entries());
    }

    @ParameterizedTest
    @Tag("P-74")
    @ValueSource(
            strings = {
                "",
                "no json",
                "[]",
                "{\"ttl\":60",
                "{\"ttl\":60} x",
                "{}",
                "{\"ttl\":0}",
                "{\"ttl\":-1}",
                "{\"ttl\":\"60\"}",
                "{\"ttl\":1.5}",
                "{\"ttl\":60,\"identity\":1}",
                "{\"ttl\":60,\"authorizations\":{}}",
                "{\"ttl\":60,\"authorizations\":[1]}",
                "{\"ttl\":60,\"authorizations\":[{\"permissions\":[\"admin\"]}]}",
                "{\"ttl\":60,\"authorizations\":[{\"permissions\":\"publish\"}]}",
                "{\"ttl\":60,\"authorizations\":[{\"topic\":\"(\"}]}",
                "{\"ttl\":60,\"authorizations\":[{\"topic\":\"(?=a)\"}]}",
                "{\"ttl\":60,\"authorizations\":[{\"channels\":[\"(a)\\\\1\"]}]}",
                "{\"status_code\":200,\"data\":{\"ttl\":60}}"
            })
    void whatIsNotAnAnswerIsRejected(String answer) throws Exception {
        int port = server(200, answer);
        String failure = failure(authenticator(at(port)));
        assertTrue(failure.startsWith(at(port) + ": "), failure);
    }

    @ParameterizedTest
    @Tag("P-74")
    @ValueSource(ints = {201, 204, 400, 404, 500})
    void only200Counts(int status) throws Exception {
        int port = server(status, status == 204 ? "" : ALICE);
        assertEquals(at(port) + ": got response " + status, failure(authenticator(at(port))));
    }

    @Test
    @Tag("P-74")
    void aRefusalWithoutPortIsAFailure() throws Exception {
        int port = server(403, "{}");
        assertEquals(at(port) + ": 403 without https_port", failure(authenticator(at(port))));
    }

    @Test
    @Tag("P-74")
    @Tag("P-75")
    void aRefusalLeadsToHttpsWithTheRootsOfTheOption(@TempDir Path folder) throws Exception {
        KeyStore keys = keys(folder);
        int secure = start(https(keys), 200, ALICE);
        int plain = server(403, "{\"message\":\"TLS_REQUIRED\",\"https_port\":" + secure + "}");
        Map<Option, Object> roots =
                Map.of(Option.TLS_ROOT_CA_FILE, folder.resolve("cert.pem").toString());
        assertEquals("alice", ask(authenticator(roots, 0, at(plain))).identity());
        assertEquals(
                List.of(
                        plain + " GET /auth?common_name=&remote_ip=127.0.0.1&secret=s&tls=false"
                                + " application/vnd.nsq; version=1.0",
                        secure + " GET /auth?common_name=&remote_ip=127.0.0.1&secret=s&tls=false"
                                + " application/vnd.nsq; version=1.0"),
                requests);
        assertEquals(
                "alice",
                ask(authenticator(roots, 0, "https://" + at(secure) + "/auth")).identity());
        // Not trusted by itself.
        failure(authenticator(at(plain)));
        String unreadable = failure(authenticator(Map.of(Option.TLS_ROOT_CA_FILE, folder + "/none"), 0, at(plain)));
        assertTrue(unreadable.contains("failed to read tls-root-ca-file"), unreadable);
    }

    private static KeyStore keys(Path folder) throws Exception {
        KeyStore keys = SelfSigned.make(folder);
        SelfSigned.writePem(
                folder.resolve("cert.pem"),
                "CERTIFICATE",
                keys.getCertificate(SelfSigned.ALIAS).getEncoded());
        return keys;
    }

    private static HttpsServer https(KeyStore keys) throws Exception {
        KeyManagerFactory managers = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
        managers.init(keys, SelfSigned.password());
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(managers.getKeyManagers(), null, null);
        HttpsServer server = HttpsServer.create(anyPort(), 0);
        server.setHttpsConfigurator(new HttpsConfigurator(context));
        return server;
    }

    @Test
    @Tag("P-75")
    void theNextServerInTheRingIsAskedUntilOneAnswers() throws Exception {
        int good = server(200, ALICE);
        int bad = server(500, "");
        HttpAuthenticator authenticator = authenticator(Map.of(), 1, at(good), at(bad), at(deadPort()));
        assertEquals("alice", ask(authenticator).identity());
        assertEquals(2, requests.size());
        assertTrue(requests.get(0).startsWith(bad + " "), requests.get(0));
        assertTrue(requests.get(1).startsWith(good + " "), requests.get(1));
    }

    @Test
    @Tag("P-75")
    void whenAllFailEachWasAskedOnce() throws Exception {
        int first = server(500, "");
        int second = server(201, ALICE);
        assertEquals(at(first) + ": got response 500", failure(authenticator(Map.of(), 1, at(first), at(second))));
        assertEquals(2, requests.size());
    }

    @Test
    @Tag("P-75")
    void theStartIsRandom() throws Exception {
        int first = server(200, ALICE);
        int second = server(200, ALICE);
        HttpAuthenticator authenticator = new HttpAuthenticator(
                Options.defaults().with(Map.of(Option.AUTH_HTTP_ADDRESS, List.of(at(first), at(second)))));
        open.add(authenticator);
        for (int i = 0; i < 40; i++) {
            ask(authenticator);
        }
        assertTrue(requests.stream().anyMatch(request -> request.startsWith(first + " ")));
        assertTrue(requests.stream().anyMatch(request -> request.startsWith(second + " ")));
    }

    @Test
    @Tag("P-75")
    void aSilentServerTimesOutAndBlocksNobody() throws Exception {
        try (ServerSocket silent = new ServerSocket()) {
            silent.bind(anyPort());
            Map<Option, Object> impatient = Map.of(
                    Option.HTTP_CLIENT_REQUEST_TIMEOUT, Duration.ofMillis(300).toNanos());
            HttpAuthenticator authenticator = authenticator(impatient, 0, at(silent.getLocalPort()));
            long start = System.nanoTime();
            CompletableFuture<Authorization> answer = authenticator.authenticate(secret("s"));
            assertFalse(answer.isDone());
            assertThrows(ExecutionException.class, () -> await(answer));
            assertTrue(System.nanoTime() - start >= Duration.ofMillis(300).toNanos());
            assertEquals(at(silent.getLocalPort()) + ": timed out", failure(authenticator));
        }
    }

    @Test
    void anAnswerThatIsTooLongIsRefused() throws Exception {
        int port = server(200, ALICE);
        Map<Option, Object> small = Map.of(Option.MAX_BODY_SIZE, 20L);
        assertEquals(at(port) + ": answer longer than 20 bytes", failure(authenticator(small, 0, at(port))));
    }

    @Test
    void failuresDoNotTellTheSecret() throws Exception {
        for (String address : List.of(at(deadPort()), "http://not a url", "ftp://127.0.0.1", "127.0.0.1:x")) {
            HttpAuthenticator authenticator = authenticator(address);
            ExecutionException failure =
                    assertThrows(ExecutionException.class, () -> await(authenticator.authenticate(secret("hush"))));
            assertFalse(failure.getMessage().contains("hush"), failure.getMessage());
            assertTrue(failure.getCause().getMessage().startsWith(address + ": "));
        }
    }

    @Test
    void aHostNeedNotBeNamedByTheRules() throws Exception {
        int port = server(200, ALICE);
        assertEquals("alice", ask(authenticator(":" + port)).identity());
    }

    @Test
    void closingAnswersEverybody() throws Exception {
        try (ServerSocket silent = new ServerSocket()) {
            silent.bind(anyPort());
            HttpAuthenticator authenticator = authenticator(at(silent.getLocalPort()));
            CompletableFuture<Authorization> answer = authenticator.authenticate(secret("s"));
            authenticator.close();
            assertThrows(ExecutionException.class, () -> await(answer));
            assertEquals("closing", failure(authenticator));
        }
    }
}
