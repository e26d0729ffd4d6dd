package io.nsqd.http;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.nsqd.api.NsqdException;
import io.nsqd.api.Option;
import io.nsqd.api.Reason;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

final class PublishEndpointTest {
    private static final long MAX_MSG = 100_000;
    private static final long MAX_BODY = 400_000;

    private TestServer server;

    @BeforeEach
    void start() throws IOException {
        server = new TestServer(Map.of(Option.MAX_MSG_SIZE, MAX_MSG, Option.MAX_BODY_SIZE, MAX_BODY));
    }

    @AfterEach
    void stop() {
        server.close();
    }

    private void assertAnswer(int status, String code, String path, String body) throws IOException {
        RawClient.Answer answer = server.post(path, body);
        assertEquals(
                status + " " + (code.equals("OK") ? code : "{\"message\":\"" + code + "\"}"),
                answer.status() + " " + answer.body(),
                path);
    }

    private List<String> bodies(String topic) {
        return server.nsqd.fake(topic).bodies();
    }

    @Test
    @Tag("H-40")
    @Tag("H-9")
    @Tag("H-44")
    void theChecksOfPubHaveTheirOrder() throws IOException {
        String tooBig = "x".repeat((int) MAX_MSG + 1);
        assertAnswer(413, "MSG_TOO_BIG", "/pub?x=%zz", tooBig);
        assertAnswer(400, "MSG_EMPTY", "/pub?x=%zz", "");
        assertAnswer(400, "INVALID_REQUEST", "/pub?x=%zz", "x");
        assertAnswer(400, "INVALID_REQUEST", "/pub?topic=a;b", "x");
        assertAnswer(400, "MISSING_ARG_TOPIC", "/pub?defer=x", "x");
        assertAnswer(400, "INVALID_TOPIC", "/pub?topic=&defer=x", "x");
        assertAnswer(400, "INVALID_TOPIC", "/pub?topic=" + "a".repeat(65), "x");
        assertTrue(server.nsqd.topics().isEmpty());
        assertAnswer(400, "INVALID_DEFER", "/pub?topic=made&defer=x", "x");
        assertTrue(bodies("made").isEmpty());
        assertAnswer(200, "OK", "/pub?topic=e%23ephemeral", "x");
        assertEquals(List.of("x"), bodies("e#ephemeral"));
    }

    @Test
    @Tag("H-40")
    void aBodyInChunksHasTheSameLimits() throws IOException {
        String head = "POST /pub?topic=a HTTP/1.1\r\nHost: t\r\nTransfer-Encoding: chunked\r\n\r\n";
        String chunk = "c350\r\n" + "x".repeat(50_000) + "\r\n";
        try (RawClient client = server.connect()) {
            client.send(head + chunk + chunk + "0\r\n\r\n");
            assertEquals("OK", client.read().body());
            client.send(head + chunk + chunk + "1\r\nx\r\n0\r\n\r\n");
            assertEquals("{\"message\":\"MSG_TOO_BIG\"}", client.read().body());
            client.send(head + "zz\r\n");
            RawClient.Answer answer = client.read();
            assertEquals("{\"message\":\"INTERNAL_ERROR\"}", answer.body());
            assertTrue(client.isClosed());
        }
        assertEquals(List.of("x".repeat((int) MAX_MSG)), bodies("a"));
    }

    @Test
    @Tag("H-40")
    void aBodyThatBreaksOffIsAnsweredToWhoStillListens() throws IOException {
        try (RawClient client = server.connect()) {
            client.send("POST /pub?topic=a HTTP/1.1\r\nHost: t\r\nContent-Length: 5\r\n\r\nab");
            client.shutdownOutput();
            assertEquals("{\"message\":\"INTERNAL_ERROR\"}", client.read().body());
            assertTrue(client.isClosed());
        }
    }

