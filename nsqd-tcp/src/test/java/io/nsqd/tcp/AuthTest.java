package io.nsqd.tcp;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** AUTH with a server that the daemon asks, and another at which nobody listens. */
class AuthTest extends DaemonCase {
    private static final Duration REQUEST_TIMEOUT = Duration.ofSeconds(2);

    @TempDir
    static Path data;

    private static AuthServer server;
    private static TestedDaemon authenticating;

    /** A secret that no other test uses. */
    private final String secret = "secret-of-" + topic;

    @BeforeAll
    static void startBoth() throws IOException {
        server = new AuthServer();
        int dead;
        try (ServerSocket socket = new ServerSocket(0)) {
            dead = socket.getLocalPort();
        }
        authenticating = start(
                data,
                "--auth-http-address=127.0.0.1:" + dead,
                "--auth-http-address=" + server.address(),
                "--http-client-request-timeout=" + REQUEST_TIMEOUT.toMillis() + "ms",
                "--max-body-size=300");
    }

    @BeforeEach
    void useIt() {
        use(authenticating);
    }

    @AfterAll
    static void stop() throws InterruptedException {
        assertEquals(0, authenticating.stop());
        server.close();
    }

    /** A client that may do everything, unless something else was said about the secret. */
    private V2Client authorized() throws IOException {
        return open().line("AUTH", secret)
                .answers("{\"identity\":\"" + secret
                        + "\",\"identity_url\":\"http://id/?a\\u0026b\",\"permission_count\":1}");
    }

    private void permitEverything() {
        server.permits(secret, 60, ".*", ".*", "publish\",\"subscribe");
    }

    // ---- AUTH

    @Test
    @Tag("P-70")
    void authIsRequiredAndSaidToBe() throws IOException {
        Frame answer = open().line("IDENTIFY", "{\"feature_negotiation\":true}").frame();
        assertTrue(answer.data().contains("\"auth_required\":true"), answer::data);
    }

    @Test
    @Tag("P-70")
    void theStateComesFirst() throws IOException {
        permitEverything();
        authorized()
                .line("SUB " + topic + " c")
                .answersOk()
                .line("AUTH x")
                .refuses("E_INVALID cannot AUTH in current state");
    }

    @Test
    @Tag("P-70")
    void whoLeavesBeforeTheAnswerIsToldOfInTheLogAlone() throws IOException {
        server.ignores(secret);
        V2Client client = open().line("AUTH", secret);
        eventually(() -> !server.questions(secret).isEmpty());
        int port = client.localPort();
        client.reset();
        daemon().awaitLog(" ERROR: \\[127\\.0\\.0\\.1:" + port + "\\] - E_AUTH_ERROR AUTH error ");
    }

    @ParameterizedTest
    @Tag("P-70")
    @ValueSource(strings = {"AUTH ", "AUTH secret", "AUTH a b"})
    void itTakesNoParameters(String line) throws IOException {
        open().line(line).refuses("E_INVALID AUTH invalid number of parameters");
    }

    @Test
    @Tag("P-70")
    void theBodyIsCheckedBeforeAnythingIsAsked() throws IOException {
        open().line("AUTH").send("\0\0").shutdownOutput().refuses("E_BAD_BODY AUTH failed to read body size");
        open().line("AUTH").send(V2Client.int32(301)).refuses("E_BAD_BODY AUTH body too big 301 > 300");
        open().line("AUTH").send(V2Client.int32(0)).refuses("E_BAD_BODY AUTH invalid body size 0");
        open().line("AUTH")
                .send(V2Client.int32(5) + "x")
                .shutdownOutput()
                .refuses("E_BAD_BODY AUTH failed to read body");
        permitEverything();
        authorized().line("AUTH").send(V2Client.int32(-1)).refuses("E_BAD_BODY AUTH invalid body size -1");
    }

    @Test
    @Tag("P-70")
    void onceIsEnough() throws IOException {
        permitEverything();
        authorized().line("AUTH", secret).refuses("E_INVALID AUTH already set");
        assertEquals(1, server.questions(secret).size());
    }

