package io.nsqd.tcp;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import io.nsqd.api.Nsqd;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;

/**
 * What was negotiated with a client: the defaults, then what each IDENTIFY changes.
 *
 * @param clientId as identified
 * @param hostname as identified
 * @param userAgent as identified
 * @param heartbeatMillis between heartbeats; 0 or less is off
 * @param outputBufferBytes how much is buffered; 1 is unbuffered
 * @param outputBufferTimeoutMillis the longest that a message is buffered; 0 is off
 * @param sampleRate 0, or the share of messages in per cent
 * @param messageTimeoutMillis how long a message may stay unanswered
 */
record ClientSettings(
        String clientId,
        String hostname,
        String userAgent,
        long heartbeatMillis,
        long outputBufferBytes,
        long outputBufferTimeoutMillis,
        int sampleRate,
        long messageTimeoutMillis) {

    private static final JsonFactory JSON = new JsonFactory();
    private static final long MIN_HEARTBEAT_MILLIS = 1000;
    private static final long MIN_OUTPUT_BUFFER_BYTES = 64;
    private static final long MIN_MESSAGE_TIMEOUT_MILLIS = 1000;
    private static final int DEFAULT_DEFLATE_LEVEL = 6;

    /** Before IDENTIFY. */
    static ClientSettings initial(String host, Limits limits) {
        return new ClientSettings(
                host,
                host,
                "",
                Limits.DEFAULT_HEARTBEAT_MILLIS,
                Limits.DEFAULT_OUTPUT_BUFFER_BYTES,
                limits.outputBufferTimeoutMillis(),
                0,
                limits.messageTimeoutMillis());
    }

    /**
     * The settings after an IDENTIFY: 0 keeps what was set before, save for the sample rate (P-34).
     *
     * @throws ProtocolException for the first value that is out of range (P-32)
     */
    ClientSettings with(Identify identify, Limits limits) throws ProtocolException {
        long heartbeat = identify.number("heartbeat_interval");
        check(
                heartbeat == -1
                        || heartbeat == 0
                        || (heartbeat >= MIN_HEARTBEAT_MILLIS && heartbeat <= limits.maxHeartbeatMillis()),
                "heartbeat interval (" + heartbeat + ") is invalid");
        long timeout = identify.number("output_buffer_timeout");
        check(
                timeout == -1
                        || timeout == 0
                        || (timeout >= limits.minOutputBufferTimeoutMillis()
                                && timeout <= limits.maxOutputBufferTimeoutMillis()),
                "output buffer timeout (" + timeout + ") is invalid");
        long size = identify.number("output_buffer_size");
        check(
                size == -1 || size == 0 || (size >= MIN_OUTPUT_BUFFER_BYTES && size <= limits.maxOutputBufferBytes()),
                "output buffer size (" + size + ") is invalid");
        long sample = identify.number("sample_rate");
        check(sample >= 0 && sample <= 99, "sample rate (" + sample + ") is invalid");
        long message = identify.number("msg_timeout");
        check(
                message == 0 || (message >= MIN_MESSAGE_TIMEOUT_MILLIS && message <= limits.maxMessageTimeoutMillis()),
                "msg timeout (" + message + ") is invalid");
        boolean unbuffered = size == -1;
        return new ClientSettings(
                identify.text("client_id"),
                identify.text("hostname"),
                identify.text("user_agent"),
                heartbeat == 0 ? heartbeatMillis : heartbeat,
                unbuffered ? 1 : size == 0 ? outputBufferBytes : size,
                unbuffered || timeout == -1 ? 0 : timeout == 0 ? outputBufferTimeoutMillis : timeout,
                (int) sample,
                message == 0 ? messageTimeoutMillis : message);
    }

    private static void check(boolean valid, String text) throws ProtocolException {
        if (!valid) {
            throw new ProtocolException("E_BAD_BODY", "IDENTIFY " + text);
        }
    }

    /** The level that is granted where deflate is, and reported in any case (P-35). */
    static int deflateLevel(Identify identify, Limits limits) {
        long asked = identify.flag("deflate") ? identify.number("deflate_level") : 0;
        return (int) Math.min(asked > 0 ? asked : DEFAULT_DEFLATE_LEVEL, limits.maxDeflateLevel());
    }

    /** The answer to an IDENTIFY with feature negotiation (P-35). */
    byte[] answer(Identify identify, Limits limits, Upgrades upgrades) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream(256);
        try (JsonGenerator json = JSON.createGenerator(bytes)) {
            json.writeStartObject();
            json.writeNumberField("max_rdy_count", limits.maxReadyCount());
            json.writeStringField("version", Nsqd.VERSION);
            json.writeNumberField("max_msg_timeout", limits.maxMessageTimeoutMillis());
            json.writeNumberField("msg_timeout", messageTimeoutMillis);
            json.writeBooleanField("tls_v1", upgrades.tls());
            json.writeBooleanField("deflate", upgrades.deflate());
            json.writeNumberField("deflate_level", deflateLevel(identify, limits));
            json.writeNumberField("max_deflate_level", limits.maxDeflateLevel());
            json.writeBooleanField("snappy", upgrades.snappy());
            json.writeNumberField("sample_rate", sampleRate);
            json.writeBooleanField("auth_required", limits.authRequired());
            json.writeNumberField("output_buffer_size", outputBufferBytes);
            json.writeNumberField("output_buffer_timeout", outputBufferTimeoutMillis);
            json.writeEndObject();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return bytes.toByteArray();
    }
}
