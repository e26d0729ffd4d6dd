package io.nsqd.http;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.nsqd.api.Option;
import io.nsqd.api.Options;
import io.nsqd.api.TlsVersion;
import io.nsqd.stats.PluginStats;
import io.nsqd.stats.StatsFilter;
import io.nsqd.testing.FakeChannel;
import io.nsqd.testing.FakeTopic;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** The endpoints that do not publish. */
final class EndpointsTest {
    private TestServer server;

    @BeforeEach
    void start() throws IOException {
        server = new TestServer(Map.of(
                Option.MAX_MSG_SIZE, 1000L, Option.BROADCAST_ADDRESS, "127.0.0.1", Option.BROADCAST_TCP_PORT, 5L));
    }

    @AfterEach
    void stop() {
        server.close();
    }

    private void assertAnswer(int status, String body, String method, String path, String sent) throws IOException {
        RawClient.Answer answer = server.exchange(method, path, sent);
        assertEquals(status + " " + body, answer.status() + " " + answer.body(), path);
    }

    private void assertRefused(int status, String code, String path) throws IOException {
        assertAnswer(status, "{\"message\":\"" + code + "\"}", "POST", path, "");
    }

    @Test
    @Tag("H-32")
    @Tag("H-33")
    void pingTellsTheHealth() throws IOException {
        assertAnswer(200, "OK", "GET", "/ping", "");
        server.nsqd.health("NOK - no space left");
        RawClient.Answer answer = server.get("/ping");
        assertEquals(500, answer.status());
        assertEquals("NOK - no space left", answer.body());
        assertEquals("text/plain; charset=utf-8", answer.header("content-type"));
    }

    @Test
    @Tag("H-34")
    void infoHasItsFieldsInOrder() throws IOException {
        server.nsqd.startedAt(Instant.ofEpochSecond(1_795_359_215));
        String body = server.get("/info").body();
        String golden = GoldenStats.read("stats-1.3.0/info.json").strip();
        assertEquals(
                golden.replaceAll("\"hostname\":\"[^\"]*\"", "\"hostname\":H")
                        .replace("24511", Integer.toString(server.port()))
                        .replace("24510", "0")
                        // What the Go daemon does not have comes last.
                        .replaceFirst("}$", ",\"transports\":{\"http\":\"nio\"},\"durability\":\"memory\"}"),
                body.replaceAll("\"hostname\":\"[^\"]*\"", "\"hostname\":H"));
    }

    @Test
    void pluginsAreATableOrJson() throws IOException {
        server.parts = List.of(
                new PluginStats("a", "1.0.0", "active", "plugins/a.jar", ""),
                new PluginStats("", "", "failed", "plugins/b\u001b.jar", "it is no bundle"));
        RawClient.Answer text = server.get("/plugins");
        assertEquals("""
                NAME  VERSION  STATE   FILE               REASON
                a     1.0.0    active  plugins/a.jar
                               failed  plugins/b\\x1b.jar  it is no bundle
                """, text.body());
        assertEquals("text/plain; charset=utf-8", text.header("content-type"));
        RawClient.Answer json = server.get("/plugins?format=json");
        assertEquals(
                "{\"plugins\":[{\"name\":\"a\",\"version\":\"1.0.0\",\"state\":\"active\",\"file\":\"plugins/a.jar\","
                        + "\"reason\":\"\"},{\"name\":\"\",\"version\":\"\",\"state\":\"failed\","
                        + "\"file\":\"plugins/b\\u001b.jar\",\"reason\":\"it is no bundle\"}]}",
                json.body());
        assertEquals("application/json; charset=utf-8", json.header("content-type"));
        assertEquals(405, server.post("/plugins", "").status());
    }

    @Test
    @Tag("H-60")
    @Tag("H-61")
    @Tag("H-62")
    @Tag("H-64")
    void topicRequestsAreChecked() throws IOException {
        for (String action : List.of("create", "delete", "empty", "pause", "unpause")) {
            String path = "/topic/" + action;
            boolean validated = action.equals("create") || action.equals("empty");
            assertRefused(400, "INVALID_REQUEST", path + "?topic=a&x=%zz");
            assertRefused(400, "MISSING_ARG_TOPIC", path);
            assertRefused(
                    validated ? 400 : 404, validated ? "INVALID_TOPIC" : "TOPIC_NOT_FOUND", path + "?topic=a%20b");
            if (!action.equals("create")) {
                assertRefused(404, "TOPIC_NOT_FOUND", path + "?topic=absent");
            }
        }
    }

