package io.nsqd.lookup;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.nsqd.api.Nsqd;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/** The JSON that is exchanged with nsqlookupd. Any thread. */
final class LookupJson {
    private final ObjectMapper mapper = new ObjectMapper().enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS);

    /** The body of IDENTIFY: keys in alphabetical order, no spaces (L-16). */
    byte[] identification(String broadcastAddress, String hostname, Ports ports) {
        ObjectNode body = mapper.createObjectNode()
                .put("broadcast_address", broadcastAddress)
                .put("hostname", hostname)
                .put("http_port", ports.http())
                .put("tcp_port", ports.tcp())
                .put("version", Nsqd.VERSION);
        try {
            return mapper.writeValueAsBytes(body);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException(e);
        }
    }

    /**
     * Reads the reply to IDENTIFY.
     *
     * @throws IOException when it is not a JSON object: an error of nsqlookupd's (L-22)
     */
    PeerInfo peerInfo(byte[] reply) throws IOException {
        JsonNode info = object(reply);
        return new PeerInfo(
                info.path("broadcast_address").asText(""),
                info.path("tcp_port").asInt(),
                info.path("http_port").asInt(),
                info.path("version").asText(""));
    }

    /**
     * Reads {@code {"channels":[...]}} (L-42).
     *
     * @throws IOException when it is something else
     */
    List<String> channels(byte[] body) throws IOException {
        List<String> names = new ArrayList<>();
        for (JsonNode name : object(body).path("channels")) {
            names.add(name.asText(""));
        }
        return names;
    }

    /**
     * Reads the port at which a server wants to be asked instead (L-42).
     *
     * @throws IOException when the answer names none
     */
    int httpsPort(byte[] body) throws IOException {
        int port = object(body).path("https_port").asInt();
        if (port <= 0) {
            throw new IOException("403 without https_port");
        }
        return port;
    }

    private JsonNode object(byte[] text) throws IOException {
        JsonNode node = mapper.readTree(text);
        if (!node.isObject()) {
            throw new IOException("not a JSON object");
        }
        return node;
    }
}
