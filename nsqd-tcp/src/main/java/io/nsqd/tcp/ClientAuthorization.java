package io.nsqd.tcp;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.SerializableString;
import com.fasterxml.jackson.core.io.CharacterEscapes;
import com.fasterxml.jackson.core.io.SerializedString;
import com.fasterxml.jackson.core.json.JsonWriteFeature;
import com.fasterxml.jackson.core.util.JsonRecyclerPools;
import io.netty.channel.EventLoop;
import io.nsqd.api.Errors;
import io.nsqd.log.Logger;
import io.nsqd.log.LoggerFactory;
import io.nsqd.net.transport.AuthorizationGate;
import io.nsqd.net.transport.Step;
import io.nsqd.net.transport.Suspension;
import io.nsqd.spi.Authentication;
import io.nsqd.spi.Authorization;
import io.nsqd.spi.Authorization.Permission;
import io.nsqd.spi.Credentials;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Locale;

/** What a client may do, in the words of the protocol (P-70 to P-77). Confined to the connection's loop. */
final class ClientAuthorization {
    private static final JsonFactory JSON = JsonFactory.builder()
            .recyclerPool(JsonRecyclerPools.nonRecyclingPool())
            .enable(JsonWriteFeature.COMBINE_UNICODE_SURROGATES_IN_UTF8)
            .build();

    private static final Logger LOG = LoggerFactory.getLogger(ClientAuthorization.class);

    private final AuthorizationGate<ProtocolException> gate;
    private final String remoteAddress;

    /** @param suspension what the connection does while the authenticator is asked */
    ClientAuthorization(
            Authentication authentication,
            EventLoop eventLoop,
            Suspension<ProtocolException> suspension,
            String remoteAddress) {
        gate = new AuthorizationGate<>(authentication, eventLoop, suspension);
        this.remoteAddress = remoteAddress;
    }

    AuthorizationGate<ProtocolException> gate() {
        return gate;
    }

    /**
     * Asks about the client for the first time.
     *
     * @param answered what follows when it may anything
     */
    void ask(Credentials said, Step<ProtocolException> answered) throws ProtocolException {
        gate.ask(said, answered, (why, cause) -> {
            throw refusal(why, cause, "AUTH", "");
        });
    }

    /** P-72: goes on if the client may; at once, unless what is known of it has expired (P-77). */
    void whenAllowed(Command command, Permission permission, String topic, String channel, Step<ProtocolException> next)
            throws ProtocolException {
        if (gate.isOpen()) {
            next.run();
            return;
        }
        gate.whenAllowed(permission, topic, channel, next, (why, cause) -> {
            throw refusal(
                    why,
                    cause,
                    command.toString(),
                    "AUTH failed for " + command + " on \"" + topic + "\" \"" + channel + "\"");
        });
    }

    private ProtocolException refusal(AuthorizationGate.Refusal why, Throwable cause, String command, String denied) {
        return switch (why) {
            case TWICE -> ProtocolException.invalid("AUTH already set");
            case DISABLED -> new ProtocolException("E_AUTH_DISABLED", "AUTH disabled");
            case NOTHING -> new ProtocolException("E_UNAUTHORIZED", "AUTH no authorizations found");
            case UNKNOWN -> new ProtocolException("E_AUTH_FIRST", "AUTH required before " + command);
            case DENIED -> new ProtocolException("E_UNAUTHORIZED", denied);
            case FAILED -> {
                // Not for the peer: the cause may tell of the auth server.
                LOG.warn("PROTOCOL(V2): [{}] AUTH failed {}", remoteAddress, Errors.describe(cause));
                yield new ProtocolException("E_AUTH_FAILED", "AUTH failed");
            }
        };
    }

    /** The client is gone: nobody waits for an answer. */
    void close() {
        if (gate.close()) {
            // P-70: an answer that cannot be given is told of here alone.
            LOG.error("[{}] - E_AUTH_ERROR AUTH error connection closed by the client", remoteAddress);
        }
    }

    /** The answer to AUTH (P-71). */
    byte[] answer() {
        Authorization authorization = gate.held().orElseThrow();
        ByteArrayOutputStream bytes = new ByteArrayOutputStream(128);
        try (JsonGenerator json = JSON.createGenerator(bytes)) {
            json.setCharacterEscapes(new PageSafe());
            json.writeStartObject();
            json.writeStringField("identity", wellFormed(authorization.identity()));
            json.writeStringField("identity_url", wellFormed(authorization.identityUrl()));
            json.writeNumberField("permission_count", authorization.entries().size());
            json.writeEndObject();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return bytes.toByteArray();
    }

    /** Half a character, which has no UTF-8, becomes the replacement character. */
    private static String wellFormed(String text) {
        int[] points = text.codePoints()
                .map(c -> c >= Character.MIN_SURROGATE && c <= Character.MAX_SURROGATE ? 0xfffd : c)
                .toArray();
        return new String(points, 0, points.length);
    }

    /** Go escapes what could hurt in a page. */
    private static final class PageSafe extends CharacterEscapes {
        private static final long serialVersionUID = 1L;

        @Override
        public int[] getEscapeCodesForAscii() {
            int[] codes = CharacterEscapes.standardAsciiEscapesForJSON();
            for (char unsafe : new char[] {'<', '>', '&'}) {
                codes[unsafe] = ESCAPE_CUSTOM;
            }
            return codes;
        }

        @Override
        public SerializableString getEscapeSequence(int c) {
            boolean escaped = c == '<' || c == '>' || c == '&' || c == 0x2028 || c == 0x2029;
            return escaped ? new SerializedString(String.format(Locale.ROOT, "\\u%04x", c)) : null;
        }
    }
}
