package io.nsqd.interop;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import io.nsqd.launcher.Daemon;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The real nsqlookupd, spoken to by hand: what ours, and the stand-ins of the other tests, go by is true. */
@Tag("interop")
class LookupdProtocolIT {
    private static final String IDENTITY =
            "{\"broadcast_address\":\"b\",\"hostname\":\"h\",\"http_port\":2,\"tcp_port\":1,\"version\":\"1.3.0\"}";

    private Program lookupd;
    private HttpApi http;

    @BeforeEach
    void start() throws IOException, InterruptedException {
        start("--broadcast-address=127.0.0.1");
    }

    private void start(String flag) throws IOException, InterruptedException {
        lookupd = Program.start(
                "nsqlookupd",
                "--tcp-address=127.0.0.1:0",
                "--http-address=127.0.0.1:0",
                "--broadcast-address=127.0.0.1",
                flag);
        http = new HttpApi(lookupd.port("HTTP"));
    }

    /** The default times are longer than a test should take. */
    private void restart(String flag) throws IOException, InterruptedException {
        lookupd.stop();
        start(flag);
    }

    @AfterEach
    void stop() throws InterruptedException {
        try (Program stopping = lookupd) {
            stopping.stop();
        }
    }

    /** A connection as nsqd makes it. */
    private final class Peer implements AutoCloseable {
        private final Socket socket;
        private final DataInputStream in;
        private final DataOutputStream out;

        Peer(String magic) throws IOException {
            socket = new Socket(InetAddress.getLoopbackAddress(), lookupd.port("TCP"));
            socket.setSoTimeout((int) Program.PATIENCE.toMillis());
            in = new DataInputStream(socket.getInputStream());
            out = new DataOutputStream(socket.getOutputStream());
            out.write(magic.getBytes(StandardCharsets.US_ASCII));
        }

        Peer() throws IOException {
            this("  V1");
        }

        /** One that is registered as a producer. */
        static Peer identified(LookupdProtocolIT test) throws IOException {
            Peer peer = test.new Peer();
            peer.identify(IDENTITY);
            return peer;
        }

        String identify(String body) throws IOException {
            byte[] head = "IDENTIFY\n".getBytes(StandardCharsets.US_ASCII);
            // In one piece: a connection that is refused is closed before the rest of it.
            out.write(ByteBuffer.allocate(head.length + Integer.BYTES + body.length())
                    .put(head)
                    .putInt(body.length())
                    .put(body.getBytes(StandardCharsets.US_ASCII))
                    .array());
            return reply();
        }

        String say(String line) throws IOException {
            out.write(line.getBytes(StandardCharsets.US_ASCII));
            return reply();
        }

        private String reply() throws IOException {
            return new String(in.readNBytes(in.readInt()), StandardCharsets.UTF_8);
        }

        void assertClosed() throws IOException {
            assertEquals(-1, in.read());
        }

        @Override
        public void close() throws IOException {
            socket.close();
        }
    }

    private static int producers(JsonNode answer) {
        return answer.get("producers").size();
    }

    @Test
    @Tag("L-50")
    void anotherProtocolIsRefused() throws Exception {
        try (Peer peer = new Peer("  V2")) {
            // This one without a length before it.
            assertEquals(
                    "E_BAD_PROTOCOL",
                    new String(peer.in.readAllBytes(), StandardCharsets.US_ASCII).replaceAll("[^A-Z_]", ""));
        }
    }

    @Test
    @Tag("L-50")
    @Tag("L-51")
    void pingIsAnsweredBeforeIdentifyAndWithEitherLineEnd() throws Exception {
        try (Peer peer = new Peer()) {
            assertEquals("OK", peer.say("PING\n"));
            assertEquals("OK", peer.say("PING\r\n"));
            assertEquals("E_INVALID invalid command ping", peer.say("ping\n"));
            peer.assertClosed();
        }
    }

