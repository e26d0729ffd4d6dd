package io.nsqd.tcp;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** MPUB. */
class MultiPublishTest extends DaemonCase {
    private static final int MAX_MESSAGE = 1_048_576;
    private static final int MAX_BODY = 5_242_880;
    private static final int MAX_COUNT = (MAX_BODY - 4) / 5;

    /** Sees that a topic was made, and that it got nothing (P-67). */
    private void assertTopicIsEmpty() throws IOException {
        assertTrue(topicExists());
        assertEquals(0, topicStats().path("message_count").asInt());
        assertEquals(0, topicStats().path("depth").asInt());
    }

    private V2Client mpub() throws IOException {
        return open().line("MPUB " + topic);
    }

    @Test
    @Tag("P-67")
    void tooFewParametersAreRefused() throws IOException {
        open().line("MPUB").refuses("E_INVALID MPUB insufficient number of parameters");
    }

    @Test
    @Tag("P-67")
    void aBadTopicIsRefusedWithTheCodeTwice() throws IOException {
        open().line("MPUB *").refuses("E_BAD_TOPIC E_BAD_TOPIC MPUB topic name \"*\" is not valid");
    }

    @Test
    @Tag("P-67")
    void theTopicIsMadeBeforeTheBodyComes() throws IOException {
        assertFalse(topicExists());
        mpub();
        eventually(this::topicExists);
    }

    @ParameterizedTest
    @Tag("P-67")
    @Tag("P-14")
    @CsvSource(
            quoteCharacter = '`',
            value = {
                "``, E_BAD_BODY MPUB failed to read body size",
                "`0 0 0`, E_BAD_BODY MPUB failed to read body size",
                "`0 0 0 9`, E_BAD_BODY MPUB failed to read message count",
                "`0 0 0 9 0 0 0`, E_BAD_BODY MPUB failed to read message count",
                "`0 0 0 9 0 0 0 1`, E_BAD_MESSAGE MPUB failed to read message(0) body size",
                "`0 0 0 9 0 0 0 1 0 0 0`, E_BAD_MESSAGE MPUB failed to read message(0) body size",
                "`0 0 0 9 0 0 0 1 0 0 0 1`, E_BAD_MESSAGE MPUB failed to read message body",
                "`0 0 0 9 0 0 0 1 0 0 0 2 7`, E_BAD_MESSAGE MPUB failed to read message body",
                "`0 0 0 9 0 0 0 2 0 0 0 1 7`, E_BAD_MESSAGE MPUB failed to read message(1) body size",
                "`0 0 0 9 0 0 0 2 0 0 0 1 7 0 0 0 1`, E_BAD_MESSAGE MPUB failed to read message body"
            })
    void whatDoesNotComeIsAnError(String bytes, String error) throws IOException {
        V2Client client = mpub();
        for (String one : bytes.isEmpty() ? new String[0] : bytes.split(" ", -1)) {
            client.send(Character.toString(Integer.parseInt(one)));
        }
        client.shutdownOutput().refuses(error);
        assertTopicIsEmpty();
    }

    @ParameterizedTest
    @Tag("P-67")
    @ValueSource(ints = {0, -1, Integer.MIN_VALUE})
    void aBodySizeOf0OrLessIsRefused(int size) throws IOException {
        mpub().send(V2Client.int32(size)).refuses("E_BAD_BODY MPUB invalid body size " + size);
        assertTopicIsEmpty();
    }

    @ParameterizedTest
    @Tag("P-67")
    @ValueSource(ints = {MAX_BODY + 1, Integer.MAX_VALUE})
    void aBodySizeAboveTheLimitIsRefusedBeforeTheBodyComes(int size) throws IOException {
        mpub().send(V2Client.int32(size)).refuses("E_BAD_BODY MPUB body too big " + size + " > " + MAX_BODY);
        assertTopicIsEmpty();
    }

    @ParameterizedTest
    @Tag("P-67")
    @ValueSource(ints = {0, -1, Integer.MIN_VALUE, MAX_COUNT + 1, Integer.MAX_VALUE})
    void aCountBeyondTheLimitsIsRefused(int count) throws IOException {
        mpub().send(V2Client.int32(MAX_BODY) + V2Client.int32(count))
                .refuses("E_BAD_BODY MPUB invalid message count " + count);
        assertTopicIsEmpty();
    }

