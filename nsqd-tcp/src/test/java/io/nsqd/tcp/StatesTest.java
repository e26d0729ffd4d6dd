package io.nsqd.tcp;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import java.io.IOException;
import java.util.function.Function;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What may be said when. */
class StatesTest extends DaemonCase {
    private static final String UNKNOWN_ID = "0123456789abcdef";

    private V2Client closing() throws IOException {
        return subscriber("c").line("CLS").answers("CLOSE_WAIT");
    }

    /** The states, by how a client gets there. */
    enum State {
        INIT,
        SUBSCRIBED,
        CLOSING
    }

    private V2Client in(State state) throws IOException {
        return switch (state) {
            case INIT -> open();
            case SUBSCRIBED -> subscriber("c");
            case CLOSING -> closing();
        };
    }

    @ParameterizedTest
    @Tag("P-20")
    @CsvSource({
        // Before SUB, with and without the parameters that they would need.
        "INIT, RDY",
        "INIT, RDY x",
        "INIT, FIN",
        "INIT, FIN 0123456789abcdef",
        "INIT, REQ",
        "INIT, REQ 0123456789abcdef 0",
        "INIT, TOUCH",
        "INIT, TOUCH 0123456789abcdef",
        "INIT, CLS",
        // After SUB; the body is not waited for.
        "SUBSCRIBED, IDENTIFY",
        "SUBSCRIBED, AUTH",
        "SUBSCRIBED, AUTH x",
        "SUBSCRIBED, SUB",
        "SUBSCRIBED, SUB a b",
        "SUBSCRIBED, SUB * *",
        "CLOSING, IDENTIFY",
        "CLOSING, AUTH",
        "CLOSING, AUTH x",
        "CLOSING, SUB",
        "CLOSING, SUB a b",
        "CLOSING, CLS"
    })
    void whatIsOutOfPlaceIsRefusedBeforeItsParametersAreLookedAt(State state, String line) throws IOException {
        String command = line.split(" ", -1)[0];
        in(state).line(line).refuses("E_INVALID cannot " + command + " in current state");
    }

    @ParameterizedTest
    @Tag("P-20")
    @EnumSource
    void publishingAndNopAreAllowedInEveryState(State state) throws IOException {
        in(state)
                .line("NOP")
                .line("PUB " + topic, "1")
                .answersOk()
                .line("MPUB " + topic, V2Client.batch("2"))
                .answersOk()
                .line("DPUB " + topic + " 0", "3")
                .answersOk();
    }

    @ParameterizedTest
    @Tag("P-20")
    @EnumSource(names = {"SUBSCRIBED", "CLOSING"})
    void settlingIsAllowedAfterSub(State state) throws IOException {
        V2Client client = in(state);
        Function<String, String> failed =
                command -> "E_" + command + "_FAILED " + command + " " + UNKNOWN_ID + " failed ID not in flight";
        client.line("FIN " + UNKNOWN_ID).complains(failed.apply("FIN"));
        client.line("REQ " + UNKNOWN_ID + " 0").complains(failed.apply("REQ"));
        client.line("TOUCH " + UNKNOWN_ID).complains(failed.apply("TOUCH"));
    }

    @ParameterizedTest
    @Tag("P-20")
    @ValueSource(strings = {"RDY", "RDY 1", "RDY x", "RDY -1", "RDY 99999999"})
    void aReadyCountAfterClsIsIgnored(String line) throws IOException {
        V2Client client = closing().line(line);
        assertOpen(client);
        publish("x");
        client.isSilentFor(MOMENT);
    }

    @Test
    @Tag("P-20")
    void theStateIsShownInTheStatistics() throws IOException {
        V2Client client = subscriber("c");
        eventually(() -> clientStats("c").path("state").asInt() == 3);
        client.line("CLS").answers("CLOSE_WAIT");
        eventually(() -> clientStats("c").path("state").asInt() == 4);
    }

