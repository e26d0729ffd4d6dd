package io.nsqd.tcp;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The beginning of a connection, and what frames look like. */
class FramingTest extends DaemonCase {
    private static final String ID = "[0-9a-f]{16}";

    @Test
    @Tag("P-1")
    void theMagicIsNotAnswered() throws IOException {
        V2Client client = connect().send(V2Client.MAGIC);
        client.isSilentFor(MOMENT);
        assertOpen(client);
    }

    @Test
    @Tag("P-1")
    void theMagicMayComeByteByByte() throws IOException {
        assertOpen(connect().send(V2Client.MAGIC, 1));
    }

    @ParameterizedTest
    @Tag("P-1")
    @Tag("P-6")
    @ValueSource(strings = {"  V1", "  v2", "V2  ", "GET ", "\n\n\n\n", "\0\0\0\0", "\u00ff\u00ff\u00ff\u00ff"})
    void anotherMagicIsAnsweredWithTheBareCodeAndAClose(String magic) throws IOException {
        connect().send(magic).refuses("E_BAD_PROTOCOL");
    }

    @Test
    @Tag("P-1")
    @Tag("P-6")
    void whatFollowsABadMagicDoesNotKeepTheAnswerAway() throws IOException {
        connect().send("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n").refuses("E_BAD_PROTOCOL");
    }

    @ParameterizedTest
    @Tag("P-1")
    @ValueSource(strings = {"", " ", "  ", "  V", "GET"})
    void theEndBeforeFourBytesClosesSilently(String start) throws IOException {
        connect().send(start).shutdownOutput().closes();
    }

    @Test
    @Tag("P-1")
    @Tag("P-14")
    void theEndAfterTheMagicClosesSilently() throws IOException {
        open().shutdownOutput().closes();
    }

    @Test
    @Tag("P-2")
    void aResponseIsItsSizeType0AndTheText() throws IOException {
        V2Client client = open().line("PUB " + topic, "x");
        assertEquals("\0\0\0\6\0\0\0\0OK", client.bytes(10));
    }

    @Test
    @Tag("P-2")
    @Tag("P-5")
    void anErrorIsItsSizeType1AndCodeAndText() throws IOException {
        V2Client client = open().line("X");
        assertEquals("\0\0\0\37\0\0\0\1E_INVALID invalid command X", client.bytes(35));
        client.closes();
    }

    @Test
    @Tag("P-1")
    @Tag("P-2")
    void theBareCodeHasNoBlankBehindIt() throws IOException {
        V2Client client = connect().send("HELO");
        assertEquals("\0\0\0\22\0\0\0\1E_BAD_PROTOCOL", client.bytes(22));
        client.closes();
    }

    @Test
    @Tag("P-2")
    @Tag("P-3")
    void aMessageIsItsSizeType2TimestampAttemptsIdAndBody() throws IOException {
        publish("body");
        V2Client client = subscriber("c").line("RDY 1");
        ByteBuffer fixed = ByteBuffer.wrap(client.bytes(18).getBytes(StandardCharsets.ISO_8859_1));
        assertEquals(4 + 26 + 4, fixed.getInt());
        assertEquals(2, fixed.getInt());
        Instant published = Instant.ofEpochSecond(0, fixed.getLong());
        Duration age = Duration.between(published, Instant.now());
        assertTrue(age.compareTo(PATIENCE) < 0 && !age.isNegative(), () -> "published at " + published);
        assertEquals(1, fixed.getShort());
        String id = client.bytes(16);
        assertTrue(id.matches(ID), id);
        assertEquals("body", client.bytes(4));
    }

    @Test
    @Tag("P-3")
    void theTimestampIsThatOfThePublishNotOfTheDelivery() throws IOException {
        publish("x");
        V2Client client = subscriber("c").line("RDY 1");
        Delivery first = client.delivery();
        Delivery second = client.line("REQ " + first.id() + " 0").delivery();
        assertEquals(first.timestampNanos(), second.timestampNanos());
        assertEquals(first.id(), second.id());
        assertEquals(List.of(1, 2), List.of(first.attempts(), second.attempts()));
    }

    @Test
    @Tag("P-3")
    void aBodyMayHaveAnyBytes() throws IOException {
        StringBuilder all = new StringBuilder();
        for (char c = 0; c < 256; c++) {
            all.append(c);
        }
        publish(all.toString());
        assertEquals(all.toString(), subscriber("c").line("RDY 1").delivery().body());
    }

    @Test
    @Tag("P-4")
    @Tag("P-61")
    void idsAreComparedByteByByte() throws IOException {
        V2Client client = subscriber("c").line("RDY 1");
        String id;
        do {
            // Nearly every id has a letter in it.
            publish("x");
            id = client.delivery().id();
            assertTrue(id.matches(ID), id);
            if (id.matches("[0-9]+")) {
                client.line("FIN " + id);
            }
        } while (id.matches("[0-9]+"));
        String upper = id.toUpperCase(Locale.ROOT);
        client.line("FIN " + upper).complains("E_FIN_FAILED FIN " + upper + " failed ID not in flight");
        client.line("TOUCH " + upper).complains("E_TOUCH_FAILED TOUCH " + upper + " failed ID not in flight");
        client.line("REQ " + upper + " 0").complains("E_REQ_FAILED REQ " + upper + " failed ID not in flight");
        client.line("FIN " + id).line("FIN " + id).complains("E_FIN_FAILED FIN " + id + " failed ID not in flight");
    }

