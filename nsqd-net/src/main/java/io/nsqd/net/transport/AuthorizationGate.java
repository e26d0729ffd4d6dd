package io.nsqd.net.transport;

import io.netty.channel.EventLoop;
import io.netty.util.concurrent.ScheduledFuture;
import io.nsqd.spi.Authentication;
import io.nsqd.spi.Authorization;
import io.nsqd.spi.Authorization.Permission;
import io.nsqd.spi.Credentials;
import io.nsqd.stats.ClientStats;
import java.util.Optional;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * What a client may do, as far as it has said who it is (P-70 to P-77). What it may is asked for again when it has expired; while the
 * authenticator is asked, the connection waits. Confined to the connection's loop but for {@link #stats}.
 *
 * @param <E> how a command fails
 */
public final class AuthorizationGate<E extends Exception> {
    /**
     * An authenticator that forgets a question must not hold a connection for ever; this is longer than several servers
     * take to time out.
     */
    private static final long AUTHENTICATOR_MINUTES = 5;

    private final Authentication authentication;
    private final EventLoop eventLoop;
    private final Suspension<E> suspension;

    /** What it said; kept, as it is asked about again (P-77). */
    private Credentials credentials;

    private CompletableFuture<Authorization> question = new CompletableFuture<>();
    /** Whether the first question waits for its answer. */
    private boolean asking;

    private volatile Authorization held;

    /** The topic that it was last allowed to publish to: patterns are not searched for each message. */
    private String publishTopic = "";

    /** Why a client may not. */
    public enum Refusal {
        /** It has to say who it is first. */
        UNKNOWN,
        /** It may not do this. */
        DENIED,
        /** It may do nothing at all. */
        NOTHING,
        /** The authenticator did not say. */
        FAILED,
        /** It has said who it is before. */
        TWICE,
        /** Nobody has to say who he is. */
        DISABLED
    }

    /**
     * What becomes of a command that may not be carried out.
     *
     * @param <E> how it fails
     */
    @FunctionalInterface
    public interface Refused<E extends Exception> {
        /**
         * It may not.
         *
         * @param cause of {@link Refusal#FAILED}, for the log alone, as it may tell of the authenticator; else {@code null}
         */
        void refused(Refusal why, Throwable cause) throws E;
    }

    /** @param suspension what the connection does while the authenticator is asked */
    public AuthorizationGate(Authentication authentication, EventLoop eventLoop, Suspension<E> suspension) {
        this.authentication = authentication;
        this.eventLoop = eventLoop;
        this.suspension = suspension;
    }

    /**
     * Asks about the client for the first time.
     *
     * @param said who it says it is
     * @param granted what follows when it may anything
     * @throws E what {@code refused} throws
     */
    public void ask(Credentials said, Step<E> granted, Refused<E> refused) throws E {
        if (held != null) {
            refused.refused(Refusal.TWICE, null);
            return;
        }
        if (!authentication.isRequired()) {
            refused.refused(Refusal.DISABLED, null);
            return;
        }
        credentials = said;
        asking = true;
        renew(
                () -> {
                    if (held.entries().isEmpty()) {
                        refused.refused(Refusal.NOTHING, null);
                    } else {
                        granted.run();
                    }
                },
                refused);
    }

    /** Whether nobody has to say who he is: everybody may do everything. */
    public boolean isOpen() {
        return !authentication.isRequired();
    }

    /** Whether it must have said who it is, and has not: an authenticator came after it had subscribed. */
    public boolean isMissing() {
        return held == null && authentication.isRequired();
    }

    /**
     * Goes on if the client may (P-72); at once, unless what is known of it has expired (P-77).
     *
     * @param channel empty for {@link Permission#PUBLISH}
     * @throws E what {@code next} or {@code refused} throws
     */
    public void whenAllowed(Permission permission, String topic, String channel, Step<E> next, Refused<E> refused)
            throws E {
        if (!authentication.isRequired()) {
            next.run();
            return;
        }
        if (held == null) {
            refused.refused(Refusal.UNKNOWN, null);
            return;
        }
        if (held.isExpired(System.nanoTime())) {
            renew(() -> pass(permission, topic, channel, next, refused), refused);
        } else {
            pass(permission, topic, channel, next, refused);
        }
    }

    private void pass(Permission permission, String topic, String channel, Step<E> next, Refused<E> refused) throws E {
        if (allows(permission, topic, channel)) {
            next.run();
        } else {
            refused.refused(Refusal.DENIED, null);
        }
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

    /** Asks, and goes on with what the authenticator says as soon as it does. */
    private void renew(Step<E> next, Refused<E> refused) throws E {
        CompletableFuture<Authorization> answer = authentication.authenticate(credentials);
        question = answer;
        ScheduledFuture<?> tooLate = eventLoop.schedule(
                () -> answer.completeExceptionally(new TimeoutException("the authenticator does not answer")),
                AUTHENTICATOR_MINUTES,
                TimeUnit.MINUTES);
        CompletableFuture<?> answered = answer.handle((given, failure) -> tooLate.cancel(false));
        suspension.until(answered, () -> {
            asking = false;
            Throwable failure = take(answer);
            if (failure == null) {
                next.run();
            } else {
                refused.refused(Refusal.FAILED, failure);
            }
        });
    }

    /** Takes what the authenticator has said; returns why it has not. */
    private Throwable take(CompletableFuture<Authorization> answer) {
        try {
            Authorization authorization = answer.join();
            if (authorization == null) {
                return new IllegalStateException("the authenticator said nothing");
            }
            publishTopic = "";
            held = authorization;
            return null;
        } catch (CompletionException | CancellationException e) {
            return e.getCause() == null ? e : e.getCause();
        }
    }

    /**
     * The client is gone: nobody waits for an answer.
     *
     * @return whether the first question was waiting for its answer
     */
    public boolean close() {
        question.cancel(false);
        return asking;
    }

    /** What the client may do; nothing while it has not said who it is. */
    public Optional<Authorization> held() {
        return Optional.ofNullable(held);
    }

    /** What it said of itself. */
    public Optional<Credentials> credentials() {
        return Optional.ofNullable(credentials);
    }

    /** Goes on with what the transport before knew. */
    public void restore(Optional<Authorization> authorization, Optional<Credentials> said) {
        held = authorization.orElse(null);
        credentials = said.orElse(null);
    }

    /** What is told of it in the figures. Any thread. */
    public Optional<ClientStats.Auth> stats() {
        Authorization authorization = held;
        return authorization == null || authorization.entries().isEmpty()
                ? Optional.empty()
                : Optional.of(new ClientStats.Auth(authorization.identity(), authorization.identityUrl()));
    }
}
