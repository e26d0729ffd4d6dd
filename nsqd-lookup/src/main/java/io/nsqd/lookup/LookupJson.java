package io.nsqd.lookup;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.nsqd.api.Nsqd;
import io.nsqd.json.JsonException;
import io.nsqd.json.JsonObject;
import java.util.List;

/** The JSON that is exchanged with nsqlookupd. Any thread. */
final class LookupJson {
    private static final ObjectMapper MAPPER = new ObjectMapper();

    private LookupJson() {}

    /** The body of IDENTIFY: keys in alphabetical order, no spaces (L-16). */
    static byte[] identification(String broadcastAddress, String hostname, Ports ports) {
        ObjectNode body = MAPPER.createObjectNode()
                .put("broadcast_address", broadcastAddress)
                .put("hostname", hostname)
                .put("http_port", ports.http())
                .put("tcp_port", ports.tcp())
                .put("version", Nsqd.VERSION);
        try {
            return MAPPER.writeValueAsBytes(body);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException(e);
        }
    }

    /**
     * Reads the reply to IDENTIFY.
     *
     * @throws JsonException when it is nothing of the kind: an error of nsqlookupd's (L-22)
     */
    static PeerInfo peerInfo(byte[] reply) throws JsonException {
        JsonObject info = JsonObject.read(reply, "broadcast_address", "tcp_port", "http_port", "version");
        return new PeerInfo(
                info.text("broadcast_address"), port(info, "tcp_port"), port(info, "http_port"), info.text("version"));
    }

    private static int port(JsonObject info, String name) throws JsonException {
        return (int) info.integer(name, Integer.MIN_VALUE, Integer.MAX_VALUE);
    }

    /**
     * Reads {@code {"channels":[...]}} (L-42).
     *
     * @throws JsonException when it is something else
     */
    static List<String> channels(byte[] body) throws JsonException {
        return JsonObject.read(body, "channels").texts("channels");
    }
}
