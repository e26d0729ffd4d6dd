package io.nsqd.tcp;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.time.Duration;
import java.util.Arrays;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Limits that are not the default ones. */
@DaemonFlags({
    "--max-msg-size=100",
    "--max-body-size=214",
    "--max-rdy-count=7",
    "--max-req-timeout=1s",
    "--max-defer-timeout=5s",
    "--msg-timeout=1s",
    "--max-msg-timeout=2s",
    "--max-channel-consumers=1",
    "--max-heartbeat-interval=2s",
    "--output-buffer-timeout=100ms",
    "--min-output-buffer-timeout=50ms",
    "--max-output-buffer-timeout=200ms",
    "--max-output-buffer-size=128",
    "--max-deflate-level=3"
})
class LimitsTest extends DaemonCase {
    /** What a clock of the daemon and one of ours may differ in. */
    private static final long TOLERANCE_MILLIS = 50;

    private static long millisSince(long nanoTime) {
        return Duration.ofNanos(System.nanoTime() - nanoTime).toMillis();
    }

    @Test
    @Tag("P-35")
    void theLimitsAreReported() throws IOException {
        open().line("IDENTIFY", "{\"feature_negotiation\":true}")
                .answers("{\"max_rdy_count\":7,\"version\":\"1.3.0\",\"max_msg_timeout\":2000,"
                        + "\"msg_timeout\":1000,\"tls_v1\":false,\"deflate\":false,\"deflate_level\":3,"
                        + "\"max_deflate_level\":3,\"snappy\":false,\"sample_rate\":0,\"auth_required\":false,"
                        + "\"output_buffer_size\":16384,\"output_buffer_timeout\":100}");
    }

    @ParameterizedTest
    @Tag("P-32")
    @CsvSource({
        "heartbeat_interval, heartbeat interval, 2000, 2001",
        "output_buffer_timeout, output buffer timeout, 200, 201",
        "output_buffer_timeout, output buffer timeout, 50, 49",
        "output_buffer_size, output buffer size, 128, 129",
        "msg_timeout, msg timeout, 2000, 2001"
    })
    void identifyKeepsToThem(String key, String name, int good, int bad) throws IOException {
        open().line("IDENTIFY", "{\"" + key + "\":" + good + "}").answersOk();
        open().line("IDENTIFY", "{\"" + key + "\":" + bad + "}")
                .refuses("E_BAD_BODY IDENTIFY " + name + " (" + bad + ") is invalid");
    }

    @Test
    @Tag("P-30")
    @Tag("P-70")
    void bodiesKeepToThem() throws IOException {
        open().line("IDENTIFY", "{}" + " ".repeat(212)).answersOk();
        open().line("IDENTIFY", "{}" + " ".repeat(213)).refuses("E_BAD_BODY IDENTIFY body too big 215 > 214");
        open().line("AUTH", "x".repeat(214)).refuses("E_AUTH_DISABLED AUTH disabled");
        open().line("AUTH", "x".repeat(215)).refuses("E_BAD_BODY AUTH body too big 215 > 214");
    }

    @Test
    @Tag("P-65")
    @Tag("P-66")
    @Tag("P-67")
    void messagesKeepToThem() throws IOException {
        String good = "x".repeat(100);
        String bad = good + "x";
        open().line("PUB " + topic, good).answersOk();
        open().line("PUB " + topic, bad).refuses("E_BAD_MESSAGE PUB message too big 101 > 100");
        open().line("DPUB " + topic + " 0", good).answersOk();
        open().line("DPUB " + topic + " 0", bad).refuses("E_BAD_MESSAGE DPUB message too big 101 > 100");
        open().line("MPUB " + topic, V2Client.batch(good, good)).answersOk();
        open().line("MPUB " + topic, V2Client.batch("x", bad)).refuses("E_BAD_MESSAGE MPUB message too big 101 > 100");
        open().line("MPUB " + topic, V2Client.batch(good, good, "x")).refuses("E_BAD_BODY MPUB body too big 217 > 214");
        open().line("DPUB " + topic + " 5000", good).answersOk();
        open().line("DPUB " + topic + " 5001").refuses("E_INVALID DPUB timeout 5001 out of range 0-5000");
    }

    @Test
    @Tag("P-67")
    void batchesOfSmallestMessagesKeepToThem() throws IOException {
        String[] most = new String[42];
        Arrays.fill(most, "x");
        String batch = V2Client.batch(most);
        assertEquals(214, batch.length());
        open().line("MPUB " + topic, batch).answersOk();
        open().line("MPUB " + topic)
                .send(V2Client.int32(214) + V2Client.int32(43))
                .refuses("E_BAD_BODY MPUB invalid message count 43");
    }

    @Test
    @Tag("P-54")
    void theReadyCountKeepsToThem() throws IOException {
        V2Client client = subscriber("c").line("RDY 7");
        assertOpen(client);
        client.line("RDY 8").refuses("E_INVALID RDY count 8 out of range 0-7");
    }

    @Test
    @Tag("P-53")
    void oneConsumerTooManyIsRefusedUntilAnotherGoes() throws IOException {
        V2Client first = subscriber("c");
        open().line("SUB " + topic + " c")
                .refuses("E_SUB_FAILED SUB failed consumers for " + topic + ":c exceeds limit of 1");
        subscriber("other");
        first.close();
        eventually(() -> channelStats("c").path("clients").isEmpty());
        subscriber("c");
    }

    @Test
    @Tag("P-62")
    void aLongerDelayIsCutDown() throws IOException {
        publish("x");
        V2Client client = subscriber("c").line("RDY 1");
        String id = client.delivery().id();
        long start = System.nanoTime();
        client.line("REQ " + id + " 3600000");
        assertEquals(2, client.delivery().attempts());
        assertTrue(millisSince(start) > 1000 - TOLERANCE_MILLIS);
    }

    @Test
    @Tag("P-56")
    void theDefaultMessageTimeoutServesWhoAsksForNone() throws IOException {
        publish("x");
        V2Client client = subscriber("c").line("RDY 1");
        long start = System.nanoTime();
        client.delivery();
        assertEquals(2, client.delivery().attempts());
        assertTrue(millisSince(start) > 1000 - TOLERANCE_MILLIS);
    }

    @Test
    @Tag("P-63")
    void touchPutsTheTimeoutOffOnlySoFar() throws IOException {
        publish("x");
        long start = System.nanoTime();
        V2Client client = subscriber("c").line("RDY 1");
        String id = client.delivery().id();
        do {
            client.line("TOUCH " + id);
        } while (!client.hearsWithin(Duration.ofMillis(50)));
        Frame next = client.frame();
        if (next.type() == Frame.ERROR) {
            // It had timed out, and the next attempt was not yet on its way.
            assertEquals(Frame.error("E_TOUCH_FAILED TOUCH " + id + " failed ID not in flight"), next);
        } else {
            assertEquals(2, next.delivery().attempts());
        }
        assertTrue(millisSince(start) > 2000 - TOLERANCE_MILLIS);
    }
}
