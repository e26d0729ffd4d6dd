package io.nsqd.tcp;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.util.Arrays;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Clients that want only a share of the messages. */
class SampleTest extends DaemonCase {
    private static final int MESSAGES = 2_000;

    /** The bounds are more than five standard deviations away from what is expected. */
    @ParameterizedTest
    @Tag("P-58")
    @CsvSource({"0, 2000, 2000", "99, 2000, 2000", "98, 1940, 1999", "50, 900, 1140", "1, 5, 75"})
    void ofEachHundredMessagesOneMoreThanTheRateIsDelivered(int rate, int least, int most) throws IOException {
        V2Client client = subscriber("c", "{\"sample_rate\":" + rate + "}");
        String[] bodies = new String[MESSAGES];
        Arrays.fill(bodies, "x");
        open().line("MPUB " + topic, V2Client.batch(bodies)).answersOk();
        client.line("RDY 2500");
        eventually(() -> channelStats("c").path("message_count").asInt() == MESSAGES
                && channelStats("c").path("depth").asInt() == 0);
        JsonNode channel = channelStats("c");
        int delivered = clientStats("c").path("message_count").asInt();
        assertTrue(delivered >= least && delivered <= most, () -> delivered + " delivered");
        for (int i = 0; i < delivered; i++) {
            client.delivery();
        }
        client.isSilentFor(MOMENT);
        assertEquals(delivered, channel.path("in_flight_count").asInt());
        assertEquals(MESSAGES, channel.path("message_count").asInt());
    }
}
