package io.nsqd.tcp;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** FIN, REQ and TOUCH. */
class SettleTest extends DaemonCase {
    private static final String UNKNOWN_ID = "0123456789abcdef";
    private static final List<String> SETTLING = List.of("FIN", "REQ", "TOUCH");

    private static String withDelay(String command, String id) {
        return command + " " + id + (command.equals("REQ") ? " 0" : "");
    }

    private static String failed(String command, String id, String why) {
        return "E_" + command + "_FAILED " + command + " " + id + " failed " + why;
    }

    @ParameterizedTest
    @Tag("P-60")
    @CsvSource({"FIN, FIN", "TOUCH, TOUCH", "REQ, REQ", "REQ, REQ 0123456789abcdef", "REQ, REQ short"})
    void tooFewParametersAreRefused(String command, String line) throws IOException {
        subscriber("c").line(line).refuses("E_INVALID " + command + " insufficient number of params");
    }

    @ParameterizedTest
    @Tag("P-60")
    @ValueSource(strings = {"", "x", "0123456789abcde", "0123456789abcdef0", "0123456789abcdef0123456789abcdef"})
    void anIdThatIsNot16BytesLongIsRefused(String id) throws IOException {
        for (String command : SETTLING) {
            subscriber("c").line(withDelay(command, id)).refuses("E_INVALID invalid message ID");
        }
    }

    @ParameterizedTest
    @Tag("P-4")
    @Tag("P-61")
    @ValueSource(
            strings = {
                UNKNOWN_ID,
                "0123456789ABCDEF",
                "ghijklmnopqrstuv",
                "----------------",
                "\u00ff\u0001\"\\xxxxxxxxxxxx"
            })
    void whatNobodyHoldsIsNotInFlight(String id) throws IOException {
        V2Client client = subscriber("c");
        for (String command : SETTLING) {
            client.line(withDelay(command, id))
                    .answersWith(new Frame(Frame.ERROR, failed(command, id, "ID not in flight")));
        }
        assertOpen(client);
    }

    @Test
    @Tag("P-61")
    void whatAnotherClientHoldsIsNotOnesOwn() throws IOException {
        publish("x");
        V2Client owner = subscriber("c").line("RDY 1");
        String id = owner.delivery().id();
        V2Client other = subscriber("c");
        for (String command : SETTLING) {
            other.line(withDelay(command, id)).complains(failed(command, id, "client does not own message"));
        }
        owner.line("FIN " + id);
        assertOpen(owner);
        for (String command : SETTLING) {
            other.line(withDelay(command, id)).complains(failed(command, id, "ID not in flight"));
        }
    }

    @Test
    @Tag("P-61")
    void whatAnotherChannelSentIsNotInFlightHere() throws IOException {
        publish("x");
        V2Client owner = subscriber("one").line("RDY 1");
        String id = owner.delivery().id();
        subscriber("other").line("FIN " + id).complains(failed("FIN", id, "ID not in flight"));
    }

    @Test
    @Tag("P-61")
    void aMessageIsFinishedOnceAndFailuresDoNotCount() throws IOException {
        publish("x");
        V2Client client = subscriber("c").line("RDY 1");
        String id = client.delivery().id();
        client.line("FIN " + id);
        for (String command : SETTLING) {
            client.line(withDelay(command, id)).complains(failed(command, id, "ID not in flight"));
        }
        JsonNode stats = clientStats("c");
        assertEquals(1, stats.path("message_count").asInt());
        assertEquals(1, stats.path("finish_count").asInt());
        assertEquals(0, stats.path("requeue_count").asInt());
        assertEquals(0, stats.path("in_flight_count").asInt());
        assertEquals(0, channelStats("c").path("requeue_count").asInt());
    }

    @Test
    @Tag("P-61")
    void afterEmptyNothingIsInFlight() throws IOException {
        publish("x");
        V2Client client = subscriber("c").line("RDY 1");
        String id = client.delivery().id();
        post("/channel/empty?topic=" + topic + "&channel=c");
        client.line("FIN " + id).complains(failed("FIN", id, "ID not in flight"));
        publish("y");
        assertEquals("y", client.delivery().body());
    }

    @ParameterizedTest
    @Tag("P-62")
    @ValueSource(strings = {"0", "", "00", "9223372036855", "18446744073709551616"})
    void aDelayOf0OrOneThatWrapsBelowItBringsTheMessageBackAtOnce(String delay) throws IOException {
        publish("x");
        V2Client client = subscriber("c").line("RDY 1");
        Delivery first = client.delivery();
        Delivery second = client.line("REQ " + first.id() + " " + delay).delivery();
        assertEquals(new Delivery(first.timestampNanos(), 2, first.id(), "x"), second);
        JsonNode stats = channelStats("c");
        assertEquals(1, stats.path("requeue_count").asInt());
        assertEquals(0, stats.path("timeout_count").asInt());
        assertEquals(1, stats.path("clients").path(0).path("requeue_count").asInt());
    }

    @Test
    @Tag("P-62")
    void aDelayedMessageComesBackNotBeforeItsTime() throws IOException {
        publish("x");
        V2Client client = subscriber("c").line("RDY 1");
        Delivery first = client.delivery();
        long start = System.nanoTime();
        client.line("REQ " + first.id() + " 400");
        assertOpen(client);
        assertEquals(1, channelStats("c").path("deferred_count").asInt());
        assertEquals(0, channelStats("c").path("in_flight_count").asInt());
        assertEquals(2, client.delivery().attempts());
        assertTrue(Duration.ofNanos(System.nanoTime() - start).toMillis() > 350);
    }

    @ParameterizedTest
    @Tag("P-62")
    @ValueSource(strings = {"3600000", "3600001", "9223372036854"})
    void aDelayOfAnHourAndMoreIsTaken(String delay) throws IOException {
        publish("x");
        V2Client client = subscriber("c").line("RDY 1");
        client.line("REQ " + client.delivery().id() + " " + delay);
        assertOpen(client);
        assertEquals(1, channelStats("c").path("deferred_count").asInt());
        assertEquals(1, clientStats("c").path("requeue_count").asInt());
    }

    @ParameterizedTest
    @Tag("P-62")
    @ValueSource(strings = {"x", "-1", "1s", "1.5"})
    void aDelayThatIsNoNumberIsRefusedBeforeTheMessageIsLookedFor(String delay) throws IOException {
        subscriber("c")
                .line("REQ " + UNKNOWN_ID + " " + delay)
                .refuses("E_INVALID REQ could not parse timeout " + delay);
    }

    @Test
    @Tag("P-60")
    @Tag("P-62")
    void theIdIsCheckedBeforeTheDelay() throws IOException {
        subscriber("c").line("REQ short x").refuses("E_INVALID invalid message ID");
    }

    @Test
    @Tag("P-63")
    void touchIsNotAnsweredAndChangesNoCounter() throws IOException {
        publish("x");
        V2Client client = subscriber("c").line("RDY 1");
        String id = client.delivery().id();
        client.line("TOUCH " + id).line("TOUCH " + id);
        assertOpen(client);
        JsonNode stats = clientStats("c");
        assertEquals(1, stats.path("in_flight_count").asInt());
        assertEquals(0, stats.path("finish_count").asInt());
        client.line("FIN " + id).line("FIN " + id).complains(failed("FIN", id, "ID not in flight"));
    }
}