    @Test
    @Tag("P-7")
    void pipelinedCommandsAreAnsweredInOrder() throws IOException {
        String unknown = "0123456789abcdef";
        open().send(V2Client.command("IDENTIFY", "{\"client_id\":\"x\"}")
                        + V2Client.command("PUB " + topic, "1")
                        + V2Client.command("MPUB " + topic, V2Client.batch("2", "3"))
                        + "SUB " + topic + " c\nNOP\n"
                        + "FIN " + unknown + "\nREQ " + unknown + " 0\nTOUCH " + unknown + "\n"
                        + V2Client.command("DPUB " + topic + " 0", "4")
                        + "CLS\nPUB -\n")
                .shutdownOutput()
                .answersOk()
                .answersOk()
                .answersOk()
                .answersOk()
                .complains("E_FIN_FAILED FIN " + unknown + " failed ID not in flight")
                .complains("E_REQ_FAILED REQ " + unknown + " failed ID not in flight")
                .complains("E_TOUCH_FAILED TOUCH " + unknown + " failed ID not in flight")
                .answersOk()
                .answers("CLOSE_WAIT")
                .refuses("E_BAD_MESSAGE PUB failed to read message body size");
    }

    @Test
    @Tag("P-7")
    void manyPipelinedPublishesAreEachAnswered() throws IOException {
        int count = 5_000;
        V2Client client = open().send(V2Client.command("PUB " + topic, "x").repeat(count));
        for (int i = 0; i < count; i++) {
            client.answersOk();
        }
        assertEquals(count, topicStats().path("message_count").asInt());
    }

    @Test
    @Tag("P-7")
    void answersThatAreReadLateAreAllThere() throws Exception {
        int count = 40_000;
        V2Client client = keep(V2Client.connect(daemon().tcpPort(), 16 * 1024)).send(V2Client.MAGIC);
        Thread sender = new Thread(() -> {
            try {
                for (int i = 0; i < count; i++) {
                    client.line("IDENTIFY", "{\"feature_negotiation\":true,\"msg_timeout\":" + (1000 + i) + "}");
                }
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        });
        sender.start();
        // Nothing moves any more when all buffers are full; with bigger ones everything is sent.
        sender.join(1000);
        for (int i = 0; i < count; i++) {
            String answer = client.frame().data();
            assertTrue(answer.contains("\"msg_timeout\":" + (1000 + i) + ","), answer);
        }
        sender.join();
    }

    @Test
    @Tag("P-7")
    @Tag("P-10")
    @Tag("P-17")
    void aSessionMayComeByteByByte() throws IOException {
        V2Client client = connect();
        client.send(
                        V2Client.MAGIC
                                + V2Client.command("IDENTIFY", "{}")
                                + V2Client.command("PUB " + topic, "first")
                                + V2Client.command("MPUB " + topic, V2Client.batch("second", "third"))
                                + V2Client.command("DPUB " + topic + " 0", "fourth")
                                + "SUB " + topic + " c\r\nRDY 5\n",
                        1)
                .answersOk()
                .answersOk()
                .answersOk()
                .answersOk()
                .answersOk();
        for (String body : List.of("first", "second", "third", "fourth")) {
            Delivery delivery = client.delivery();
            assertEquals(body, delivery.body());
            client.send("FIN " + delivery.id() + "\n", 1);
        }
        client.send("CLS\n", 1).answers("CLOSE_WAIT");
    }

    @Test
    @Tag("P-8")
    void anAcceptedSocketHasAKeepAliveTimerOf15Seconds() throws IOException {
        V2Client client = open();
        assertOpen(client);
        eventually(() -> keepAliveTicks(client).isPresent());
        // In hundredths of seconds.
        long ticks = keepAliveTicks(client).orElseThrow();
        assertTrue(ticks > 0 && ticks <= 1500, () -> "keep-alive in " + ticks);
    }

    /** When the kernel will next look after the daemon's side of a connection. */
    private Optional<Long> keepAliveTicks(V2Client client) throws IOException {
        Pattern line = Pattern.compile(String.format(
                Locale.ROOT,
                "^ *\\d+: [0-9A-F]+:%04X [0-9A-F]+:%04X 01 \\S+ 02:([0-9A-F]+)",
                daemon().tcpPort(),
                client.localPort()));
        for (Path table : List.of(Path.of("/proc/net/tcp"), Path.of("/proc/net/tcp6"))) {
            assumeTrue(Files.isReadable(table));
            for (String connection : Files.readAllLines(table)) {
                Matcher match = line.matcher(connection);
                if (match.find()) {
                    return Optional.of(Long.parseLong(match.group(1), 16));
                }
            }
        }
        return Optional.empty();
    }

    @Test
    @Tag("P-8")
    void anAddressCanBeBoundAgainWhileOldConnectionsLinger(@TempDir Path data) throws Exception {
        int port;
        try (TestedDaemon first = start(data)) {
            port = first.tcpPort();
            try (V2Client client = V2Client.connect(port)) {
                // Who closes first is who lingers.
                client.send("HELO").refuses("E_BAD_PROTOCOL");
            }
            assertEquals(0, first.stop());
        }
        try (TestedDaemon second = start(data, "--tcp-address=127.0.0.1:" + port)) {
            assertEquals(port, second.tcpPort());
            assertEquals(0, second.stop());
        }
    }
}