    @Test
    @Tag("P-22")
    void aFailedSettlingLeavesTheConnectionOpen() throws IOException {
        V2Client client = subscriber("c");
        for (int i = 0; i < 3; i++) {
            client.line("FIN " + UNKNOWN_ID)
                    .complains("E_FIN_FAILED FIN " + UNKNOWN_ID + " failed ID not in flight")
                    .line("REQ " + UNKNOWN_ID + " 1")
                    .complains("E_REQ_FAILED REQ " + UNKNOWN_ID + " failed ID not in flight")
                    .line("TOUCH " + UNKNOWN_ID)
                    .complains("E_TOUCH_FAILED TOUCH " + UNKNOWN_ID + " failed ID not in flight");
        }
        assertOpen(client);
    }

    @Test
    @Tag("P-22")
    void nothingIsDoneAfterAFatalError() throws IOException {
        open().send("HELLO\n" + V2Client.command("PUB " + topic, "x")).refuses("E_INVALID invalid command HELLO");
        assertOpen(open());
        assertFalse(topicExists());
    }

    @Test
    @Tag("P-7")
    @Tag("P-22")
    void whatWasSaidBeforeAFatalErrorIsDone() throws IOException {
        publish("1", "2");
        V2Client client = subscriber("c").line("RDY 2");
        String first = client.delivery().id();
        String second = client.delivery().id();
        client.send("FIN " + first + "\nFIN " + second + "\nFIN short\n").refuses("E_INVALID invalid message ID");
        eventually(() -> channelStats("c").path("clients").isEmpty());
        assertEquals(0, channelStats("c").path("in_flight_count").asInt());
    }

    @Test
    @Tag("P-22")
    @Tag("P-48")
    void messagesGoOutBeforeAFatalError() throws IOException {
        publish("1", "2", "3");
        V2Client client = subscriber("c", "{\"output_buffer_timeout\":30000}").line("RDY 10");
        eventually(() -> channelStats("c").path("in_flight_count").asInt() == 3);
        client.line("HELLO");
        client.delivery();
        client.delivery();
        client.delivery();
        client.refuses("E_INVALID invalid command HELLO");
    }

    @Test
    @Tag("P-6")
    @Tag("P-22")
    void aSlowReaderGetsEverythingAndThenTheError() throws IOException {
        int count = 64;
        String body = "x".repeat(256 * 1024);
        for (int i = 0; i < count; i++) {
            publish(body);
        }
        V2Client client = keep(V2Client.connect(daemon().tcpPort(), 16 * 1024)).send(V2Client.MAGIC);
        client.line("SUB " + topic + " c").answersOk().line("RDY " + count);
        eventually(() -> channelStats("c").path("in_flight_count").asInt() > 0);
        client.line("HELLO");
        Frame frame = client.frame();
        while (frame.type() == Frame.MESSAGE) {
            assertEquals(body.length(), frame.delivery().body().length());
            frame = client.frame();
        }
        assertEquals(Frame.error("E_INVALID invalid command HELLO"), frame);
    }

    @Test
    @Tag("P-23")
    void aClientThatGoesLeavesItsChannel() throws IOException {
        V2Client client = subscriber("c");
        subscriber("c");
        eventually(() -> channelStats("c").path("clients").size() == 2);
        client.close();
        eventually(() -> channelStats("c").path("clients").size() == 1);
    }

    @Test
    @Tag("P-23")
    void aClientThatResetsLeavesItsChannel() throws IOException {
        V2Client client = subscriber("c");
        eventually(() -> channelStats("c").path("clients").size() == 1);
        client.reset();
        eventually(() -> channelStats("c").path("clients").isEmpty());
    }

    @Test
    @Tag("P-23")
    void aClientThatIsRefusedLeavesItsChannel() throws IOException {
        subscriber("c").line("HELLO").complains("E_INVALID invalid command HELLO");
        eventually(() -> channelStats("c").path("clients").isEmpty());
    }
}
