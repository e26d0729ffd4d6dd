package io.nsqd.tcp;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.exc.InputCoercionException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * What a client says of itself and asks for (P-30 to P-32). Absent keys have the zero of their type, as the Go daemon reads
 * them.
 */
final class Identify {
    private static final JsonFactory JSON = new JsonFactory();

    private static final List<String> STRINGS = List.of("client_id", "hostname", "user_agent");
    private static final List<String> FLAGS = List.of("feature_negotiation", "tls_v1", "deflate", "snappy");
    private static final List<String> NUMBERS = List.of(
            "heartbeat_interval",
            "output_buffer_timeout",
            "output_buffer_size",
            "sample_rate",
            "msg_timeout",
            "deflate_level");

    private final Map<String, Object> values = new HashMap<>();

    private Identify() {}

    /**
     * Reads a body.
     *
     * @throws IOException when it is not what P-31 allows
     */
    static Identify parse(byte[] body) throws IOException {
        Identify identify = new Identify();
        // By way of a string: what is no UTF-8 becomes U+FFFD instead of an error.
        try (JsonParser json = JSON.createParser(new String(body, StandardCharsets.UTF_8))) {
            JsonToken token = json.nextToken();
            if (token == JsonToken.START_OBJECT) {
                while (json.nextToken() == JsonToken.FIELD_NAME) {
                    identify.read(json);
                }
            } else if (token != JsonToken.VALUE_NULL) {
                throw new IOException("neither an object nor null");
            }
            if (json.nextToken() != null) {
                throw new IOException("something follows the object");
            }
        }
        return identify;
    }

    private void read(JsonParser json) throws IOException {
        String name = json.currentName();
        JsonToken token = json.nextToken();
        String key = match(name);
        if (key == null) {
            json.skipChildren();
        } else if (token != JsonToken.VALUE_NULL) {
            values.put(key, value(key, token, json));
        }
    }

    private static String match(String name) {
        for (List<String> keys : List.of(STRINGS, FLAGS, NUMBERS)) {
            for (String key : keys) {
                if (key.equalsIgnoreCase(name)) {
                    return key;
                }
            }
        }
        return null;
    }

    private static Object value(String key, JsonToken token, JsonParser json) throws IOException {
        if (STRINGS.contains(key) && token == JsonToken.VALUE_STRING) {
            return json.getText();
        }
        if (FLAGS.contains(key) && token.isBoolean()) {
            return json.getBooleanValue();
        }
        if (NUMBERS.contains(key) && token == JsonToken.VALUE_NUMBER_INT) {
            try {
                return key.equals("sample_rate") ? (long) json.getIntValue() : json.getLongValue();
            } catch (InputCoercionException e) {
                throw new IOException("number out of range for " + key, e);
            }
        }
        throw new IOException("unexpected type of " + key);
    }

    String text(String key) {
        return (String) values.getOrDefault(key, "");
    }

    boolean flag(String key) {
        return (Boolean) values.getOrDefault(key, false);
    }

    long number(String key) {
        return (Long) values.getOrDefault(key, 0L);
    }
}
