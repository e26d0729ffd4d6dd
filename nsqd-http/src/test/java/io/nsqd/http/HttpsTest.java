package io.nsqd.http;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.netty.handler.ssl.SslContextBuilder;
import io.nsqd.api.Option;
import io.nsqd.api.TlsRequired;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The HTTPS listener, and what becomes of plain HTTP beside it. */
final class HttpsTest {
    private static TestTls tls;

    @BeforeAll
    static void makeCertificate(@TempDir Path folder) throws Exception {
        tls = new TestTls(folder);
    }

    private static TestServer server(Map<Option, Object> options) throws IOException {
        return new TestServer(
                options, Optional.of(SslContextBuilder.forServer(tls.keys()).build()));
    }

    private static RawClient connect(TestServer server) throws IOException {
        return tls.connect(server.nsqd.port("https"));
    }

    @Test
    @Tag("H-92")
    @Tag("H-91")
    @Tag("H-1")
    void theSameRoutesAreServedOverTls() throws Exception {
        try (TestServer server = server(Map.of(Option.TLS_REQUIRED, TlsRequired.TCP_HTTPS));
                RawClient client = connect(server)) {
            assertEquals("OK", client.exchange("GET", "/ping", "").body());
            assertEquals("OK", client.exchange("POST", "/pub?topic=a", "x").body());
            assertEquals("OK", server.get("/ping").body());
        }
    }

    @Test
    @Tag("H-11")
    void aLargeUnreadBodyEndsAConnectionOverTlsAfterTheAnswer() throws Exception {
        try (TestServer server = server(Map.of());
                RawClient client = connect(server)) {
            client.send("POST /nope HTTP/1.1\r\nHost: t\r\nContent-Length: 300000\r\n\r\n" + "x".repeat(50_000));
            assertEquals(404, client.read().status());
            assertTrue(client.isClosed());
        }
    }

    @Test
    @Tag("X-16")
    void closingEndsConnectionsOverTls() throws Exception {
        try (TestServer server = server(Map.of());
                RawClient client = connect(server)) {
            assertEquals("OK", client.exchange("GET", "/ping", "").body());
            server.stopTransport();
            assertTrue(client.isClosed());
        }
    }

    @Test
    @Tag("H-92")
    void plainHttpIsRecognized() throws Exception {
        try (TestServer server = server(Map.of());
                RawClient client = new RawClient(server.nsqd.port("https"))) {
            client.send("GET", "/ping", "");
            assertEquals(
                    "HTTP/1.0 400 Bad Request\r\n\r\nClient sent an HTTP request to an HTTPS server.\n",
                    client.readAll());
        }
    }

    @Test
    @Tag("H-90")
    @Tag("H-91")
    @Tag("T-51")
    void plainHttpIsSentAwayWhereTlsIsRequired() throws Exception {
        try (TestServer server = server(Map.of(Option.TLS_CLIENT_AUTH_POLICY, "require"))) {
            String body = "{\"message\": \"TLS_REQUIRED\", \"https_port\": " + server.nsqd.port("https") + "}";
            for (String path : new String[] {"/ping", "/nope", "/pub?topic=a"}) {
                RawClient.Answer answer = server.post(path, "x");
                assertEquals(403, answer.status());
                assertEquals(body, answer.body());
                assertEquals("application/json; charset=utf-8", answer.header("content-type"));
                assertEquals("nsq; version=1.0", answer.header("x-nsq-content-type"));
            }
            assertTrue(server.nsqd.topics().isEmpty());
        }
    }

    @Test
    @Tag("H-90")
    void thePortIsZeroWhereHttpsIsOff() throws Exception {
        try (TestServer server =
                new TestServer(Map.of(Option.TLS_REQUIRED, TlsRequired.TRUE, Option.HTTPS_ADDRESS, ""))) {
            assertTrue(server.get("/ping").body().endsWith("\"https_port\": 0}"));
        }
    }

    @Test
    @Tag("H-92")
    @Tag("H-94")
    void emptyAddressesAndNoCertificateMeanNoListener() throws Exception {
        try (TestServer server = new TestServer(Map.of(Option.HTTP_ADDRESS, ""))) {
            assertTrue(server.nsqd.transports().isEmpty());
        }
        try (TestServer server = server(Map.of(Option.HTTPS_ADDRESS, ""))) {
            assertEquals(1, server.nsqd.transports().size());
            assertFalse(
                    server.nsqd.transports().stream().anyMatch(t -> t.protocol().equals("https")));
        }
    }
}
