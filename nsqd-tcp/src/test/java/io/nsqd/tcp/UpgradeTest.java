package io.nsqd.tcp;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Random;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** TLS and compression after IDENTIFY. */
@DaemonFlags({UpgradeCase.TLS, UpgradeCase.TLS_KEY, "--max-body-size=8388608", "--max-msg-size=4194304"})
class UpgradeTest extends UpgradeCase {
    /** Bytes that do not compress, each a character. */
    private static String noise(int length) {
        byte[] bytes = new byte[length];
        new Random(length).nextBytes(bytes);
        return new String(bytes, StandardCharsets.ISO_8859_1);
    }

    private void post(V2Client client, String body) throws IOException {
        client.line("PUB " + topic, body).answersOk();
    }

    @ParameterizedTest
    @EnumSource(Wrapping.class)
    @Tag("P-36")
    @Tag("P-39")
    @Tag("P-40")
    @Tag("P-41")
    void messagesGoBothWays(Wrapping wrapping) throws IOException {
        V2Client client = upgraded(wrapping);
        client.line("SUB " + topic + " c").answersOk().line("RDY 1");
        for (String body : new String[] {
            "x", "y".repeat(100), noise(1_000), "z".repeat(3_000_000), noise(1_000_000), "0123456789".repeat(200_000)
        }) {
            client.line("PUB " + topic, body);
            // The answer and the message come in any order.
            Frame first = client.frame();
            Frame second = client.frame();
            boolean answered = first.type() == Frame.RESPONSE;
            Frame message = answered ? second : first;
            assertEquals(Frame.OK, answered ? first : second);
            assertTrue(body.equals(message.delivery().body()), "another body");
            client.line("FIN " + message.delivery().id());
        }
    }

    @ParameterizedTest
    @EnumSource(Wrapping.class)
    @Tag("X-1")
    @Tag("P-50")
    void aLoneMessageGoesOutAtOnce(Wrapping wrapping) throws IOException {
        V2Client client = upgraded(wrapping, "\"output_buffer_timeout\":30000");
        client.line("SUB " + topic + " c").answersOk().line("RDY 100");
        for (int i = 0; i < 3; i++) {
            long start = System.nanoTime();
            publish("x");
            assertEquals("x", client.delivery().body());
            assertTrue(System.nanoTime() - start < Duration.ofSeconds(10).toNanos());
        }
    }

