package io.nsqd.tcp;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** IDENTIFY: what is accepted and what is answered. */
class IdentifyTest extends DaemonCase {
    private static final ObjectMapper JSON = new ObjectMapper();

    /** The answer to an IDENTIFY with feature negotiation and these members. */
    private static JsonNode negotiate(V2Client client, String members) throws IOException {
        client.line("IDENTIFY", "{\"feature_negotiation\":true" + (members.isEmpty() ? "" : ",") + members + "}");
        Frame frame = client.frame();
        assertEquals(Frame.RESPONSE, frame.type(), frame.data());
        return JSON.readTree(frame.data());
    }

    @Test
    @Tag("P-33")
    void withoutNegotiationTheAnswerIsOk() throws IOException {
        assertOpen(open().line("IDENTIFY", "{}").answersOk());
        open().line("IDENTIFY", "{\"feature_negotiation\":false}").answersOk();
    }

    @Test
    @Tag("P-33")
    void withoutNegotiationUpgradesAreIgnored() throws IOException {
        assertOpen(open().line("IDENTIFY", "{\"tls_v1\":true,\"snappy\":true,\"deflate\":true}")
                .answersOk());
    }

    @Test
    @Tag("P-33")
    void withoutNegotiationTheSettingsApply() throws IOException {
        subscriber(
                "c",
                "{\"client_id\":\"me\",\"hostname\":\"here\",\"user_agent\":\"test/1\",\"sample_rate\":42,"
                        + "\"msg_timeout\":1234}");
        JsonNode stats = clientStats("c");
        assertEquals("me", stats.path("client_id").asText());
        assertEquals("here", stats.path("hostname").asText());
        assertEquals("test/1", stats.path("user_agent").asText());
        assertEquals(42, stats.path("sample_rate").asInt());
    }

    @Test
    @Tag("P-33")
    void beforeIdentifyTheNamesAreTheAddressAndThenNothing() throws IOException {
        subscriber("before");
        JsonNode stats = clientStats("before");
        assertEquals("127.0.0.1", stats.path("client_id").asText());
        assertEquals("127.0.0.1", stats.path("hostname").asText());
        assertEquals("", stats.path("user_agent").asText());
        subscriber("after", "{}");
        stats = clientStats("after");
        assertEquals("", stats.path("client_id").asText());
        assertEquals("", stats.path("hostname").asText());
    }

    @Test
    @Tag("P-35")
    void theAnswerHasTheseKeysInThisOrder() throws IOException {
        open().line("IDENTIFY", "{\"feature_negotiation\":true}")
                .answers("{\"max_rdy_count\":2500,\"version\":\"1.3.0\",\"max_msg_timeout\":900000,"
                        + "\"msg_timeout\":60000,\"tls_v1\":false,\"deflate\":false,\"deflate_level\":6,"
                        + "\"max_deflate_level\":6,\"snappy\":false,\"sample_rate\":0,\"auth_required\":false,"
                        + "\"output_buffer_size\":16384,\"output_buffer_timeout\":250}");
    }

    /** What came after 1.3.0 and is off by default there: who says where it is gets what 1.3.0 gives it. */
    @Test
    @Tag("B-60")
    void aClientMaySayWhereItIsAndIsServedAsEveryOther() throws IOException {
        V2Client client = open();
        JsonNode answer = negotiate(client, "\"topology_region\":\"eu\",\"topology_zone\":\"eu-1\"");
        assertTrue(answer.path("topology_region").isMissingNode(), answer::toString);
        assertTrue(answer.path("topology_zone").isMissingNode(), answer::toString);
        subscriber("located", "{\"topology_region\":\"eu\",\"topology_zone\":\"eu-1\"}");
        JsonNode stats = clientStats("located");
        assertTrue(stats.path("topology_region").isMissingNode(), stats::toString);
        assertTrue(stats.path("topology_zone").isMissingNode(), stats::toString);
        assertOpen(client);
    }

    @Test
    @Tag("P-35")
    void tlsIsNotGrantedWithoutACertificate() throws IOException {
        V2Client client = open();
        assertEquals(false, negotiate(client, "\"tls_v1\":true").path("tls_v1").asBoolean());
        assertOpen(client);
    }