    @Test
    @Tag("P-70")
    @Tag("O-55")
    void aSecretThatTheServerRefusesFailsAndTheCauseIsLogged() throws IOException {
        V2Client client = open();
        client.line("AUTH", secret).refuses("E_AUTH_FAILED AUTH failed");
        daemon().awaitLog(
                        " WARNING: PROTOCOL\\(V2\\): \\[127\\.0\\.0\\.1:" + client.localPort() + "\\] AUTH failed \\S");
        assertTrue(daemon().log().stream().noneMatch(line -> line.contains(secret)));
    }

    @Test
    @Tag("P-70")
    void nobodyInParticularIsRefused() throws IOException {
        server.knows(secret, "{\"ttl\":60,\"identity\":\"x\",\"authorizations\":[]}");
        open().line("AUTH", secret).refuses("E_UNAUTHORIZED AUTH no authorizations found");
    }

    @Test
    @Tag("P-70")
    @Tag("P-75")
    void aServerThatIsSilentFailsAfterTheTimeout() throws IOException {
        server.ignores(secret);
        long start = System.nanoTime();
        open().line("AUTH", secret).refuses("E_AUTH_FAILED AUTH failed");
        assertTrue(System.nanoTime() - start >= REQUEST_TIMEOUT.toNanos());
    }

    @Test
    @Tag("P-71")
    void theAnswerTellsWhoTheClientIs() throws IOException {
        server.knows(
                secret,
                "{\"ttl\":60,\"identity\":\"J\u00fcrgen \\ud83d\\ude00\\ud800<j>\",\"identity_url\":\"\",\"authorizations\":[{},{},{}]}");
        open().line("AUTH", secret)
                .answers(Frame.bytes(
                        "{\"identity\":\"J\u00fcrgen \ud83d\ude00\ufffd\\u003cj\\u003e\",\"identity_url\":\"\","
                                + "\"permission_count\":3}"));
    }

    // ---- what the server is asked

    @Test
    @Tag("P-73")
    void theServerIsToldSecretAndAddress() throws IOException {
        permitEverything();
        authorized();
        assertEquals(
                List.of("common_name=&remote_ip=127.0.0.1&secret=" + secret + "&tls=false"), server.questions(secret));
    }

    @ParameterizedTest
    @Tag("P-74")
    @ValueSource(
            strings = {
                "{}",
                "{\"ttl\":0,\"authorizations\":[{}]}",
                "{\"ttl\":60,\"authorizations\":[{\"permissions\":[\"x\"]}]}",
                "{\"ttl\":60,\"authorizations\":[{\"topic\":\"(?!a)\"}]}"
            })
    void anAnswerThatIsNoneFails(String answer) throws IOException {
        server.knows(secret, answer);
        open().line("AUTH", secret).refuses("E_AUTH_FAILED AUTH failed");
    }

    @Test
    @Tag("P-75")
    void theDeadServerIsPassedOver() throws IOException {
        permitEverything();
        // One of the two is asked first, by chance.
        for (int i = 0; i < 12; i++) {
            authorized().line("PUB " + topic, "x").answersOk();
        }
        assertEquals(12, server.questions(secret).size());
    }

    @Test
    @Tag("P-75")
    void whoWaitsForTheServerDisturbsNobody() throws IOException {
        permitEverything();
        server.ignores(secret + "-slow");
        V2Client other = authorized();
        V2Client[] slow = new V2Client[40];
        for (int i = 0; i < slow.length; i++) {
            // More than there are loops; what follows AUTH waits with it.
            slow[i] = open().line("AUTH", secret + "-slow").line("NOP").line("PUB " + topic, "x");
        }
        eventually(() -> server.questions(secret + "-slow").size() >= slow.length / 2);
        long start = System.nanoTime();
        for (int i = 0; i < 100; i++) {
            other.line("PUB " + topic, "x").answersOk();
        }
        authorized().line("PUB " + topic, "x").answersOk();
        assertTrue(System.nanoTime() - start < REQUEST_TIMEOUT.toNanos());
        for (V2Client client : slow) {
            client.refuses("E_AUTH_FAILED AUTH failed");
        }
    }

    // ---- checks

