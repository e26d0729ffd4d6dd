package io.nsqd.tcp;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.time.Duration;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** PUB and DPUB. */
class PublishTest extends DaemonCase {
    private static final int MAX_MESSAGE = 1_048_576;

    @ParameterizedTest
    @Tag("P-65")
    @Tag("P-66")
    @CsvSource({"PUB, PUB", "DPUB, DPUB", "DPUB, DPUB t", "DPUB, DPUB *"})
    void tooFewParametersAreRefused(String command, String line) throws IOException {
        open().line(line).refuses("E_INVALID " + command + " insufficient number of parameters");
    }

    @Test
    @Tag("P-65")
    @Tag("P-66")
    void theTopicIsCheckedBeforeAnythingElse() throws IOException {
        open().line("PUB *").refuses("E_BAD_TOPIC PUB topic name \"*\" is not valid");
        open().line("DPUB * x").refuses("E_BAD_TOPIC DPUB topic name \"*\" is not valid");
    }

    @ParameterizedTest
    @Tag("P-65")
    @Tag("P-66")
    @Tag("P-14")
    @ValueSource(strings = {"", "\0", "\0\0\0"})
    void aSizeThatDoesNotComeIsAnError(String start) throws IOException {
        for (String line : new String[] {"PUB " + topic, "DPUB " + topic + " 0"}) {
            open().line(line)
                    .send(start)
                    .shutdownOutput()
                    .refuses("E_BAD_MESSAGE " + line.split(" ", 2)[0] + " failed to read message body size");
        }
        assertFalse(topicExists());
    }

    @ParameterizedTest
    @Tag("P-65")
    @Tag("P-66")
    @ValueSource(ints = {0, -1, Integer.MIN_VALUE})
    void aSizeOf0OrLessIsRefused(int size) throws IOException {
        String tail = " invalid message body size " + size;
        open().line("PUB " + topic).send(V2Client.int32(size)).refuses("E_BAD_MESSAGE PUB" + tail);
        open().line("DPUB " + topic + " 0").send(V2Client.int32(size)).refuses("E_BAD_MESSAGE DPUB" + tail);
        assertFalse(topicExists());
    }

    @ParameterizedTest
    @Tag("P-65")
    @Tag("P-66")
    @ValueSource(ints = {MAX_MESSAGE + 1, Integer.MAX_VALUE})
    void aSizeAboveTheLimitIsRefusedBeforeTheBodyComes(int size) throws IOException {
        String tail = " message too big " + size + " > " + MAX_MESSAGE;
        open().line("PUB " + topic).send(V2Client.int32(size)).refuses("E_BAD_MESSAGE PUB" + tail);
        open().line("DPUB " + topic + " 0").send(V2Client.int32(size)).refuses("E_BAD_MESSAGE DPUB" + tail);
        assertFalse(topicExists());
    }

    @Test
    @Tag("P-65")
    @Tag("P-6")
    void aBodyAboveTheLimitDoesNotKeepTheAnswerAway() throws IOException {
        open().line("PUB " + topic, "x".repeat(MAX_MESSAGE + 1))
                .refuses("E_BAD_MESSAGE PUB message too big 1048577 > 1048576");
    }

    @Test
    @Tag("P-65")
    void aMessageOfExactlyTheLimitIsTakenAndDelivered() throws IOException {
        String body = "0123456789abcdef".repeat(MAX_MESSAGE / 16);
        publish(body);
        assertEquals(body, subscriber("c").line("RDY 1").delivery().body());
    }

    @ParameterizedTest
    @Tag("P-65")
    @Tag("P-66")
    @ValueSource(strings = {"", "x", "123456789"})
    void aBodyThatDoesNotComeIsAnError(String start) throws IOException {
        open().line("PUB " + topic)
                .send(V2Client.int32(10) + start)
                .shutdownOutput()
                .refuses("E_BAD_MESSAGE PUB failed to read message body");
        open().line("DPUB " + topic + " 0")
                .send(V2Client.int32(10) + start)
                .shutdownOutput()
                .refuses("E_BAD_MESSAGE DPUB failed to read message body");
        assertFalse(topicExists());
    }

