package io.nsqd.tcp;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.SerializableString;
import com.fasterxml.jackson.core.io.CharacterEscapes;
import com.fasterxml.jackson.core.io.SerializedString;
import com.fasterxml.jackson.core.json.JsonWriteFeature;
import com.fasterxml.jackson.core.util.JsonRecyclerPools;
import io.nsqd.spi.Authorization;
import io.nsqd.spi.Authorization.Permission;
import io.nsqd.spi.Credentials;
import io.nsqd.stats.ClientStats;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;

/**
 * What a client may do, as far as it has said who it is (P-70 to P-77). Confined to the connection's loop but for
 * {@link #stats}.
 */
final class ClientAuthorization {
    private static final JsonFactory JSON = JsonFactory.builder()
            .recyclerPool(JsonRecyclerPools.nonRecyclingPool())
            .enable(JsonWriteFeature.COMBINE_UNICODE_SURROGATES_IN_UTF8)
            .build();

    private final Authentication authentication;

    /** What it said; kept, as it is asked about again (P-77). */
    private Credentials credentials;

    private CompletableFuture<Authorization> question = new CompletableFuture<>();

    private volatile Authorization held;

    /** The topic that it was last allowed to publish to: patterns are not searched for each message. */
    private String publishTopic = "";

    ClientAuthorization(Authentication authentication) {
        this.authentication = authentication;
    }

    boolean isRequired() {
        return authentication.isRequired();
    }

    boolean isHeld() {
        return held != null;
    }

    boolean isEmpty() {
        return held.entries().isEmpty();
    }

    boolean isExpired() {
        return held.isExpired(System.nanoTime());
    }

    /** Asks about the client for the first time. */
    CompletableFuture<Authorization> ask(Credentials said) {
        credentials = said;
        return renew();
    }

    /** Asks about the client again. */
    CompletableFuture<Authorization> renew() {
        question = authentication.authenticate(credentials);
        return question;
    }

    /** The client is gone: nobody waits for an answer. */
    void close() {
        question.cancel(false);
    }

    /**
     * Takes a completed answer over.
     *
     * @throws CompletionException whose cause says why there is none
     */
    void take(CompletableFuture<Authorization> answer) {
        Authorization authorization = answer.join();
        if (authorization == null) {
            throw new CompletionException(new IllegalStateException("the authenticator said nothing"));
        }
        publishTopic = "";
        held = authorization;
    }

    boolean allows(Permission permission, String topic, String channel) {
        if (permission != Permission.PUBLISH) {
            return held.allows(permission, topic, channel);
        }
        if (!topic.equals(publishTopic)) {
            if (!held.allows(permission, topic, channel)) {
                return false;
            }
            publishTopic = topic;
        }
        return true;
    }

    /** The answer to AUTH (P-71). */
    byte[] answer() {
        Authorization authorization = held;
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

    /** What is told of it in the figures. Any thread. */
    Optional<ClientStats.Auth> stats() {
        Authorization authorization = held;
        return authorization == null || authorization.entries().isEmpty()
                ? Optional.empty()
                : Optional.of(new ClientStats.Auth(authorization.identity(), authorization.identityUrl()));
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