    @Test
    @Tag("P-72")
    void withoutAuthNothingIsPublishedOrSubscribed() throws IOException {
        open().line("PUB " + topic, "x").refuses("E_AUTH_FIRST AUTH required before PUB");
        open().line("DPUB " + topic + " 10", "x").refuses("E_AUTH_FIRST AUTH required before DPUB");
        open().line("MPUB " + topic).refuses("E_AUTH_FIRST AUTH required before MPUB");
        open().line("SUB " + topic + " c").refuses("E_AUTH_FIRST AUTH required before SUB");
        assertFalse(topicExists());
    }

    @Test
    @Tag("P-72")
    void whatIsNotAllowedIsRefused() throws IOException {
        server.permits(secret, 60, "^other$", "^d$", "subscribe");
        String publish = " on \"" + topic + "\" \"\"";
        authorized().line("PUB " + topic, "x").refuses("E_UNAUTHORIZED AUTH failed for PUB" + publish);
        authorized().line("DPUB " + topic + " 10", "x").refuses("E_UNAUTHORIZED AUTH failed for DPUB" + publish);
        authorized().line("MPUB " + topic).refuses("E_UNAUTHORIZED AUTH failed for MPUB" + publish);
        authorized()
                .line("SUB " + topic + " c")
                .refuses("E_UNAUTHORIZED AUTH failed for SUB on \"" + topic + "\" \"c\"");
        assertFalse(topicExists());
    }

    @Test
    @Tag("P-72")
    void aPublishIsCheckedAfterItsBodyAndABatchBeforeIt() throws IOException {
        open().line("PUB " + topic).send(V2Client.int32(0)).refuses("E_BAD_MESSAGE PUB invalid message body size 0");
        open().line("DPUB " + topic + " x").refuses("E_INVALID DPUB could not parse timeout x");
        open().line("MPUB " + topic).send(V2Client.int32(0)).refuses("E_AUTH_FIRST AUTH required before MPUB");
        V2Client slow = open().line("PUB " + topic).send(V2Client.int32(2) + "x");
        slow.isSilentFor(MOMENT);
        slow.send("y").refuses("E_AUTH_FIRST AUTH required before PUB");
    }

    @Test
    @Tag("P-72")
    void namesAreCheckedBefore() throws IOException {
        open().line("SUB $ c").refuses("E_BAD_TOPIC SUB topic name \"$\" is not valid");
        open().line("SUB " + topic + " $").refuses("E_BAD_CHANNEL SUB channel name \"$\" is not valid");
        open().line("PUB $").refuses("E_BAD_TOPIC PUB topic name \"$\" is not valid");
        open().line("MPUB $").refuses("E_BAD_TOPIC E_BAD_TOPIC MPUB topic name \"$\" is not valid");
    }

    @Test
    @Tag("P-72")
    void whatIsAllowedWorksAndIsShown() throws IOException {
        permitEverything();
        V2Client consumer = authorized().line("SUB " + topic + " c").answersOk().line("RDY 3");
        V2Client producer = authorized();
        producer.line("PUB " + topic, "a").answersOk();
        producer.line("MPUB " + topic, V2Client.batch("b")).answersOk();
        producer.line("DPUB " + topic + " 1", "c").answersOk();
        for (int i = 0; i < 3; i++) {
            consumer.line("FIN " + consumer.delivery().id());
        }
        JsonNode stats = clientStats("c");
        assertTrue(stats.path("authed").asBoolean());
        assertEquals(secret, stats.path("auth_identity").asText());
        assertEquals("http://id/?a&b", stats.path("auth_identity_url").asText());
    }

    @Test
    @Tag("P-72")
    void httpIsNotChecked() throws IOException {
        post("/topic/create?topic=" + topic);
        post("/pub?topic=" + topic, "x");
        assertEquals(1, topicStats().path("message_count").asInt());
    }

    @ParameterizedTest
    @Tag("P-76")
    @CsvSource({"'', publish, true", ".*, publish, true", "c, publish, false", ".*, subscribe, false"})
    void aPublishHasNoChannel(String channel, String permission, boolean allowed) throws IOException {
        server.permits(secret, 60, "opic-", channel, permission);
        V2Client client = authorized().line("PUB " + topic, "x");
        if (allowed) {
            client.answersOk();
        } else {
            client.refuses("E_UNAUTHORIZED AUTH failed for PUB on \"" + topic + "\" \"\"");
        }
    }