    @Test
    @Tag("L-52")
    @Tag("L-54")
    void anIdentityIsAnsweredByItsOwn() throws Exception {
        try (Peer peer = new Peer()) {
            String reply = peer.identify(IDENTITY);
            assertTrue(reply.startsWith("{\"broadcast_address\":\"127.0.0.1\",\"hostname\":\""), reply);
            assertTrue(
                    reply.endsWith("\"http_port\":" + http.port() + ",\"tcp_port\":" + lookupd.port("TCP")
                            + ",\"version\":\"1.3.0\"}"),
                    reply);
            assertEquals("E_INVALID cannot IDENTIFY again", peer.identify(IDENTITY));
            peer.assertClosed();
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"\"broadcast_address\":\"b\",", "\"http_port\":2,", "\"tcp_port\":1,", ",\"version\":\"1.3.0\""})
    @Tag("L-52")
    @Tag("L-54")
    void anIdentityWithoutANecessaryPartIsRefused(String part) throws Exception {
        try (Peer peer = new Peer()) {
            assertEquals("E_BAD_BODY IDENTIFY missing fields", peer.identify(IDENTITY.replace(part, "")));
            peer.assertClosed();
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = ';',
            value = {
                "REGISTER; E_INVALID REGISTER insufficient number of params",
                "REGISTER a!b; E_BAD_TOPIC REGISTER topic name 'a!b' is not valid",
                "REGISTER a b!; E_BAD_CHANNEL REGISTER channel name 'b!' is not valid",
                "UNREGISTER a!b; E_BAD_TOPIC UNREGISTER topic name 'a!b' is not valid",
                "FLY; E_INVALID invalid command FLY",
            })
    @Tag("L-53")
    @Tag("L-54")
    void aBadCommandIsRefusedAndEndsTheConnection(String command, String reply) throws Exception {
        try (Peer peer = Peer.identified(this)) {
            assertEquals("OK", peer.say("REGISTER a b more\n"));
            assertEquals("OK", peer.say("UNREGISTER never registered\n"));
            assertEquals(reply, peer.say(command + "\n"));
            peer.assertClosed();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"REGISTER a", "UNREGISTER a"})
    @Tag("L-53")
    void whoHasNotIdentifiedItselfCannotRegister(String command) throws Exception {
        try (Peer peer = new Peer()) {
            assertEquals("E_INVALID client must IDENTIFY", peer.say(command + "\n"));
            peer.assertClosed();
        }
    }

    @Test
    @Tag("L-55")
    void whatIsUnregisteredStaysKnownUnlessItIsEphemeral() throws Exception {
        try (Peer peer = Peer.identified(this)) {
            assertEquals("OK", peer.say("REGISTER t c\n"));
            assertEquals("OK", peer.say("REGISTER t e#ephemeral\n"));
            assertEquals("{\"topics\":[\"t\"]}", http.get("/topics").toString());
            assertEquals(2, http.get("/channels?topic=t").get("channels").size());
            assertEquals("OK", peer.say("UNREGISTER t e#ephemeral\n"));
            assertEquals("OK", peer.say("UNREGISTER t c\n"));
            assertEquals("{\"channels\":[\"c\"]}", http.get("/channels?topic=t").toString());
            assertEquals(1, producers(http.get("/lookup?topic=t")));
            assertEquals("OK", peer.say("UNREGISTER t\n"));
            assertEquals(0, producers(http.get("/lookup?topic=t")));
            assertEquals("{\"topics\":[\"t\"]}", http.get("/topics").toString());
            assertEquals(1, producers(http.get("/nodes")));
        }
    }

    @Test
    @Tag("L-56")
    void whoDisconnectsIsNoProducerAnyMore() throws Exception {
        String first;
        try (Peer peer = Peer.identified(this)) {
            peer.say("REGISTER t c#ephemeral\n");
            first = http.get("/nodes")
                    .get("producers")
                    .get(0)
                    .get("remote_address")
                    .asText();
            assertEquals("127.0.0.1:" + peer.socket.getLocalPort(), first);
        }
        http.awaitAnswer("/nodes", nodes -> producers(nodes) == 0);
        assertEquals(0, producers(http.get("/lookup?topic=t")));
        assertEquals(
                "{\"channels\":[\"c#ephemeral\"]}",
                http.get("/channels?topic=t").toString());
    }

    @Test
    @Tag("L-57")
    void whoDoesNotPingIsHiddenUntilItDoes() throws Exception {
        restart("--inactive-producer-timeout=2s");
        try (Peer peer = Peer.identified(this)) {
            peer.say("REGISTER t\n");
            assertEquals(1, producers(http.get("/lookup?topic=t")));
            http.awaitAnswer("/lookup?topic=t", found -> producers(found) == 0);
            assertEquals(0, producers(http.get("/nodes")));
            assertEquals("OK", peer.say("PING\n"));
            assertEquals(1, producers(http.get("/lookup?topic=t")));
        }
    }

    /** With our daemon, which is not told of it and goes on. */
    @Test
    @Tag("L-58")
    void aTombstoneHidesANodeForATime(@TempDir Path data) throws Exception {
        restart("--tombstone-lifetime=10s");
        try (Daemon daemon = Daemon.of(data)
                .flags("--lookupd-tcp-address=127.0.0.1:" + lookupd.port("TCP"), "--broadcast-address=127.0.0.1")
                .start()) {
            HttpApi.of(daemon).createChannel("t", "c");
            await().atMost(Program.PATIENCE)
                    .until(() -> http.get("/nodes").toString().contains("\"topics\":[\"t\"]"));
            http.post("/topic/tombstone?topic=t&node=127.0.0.1:" + daemon.httpPort(), "");
            assertEquals(0, producers(http.get("/lookup?topic=t")));
            assertEquals(
                    "[true]",
                    http.get("/nodes").get("producers").get(0).get("tombstones").toString());
            // A further registration does not lift it; time does.
            HttpApi.of(daemon).post("/channel/create?topic=t&channel=more", "");
            await().atMost(Program.PATIENCE)
                    .until(() -> http.get("/channels?topic=t").get("channels").size() == 2);
            assertEquals(0, producers(http.get("/lookup?topic=t")));
            http.awaitAnswer("/lookup?topic=t", found -> producers(found) == 1);
            assertEquals(0, daemon.stop());
        }
    }

    @Test
    @Tag("L-59")
    void theShapesOfItsAnswers() throws Exception {
        assertEquals("{\"version\":\"1.3.0\"}", http.get("/info").toString());
        assertEquals("{\"topics\":[]}", http.get("/topics").toString());
        assertEquals("{\"channels\":[]}", http.get("/channels?topic=absent").toString());
        try (Peer peer = Peer.identified(this)) {
            peer.say("REGISTER t c\n");
            String producer = "\"remote_address\":\"127.0.0.1:" + peer.socket.getLocalPort()
                    + "\",\"hostname\":\"h\",\"broadcast_address\":\"b\",\"tcp_port\":1,\"http_port\":2,\"version\":\"1.3.0\"";
            assertEquals(
                    "{\"channels\":[\"c\"],\"producers\":[{" + producer + "}]}",
                    http.get("/lookup?topic=t").toString());
            assertEquals(
                    "{\"producers\":[{" + producer + ",\"tombstones\":[false],\"topics\":[\"t\"]}]}",
                    http.get("/nodes").toString());
        }
        assertEquals("{\"message\":\"TOPIC_NOT_FOUND\"}", http.failure(404, "/lookup?topic=absent"));
        assertEquals("{\"message\":\"MISSING_ARG_TOPIC\"}", http.failure(400, "/lookup"));
    }
}
