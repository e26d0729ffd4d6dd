package io.nsqd.tcp;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** SUB, RDY and CLS. */
class SubscribeTest extends DaemonCase {
    @Test
    @Tag("P-53")
    void subMakesTopicAndChannel() throws IOException {
        assertFalse(topicExists());
        subscriber("c");
        assertEquals("c", channelStats("c").path("channel_name").asText());
        assertEquals(0, channelStats("c").path("message_count").asInt());
    }

    @ParameterizedTest
    @Tag("P-53")
    @ValueSource(strings = {"SUB", "SUB t", "SUB *"})
    void subNeedsTwoParameters(String line) throws IOException {
        open().line(line).refuses("E_INVALID SUB insufficient number of parameters");
    }

    @ParameterizedTest
    @Tag("P-53")
    @ValueSource(strings = {"SUB", "SUB * *", "SUB t c"})
    void withoutHeartbeatsSubIsRefusedBeforeItsParametersAreLookedAt(String line) throws IOException {
        open().line("IDENTIFY", "{\"heartbeat_interval\":-1}")
                .answersOk()
                .line(line)
                .refuses("E_INVALID cannot SUB with heartbeats disabled");
    }

    @Test
    @Tag("P-53")
    void theTopicIsCheckedBeforeTheChannelAndNothingIsMade() throws IOException {
        open().line("SUB * *").refuses("E_BAD_TOPIC SUB topic name \"*\" is not valid");
        open().line("SUB " + topic + " *").refuses("E_BAD_CHANNEL SUB channel name \"*\" is not valid");
        assertFalse(topicExists());
    }

    @Test
    @Tag("P-53")
    @Tag("P-55")
    void nothingIsSentBeforeRdy() throws IOException {
        publish("x");
        V2Client client = subscriber("c");
        assertEquals(0, clientStats("c").path("ready_count").asInt());
        client.isSilentFor(MOMENT);
        assertEquals("x", client.line("RDY 1").delivery().body());
    }

    @Test
    @Tag("P-53")
    void anEphemeralChannelThatVanishesCanBeSubscribedToAgain() throws IOException {
        for (int i = 0; i < 50; i++) {
            V2Client client = subscriber("c#ephemeral");
            client.close();
        }
        subscriber("c#ephemeral");
        eventually(() -> channelStats("c#ephemeral").path("clients").size() == 1);
    }

    @ParameterizedTest
    @Tag("P-54")
    @CsvSource(
            quoteCharacter = '`',
            value = {"RDY, 1", "`RDY `, 0", "RDY 0, 0", "RDY 1, 1", "RDY 2, 2", "RDY 2499, 2499", "RDY 2500, 2500"})
    void aReadyCountWithinTheLimitIsTakenWithoutAnswer(String line, int ready) throws IOException {
        V2Client client = subscriber("c").line("RDY 3").line(line);
        assertOpen(client);
        assertEquals(ready, clientStats("c").path("ready_count").asInt());
    }

    @ParameterizedTest
    @Tag("P-54")
    @Tag("P-15")
    @CsvSource({
        "2501, 2501",
        "9223372036854775807, 9223372036854775807",
        "9223372036854775808, -9223372036854775808",
        "18446744073709551615, -1",
        "18446744073709554117, 2501"
    })
    void aReadyCountBeyondTheLimitIsRefused(String sent, String shown) throws IOException {
        subscriber("c").line("RDY " + sent).refuses("E_INVALID RDY count " + shown + " out of range 0-2500");
    }

    @Test
    @Tag("P-55")
    void theReadyCountIsAWindowThatEachSettlingReopens() throws IOException {
        publish("1", "2", "3", "4", "5");
        V2Client client = subscriber("c").line("RDY 2");
        String first = client.delivery().id();
        String second = client.delivery().id();
        client.isSilentFor(MOMENT);
        client.line("FIN " + first);
        String third = client.delivery().id();
        client.line("REQ " + second + " 3600000").delivery();
        client.isSilentFor(MOMENT);
        // Lowering it stops new ones only: one of two in flight is finished, one is allowed.
        client.line("RDY 1").line("FIN " + third).isSilentFor(MOMENT);
        client.line("RDY 2").delivery();
        client.line("RDY 0");
        assertOpen(client);
        assertEquals(2, clientStats("c").path("in_flight_count").asInt());
    }

    @Test
    @Tag("P-55")
    void aTimeoutReopensTheWindow() throws IOException {
        publish("1", "2");
        V2Client client = subscriber("c", "{\"msg_timeout\":1000}").line("RDY 1");
        assertEquals("1", client.delivery().body());
        Delivery next = client.delivery();
        assertTrue(next.body().equals("2") || next.attempts() == 2, next::toString);
    }

    @Test
    @Tag("P-55")
    void aPausedChannelSendsNothing() throws IOException {
        V2Client client = subscriber("c").line("RDY 10");
        assertOpen(client);
        post("/channel/pause?topic=" + topic + "&channel=c");
        publish("x");
        client.isSilentFor(MOMENT);
        post("/channel/unpause?topic=" + topic + "&channel=c");
        assertEquals("x", client.delivery().body());
    }

    @Test
    @Tag("P-55")
    void nothingIsSentTwiceToTwoClients() throws IOException {
        publish("1", "2");
        V2Client one = subscriber("c").line("RDY 1");
        V2Client other = subscriber("c").line("RDY 1");
        String first = one.delivery().body();
        String second = other.delivery().body();
        assertFalse(first.equals(second));
        one.isSilentFor(MOMENT);
    }

    @Test
    @Tag("B-6")
    @Tag("P-22")
    void aDeletedChannelClosesItsClientsWithoutAFrame() throws IOException {
        V2Client client = subscriber("c").line("RDY 1");
        assertOpen(client);
        post("/channel/delete?topic=" + topic + "&channel=c");
        client.closes();
    }

    @Test
    @Tag("P-57")
    void afterClsNothingIsPushedButWhatIsInFlightCanBeSettled() throws IOException {
        publish("1", "2", "3", "4");
        V2Client client = subscriber("c").line("RDY 3");
        String first = client.delivery().id();
        String second = client.delivery().id();
        String third = client.delivery().id();
        client.line("CLS").answers("CLOSE_WAIT");
        client.line("TOUCH " + third).line("FIN " + first).line("REQ " + second + " 0");
        assertOpen(client);
        client.isSilentFor(MOMENT);
        JsonNode stats = clientStats("c");
        assertEquals(0, stats.path("ready_count").asInt());
        assertEquals(1, stats.path("in_flight_count").asInt());
        assertEquals(1, stats.path("finish_count").asInt());
        assertEquals(1, stats.path("requeue_count").asInt());
        assertEquals(2, channelStats("c").path("depth").asInt());
    }
}