    @Test
    @Tag("H-60")
    @Tag("H-61")
    @Tag("H-62")
    @Tag("H-66")
    void topicsAreMadePausedEmptiedAndDeleted() throws IOException {
        assertAnswer(200, "", "POST", "/topic/create?topic=a", "ignored body");
        assertAnswer(200, "", "POST", "/topic/create?topic=a", "");
        FakeTopic topic = server.nsqd.fake("a");
        assertAnswer(200, "", "POST", "/topic/pause?topic=a", "");
        assertTrue(topic.isPaused());
        assertAnswer(200, "", "POST", "/topic/unpause?topic=a", "");
        assertFalse(topic.isPaused());
        assertAnswer(200, "", "POST", "/topic/empty?topic=a", "");
        assertEquals(1, topic.emptied());
        assertAnswer(200, "", "POST", "/topic/delete?topic=a", "");
        assertRefused(404, "TOPIC_NOT_FOUND", "/topic/delete?topic=a");
    }

    @Test
    @Tag("H-63")
    @Tag("H-64")
    @Tag("H-65")
    void channelRequestsAreChecked() throws IOException {
        server.nsqd.topic("a");
        for (String action : List.of("create", "delete", "empty", "pause", "unpause")) {
            String path = "/channel/" + action;
            assertRefused(400, "INVALID_REQUEST", path + "?topic=a&channel=%zz");
            assertRefused(400, "MISSING_ARG_TOPIC", path + "?channel=c");
            assertRefused(400, "INVALID_ARG_TOPIC", path + "?topic=a%20b");
            assertRefused(400, "MISSING_ARG_CHANNEL", path + "?topic=a");
            assertRefused(400, "INVALID_ARG_CHANNEL", path + "?topic=a&channel=");
            assertRefused(404, "TOPIC_NOT_FOUND", path + "?topic=absent&channel=c");
            if (!action.equals("create")) {
                assertRefused(404, "CHANNEL_NOT_FOUND", path + "?topic=a&channel=c");
            }
        }
        assertFalse(server.nsqd.existingTopic("absent").isPresent());
    }

    @Test
    @Tag("H-63")
    @Tag("H-65")
    @Tag("H-66")
    void channelsAreMadePausedEmptiedAndDeleted() throws IOException {
        server.nsqd.topic("a");
        assertAnswer(200, "", "POST", "/channel/create?topic=a&channel=c", "");
        assertAnswer(200, "", "POST", "/channel/create?topic=a&channel=c", "");
        FakeChannel channel = server.nsqd.fake("a", "c");
        assertAnswer(200, "", "POST", "/channel/pause?topic=a&channel=c", "");
        assertTrue(channel.isPaused());
        assertAnswer(200, "", "POST", "/channel/unpause?topic=a&channel=c", "");
        assertFalse(channel.isPaused());
        assertAnswer(200, "", "POST", "/channel/empty?topic=a&channel=c", "");
        assertEquals(1, channel.emptied());
        assertAnswer(200, "", "POST", "/channel/delete?topic=a&channel=c", "");
        assertRefused(404, "CHANNEL_NOT_FOUND", "/channel/delete?topic=a&channel=c");
    }

    @Test
    @Tag("T-1")
    @Tag("T-2")
    @Tag("T-3")
    @Tag("T-4")
    void statsTakesItsParameters() throws IOException {
        assertTrue(server.get("/stats").body().startsWith("nsqd v1.3.0 (built w/java"));
        assertTrue(server.get("/stats?format=JSON").body().startsWith("nsqd v1.3.0"));
        assertTrue(server.get("/stats?format=json&topic=absent&channel=&include_clients=0&include_mem=false")
                .body()
                .contains("\"topics\":null"));
        assertTrue(server.get("/stats?format=json&topic=&channel=b%20c&include_clients=no&include_mem=FALSE")
                .body()
                .contains("\"topics\":[]"));
        assertEquals(400, server.get("/stats?x=%zz").status());
        List<StatsFilter> expected = new ArrayList<>(List.of(StatsFilter.ALL, StatsFilter.ALL));
        expected.add(GoldenStats.filter("absent", "", false, false));
        expected.add(GoldenStats.filter("", "b c", true, true));
        assertEquals(expected, server.nsqd.filters());
    }

