package io.nsqd.tcp;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Who is listed as a producer, and until when. */
@Tag("T-11")
class ProducersTest extends DaemonCase {
    private V2Client producer() throws IOException {
        return open().line("IDENTIFY", "{\"client_id\":\"" + topic + "\"}")
                .answersOk()
                .line("PUB " + topic, "x")
                .answersOk();
    }

    /** How many producers of this test are listed. */
    private int listed() throws IOException {
        List<JsonNode> ours = new ArrayList<>();
        for (JsonNode client : stats("/stats?format=json").path("producers")) {
            if (client.path("client_id").asText().equals(topic)) {
                ours.add(client);
            }
        }
        return ours.size();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "NONSENSE",
                "PUB *",
                "MPUB *",
                "SUB a",
                "SUB * c",
                "RDY 1",
                "CLS",
                "IDENTIFY\n\0\0\0\1x",
                "PUB a\n\0\0\0\0",
                "PUB a\n\377\377\377\377"
            })
    void whoWasRefusedIsNoneAnyMoreThoughItHoldsTheConnectionOpen(String fatal) throws IOException {
        V2Client refused = producer();
        assertEquals(1, listed());
        refused.line(fatal);
        assertEquals(Frame.ERROR, refused.frame().type());
        assertEquals(0, listed());
    }

    @Test
    void whoClosedItsSideIsNoneAnyMore() throws IOException {
        V2Client leaving = producer().shutdownOutput();
        leaving.closes();
        assertEquals(0, listed());
    }

    @Test
    void anErrorThatIsNotFatalChangesNothing() throws IOException {
        producer()
                .line("SUB " + topic + " c")
                .answersOk()
                .line("FIN 0123456789abcdef")
                .complains("E_FIN_FAILED FIN 0123456789abcdef failed ID not in flight");
        assertEquals(1, listed());
    }
}
