package io.nsqd.websocket;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import io.nsqd.api.Message;
import io.nsqd.api.MessageId;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.List;

/**
 * Messages as server-sent events: the message's id is the event's, and its data is one line of JSON with {@code body}, or where that is
 * no UTF-8, {@code base64}, and {@code attempts} and {@code timestamp} as a string, as its nanoseconds are more than a script's numbers hold.
 */
final class Events {
    private static final JsonFactory JSON = new JsonFactory();

    private static final byte[] ID = ascii("id: ");
    private static final byte[] DATA = ascii("\ndata: ");
    private static final byte[] END = ascii("\n\n");

    private Events() {}

    private static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }

    static ByteBuffer of(List<Message> messages) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try {
            for (Message message : messages) {
                out.write(ID);
                out.write(ascii(MessageId.toString(message.id())));
                out.write(DATA);
                data(message, out);
                out.write(END);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return ByteBuffer.wrap(out.toByteArray());
    }

    private static void data(Message message, ByteArrayOutputStream out) throws IOException {
        try (JsonGenerator json = JSON.createGenerator(out)) {
            json.disable(JsonGenerator.Feature.AUTO_CLOSE_TARGET);
            json.writeStartObject();
            json.writeNumberField("attempts", message.attempts());
            json.writeStringField("timestamp", Long.toString(message.timestampNanos()));
            ByteBuffer body = ByteBuffer.wrap(message.block(), message.offset(), message.length());
            try {
                json.writeStringField(
                        "body", StandardCharsets.UTF_8.newDecoder().decode(body).toString());
            } catch (CharacterCodingException e) {
                json.writeFieldName("base64");
                json.writeBinary(message.block(), message.offset(), message.length());
            }
            json.writeEndObject();
        }
    }
}
