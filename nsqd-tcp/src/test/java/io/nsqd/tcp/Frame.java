package io.nsqd.tcp;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.charset.StandardCharsets;

/**
 * What the daemon sends (P-2).
 *
 * @param type what it is
 * @param data its bytes, each a character
 */
public record Frame(int type, String data) {
    static final int RESPONSE = 0;
    public static final int ERROR = 1;
    public static final int MESSAGE = 2;

    public static final Frame OK = response("OK");
    public static final Frame HEARTBEAT = response("_heartbeat_");

    static Frame response(String text) {
        return new Frame(RESPONSE, text);
    }

    /** An error of this text, which is sent as UTF-8. */
    static Frame error(String text) {
        return new Frame(ERROR, bytes(text));
    }

    /** The bytes of a text in UTF-8, each a character. */
    static String bytes(String text) {
        return new String(text.getBytes(StandardCharsets.UTF_8), StandardCharsets.ISO_8859_1);
    }

    /** Reads it as a message. */
    public Delivery delivery() {
        assertEquals(MESSAGE, type, data);
        return Delivery.of(data);
    }
}