    @Test
    @Tag("P-65")
    void aPublishMakesTheTopicAndCounts() throws IOException {
        publish("12345", "678");
        assertEquals(2, topicStats().path("message_count").asInt());
        assertEquals(8, topicStats().path("message_bytes").asInt());
        assertEquals(2, topicStats().path("depth").asInt());
    }

    @ParameterizedTest
    @Tag("P-65")
    @ValueSource(ints = {1, 1000, 16_384, 65_536})
    void aBodyMayComeInPieces(int pieceLength) throws IOException {
        String body = "0123456789abcdef".repeat(pieceLength == 1 ? 64 : 16_000);
        open().send(V2Client.command("PUB " + topic, body) + V2Client.command("PUB " + topic, "next"), pieceLength)
                .answersOk()
                .answersOk();
        V2Client client = subscriber("c").line("RDY 2");
        assertEquals(body, client.delivery().body());
        assertEquals("next", client.delivery().body());
    }

    @Test
    @Tag("B-6")
    void aPublisherOutlivesItsTopic() throws IOException {
        V2Client client = open().line("PUB " + topic, "1").answersOk();
        post("/topic/delete?topic=" + topic);
        assertFalse(topicExists());
        client.line("PUB " + topic, "2").answersOk();
        assertEquals("2", subscriber("c").line("RDY 1").delivery().body());
    }

    @ParameterizedTest
    @Tag("P-66")
    @ValueSource(strings = {"x", "-1", "+1", "1.0", "1s"})
    void aDelayThatIsNoNumberIsRefused(String delay) throws IOException {
        open().line("DPUB " + topic + " " + delay).refuses("E_INVALID DPUB could not parse timeout " + delay);
        assertFalse(topicExists());
    }

    @ParameterizedTest
    @Tag("P-66")
    @ValueSource(strings = {"3600001", "9223372036854", "9223372036855", "18446744073709551615"})
    void aDelayBeyondTheLimitIsRefusedBeforeTheBodyComes(String delay) throws IOException {
        open().line("DPUB " + topic + " " + delay)
                .refuses("E_INVALID DPUB timeout " + delay + " out of range 0-3600000");
        assertFalse(topicExists());
    }

    @ParameterizedTest
    @Tag("P-66")
    @Tag("P-15")
    @ValueSource(strings = {"3600000", "18446744073713151616"})
    void aDelayOfAnHourIsTaken(String delay) throws IOException {
        subscriber("c");
        open().line("DPUB " + topic + " " + delay, "x").answersOk();
        eventually(() -> channelStats("c").path("deferred_count").asInt() == 1);
        assertEquals(1, channelStats("c").path("message_count").asInt());
        assertEquals(0, channelStats("c").path("depth").asInt());
    }

    @ParameterizedTest
    @Tag("P-66")
    @ValueSource(strings = {"0", "", "18446744073709551616", "18446744073710"})
    void aDelayOfNothingIsAPlainPublish(String delay) throws IOException {
        V2Client client = subscriber("c").line("RDY 1");
        open().line("DPUB " + topic + " " + delay, "x").answersOk();
        assertEquals("x", client.delivery().body());
    }

    @Test
    @Tag("P-66")
    void aDelayedMessageComesToEachChannelNotBeforeItsTime() throws IOException {
        V2Client one = subscriber("one").line("RDY 1");
        V2Client other = subscriber("other").line("RDY 1");
        long start = System.nanoTime();
        open().line("DPUB " + topic + " 400", "x").answersOk();
        assertEquals(1, one.delivery().attempts());
        assertTrue(Duration.ofNanos(System.nanoTime() - start).toMillis() > 350);
        assertEquals(1, other.delivery().attempts());
    }
}