    @ParameterizedTest
    @EnumSource(Wrapping.class)
    @Tag("P-36")
    void manyCommandsAtOnceAreAllAnswered(Wrapping wrapping) throws IOException {
        V2Client client = upgraded(wrapping);
        int count = 20_000;
        Thread writer = new Thread(() -> {
            try {
                client.send(V2Client.command("PUB " + topic, "x").repeat(count));
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        });
        writer.start();
        for (int i = 0; i < count; i++) {
            client.answersOk();
        }
        assertEquals(count, topicStats().path("message_count").asInt());
    }

    @ParameterizedTest
    @EnumSource(Wrapping.class)
    @Tag("P-14")
    @Tag("P-22")
    void errorsAreHeardBeforeTheEnd(Wrapping wrapping) throws IOException {
        upgraded(wrapping).line("NONSENSE").refuses("E_INVALID invalid command NONSENSE");
        V2Client client = upgraded(wrapping);
        post(client, "x");
        client.close();
    }

    @ParameterizedTest
    @EnumSource(Wrapping.class)
    @Tag("P-45")
    void heartbeatsGoOn(Wrapping wrapping) throws IOException {
        upgraded(wrapping, "\"heartbeat_interval\":1000").answersWith(Frame.HEARTBEAT);
    }

    @ParameterizedTest
    @CsvSource({"TLS12,TLS1.2,TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256", "TLS13,TLS1.3,Unknown 4865"})
    @Tag("T-17")
    @Tag("P-36")
    void statsTellOfTls(Wrapping wrapping, String version, String suite) throws IOException {
        V2Client client = open();
        negotiate(client, asks("\"tls_v1\":true"));
        String only = wrapping == Wrapping.TLS13 ? "TLS_AES_128_GCM_SHA256" : suite;
        client.startTls(Certificates.client(""), wrapping.tls, only).answersOk();
        client.line("SUB " + topic + " c").answersOk();
        JsonNode stats = clientStats("c");
        assertTrue(stats.path("tls").asBoolean());
        assertEquals(version, stats.path("tls_version").asText());
        assertEquals(suite, stats.path("tls_cipher_suite").asText());
        assertEquals("", stats.path("tls_negotiated_protocol").asText());
        assertFalse(stats.path("deflate").asBoolean());
        daemon().awaitLog(" INFO: PROTOCOL\\(V2\\): \\[127\\.0\\.0\\.1:" + client.localPort()
                + "\\] upgrading connection to TLS$");
    }

    @ParameterizedTest
    @ValueSource(strings = {"SNAPPY", "DEFLATE"})
    @Tag("P-36")
    @Tag("O-55")
    void statsTellOfCompression(Wrapping wrapping) throws IOException {
        V2Client client = upgraded(wrapping);
        client.line("SUB " + topic + " c").answersOk();
        JsonNode stats = clientStats("c");
        assertFalse(stats.path("tls").asBoolean());
        assertEquals(wrapping == Wrapping.SNAPPY, stats.path("snappy").asBoolean());
        assertEquals(wrapping == Wrapping.DEFLATE, stats.path("deflate").asBoolean());
        daemon().awaitLog(" INFO: PROTOCOL\\(V2\\): \\[127\\.0\\.0\\.1:" + client.localPort()
                + "\\] upgrading connection to "
                + (wrapping == Wrapping.SNAPPY ? "snappy$" : "deflate \\(level 6\\)$"));
    }

    @ParameterizedTest
    @CsvSource({"0,6", "-1,6", "1,1", "6,6", "100,6"})
    @Tag("P-35")
    @Tag("P-39")
    void theLevelIsClamped(int asked, int granted) throws IOException {
        V2Client client = open();
        JsonNode answer = negotiate(client, asks("\"deflate\":true", "\"deflate_level\":" + asked));
        assertEquals(granted, answer.path("deflate_level").asInt());
        client.startDeflate(9).answersOk();
        post(client, "x".repeat(100_000));
    }

    @Test
    @Tag("P-33")
    void withoutNegotiationNothingIsUpgraded() throws IOException {
        V2Client client =
                open().line("IDENTIFY", "{\"tls_v1\":true,\"snappy\":true}").answersOk();
        post(client, "x");
    }

    @Test
    @Tag("P-37")
    void bothCompressionsAreRefused() throws IOException {
        open().line("IDENTIFY", asks("\"tls_v1\":true", "\"deflate\":true", "\"snappy\":true"))
                .refuses("E_IDENTIFY_FAILED cannot enable both deflate and snappy compression");
    }

    @Test
    @Tag("P-34")
    void aConnectionIsWrappedOnce() throws IOException {
        V2Client client = upgraded(Wrapping.TLS_SNAPPY);
        JsonNode granted = negotiate(client, asks("\"tls_v1\":true", "\"deflate\":true", "\"snappy\":true"));
        assertFalse(granted.path("tls_v1").asBoolean());
        assertFalse(granted.path("deflate").asBoolean());
        assertFalse(granted.path("snappy").asBoolean());
        post(client, "x");
    }

    @Test
    @Tag("P-38")
    void aHelloThatIsNoneIsToldSoInPlaintext() throws IOException {
        V2Client client = open();
        negotiate(client, asks("\"tls_v1\":true"));
        client.send("GET / HTTP/1.0\r\n\r\n")
                .refuses("E_IDENTIFY_FAILED IDENTIFY failed tls: first record does not look like a TLS handshake");
    }

    @Test
    @Tag("P-38")
    void aHelloThatDoesNotComeIsWaitedForFor5Seconds() throws IOException {
        V2Client client = open();
        negotiate(client, asks("\"tls_v1\":true", "\"heartbeat_interval\":1000"));
        long start = System.nanoTime();
        Frame frame = client.frame();
        assertTrue(System.nanoTime() - start > Duration.ofSeconds(4).toNanos());
        assertEquals(Frame.ERROR, frame.type());
        assertTrue(
                frame.data()
                        .matches("E_IDENTIFY_FAILED IDENTIFY failed read tcp 127\\.0\\.0\\.1:\\d+->127\\.0\\.0\\.1:"
                                + client.localPort() + ": i/o timeout"),
                frame::data);
        client.closes();
    }

    @Test
    @Tag("P-38")
    void whoLeavesInsteadOfShakingHandsIsToldSo() throws IOException {
        V2Client client = open();
        negotiate(client, asks("\"tls_v1\":true"));
        client.shutdownOutput().refuses("E_IDENTIFY_FAILED IDENTIFY failed EOF");
    }

    @ParameterizedTest
    @ValueSource(strings = {"tls_v1", "snappy", "deflate"})
    @Tag("P-36")
    void whatWasSentTooEarlyIsLost(String upgrade) throws IOException {
        V2Client client = open();
        client.send(V2Client.command("IDENTIFY", asks("\"" + upgrade + "\":true"))
                + V2Client.command("PUB " + topic, "smuggled"));
        assertEquals(Frame.RESPONSE, client.frame().type());
        switch (upgrade) {
            case "tls_v1" -> client.startTls(Certificates.client(""));
            case "snappy" -> client.startSnappy();
            default -> client.startDeflate(6);
        }
        client.answersOk().line("NOP").line("PUB " + topic, "x").answersOk();
        assertEquals(1, topicStats().path("message_count").asInt());
    }

    @Test
    @Tag("P-40")
    void snappyNeedsItsIdentifierFirst() throws IOException {
        V2Client client = open();
        negotiate(client, asks("\"snappy\":true"));
        V2Client raw = client.send(SnappyStreams.chunk(1, "NOP\n".getBytes(StandardCharsets.ISO_8859_1), 0));
        raw.startSnappy();
        raw.answersOk().closes();
    }

    @Test
    @Tag("P-40")
    void snappyChunksAreCompressedWhereItPays() throws IOException {
        V2Client client = open();
        negotiate(client, asks("\"snappy\":true"));
        SnappyStreams.Input input = client.startSnappy();
        client.answersOk().line("SUB " + topic + " c").answersOk().line("RDY 10");
        assertEquals(0, input.compressed);
        assertEquals(2, input.uncompressed);
        publish("a".repeat(30_000));
        client.delivery();
        assertEquals(1, input.compressed);
        assertEquals(2, input.uncompressed);
    }

    @Test
    @Tag("P-39")
    void rubbishInsteadOfDeflateIsTheEnd() throws IOException {
        V2Client client = open();
        negotiate(client, asks("\"deflate\":true"));
        client.send("\u00ff\u00ff\u00ff\u00ff");
        client.startDeflate(6).answersOk().closes();
    }
}