    // ---- time

    /** A client whose authorization is over. */
    private V2Client expired() throws Exception {
        server.permits(secret, 1, ".*", ".*", "publish\",\"subscribe");
        V2Client client = authorized();
        Thread.sleep(1100);
        assertEquals(1, server.questions(secret).size());
        return client;
    }

    @Test
    @Tag("P-77")
    void theServerIsAskedAgainWhenTheTimeIsOver() throws Exception {
        V2Client client = expired();
        client.line("PUB " + topic, "a").answersOk();
        assertEquals(2, server.questions(secret).size());
        client.line("NOP").line("PUB " + topic, "b").answersOk();
        Thread.sleep(1100);
        // All of it at once: what follows waits its turn.
        client.send(V2Client.command("MPUB " + topic, V2Client.batch("c", "d"))
                        + V2Client.command("DPUB " + topic + " 1", "e") + "SUB " + topic + " ch\n")
                .answersOk()
                .answersOk()
                .answersOk();
        assertEquals(3, server.questions(secret).size());
        eventually(() -> topicStats().path("message_count").asInt() == 5);
    }

    @Test
    @Tag("P-77")
    void aSubscriptionIsAskedAboutToo() throws Exception {
        V2Client client = expired();
        client.line("SUB " + topic + " c").answersOk();
        assertEquals(2, server.questions(secret).size());
        Thread.sleep(1100);
        // These are not checked.
        client.line("RDY 1").line("CLS").answers("CLOSE_WAIT");
        assertEquals(2, server.questions(secret).size());
    }

    @ParameterizedTest
    @Tag("P-77")
    @ValueSource(strings = {"PUB", "MPUB", "DPUB", "SUB"})
    void whoIsForgottenFails(String command) throws Exception {
        V2Client client = expired();
        server.forgets(secret);
        client.send(whole(command)).refuses("E_AUTH_FAILED AUTH failed");
        assertFalse(topicExists());
    }

    @ParameterizedTest
    @Tag("P-77")
    @ValueSource(strings = {"PUB", "MPUB", "DPUB", "SUB"})
    void whoMayNoMoreIsRefused(String command) throws Exception {
        V2Client client = expired();
        server.knows(secret, "{\"ttl\":1,\"authorizations\":[]}");
        String channel = command.equals("SUB") ? "c" : "";
        client.send(whole(command))
                .refuses("E_UNAUTHORIZED AUTH failed for " + command + " on \"" + topic + "\" \"" + channel + "\"");
        assertFalse(topicExists());
    }

    private String whole(String command) {
        return switch (command) {
            case "SUB" -> "SUB " + topic + " c\n";
            case "MPUB" -> V2Client.command("MPUB " + topic, V2Client.batch("x"));
            case "DPUB" -> V2Client.command("DPUB " + topic + " 1", "x");
            default -> V2Client.command("PUB " + topic, "x");
        };
    }

    @Test
    @Tag("P-77")
    void aNewIdentityIsTakenOver() throws Exception {
        V2Client client = expired();
        server.knows(
                secret,
                "{\"ttl\":60,\"identity\":\"somebody else\",\"authorizations\":"
                        + "[{\"channels\":[\"\"],\"permissions\":[\"subscribe\"]}]}");
        client.line("SUB " + topic + " c").answersOk();
        assertEquals("somebody else", clientStats("c").path("auth_identity").asText());
    }

    @Test
    @Tag("P-77")
    void whoLeavesWhileTheServerIsAskedLeavesNoTrace() throws Exception {
        V2Client client = expired();
        server.ignores(secret);
        client.send(whole("SUB"));
        eventually(() -> server.questions(secret).size() == 2);
        client.reset();
        server.forgets(secret);
        daemon().awaitLog("\\[127\\.0\\.0\\.1:" + client.localPort() + "\\] exiting ioloop");
        assertFalse(topicExists());
    }
}