    @Test
    @Tag("P-67")
    void aCountOfExactlyTheLimitIsTaken() throws IOException {
        mpub().send(V2Client.int32(MAX_BODY) + V2Client.int32(MAX_COUNT))
                .shutdownOutput()
                .refuses("E_BAD_MESSAGE MPUB failed to read message(0) body size");
    }

    @ParameterizedTest
    @Tag("P-67")
    @Tag("P-69")
    @ValueSource(ints = {0, -1, Integer.MIN_VALUE})
    void aMessageSizeOf0OrLessIsRefusedAndNothingIsTaken(int size) throws IOException {
        mpub().send(V2Client.int32(100) + V2Client.int32(3) + V2Client.sized("a") + V2Client.sized("b"))
                .send(V2Client.int32(size))
                .refuses("E_BAD_MESSAGE MPUB invalid message(2) body size " + size);
        assertTopicIsEmpty();
    }

    @ParameterizedTest
    @Tag("P-67")
    @Tag("P-69")
    @ValueSource(ints = {MAX_MESSAGE + 1, Integer.MAX_VALUE})
    void aMessageSizeAboveTheLimitIsRefusedAndNothingIsTaken(int size) throws IOException {
        mpub().send(V2Client.int32(100) + V2Client.int32(2) + V2Client.sized("a") + V2Client.int32(size))
                .refuses("E_BAD_MESSAGE MPUB message too big " + size + " > " + MAX_MESSAGE);
        assertTopicIsEmpty();
    }

    @Test
    @Tag("P-67")
    void messagesOfExactlyTheLimitAreTaken() throws IOException {
        String body = "0123456789abcdef".repeat(MAX_MESSAGE / 16);
        open().line("MPUB " + topic, V2Client.batch(body, body)).answersOk();
        V2Client client = subscriber("c").line("RDY 2");
        assertEquals(body, client.delivery().body());
        assertEquals(body, client.delivery().body());
    }

    @Test
    @Tag("P-67")
    void aBodyOfExactlyTheLimitIsTaken() throws IOException {
        String part = "x".repeat(1_048_571);
        String batch = V2Client.batch(part, part, part, part, part + "x");
        assertEquals(MAX_BODY, batch.length());
        open().line("MPUB " + topic, batch).answersOk();
        assertEquals(5, topicStats().path("message_count").asInt());
    }

    @ParameterizedTest
    @Tag("P-68")
    @ValueSource(ints = {1, 12, 1000, MAX_BODY})
    void theBodySizeIsNotComparedWithTheContent(int size) throws IOException {
        V2Client client = mpub().send(V2Client.int32(size) + V2Client.batch("first", "second"))
                .answersOk();
        assertOpen(client);
        assertEquals(2, topicStats().path("message_count").asInt());
        V2Client subscriber = subscriber("c").line("RDY 2");
        assertEquals("first", subscriber.delivery().body());
        assertEquals("second", subscriber.delivery().body());
    }

    @ParameterizedTest
    @Tag("P-68")
    @ValueSource(ints = {1, 7, 4096})
    void aBatchMayComeInPieces(int pieceLength) throws IOException {
        List<String> bodies = List.of("a", "bc", "d".repeat(pieceLength == 1 ? 50 : 40_000), "e", "f".repeat(100));
        open().send(V2Client.command("MPUB " + topic, V2Client.batch(bodies.toArray(String[]::new))), pieceLength)
                .answersOk();
        V2Client client = subscriber("c").line("RDY 5");
        for (String body : bodies) {
            assertEquals(body, client.delivery().body());
        }
    }

    @Test
    @Tag("P-69")
    void aBatchHasOneAnswerAndItsIdsIncrease() throws IOException {
        String[] bodies = new String[2_000];
        for (int i = 0; i < bodies.length; i++) {
            bodies[i] = Integer.toString(i);
        }
        V2Client publisher =
                open().line("MPUB " + topic, V2Client.batch(bodies)).answersOk();
        publisher.isSilentFor(MOMENT);
        V2Client client = subscriber("c").line("RDY 2500");
        List<String> ids = new ArrayList<>();
        for (String body : bodies) {
            Delivery delivery = client.delivery();
            assertEquals(body, delivery.body());
            ids.add(delivery.id());
        }
        assertEquals(ids.stream().sorted().distinct().toList(), ids);
    }
}
