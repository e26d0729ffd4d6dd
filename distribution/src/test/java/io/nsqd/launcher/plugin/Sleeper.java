package io.nsqd.launcher.plugin;

import io.nsqd.spi.Authenticator;
import io.nsqd.spi.Authorization;
import io.nsqd.spi.Credentials;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.locks.LockSupport;
import org.osgi.framework.BundleActivator;
import org.osgi.framework.BundleContext;

/** A plug-in for tests: an authenticator that never comes back from a question. */
public final class Sleeper implements BundleActivator, Authenticator {
    private volatile boolean asleep = true;

    @Override
    public void start(BundleContext context) {
        context.registerService(Authenticator.class, this, null);
    }

    @Override
    public void stop(BundleContext context) {
        asleep = false;
    }

    @Override
    public CompletableFuture<Authorization> authenticate(Credentials credentials) {
        while (asleep) {
            LockSupport.parkNanos(1_000_000_000);
        }
        return CompletableFuture.failedFuture(new IllegalStateException("overslept"));
    }
}
