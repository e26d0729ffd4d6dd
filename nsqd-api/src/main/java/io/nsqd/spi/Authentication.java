package io.nsqd.spi;

import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;
import org.osgi.framework.BundleContext;

/**
 * A transport's side of authentication: whether clients must authenticate, and who is asked about them. Any thread; asking is
 * cheap, as each publish may.
 */
public final class Authentication implements AutoCloseable {
    private final Supplier<Optional<Authenticator>> authenticator;
    private final Runnable close;

    /** Once on it stays on: an authenticator that leaves, as in an update, must not open the door. */
    private volatile boolean required;

    private Authentication(boolean configured, Supplier<Optional<Authenticator>> authenticator, Runnable close) {
        required = configured;
        this.authenticator = authenticator;
        this.close = close;
    }

    /**
     * With an authenticator that the caller knows.
     *
     * @param configured whether clients must authenticate even before there is an authenticator
     * @param authenticator the one to be asked now
     */
    public static Authentication of(boolean configured, Supplier<Optional<Authenticator>> authenticator) {
        return new Authentication(configured, authenticator, () -> {});
    }

    /**
     * With the best-ranked authenticator of a framework, until it is closed.
     *
     * @param configured whether clients must authenticate even before there is an authenticator
     */
    public static Authentication track(BundleContext context, boolean configured) {
        AuthenticatorTracker tracker = new AuthenticatorTracker(context);
        tracker.open();
        return new Authentication(configured, tracker::best, tracker::close);
    }

    /** Whether clients must authenticate now. */
    public boolean isRequired() {
        if (!required && authenticator.get().isPresent()) {
            required = true;
        }
        return required;
    }

    /** Asks; whatever goes wrong is a failure of the completion. */
    public CompletableFuture<Authorization> authenticate(Credentials credentials) {
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

    @Override
    public void close() {
        close.run();
    }
}
