package io.nsqd.tcp;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.time.Duration;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** When what is sent goes out. */
class OutputBufferTest extends DaemonCase {
    /** Much less than the longest time-out of the output buffer, much more than a message takes. */
    private static final Duration AT_ONCE = Duration.ofSeconds(10);

    private static final String LONG = "{\"output_buffer_timeout\":30000}";

    private static void assertAtOnce(long start) {
        Duration taken = Duration.ofNanos(System.nanoTime() - start);
        assertTrue(taken.compareTo(AT_ONCE) < 0, () -> "took " + taken);
    }

    @ParameterizedTest
    @Tag("X-1")
    @Tag("P-50")
    @Tag("P-51")
    @ValueSource(
            strings = {
                "{\"output_buffer_timeout\":30000}",
                "{\"output_buffer_timeout\":30000,\"output_buffer_size\":65536}",
                "{\"output_buffer_timeout\":-1}"
            })
    void aLoneMessageGoesOutAtOnceThoughMoreAreAskedFor(String identify) throws IOException {
        V2Client client = subscriber("c", identify).line("RDY 100");
        for (int i = 0; i < 3; i++) {
            long start = System.nanoTime();
            publish("x");
            assertEquals("x", client.delivery().body());
            assertAtOnce(start);
        }
    }

    @Test
    @Tag("P-49")
    @Tag("P-50")
    void withTheDefaultsAMessageIsThereSoon() throws IOException {
        V2Client client = subscriber("c").line("RDY 100");
        long start = System.nanoTime();
        publish("x");
        client.delivery();
        assertAtOnce(start);
    }

    @ParameterizedTest
    @Tag("P-49")
    @ValueSource(strings = {LONG, "{\"output_buffer_timeout\":-1}"})
    void withReadyCount1MessagesGoOutAtOnce(String identify) throws IOException {
        V2Client client = subscriber("c", identify).line("RDY 1");
        long start = System.nanoTime();
        publish("1", "2", "3");
        for (int i = 0; i < 3; i++) {
            client.line("FIN " + client.delivery().id());
        }
        assertAtOnce(start);
    }

    @Test
    @Tag("P-49")
    void theLastMessageThatIsAskedForTakesTheOthersAlong() throws IOException {
        V2Client client = subscriber("c", LONG).line("RDY 3");
        long start = System.nanoTime();
        publish("1", "2", "3");
        client.delivery();
        client.delivery();
        client.delivery();
        assertAtOnce(start);
    }

    @Test
    @Tag("P-49")
    void aFullBufferGoesOut() throws IOException {
        V2Client client = subscriber("c", "{\"output_buffer_timeout\":30000,\"output_buffer_size\":64}")
                .line("RDY 100");
        long start = System.nanoTime();
        publish("x".repeat(100));
        client.delivery();
        assertAtOnce(start);
    }

    @Test
    @Tag("P-49")
    void aMessageFarBiggerThanTheBufferArrivesWhole() throws IOException {
        String body = "0123456789abcdef".repeat(65_536);
        V2Client client = subscriber("c", "{\"output_buffer_size\":64}").line("RDY 1");
        publish(body);
        assertEquals(body, client.delivery().body());
    }

    @Test
    @Tag("P-51")
    void withoutABufferMessagesGoOutAtOnce() throws IOException {
        V2Client client = subscriber("c", "{\"output_buffer_size\":-1,\"output_buffer_timeout\":30000}")
                .line("RDY 100");
        long start = System.nanoTime();
        publish("x");
        client.delivery();
        assertAtOnce(start);
    }

    @Test
    @Tag("P-48")
    void anAnswerTakesTheMessagesBeforeItAlong() throws IOException {
        V2Client client = subscriber("c", LONG).line("RDY 100");
        publish("1", "2");
        eventually(() -> channelStats("c").path("in_flight_count").asInt() == 2);
        client.line("PUB elsewhere", "x");
        assertEquals("1", client.delivery().body());
        assertEquals("2", client.delivery().body());
        client.answersOk();
    }

    @Test
    @Tag("P-48")
    void aFailureTakesTheMessagesBeforeItAlong() throws IOException {
        V2Client client = subscriber("c", LONG).line("RDY 100");
        publish("1");
        eventually(() -> channelStats("c").path("in_flight_count").asInt() == 1);
        client.line("FIN 0123456789abcdef");
        assertEquals("1", client.delivery().body());
        client.complains("E_FIN_FAILED FIN 0123456789abcdef failed ID not in flight");
    }

    @Test
    @Tag("P-48")
    void aHeartbeatTakesTheMessagesBeforeItAlong() throws IOException {
        V2Client client = subscriber("c", "{\"output_buffer_timeout\":30000,\"heartbeat_interval\":1000}")
                .line("RDY 100");
        publish("1");
        client.line("NOP").delivery();
        client.answersWith(Frame.HEARTBEAT);
    }

    @ParameterizedTest
    @Tag("P-49")
    @Tag("P-52")
    @ValueSource(strings = {"RDY 100", "NOP"})
    void whatNeedsNoFlushLosesNothing(String line) throws IOException {
        V2Client client = subscriber("c", "{\"output_buffer_timeout\":25}").line("RDY 100");
        publish("1", "2", "3");
        for (int i = 0; i < 3; i++) {
            client.line(line);
            client.delivery();
        }
    }
}