    @Test
    @Tag("H-40")
    void aRefusedPublishIsExiting() throws IOException {
        server.nsqd.topic("a");
        server.nsqd.fake("a").result(CompletableFuture.failedFuture(new NsqdException(Reason.EXITING, "exiting")));
        assertAnswer(503, "EXITING", "/pub?topic=a", "x");
        server.nsqd.fake("a").bug(new NsqdException(Reason.EXITING, "exiting"));
        assertAnswer(503, "EXITING", "/mpub?topic=a", "x");
    }

    @Test
    @Tag("H-41")
    @Tag("H-42")
    void deferTakesWholeMillisecondsUpToTheLimit() throws IOException {
        for (String good : List.of("0", "1", "%2B5", "3600000", "0000000000000000005")) {
            assertAnswer(200, "OK", "/pub?topic=d&defer=" + good, "x");
        }
        assertEquals(
                List.of(0L, 1_000_000L, 5_000_000L, 3_600_000_000_000L, 5_000_000L),
                server.nsqd.fake("d").delays());
        for (String bad :
                List.of("3600001", "-1", "", "+", "1.5", "0x10", "1_000", "9223372036854776", "9".repeat(40))) {
            assertAnswer(400, "INVALID_DEFER", "/pub?topic=d&defer=" + bad, "x");
        }
    }

    @Test
    void deferMayHaveALimitOfItsOwn() throws IOException {
        server.nsqd.with(Map.of(Option.MAX_DEFER_TIMEOUT, 7_200_000_000_000L));
        assertAnswer(200, "OK", "/pub?topic=d&defer=7200000", "x");
        assertAnswer(400, "INVALID_DEFER", "/pub?topic=d&defer=7200001", "x");
        assertEquals(List.of(7_200_000_000_000L), server.nsqd.fake("d").delays());
    }

    @Test
    @Tag("H-50")
    void theChecksOfMpubHaveTheirOrder() throws IOException {
        String tooBig = "x\n".repeat((int) MAX_BODY / 2 + 1);
        assertAnswer(413, "BODY_TOO_BIG", "/mpub?x=%zz", tooBig);
        assertAnswer(400, "INVALID_REQUEST", "/mpub?x=%zz", "x");
        assertAnswer(400, "MISSING_ARG_TOPIC", "/mpub", "x");
        assertAnswer(400, "INVALID_TOPIC", "/mpub?topic=%20", "x");
        assertAnswer(413, "MSG_TOO_BIG", "/mpub?topic=made", "x".repeat((int) MAX_MSG + 1));
        assertTrue(bodies("made").isEmpty());
        assertAnswer(200, "OK", "/mpub?topic=made&defer=100", "x");
        assertEquals(List.of(0L), server.nsqd.fake("made").delays());
    }

    @Test
    @Tag("H-51")
    void theBinaryParameterHasManySpellings() throws IOException {
        String body = "\0\0\0\1\0\0\0\1a";
        for (String yes : List.of("true", "1", "", "TRUE", "yes")) {
            assertAnswer(200, "OK", "/mpub?topic=b&binary=" + yes, body);
        }
        assertEquals(List.of("a", "a", "a", "a", "a"), bodies("b"));
        for (String no : List.of("false", "0")) {
            assertAnswer(200, "OK", "/mpub?topic=t&binary=" + no, body);
        }
        assertEquals(List.of(body, body), bodies("t"));
    }

    @Test
    @Tag("H-52")
    void linesAreMessages() throws IOException {
        assertAnswer(200, "OK", "/mpub?topic=t", "a\n\n\nb\r\nc");
        assertEquals(List.of("a", "b\r", "c"), bodies("t"));
        assertAnswer(200, "OK", "/mpub?topic=none", "\n\n");
        assertAnswer(200, "OK", "/mpub?topic=none", "");
        assertTrue(bodies("none").isEmpty());
        assertAnswer(413, "MSG_TOO_BIG", "/mpub?topic=none", "a\n" + "x".repeat((int) MAX_MSG + 1));
        assertTrue(bodies("none").isEmpty());
        assertAnswer(
                200, "OK", "/mpub?topic=full", "x".repeat(99_999).concat("\n").repeat(4));
        assertEquals(4, bodies("full").size());
    }

