package io.nsqd.tcp;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.time.Duration;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Messages that nobody settles in time. */
class TimeoutTest extends DaemonCase {
    private static final String ONE_SECOND = "{\"msg_timeout\":1000}";

    /** What a clock of the daemon and one of ours may differ in. */
    private static final long TOLERANCE_MILLIS = 50;

    private static long millisSince(long nanoTime) {
        return Duration.ofNanos(System.nanoTime() - nanoTime).toMillis();
    }

    @Test
    @Tag("P-56")
    void whatIsInFlightToAClientThatGoesComesBackWhenItTimesOut() throws IOException {
        publish("x");
        V2Client gone = subscriber("c", ONE_SECOND).line("RDY 1");
        long start = System.nanoTime();
        Delivery first = gone.delivery();
        gone.close();
        V2Client other = subscriber("c").line("RDY 1");
        eventually(() -> channelStats("c").path("clients").size() == 1);
        JsonNode stats = channelStats("c");
        assertEquals(1, stats.path("in_flight_count").asInt());
        assertEquals(0, stats.path("depth").asInt());
        Delivery second = other.delivery();
        assertTrue(millisSince(start) > 1000 - TOLERANCE_MILLIS);
        assertEquals(first.id(), second.id());
        assertEquals(first.timestampNanos(), second.timestampNanos());
        assertEquals(2, second.attempts());
        stats = channelStats("c");
        assertEquals(1, stats.path("timeout_count").asInt());
        assertEquals(0, stats.path("requeue_count").asInt());
        assertEquals(1, stats.path("message_count").asInt());
    }

    @Test
    @Tag("P-61")
    void whatTimedOutCanNotBeSettledAnyMore() throws IOException {
        publish("x");
        V2Client client = subscriber("c", ONE_SECOND).line("RDY 1");
        String id = client.delivery().id();
        client.line("RDY 0");
        eventually(() -> channelStats("c").path("timeout_count").asInt() == 1);
        client.line("FIN " + id).complains("E_FIN_FAILED FIN " + id + " failed ID not in flight");
        client.line("TOUCH " + id).complains("E_TOUCH_FAILED TOUCH " + id + " failed ID not in flight");
        client.line("REQ " + id + " 0").complains("E_REQ_FAILED REQ " + id + " failed ID not in flight");
        JsonNode stats = clientStats("c");
        assertEquals(0, stats.path("in_flight_count").asInt());
        assertEquals(0, stats.path("finish_count").asInt());
        assertEquals(0, stats.path("requeue_count").asInt());
    }

    @Test
    @Tag("P-63")
    void touchPutsTheTimeoutOff() throws IOException {
        publish("x");
        V2Client client = subscriber("c", ONE_SECOND).line("RDY 1");
        String id = client.delivery().id();
        long touched = System.nanoTime();
        for (int i = 0; i < 6; i++) {
            touched = System.nanoTime();
            client.line("TOUCH " + id).isSilentFor(Duration.ofMillis(250));
        }
        assertEquals(0, channelStats("c").path("timeout_count").asInt());
        assertEquals(2, client.delivery().attempts());
        assertTrue(millisSince(touched) > 1000 - TOLERANCE_MILLIS);
    }
}
