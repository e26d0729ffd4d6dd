package io.nsqd.tcp;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/**
 * A message as the daemon sends it (P-3).
 *
 * @param timestampNanos when it was published
 * @param attempts how often it was sent, this time included
 * @param id 16 digits
 * @param body its bytes, each a character
 */
public record Delivery(long timestampNanos, int attempts, String id, String body) {
    private static final int ID_AT = Long.BYTES + Short.BYTES;
    private static final int BODY_AT = ID_AT + 16;

    static Delivery of(String data) {
        ByteBuffer bytes = ByteBuffer.wrap(data.getBytes(StandardCharsets.ISO_8859_1));
        return new Delivery(
                bytes.getLong(), bytes.getShort() & 0xffff, data.substring(ID_AT, BODY_AT), data.substring(BODY_AT));
    }
}
