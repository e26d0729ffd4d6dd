package io.nsqd.tcp;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.nsqd.launcher.Daemon;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.function.BooleanSupplier;
import java.util.zip.Deflater;
import java.util.zip.DeflaterOutputStream;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInfo;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Clients that mean no good, or know no better. The daemon has little memory, so that what grows without a bound is its end;
 * after each abuse it serves others as before. Each test prints the most memory that the process had meanwhile.
 */
@DaemonFlags(
        value = {"--mem-queue-size=100", UpgradeCase.TLS, UpgradeCase.TLS_KEY},
        java = "-Xmx112m -XX:MaxDirectMemorySize=64m -XX:+ExitOnOutOfMemoryError")
class AbuseIT extends UpgradeCase {
    private static final int MEBIBYTE = 1024 * 1024;

    /** Bytes of one write of a flood. */
    private static final int WRITE_BYTES = 64 * 1024;

    private final List<SocketChannel> silent = new ArrayList<>();

    private Daemon process() {
        return (Daemon) daemon();
    }

    @BeforeEach
    void begin() throws IOException {
        process().forgetPeakMemory();
    }

    @AfterEach
    void othersAreServed(TestInfo test) throws IOException {
        long peak = process().peakMemoryMegabytes();
        for (SocketChannel channel : silent) {
            channel.close();
        }
        String other = topic + "-other";
        V2Client client = open().line("SUB " + other + " c").answersOk();
        V2Client publisher = open().line("PUB " + other, "still here").answersOk();
        Delivery delivery = client.line("RDY 1").delivery();
        assertEquals("still here", delivery.body());
        client.line("FIN " + delivery.id());
        assertOpen(client);
        publisher.close();
        System.out.printf("abuse: %s %s: peak memory %d MB%n", name(test), test.getDisplayName(), peak);
    }

    private static String name(TestInfo test) {
        return test.getTestMethod().orElseThrow().getName();
    }

    private static byte[] latin(String text) {
        return text.getBytes(StandardCharsets.ISO_8859_1);
    }

