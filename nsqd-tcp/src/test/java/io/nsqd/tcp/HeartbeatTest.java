package io.nsqd.tcp;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.time.Duration;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Heartbeats, and what becomes of clients that are not heard or do not listen. */
class HeartbeatTest extends DaemonCase {
    private static final String EACH_SECOND = "{\"heartbeat_interval\":1000}";

    /** What a clock of the daemon and one of ours may differ in. */
    private static final long TOLERANCE_MILLIS = 50;

    private V2Client identified() throws IOException {
        return open().line("IDENTIFY", EACH_SECOND).answersOk();
    }

    private static long millisSince(long nanoTime) {
        return Duration.ofNanos(System.nanoTime() - nanoTime).toMillis();
    }

    @Test
    @Tag("P-45")
    @Tag("P-46")
    void aHeartbeatComesEachIntervalWhateverIsSaidInEveryState() throws IOException {
        long start = System.nanoTime();
        V2Client client = identified();
        client.answersWith(Frame.HEARTBEAT);
        assertTrue(millisSince(start) > 1000 - TOLERANCE_MILLIS);
        client.line("SUB " + topic + " c").answersOk().line("NOP").answersWith(Frame.HEARTBEAT);
        // When the next one comes it would be closed if it had said nothing.
        client.line("CLS").answers("CLOSE_WAIT").line("NOP").answersWith(Frame.HEARTBEAT);
        assertOpen(client);
        assertTrue(millisSince(start) > 3000 - TOLERANCE_MILLIS);
        assertTrue(millisSince(start) < 8000);
    }

    @Test
    @Tag("P-45")
    void trafficDoesNotPutHeartbeatsOff() throws IOException {
        V2Client client = identified();
        Frame frame = Frame.OK;
        while (frame.equals(Frame.OK)) {
            frame = client.line("PUB " + topic, "x").frame();
        }
        assertEquals(Frame.HEARTBEAT, frame);
    }

    @Test
    @Tag("P-46")
    void aSilentClientIsClosedAfterTwoIntervals() throws IOException {
        // What is left unsaid, and what is answered to it.
        Map<String, String> halves = new LinkedHashMap<>();
        halves.put("", "");
        halves.put("NO", "");
        halves.put("PUB " + topic, "");
        halves.put("PUB t\n", "E_BAD_MESSAGE PUB failed to read message body size");
        halves.put("PUB t\n\0\0", "E_BAD_MESSAGE PUB failed to read message body size");
        halves.put("PUB t\n\0\0\0\2x", "E_BAD_MESSAGE PUB failed to read message body");
        halves.put("DPUB t 0\n\0\0\0\2x", "E_BAD_MESSAGE DPUB failed to read message body");
        halves.put("MPUB t\n\0", "E_BAD_BODY MPUB failed to read body size");
        halves.put("MPUB t\n\0\0\0\11\0", "E_BAD_BODY MPUB failed to read message count");
        halves.put("MPUB t\n\0\0\0\11\0\0\0\1\0", "E_BAD_MESSAGE MPUB failed to read message(0) body size");
        halves.put("MPUB t\n\0\0\0\12\0\0\0\1\0\0\0\2x", "E_BAD_MESSAGE MPUB failed to read message body");
        halves.put("IDENTIFY\n\0", "E_BAD_BODY IDENTIFY failed to read body size");
        halves.put("IDENTIFY\n\0\0\0\2{", "E_BAD_BODY IDENTIFY failed to read body");
        halves.put("AUTH\n\0\0\0\2x", "E_BAD_BODY AUTH failed to read body");

        Map<V2Client, String> ends = new LinkedHashMap<>();
        long start = System.nanoTime();
        for (Map.Entry<String, String> half : halves.entrySet()) {
            ends.put(identified().send(half.getKey()), half.getValue());
        }
        for (Map.Entry<V2Client, String> end : ends.entrySet()) {
            V2Client client = end.getKey();
            client.skipHeartbeats();
            assertTrue(millisSince(start) > 2000 - TOLERANCE_MILLIS);
            if (end.getValue().isEmpty()) {
                client.closes();
            } else {
                client.refuses(end.getValue());
            }
        }
    }

    @Test
    @Tag("P-46")
    void bytesOfALineDoNotExtendTheTime() throws IOException {
        V2Client client = identified();
        long start = System.nanoTime();
        client.send("NOP x").answersWith(Frame.HEARTBEAT);
        client.send("xxxxx");
        client.skipHeartbeats();
        client.closes();
        assertTrue(millisSince(start) < 6000);
    }

    @Test
    @Tag("P-46")
    @Tag("P-45")
    void withoutHeartbeatsThereIsNoDeadline() throws IOException {
        V2Client never = open().line("IDENTIFY", "{\"heartbeat_interval\":-1}").answersOk();
        V2Client halfALine = open().line("IDENTIFY", "{\"heartbeat_interval\":-1}")
                .answersOk()
                .send("N");
        never.isSilentFor(Duration.ofMillis(2500));
        assertOpen(never);
        assertOpen(halfALine.send("OP\n"));
    }

    @Test
    @Tag("P-34")
    @Tag("P-45")
    void aSecondIdentifyDoesNotChangeTheTicker() throws IOException {
        V2Client client =
                identified().line("IDENTIFY", "{\"heartbeat_interval\":60000}").answersOk();
        client.answersWith(Frame.HEARTBEAT);
    }

    @ParameterizedTest
    @Tag("P-47")
    @ValueSource(booleans = {true, false})
    void aClientThatReadsNothingIsClosed(boolean talks) throws IOException {
        String big = "x".repeat(512 * 1024);
        String[] bodies = new String[48];
        Arrays.fill(bodies, big);
        publish(bodies);
        V2Client deaf = keep(V2Client.connect(daemon().tcpPort(), 16 * 1024))
                .send(V2Client.MAGIC)
                .line("IDENTIFY", EACH_SECOND)
                .answersOk()
                .line("SUB " + topic + " c")
                .answersOk()
                .line("RDY 100");
        eventually(() -> channelStats("c").path("in_flight_count").asInt() > 0);
        eventually(() -> {
            if (talks) {
                tryToSay(deaf, "NOP");
            }
            return channelStats("c").path("clients").isEmpty();
        });
        // P-56: what it was sent is still its own.
        assertTrue(channelStats("c").path("in_flight_count").asInt() > 0);
    }

    private static void tryToSay(V2Client client, String line) {
        try {
            client.line(line);
        } catch (IOException e) {
            // Closed: what is waited for.
        }
    }
}