    @Test
    @Tag("H-68")
    @Tag("H-69")
    void optionsAreShownByTheirKeys() throws IOException {
        assertAnswer(200, "[nsqd] ", "GET", "/config/log_prefix", "");
        assertAnswer(200, "", "GET", "/config/tls_cert", "");
        assertAnswer(200, "2", "GET", "/config/log_level", "");
        assertAnswer(200, "0", "GET", "/config/tls_required", "");
        assertAnswer(200, "769", "GET", "/config/tls_min_version", "");
        assertAnswer(200, "60000000000", "GET", "/config/msg_timeout", "");
        assertAnswer(200, "true", "GET", "/config/deflate", "");
        assertAnswer(200, "[]", "GET", "/config/e2e_processing_latency_percentiles", "");
        assertAnswer(200, "[]", "GET", "/config/auth_http_addresses", "");
        assertAnswer(200, "5", "GET", "/config/broadcast_tcp_port", "");
        assertAnswer(200, Integer.toString(server.port()), "GET", "/config/broadcast_http_port", "");
        assertAnswer(200, "nsq.127_0_0_1_" + server.port() + ".", "GET", "/config/statsd_prefix", "");
        server.nsqd.with(
                Map.of(Option.E2E_PROCESSING_LATENCY_PERCENTILE, List.of(1.0, 0.99), Option.BROADCAST_ADDRESS, "::1"));
        assertAnswer(200, "[1,0.99]", "GET", "/config/e2e_processing_latency_percentiles", "");
        assertAnswer(200, "nsq.[__1]_" + server.port() + ".", "GET", "/config/statsd_prefix", "");
        for (String key : List.of("node_id", "verbose", "version", "LOG_LEVEL", "log-level", "nope")) {
            assertAnswer(400, "{\"message\":\"INVALID_OPTION\"}", "GET", "/config/" + key, "");
        }
    }

    @Test
    @Tag("H-70")
    void twoOptionsMayBeSet() throws IOException {
        String levels = "/config/log_level";
        assertAnswer(200, "1", "PUT", levels, "DeBug");
        assertAnswer(200, "1", "GET", levels, "");
        for (String bad : List.of("warning", "1", "\"info\"", "info\n", " info")) {
            assertAnswer(400, "{\"message\":\"INVALID_VALUE\"}", "PUT", levels, bad);
        }
        String addresses = "/config/nsqlookupd_tcp_addresses";
        assertAnswer(200, "[\"a:1\",\"b\\u003c\"]", "PUT", addresses, " [\"a:1\", \"b<\"] ");
        assertAnswer(200, "[\"a:1\",\"b\\u003c\"]", "GET", addresses, "");
        assertAnswer(200, "null", "PUT", addresses, "null");
        assertAnswer(200, "null", "GET", addresses, "");
        assertAnswer(200, "[]", "PUT", addresses, "[]");
        assertAnswer(200, "[]", "GET", addresses, "");
        // Half a character, which Go makes a replacement character of, and nothing, which is an empty text.
        assertAnswer(200, "[\"a\ufffd\",\"\"]", "PUT", addresses, "[\"a\\ud800\", null]");
        for (String bad : List.of(
                "\"a\"",
                "{}",
                "[\"a\\\"]",
                "[\"a\tb\"]",
                "[,]",
                "[\"a\",]",
                "[1]",
                "[\"a\",",
                "[] x",
                "nul",
                "[[]]",
                "\377")) {
            assertAnswer(400, "{\"message\":\"INVALID_VALUE\"}", "PUT", addresses, bad);
        }
        assertAnswer(413, "{\"message\":\"INVALID_VALUE\"}", "PUT", "/config/nope", "");
        assertAnswer(413, "{\"message\":\"INVALID_VALUE\"}", "PUT", "/config/nope", "x".repeat(1001));
        assertAnswer(400, "{\"message\":\"INVALID_OPTION\"}", "PUT", "/config/max_msg_size", "5");
    }

