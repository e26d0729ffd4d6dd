package io.nsqd.tcp;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.SerializableString;
import com.fasterxml.jackson.core.io.CharacterEscapes;
import com.fasterxml.jackson.core.io.SerializedString;
import com.fasterxml.jackson.core.json.JsonWriteFeature;
import com.fasterxml.jackson.core.util.JsonRecyclerPools;
import io.netty.channel.EventLoop;
import io.netty.util.concurrent.ScheduledFuture;
import io.nsqd.api.Errors;
import io.nsqd.log.Logger;
import io.nsqd.log.LoggerFactory;
import io.nsqd.spi.Authentication;
import io.nsqd.spi.Authorization;
import io.nsqd.spi.Authorization.Permission;
import io.nsqd.spi.Credentials;
import io.nsqd.stats.ClientStats;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * What a client may do, as far as it has said who it is (P-70 to P-77). Confined to the connection's loop but for
 * {@link #stats}.
 */
final class ClientAuthorization {
    private static final JsonFactory JSON = JsonFactory.builder()
            .recyclerPool(JsonRecyclerPools.nonRecyclingPool())
            .enable(JsonWriteFeature.COMBINE_UNICODE_SURROGATES_IN_UTF8)
            .build();

    private static final Logger LOG = LoggerFactory.getLogger(ClientAuthorization.class);

    /**
     * An authenticator that forgets a question must not hold a connection for ever; this is longer than several servers
     * take to time out.
     */
    private static final long AUTHENTICATOR_MINUTES = 5;

    private final Authentication authentication;
    private final EventLoop eventLoop;
    private final Suspension suspension;
    private final String remoteAddress;

    /** What it said; kept, as it is asked about again (P-77). */
    private Credentials credentials;

    private CompletableFuture<Authorization> question = new CompletableFuture<>();
    /** Whether AUTH waits for its answer. */
    private boolean asking;

    private volatile Authorization held;

    /** The topic that it was last allowed to publish to: patterns are not searched for each message. */
    private String publishTopic = "";

    /** @param suspension what the connection does while the authenticator is asked */
    ClientAuthorization(
            Authentication authentication, EventLoop eventLoop, Suspension suspension, String remoteAddress) {
        this.authentication = authentication;
        this.eventLoop = eventLoop;
        this.suspension = suspension;
        this.remoteAddress = remoteAddress;
    }

    /**
     * Asks about the client for the first time.
     *
     * @param answered what follows when it may anything
     */
    void ask(Credentials said, Step answered) throws ProtocolException {
        if (held != null) {
            throw ProtocolException.invalid("AUTH already set");
        }
        if (!authentication.isRequired()) {
            throw new ProtocolException("E_AUTH_DISABLED", "AUTH disabled");
        }
        credentials = said;
        asking = true;
        renew(() -> {
            if (held.entries().isEmpty()) {
                throw new ProtocolException("E_UNAUTHORIZED", "AUTH no authorizations found");
            }
            answered.run();
        });
    }

    /** What the client may do; nothing while it has not said who it is. */
    Optional<Authorization> held() {
        return Optional.ofNullable(held);
    }

    /** What it said of itself. */
    Optional<Credentials> credentials() {
        return Optional.ofNullable(credentials);
    }

    /** Goes on with what the transport before knew. */
    void restore(Optional<Authorization> authorization, Optional<Credentials> said) {
        held = authorization.orElse(null);
        credentials = said.orElse(null);
    }

    /** Whether it must have said who it is, and has not: an authenticator came after it had subscribed. */
    boolean isMissing() {
        return held == null && authentication.isRequired();
    }

    /** P-72: goes on if the client may; at once, unless what is known of it has expired (P-77). */
    void whenAllowed(Command command, Permission permission, String topic, String channel, Step next)
            throws ProtocolException {
        if (!authentication.isRequired()) {
            next.run();
            return;
        }
        if (held == null) {
            throw new ProtocolException("E_AUTH_FIRST", "AUTH required before " + command);
        }
        Step checked = () -> {
            if (!allows(permission, topic, channel)) {
                throw new ProtocolException(
                        "E_UNAUTHORIZED", "AUTH failed for " + command + " on \"" + topic + "\" \"" + channel + "\"");
            }
            next.run();
        };
        if (held.isExpired(System.nanoTime())) {
            renew(checked);
        } else {
            checked.run();
        }
    }

    /** Asks, and goes on with what the authenticator says as soon as it does. */
    private void renew(Step next) {
        CompletableFuture<Authorization> answer = authentication.authenticate(credentials);
        question = answer;
        ScheduledFuture<?> tooLate = eventLoop.schedule(
                () -> answer.completeExceptionally(new TimeoutException("the authenticator does not answer")),
                AUTHENTICATOR_MINUTES,
                TimeUnit.MINUTES);
        CompletableFuture<?> answered = answer.handle((given, failure) -> tooLate.cancel(false));
        suspension.until(answered, () -> {
            asking = false;
            take(answer);
            next.run();
        });
    }

    private void take(CompletableFuture<Authorization> answer) throws ProtocolException {
        try {
            Authorization authorization = answer.join();
            if (authorization == null) {
                throw new CompletionException(new IllegalStateException("the authenticator said nothing"));
            }
            publishTopic = "";
            held = authorization;
        } catch (CompletionException | CancellationException e) {
            // Not for the peer: the cause may tell of the auth server.
            Throwable cause = e.getCause() == null ? e : e.getCause();
            LOG.warn("PROTOCOL(V2): [{}] AUTH failed {}", remoteAddress, readable(cause));
            throw new ProtocolException("E_AUTH_FAILED", "AUTH failed");
        }
    }

    private static String readable(Throwable cause) {
        return Errors.describe(cause);
    }

    /** The client is gone: nobody waits for an answer. */
    void close() {
        if (asking) {
            // P-70: an answer that cannot be given is told of here alone.
            LOG.error("[{}] - E_AUTH_ERROR AUTH error connection closed by the client", remoteAddress);
        }
        question.cancel(false);
    }

    private boolean allows(Permission permission, String topic, String channel) {
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