    static Stream<Arguments> accepted() {
        return Stream.of(
                Arguments.of("\"output_buffer_timeout\":0", "output_buffer_timeout", 250),
                Arguments.of("\"output_buffer_timeout\":-1", "output_buffer_timeout", 0),
                Arguments.of("\"output_buffer_timeout\":25", "output_buffer_timeout", 25),
                Arguments.of("\"output_buffer_timeout\":30000", "output_buffer_timeout", 30000),
                Arguments.of("\"output_buffer_size\":0", "output_buffer_size", 16384),
                Arguments.of("\"output_buffer_size\":-1", "output_buffer_size", 1),
                Arguments.of("\"output_buffer_size\":-1", "output_buffer_timeout", 0),
                Arguments.of("\"output_buffer_size\":-1,\"output_buffer_timeout\":25", "output_buffer_timeout", 0),
                Arguments.of("\"output_buffer_size\":64", "output_buffer_size", 64),
                Arguments.of("\"output_buffer_size\":65536", "output_buffer_size", 65536),
                Arguments.of("\"sample_rate\":0", "sample_rate", 0),
                Arguments.of("\"sample_rate\":1", "sample_rate", 1),
                Arguments.of("\"sample_rate\":99", "sample_rate", 99),
                Arguments.of("\"msg_timeout\":0", "msg_timeout", 60000),
                Arguments.of("\"msg_timeout\":1000", "msg_timeout", 1000),
                Arguments.of("\"msg_timeout\":900000", "msg_timeout", 900000),
                Arguments.of("\"heartbeat_interval\":-1", "msg_timeout", 60000),
                Arguments.of("\"heartbeat_interval\":0", "msg_timeout", 60000),
                Arguments.of("\"heartbeat_interval\":1000", "msg_timeout", 60000),
                Arguments.of("\"heartbeat_interval\":60000", "msg_timeout", 60000),
                Arguments.of("\"deflate_level\":3", "deflate_level", 6));
    }

    @ParameterizedTest
    @Tag("P-32")
    @Tag("P-35")
    @MethodSource("accepted")
    void aValueWithinItsLimitsIsAccepted(String members, String key, int reported) throws IOException {
        assertEquals(reported, negotiate(open(), members).path(key).asInt());
    }

    @ParameterizedTest
    @Tag("P-32")
    @CsvSource({
        "heartbeat_interval, heartbeat interval, -2",
        "heartbeat_interval, heartbeat interval, 1",
        "heartbeat_interval, heartbeat interval, 999",
        "heartbeat_interval, heartbeat interval, 60001",
        "heartbeat_interval, heartbeat interval, 9223372036854775807",
        "output_buffer_timeout, output buffer timeout, -2",
        "output_buffer_timeout, output buffer timeout, 24",
        "output_buffer_timeout, output buffer timeout, 30001",
        "output_buffer_size, output buffer size, -2",
        "output_buffer_size, output buffer size, 1",
        "output_buffer_size, output buffer size, 63",
        "output_buffer_size, output buffer size, 65537",
        "sample_rate, sample rate, -1",
        "sample_rate, sample rate, 100",
        "sample_rate, sample rate, 2147483647",
        "msg_timeout, msg timeout, -1",
        "msg_timeout, msg timeout, 1",
        "msg_timeout, msg timeout, 999",
        "msg_timeout, msg timeout, 900001"
    })
    void aValueBeyondItsLimitsIsRefused(String key, String name, String value) throws IOException {
        open().line("IDENTIFY", "{\"" + key + "\":" + value + "}")
                .refuses("E_BAD_BODY IDENTIFY " + name + " (" + value + ") is invalid");
    }

    @Test
    @Tag("P-32")
    void theFirstBadValueIsNamedInThisOrder() throws IOException {
        List<String> keys = List.of(
                "heartbeat_interval", "output_buffer_timeout", "output_buffer_size", "sample_rate", "msg_timeout");
        List<String> members =
                new ArrayList<>(keys.stream().map(key -> "\"" + key + "\":-7").toList());
        Collections.reverse(members);
        for (String key : keys) {
            open().line("IDENTIFY", "{" + String.join(",", members) + "}")
                    .refuses("E_BAD_BODY IDENTIFY " + key.replace('_', ' ') + " (-7) is invalid");
            members.remove(members.size() - 1);
        }
    }

    @Test
    @Tag("P-34")
    void aSecondIdentifyIsAnsweredAndKeepsWhatItDoesNotSet() throws IOException {
        V2Client client = open();
        negotiate(
                client,
                "\"msg_timeout\":2000,\"output_buffer_size\":128,\"output_buffer_timeout\":50,\"sample_rate\":7");
        JsonNode second = negotiate(client, "");
        assertEquals(2000, second.path("msg_timeout").asInt());
        assertEquals(128, second.path("output_buffer_size").asInt());
        assertEquals(50, second.path("output_buffer_timeout").asInt());
        assertEquals(0, second.path("sample_rate").asInt());
        JsonNode third = negotiate(client, "\"msg_timeout\":3000,\"output_buffer_size\":0");
        assertEquals(3000, third.path("msg_timeout").asInt());
        assertEquals(128, third.path("output_buffer_size").asInt());
    }

    @Test
    @Tag("P-34")
    void theMessagePumpTakesTheFirstIdentifyOnly() throws IOException {
        V2Client client = open();
        negotiate(client, "\"msg_timeout\":1000");
        negotiate(client, "\"msg_timeout\":900000");
        publish("x");
        client.line("SUB " + topic + " c").answersOk().line("RDY 1");
        assertEquals(1, client.delivery().attempts());
        assertEquals(2, client.delivery().attempts());
    }

    @ParameterizedTest
    @Tag("P-16")
    @ValueSource(strings = {"IDENTIFY ", "IDENTIFY x", "IDENTIFY x y z"})
    void parametersAreIgnored(String line) throws IOException {
        open().line(line, "{}").answersOk();
    }
}