    /** What deflate makes of {@code pattern}, so many times. */
    private static byte[] deflated(String start, byte[] pattern, long times) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (DeflaterOutputStream deflater =
                new DeflaterOutputStream(bytes, new Deflater(Deflater.BEST_COMPRESSION, true), WRITE_BYTES)) {
            deflater.write(latin(start));
            for (long i = 0; i < times; i++) {
                deflater.write(pattern);
            }
        }
        return bytes.toByteArray();
    }

    /** Whole repetitions of something, of about {@link #WRITE_BYTES}. */
    private static byte[] repeated(String text) {
        return latin(text.repeat(WRITE_BYTES / text.length()));
    }

    /** A client that was granted deflate, and nothing that it sends is deflated by it. */
    private V2Client deflating() throws IOException {
        V2Client client = open();
        assertTrue(negotiate(client, asks("\"deflate\":true")).path("deflate").asBoolean());
        return client.readDeflated().answersOk();
    }

    /** Publishes with an answer each time, while something else goes on; heartbeats come as well. */
    private void publishWhile(V2Client client, BooleanSupplier going) throws IOException {
        int published = 0;
        while (going.getAsBoolean() || published == 0) {
            client.line("PUB " + topic, "x").skipHeartbeats();
            client.answersOk();
            published++;
        }
    }

    /** Sends until all is out or the daemon has closed; whether all went out. */
    private static boolean sendsAll(V2Client client, byte[] bytes) {
        try {
            client.send(bytes);
            return true;
        } catch (IOException e) {
            return false;
        }
    }

    // ---- sizes

    @ParameterizedTest
    @Tag("P-65")
    @Tag("P-67")
    @Tag("P-30")
    @ValueSource(ints = {Integer.MIN_VALUE, -1, 0, Integer.MAX_VALUE})
    void sizesThatNobodyMeansAreRefusedWithoutTheirBodies(int size) throws IOException {
        String bytes = V2Client.int32(size);
        String big = size + " > ";
        boolean tooBig = size > 0;
        for (String line : List.of("PUB t\n", "DPUB t 0\n")) {
            String name = line.split(" ", 2)[0];
            open().send(line + bytes)
                    .refuses("E_BAD_MESSAGE " + name
                            + (tooBig ? " message too big " + big + MEBIBYTE : " invalid message body size " + size));
        }
        for (String line : List.of("MPUB " + topic + "\n", "IDENTIFY\n", "AUTH\n")) {
            String name = line.split("[ \n]", 2)[0];
            open().send(line + bytes)
                    .refuses("E_BAD_BODY " + name
                            + (tooBig ? " body too big " + big + 5 * MEBIBYTE : " invalid body size " + size));
        }
        open().send("MPUB " + topic + "\n" + V2Client.int32(100) + bytes)
                .refuses("E_BAD_BODY MPUB invalid message count " + size);
        open().send("MPUB " + topic + "\n" + V2Client.int32(100) + V2Client.int32(1) + bytes)
                .refuses("E_BAD_MESSAGE MPUB "
                        + (tooBig ? "message too big " + big + MEBIBYTE : "invalid message(0) body size " + size));
    }

    @Test
    @Tag("P-17")
    @Tag("P-68")
    void sizesThatAreOnlyPromisedTakeNoMemory() throws IOException {
        // As many times the heap as there are hundreds of connections.
        for (int i = 0; i < 500; i++) {
            open().send("PUB " + topic + "\n" + V2Client.int32(MEBIBYTE) + "x");
            open().send("MPUB " + topic + "\n" + V2Client.int32(5 * MEBIBYTE) + V2Client.int32(MEBIBYTE - 1)
                    + V2Client.int32(MEBIBYTE) + "x");
            open().send("IDENTIFY\n" + V2Client.int32(5 * MEBIBYTE) + "{");
        }
    }

    @Test
    @Tag("P-69")
    void theMostMessagesOfOneBatchAreTaken() throws IOException {
        byte[] one = latin(V2Client.sized("x"));
        int count = (5 * MEBIBYTE - 4) / 5;
        byte[] messages = new byte[count * one.length];
        for (int i = 0; i < messages.length; i += one.length) {
            System.arraycopy(one, 0, messages, i, one.length);
        }
        open().send("MPUB " + topic + "\n" + V2Client.int32(4 + messages.length) + V2Client.int32(count))
                .send(messages)
                .answersOk();
        assertEquals(count, topicStats().path("message_count").asInt());
    }

    // ---- lines

    @Test
    @Tag("P-13")
    void anEndlessLineIsCutOff() throws IOException {
        byte[] endless = new byte[4 * MEBIBYTE];
        Arrays.fill(endless, (byte) 'x');
        for (int i = 0; i < 50; i++) {
            V2Client client = open();
            sendsAll(client, endless);
            client.closes();
        }
    }

    @Test
    @Tag("P-12")
    @Tag("P-13")
    @Tag("P-22")
    void garbageIsRefusedOrCutOff() throws IOException {
        Random random = new Random(4150);
        for (int i = 0; i < 300; i++) {
            byte[] garbage = new byte[1 + random.nextInt(40_000)];
            random.nextBytes(garbage);
            V2Client client = open();
            if (sendsAll(client, garbage)) {
                client.shutdownOutput();
            }
            client.skipErrors();
            client.closes();
        }
    }

    @Test
    @Tag("P-1")
    void aTlsHelloToAPlainPortIsABadMagic() throws IOException {
        for (int i = 0; i < 50; i++) {
            try (SSLSocket tls = (SSLSocket) Certificates.client("")
                    .getSocketFactory()
                    .createSocket(InetAddress.getLoopbackAddress(), daemon().tcpPort())) {
                assertThrows(SSLException.class, tls::startHandshake);
            }
        }
        connect().send(new byte[] {22, 3, 1, 2}).refuses("E_BAD_PROTOCOL");
    }

    @Test
    @Tag("P-14")
    @Tag("P-46")
    void halfACommandAndSilenceHarmsNobody() throws IOException {
        String part = "x".repeat(20_000);
        for (int i = 0; i < 200; i++) {
            open().send("PUB " + topic + "\n" + V2Client.int32(MEBIBYTE) + part);
            open().send("NO");
            open().send("SUB " + topic + " c");
            connect().send("  V");
        }
    }

    // ---- many

    @Test
    @Tag("P-1")
    void connectionsThatSayNothingAreHeldAndHarmNobody() throws IOException {
        InetSocketAddress address = new InetSocketAddress(InetAddress.getLoopbackAddress(), daemon().tcpPort());
        for (int i = 0; i < 5000; i++) {
            silent.add(SocketChannel.open(address));
        }
        publish("x");
        V2Client client = subscriber("c").line("RDY 1");
        client.line("FIN " + client.delivery().id());
        assertOpen(client);
    }

    // ---- floods

    @Test
    @Tag("P-7")
    void whoFloodsWithNopsIsOneOfMany() throws IOException {
        byte[] nops = repeated("NOP\n");
        V2Client flooding = open();
        CompletableFuture<Void> flood = CompletableFuture.runAsync(() -> {
            for (int i = 0; i < 1000; i++) {
                assertTrue(sendsAll(flooding, nops));
            }
        });
        publishWhile(open(), () -> !flood.isDone());
        flood.join();
        flooding.line("PUB " + topic, "x").skipHeartbeats();
        flooding.answersOk();
    }

    @Test
    @Tag("P-61")
    void finsOfForeignMessagesAreAnsweredAndSettleNothing() throws IOException {
        publish("mine");
        V2Client owner = subscriber("c").line("RDY 1");
        String id = owner.delivery().id();
        V2Client thief = subscriber("c").line("RDY 1");
        int count = 20_000;
        CompletableFuture<Void> sending = CompletableFuture.runAsync(() -> {
            byte[] fins = latin(("FIN " + id + "\n").repeat(100));
            for (int i = 0; i < count / 100; i++) {
                assertTrue(sendsAll(thief, fins));
            }
        });
        for (int i = 0; i < count; i++) {
            thief.complains("E_FIN_FAILED FIN " + id + " failed client does not own message");
        }
        sending.join();
        assertTrue(
                daemon().log().stream()
                                .filter(line -> line.contains("FIN " + id))
                                .count()
                        < count / 10,
                "the log is flooded, too");
        assertEquals(1, channelStats("c").path("in_flight_count").asInt());
        owner.line("FIN " + id);
        assertOpen(owner);
        assertEquals(0, channelStats("c").path("in_flight_count").asInt());
        assertOpen(thief);
    }

    @Test
    @Tag("P-47")
    void whoDoesNotReadItsAnswersIsNotListenedTo() throws Exception {
        byte[] fins = repeated("FIN 0123456789abcdef\n");
        V2Client deaf = keep(V2Client.connect(daemon().tcpPort(), 16 * 1024))
                .send(V2Client.MAGIC)
                .line("SUB " + topic + " c")
                .answersOk();
        CompletableFuture<Boolean> sent = CompletableFuture.supplyAsync(() -> {
            boolean all = true;
            for (int i = 0; i < 2000 && all; i++) {
                all = sendsAll(deaf, fins);
            }
            return all;
        });
        // Its answers would be 400 MB. It gets stuck long before, and others go on.
        V2Client other = open();
        for (int i = 0; i < 1000; i++) {
            other.line("PUB " + topic + "-more", "x").answersOk();
        }
        deaf.close();
        assertEquals(false, sent.join());
    }

    @Test
    @Tag("P-55")
    @Tag("P-49")
    void consumersThatNeverReadAreBoundedAndTheOthersDoNotNotice() throws IOException {
        String body = "x".repeat(100_000);
        V2Client reader = subscriber("reader").line("RDY 10");
        for (int i = 0; i < 5; i++) {
            keep(V2Client.connect(daemon().tcpPort(), 16 * 1024))
                    .send(V2Client.MAGIC)
                    .line("SUB " + topic + " deaf")
                    .answersOk()
                    .line("RDY 2500");
        }
        V2Client publisher = open();
        int count = 1000;
        for (int i = 0; i < count; i++) {
            publisher.line("PUB " + topic, body).answersOk();
            Delivery delivery = reader.delivery();
            assertEquals(body.length(), delivery.body().length());
            reader.line("FIN " + delivery.id());
        }
        int taken = channelStats("deaf").path("in_flight_count").asInt();
        assertTrue(taken > 0 && taken < count / 2, () -> taken + " of " + count + " were taken");
    }

    // ---- bombs

    /** Few bytes that stand for very many: of a bomb of each kind, what goes off. */
    enum Bomb {
        /** A line of zeros, without an end: P-13. */
        ZEROS("", "\0", 1024, ""),
        /** A body of zeros that is bigger than it may be. */
        OVERSIZED_BODY("PUB t\n\177\0\0\0", "\0", 1024, "E_BAD_MESSAGE PUB message too big 2130706432 > 1048576"),
        /** A name of zeros. */
        ENDLESS_NAME("PUB ", "\0", 1024, ""),
        /** As many empty commands. */
        LINES("", "\n", 16, "E_INVALID invalid command "),
        /** Commands that are none of the protocol's. */
        WORDS("", "GET / HTTP/1.1\r\n", 16, "E_INVALID invalid command GET");

        private final String start;
        private final String pattern;
        private final int mebibytes;
        private final String answer;

        Bomb(String start, String pattern, int mebibytes, String answer) {
            this.start = start;
            this.pattern = pattern;
            this.mebibytes = mebibytes;
            this.answer = answer;
        }

        byte[] deflated() throws IOException {
            byte[] piece = repeated(pattern);
            return AbuseIT.deflated(start, piece, (long) mebibytes * MEBIBYTE / piece.length);
        }
    }

    @ParameterizedTest
    @Tag("P-39")
    @Tag("P-13")
    @EnumSource(Bomb.class)
    void aDeflateBombIsTheEndOfItsConnection(Bomb bomb) throws IOException {
        byte[] bytes = bomb.deflated();
        for (int i = 0; i < 5; i++) {
            V2Client client = deflating();
            sendsAll(client, bytes);
            if (!bomb.answer.isEmpty()) {
                client.complains(bomb.answer);
            }
            client.closes();
        }
    }

    @Test
    @Tag("P-39")
    void aDeflateBombOfCommandsIsWorkedOffPieceByPiece() throws IOException {
        byte[] bytes = deflated("", repeated("NOP\n"), 256L * MEBIBYTE / WRITE_BYTES);
        V2Client client = deflating();
        assertTrue(sendsAll(client, bytes));
        V2Client other = open();
        other.line("PUB " + topic, "x").answersOk();
        client.closes();
    }

    @Test
    @Tag("P-39")
    @Tag("P-47")
    void aDeflateBombOfQuestionsIsNotAnsweredFasterThanItIsRead() throws IOException {
        // Its answers would be 600 MB.
        byte[] bytes =
                deflated("SUB " + topic + " c\n", repeated("FIN 0123456789abcdef\n"), 256L * MEBIBYTE / WRITE_BYTES);
        V2Client client = deflating();
        sendsAll(client, bytes);
        client.answersOk();
        for (int i = 0; i < 1000; i++) {
            client.complains("E_FIN_FAILED FIN 0123456789abcdef failed ID not in flight");
        }
        // On whichever loop: the bomb has its turns, and they have theirs.
        for (int i = 0; i < 8; i++) {
            V2Client other = open();
            for (int k = 0; k < 20; k++) {
                other.line("PUB " + topic + "-more", "x").answersOk();
            }
        }
    }

    @Test
    @Tag("P-40")
    void aSnappyBombIsTheEndOfItsConnection() throws IOException {
        V2Client client = open();
        assertTrue(negotiate(client, asks("\"snappy\":true")).path("snappy").asBoolean());
        client.startSnappy();
        client.answersOk();
        sendsAll(client, new byte[64 * MEBIBYTE]);
        client.closes();
    }

    @Test
    @Tag("P-38")
    @Tag("P-36")
    void rubbishInsteadOfTlsIsTheEndOfItsConnection() throws IOException {
        byte[] rubbish = new byte[4 * MEBIBYTE];
        new Random(1).nextBytes(rubbish);
        V2Client client = open();
        assertTrue(negotiate(client, asks("\"tls_v1\":true")).path("tls_v1").asBoolean());
        sendsAll(client, rubbish);
        client.complains("E_IDENTIFY_FAILED IDENTIFY failed tls: first record does not look like a TLS handshake");
        client.closes();
    }
}
