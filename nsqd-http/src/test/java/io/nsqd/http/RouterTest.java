package io.nsqd.http;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Paths and methods. */
final class RouterTest {
    private static TestServer server;

    @BeforeAll
    static void start() throws IOException {
        server = new TestServer(Map.of());
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    @Test
    @Tag("H-20")
    void thePathIsDecodedFirst() throws IOException {
        assertEquals(200, server.post("/topic%2Fcreate?topic=decoded", "").status());
        assertTrue(server.nsqd.existingTopic("decoded").isPresent());
    }

    @Test
    @Tag("H-20")
    void anAbsoluteAddressIsRoutedByItsPath() throws IOException {
        assertEquals("OK", server.get("http://test/ping").body());
    }

    @Test
    @Tag("H-6")
    @Tag("H-21")
    @Tag("H-27")
    @Tag("H-29")
    void anUnknownPathIsNotFoundWhateverTheMethod() throws IOException {
        for (String path : List.of("/", "/nope", "/put", "/create_topic", "/debug/vars", "/metrics", "/topics")) {
            for (String method : List.of("GET", "POST", "DELETE")) {
                RawClient.Answer answer = server.exchange(method, path, "");
                assertEquals(404, answer.status(), path);
                assertEquals("{\"message\":\"NOT_FOUND\"}", answer.body());
            }
        }
    }

    @Test
    @Tag("H-22")
    @Tag("H-27")
    void anotherMethodIsRefusedWithThoseThatAreAllowed() throws IOException {
        assertAllowed("POST", "/ping", "GET, OPTIONS");
        assertAllowed("GET", "/pub?topic=a", "OPTIONS, POST");
        assertAllowed("GET", "/channel/create", "OPTIONS, POST");
        assertAllowed("PATCH", "/config/anything", "GET, OPTIONS, PUT");
        assertAllowed("GET", "/debug/setblockrate", "OPTIONS, PUT");
        assertAllowed("PUT", "/debug/pprof/symbol", "GET, OPTIONS, POST");
        assertAllowed("GET", "/debug/freememory", "OPTIONS, POST");
    }

    private static void assertAllowed(String method, String path, String allow) throws IOException {
        RawClient.Answer answer = server.exchange(method, path, "");
        assertEquals(405, answer.status(), path);
        assertEquals("{\"message\":\"METHOD_NOT_ALLOWED\"}", answer.body());
        assertEquals(allow, answer.header("allow"));
        RawClient.Answer options = server.exchange("OPTIONS", path, "");
        assertEquals(200, options.status());
        assertEquals(allow, options.header("allow"));
        assertEquals("", options.body());
        assertFalse(options.headers().containsKey("content-type"));
    }

    @Test
    @Tag("H-23")
    void headIsNotGet() throws IOException {
        try (RawClient client = server.connect()) {
            RawClient.Answer answer = client.exchange("HEAD", "/ping", "");
            assertEquals(405, answer.status());
            assertEquals("32", answer.header("content-length"));
            assertEquals("OK", client.exchange("GET", "/ping", "").body());
        }
    }

    @Test
    @Tag("H-24")
    void theServerAsAWholeHasOptionsToo() throws IOException {
        RawClient.Answer answer = server.exchange("OPTIONS", "*", "");
        assertEquals(200, answer.status());
        assertEquals("", answer.body());
        for (String method : List.of("GET", "DELETE", "FOO")) {
            RawClient.Answer refusal = server.exchange(method, "*", "");
            assertEquals(405, refusal.status());
            assertEquals("DELETE, GET, OPTIONS, POST, PUT", refusal.header("allow"));
        }
        assertEquals(404, server.exchange("CONNECT", "t:80", "").status());
    }

    @Test
    @Tag("H-25")
    @Tag("H-26")
    void aNearlyRightPathIsCorrected() throws IOException {
        assertMoved("GET", "/ping/", 301, "/ping");
        assertMoved("GET", "/Ping?a=%20b&c", 301, "/ping?a=%20b&c");
        assertMoved("GET", "//ping", 301, "/ping");
        assertMoved("GET", "/../x/./../ping", 301, "/ping");
        assertMoved("GET", "/debug/pprof", 301, "/debug/pprof/");
        assertMoved("GET", "/CONFIG/log_level", 301, "/config/log_level");
        assertMoved("POST", "/pub/?topic=a", 307, "/pub?topic=a");
        assertMoved("PUT", "/config/log_level/", 307, "/config/log_level");
        for (String path : List.of("/config", "/config/", "/debug", "/debug/", "/topic", "/topic/", "/config/a/b")) {
            assertEquals(404, server.get(path).status(), path);
        }
        assertEquals(404, server.get("/Pub").status());
        assertEquals(404, server.exchange("DELETE", "/ping/", "").status());
    }

    private static void assertMoved(String method, String path, int status, String location) throws IOException {
        RawClient.Answer answer = server.exchange(method, path, "");
        assertEquals(status, answer.status(), path);
        assertEquals(location, answer.header("location"));
        assertFalse(answer.headers().containsKey("x-nsq-content-type"));
        String page = "<a href=\"" + location.replace("&", "&amp;") + "\">Moved Permanently</a>.\n\n";
        assertEquals(status == 301 ? page : "", answer.body());
    }

    @Test
    @Tag("H-7")
    void acceptAndEncodingAreIgnored() throws IOException {
        try (RawClient client = server.connect()) {
            client.send(
                    "POST /topic/create?topic=q HTTP/1.1\r\nHost: t\r\nAccept: text/html\r\nAccept-Encoding: gzip\r\n"
                            + "Content-Type: application/x-www-form-urlencoded\r\nContent-Length: 7\r\n\r\ntopic=b");
            RawClient.Answer answer = client.read();
            assertEquals(200, answer.status());
            assertFalse(answer.headers().containsKey("content-encoding"));
            assertFalse(server.nsqd.existingTopic("b").isPresent());
            client.send("POST /topic/create HTTP/1.1\r\nHost: t\r\n"
                    + "Content-Type: application/x-www-form-urlencoded\r\nContent-Length: 7\r\n\r\ntopic=b");
            assertEquals("{\"message\":\"MISSING_ARG_TOPIC\"}", client.read().body());
        }
    }
}