    @Test
    @Tag("H-71")
    @Tag("H-74")
    void theBlockRateSwitchesContentionMonitoring() throws IOException {
        String refusal = "invalid block rate : strconv.Atoi: parsing ";
        assertAnswer(400, refusal + "\"\": invalid syntax", "PUT", "/debug/setblockrate", "");
        assertAnswer(400, refusal + "\"1.5\": invalid syntax", "PUT", "/debug/setblockrate?rate=1.5", "");
        String huge = "99999999999999999999";
        assertAnswer(
                400, refusal + "\"" + huge + "\": value out of range", "PUT", "/debug/setblockrate?rate=" + huge, "");
        var threads = java.lang.management.ManagementFactory.getThreadMXBean();
        assertAnswer(200, "", "PUT", "/debug/setblockrate?rate=%2B5", "");
        assertTrue(threads.isThreadContentionMonitoringEnabled());
        try (RawClient client = server.connect()) {
            client.send("PUT /debug/setblockrate HTTP/1.1\r\nHost: t\r\nContent-Length: 7\r\n"
                    + "Content-Type: application/x-www-form-urlencoded\r\n\r\nrate=-1");
            assertEquals(200, client.read().status());
        }
        assertFalse(threads.isThreadContentionMonitoringEnabled());
        assertAnswer(200, "", "POST", "/debug/freememory", "");
    }

    @Test
    @Tag("H-72")
    @Tag("H-73")
    void profilesAreText() throws IOException {
        Map<String, String> pages = Map.of(
                "", "<a href=\"goroutine\">",
                "cmdline", "java",
                "symbol", "num_symbols: 1\n",
                "goroutine", "nsqd-http-worker-",
                "threadcreate", "threads: ",
                "block", "blocked\t",
                "heap?gc=1", "heap: used ",
                "profile?seconds=1", "");
        for (Map.Entry<String, String> page : pages.entrySet()) {
            RawClient.Answer answer = server.get("/debug/pprof/" + page.getKey());
            assertEquals(200, answer.status(), page.getKey());
            assertTrue(answer.body().contains(page.getValue()), answer.body());
            assertEquals("nosniff", answer.header("x-content-type-options"));
            assertEquals(
                    page.getKey().isEmpty() ? "text/html; charset=utf-8" : "text/plain; charset=utf-8",
                    answer.header("content-type").isEmpty()
                            ? "text/plain; charset=utf-8"
                            : answer.header("content-type"));
        }
        assertEquals("num_symbols: 1\n", server.post("/debug/pprof/symbol", "").body());
    }

    /** The first bytes of each recording. */
    private static final String JFR = "FLR\0";

    @Test
    @Tag("H-73")
    void tracesAreRecordingsOfJfr() throws IOException {
        for (String path : new String[] {"trace?seconds=1", "profile?seconds=1&format=jfr"}) {
            RawClient.Answer answer = server.get("/debug/pprof/" + path);
            assertEquals(200, answer.status(), answer.body());
            assertTrue(answer.body().startsWith(JFR), path);
            assertEquals("application/octet-stream", answer.header("content-type"));
        }
    }

    @Test
    @Tag("H-73")
    void theHeapIsDumpedOnRequest() throws IOException {
        String said = server.get("/debug/pprof/heap?dump=1").body();
        assertTrue(said.matches("dumped \\d+ bytes to /.*\\.hprof\n"), said);
        Path dump = Path.of(said.replaceAll(".* to (.*)\n", "$1"));
        assertTrue(Files.size(dump) > 0);
        Files.delete(dump);
    }

    @Test
    @Tag("O-42")
    void theLeastTlsVersionIsANumber() throws IOException {
        Options before = server.nsqd.options();
        try {
            int number = 769;
            for (TlsVersion version : TlsVersion.values()) {
                server.nsqd.options(before.with(Map.of(Option.TLS_MIN_VERSION, version)));
                assertEquals(
                        Integer.toString(number),
                        server.get("/config/tls_min_version").body());
                number++;
            }
        } finally {
            server.nsqd.options(before);
        }
    }
}
