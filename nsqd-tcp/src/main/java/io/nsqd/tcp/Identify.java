package io.nsqd.tcp;

import io.nsqd.json.JsonException;
import io.nsqd.json.JsonObject;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * What a client says of itself and asks for (P-30 to P-32). Absent keys have the zero of their type, as the Go daemon reads
 * them.
 */
final class Identify {
    private static final List<String> STRINGS = List.of("client_id", "hostname", "user_agent");
    private static final List<String> FLAGS = List.of("feature_negotiation", "tls_v1", "deflate", "snappy");
    private static final List<String> NUMBERS = List.of(
            "heartbeat_interval", "output_buffer_timeout", "output_buffer_size", "msg_timeout", "deflate_level");

    /** The only number that the Go daemon has 32 bits for. */
    private static final String SAMPLE_RATE = "sample_rate";

    private static final String[] FIELDS = Stream.of(STRINGS, FLAGS, NUMBERS, List.of(SAMPLE_RATE))
            .flatMap(List::stream)
            .toArray(String[]::new);

    private final Map<String, Object> values = new HashMap<>();

    private Identify() {}

    /**
     * Reads a body.
     *
     * @throws JsonException when it is not what P-31 allows
     */
    static Identify parse(byte[] body) throws JsonException {
        JsonObject object = JsonObject.read(body, FIELDS);
        Identify identify = new Identify();
        for (String key : STRINGS) {
            identify.values.put(key, object.text(key));
        }
        for (String key : FLAGS) {
            identify.values.put(key, object.flag(key));
        }
        for (String key : NUMBERS) {
            identify.values.put(key, object.integer(key));
        }
        identify.values.put(SAMPLE_RATE, object.integer(SAMPLE_RATE, Integer.MIN_VALUE, Integer.MAX_VALUE));
        return identify;
    }

    String text(String key) {
        return (String) values.get(key);
    }

    boolean flag(String key) {
        return (Boolean) values.get(key);
    }

    long number(String key) {
        return (Long) values.get(key);
    }
}