    @Test
    @Tag("H-52")
    void linesInChunksHaveATotalLimit() throws IOException {
        String head = "POST /mpub?topic=a HTTP/1.1\r\nHost: t\r\nTransfer-Encoding: chunked\r\n\r\n";
        String chunk = "186a0\r\n" + "y".repeat(99_999) + "\n\r\n";
        try (RawClient client = server.connect()) {
            client.send(head + chunk.repeat(4) + "0\r\n\r\n");
            assertEquals("OK", client.read().body());
            client.send(head + chunk.repeat(4) + "1\r\nx\r\n0\r\n\r\n");
            assertEquals("{\"message\":\"BODY_TOO_BIG\"}", client.read().body());
        }
        assertEquals(4, bodies("a").size());
    }

    @Test
    @Tag("H-53")
    void aBinaryBodyIsCheckedAsAWhole() throws IOException {
        Map<String, List<String>> bad = Map.of(
                "BAD_BODY", List.of("", "\0\0", "\0\0\0\0", "\377\377\377\377", "\0\1\70\200"),
                "BAD_MESSAGE",
                        List.of(
                                "\0\0\0\2\0\0\0\1a",
                                "\0\0\0\1\0\0\0\0",
                                "\0\0\0\1\0\0\0\5ab",
                                "\0\0\0\1\0\1\206\241",
                                "\0\0\0\1\377\377\377\377",
                                "\0\0\0\1\0\0"));
        for (Map.Entry<String, List<String>> entry : bad.entrySet()) {
            for (String body : entry.getValue()) {
                assertAnswer(413, entry.getKey(), "/mpub?topic=b&binary=true", body);
            }
        }
        assertTrue(bodies("b").isEmpty());
        assertAnswer(200, "OK", "/mpub?topic=b&binary=true", "\0\0\0\2\0\0\0\1a\0\0\0\2bctrailing");
        assertEquals(List.of("a", "bc"), bodies("b"));
    }

    @Test
    @Tag("H-54")
    void aBinaryBodyInChunksHasNoTotalLimit() throws IOException {
        StringBuilder chunks = new StringBuilder("4\r\n\0\0\0\6\r\n");
        for (int i = 0; i < 6; i++) {
            chunks.append("4\r\n\0\1\206\240\r\n186a0\r\n" + "z".repeat((int) MAX_MSG) + "\r\n");
        }
        try (RawClient client = server.connect()) {
            client.send("POST /mpub?topic=b&binary=true HTTP/1.1\r\nHost: t\r\nTransfer-Encoding: chunked\r\n\r\n");
            client.send(chunks + "0\r\n\r\n");
            assertEquals("OK", client.read().body());
        }
        assertEquals(6, bodies("b").size());
    }

    @Test
    void messagesOfABatchShareSmallBlocks() throws IOException {
        List<String> messages = new ArrayList<>();
        for (int i = 0; i < 2000; i++) {
            messages.add("message " + i + "-".repeat(i % 100));
        }
        messages.add(1000, "L".repeat(50_000));
        assertAnswer(200, "OK", "/mpub?topic=t", String.join("\n", messages));
        assertEquals(messages, bodies("t"));
        List<byte[]> blocks = server.nsqd.fake("t").blocks();
        assertSame(blocks.get(0), blocks.get(1));
        assertNotSame(blocks.get(0), blocks.get(2000));
        for (int i = 0; i < blocks.size(); i++) {
            assertTrue(blocks.get(i).length <= MessageBlocks.BLOCK || i == 1000 && blocks.get(i).length == 50_000);
        }
    }

    @Test
    void aLoneMessageOwnsItsArray() throws IOException {
        assertAnswer(200, "OK", "/pub?topic=t", "x".repeat(80_000));
        assertEquals(80_000, server.nsqd.fake("t").blocks().get(0).length);
    }
}
