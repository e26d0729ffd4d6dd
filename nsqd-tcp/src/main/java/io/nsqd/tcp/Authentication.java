package io.nsqd.tcp;

import io.nsqd.spi.Authenticator;
import io.nsqd.spi.Authorization;
import io.nsqd.spi.Credentials;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;

/** Whether clients must authenticate, and who is asked about them. Any thread. */
final class Authentication {
    private final Supplier<Optional<Authenticator>> authenticator;

    /** Once on it stays on: an authenticator that leaves, as in an update, must not open the door. */
    private volatile boolean required;

    /**
     * @param configured whether clients must authenticate even before there is an authenticator
     * @param authenticator the one to be asked now
     */
    Authentication(boolean configured, Supplier<Optional<Authenticator>> authenticator) {
        required = configured;
        this.authenticator = authenticator;
    }

    boolean isRequired() {
        if (!required && authenticator.get().isPresent()) {
            required = true;
        }
        return required;
    }

    /** Asks; whatever goes wrong is a failure of the completion. */
    CompletableFuture<Authorization> authenticate(Credentials credentials) {
        Optional<Authenticator> asked = authenticator.get();
        if (asked.isEmpty()) {
            return CompletableFuture.failedFuture(new IllegalStateException("there is no authenticator"));
        }
        try {
            // A copy: that we give up is none of the authenticator's business.
            return asked.get().authenticate(credentials).copy();
        } catch (RuntimeException | LinkageError e) {
            return CompletableFuture.failedFuture(e);
        }
    }
}
