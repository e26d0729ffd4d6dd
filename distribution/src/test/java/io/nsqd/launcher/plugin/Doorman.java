package io.nsqd.launcher.plugin;

import io.nsqd.spi.Authenticator;
import io.nsqd.spi.Authorization;
import io.nsqd.spi.Authorization.Entry;
import io.nsqd.spi.Authorization.Permission;
import io.nsqd.spi.Credentials;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.regex.Pattern;
import org.osgi.framework.BundleActivator;
import org.osgi.framework.BundleContext;

/** A plug-in for tests: lets in who knows the word, to publish to one topic; breaks down at another word. */
public final class Doorman implements BundleActivator, Authenticator {
    @Override
    public void start(BundleContext context) {
        context.registerService(Authenticator.class, this, null);
    }

    @Override
    public void stop(BundleContext context) {
        // The framework takes the service away.
    }

    @Override
    public CompletableFuture<Authorization> authenticate(Credentials credentials) {
        return switch (credentials.secretText()) {
            case "sesame" ->
                CompletableFuture.completedFuture(new Authorization(
                        "ali",
                        "",
                        List.of(new Entry(
                                Pattern.compile("^cave$"), List.of(Pattern.compile("")), Set.of(Permission.PUBLISH))),
                        Duration.ofMinutes(1)));
            case "thunder" -> throw new IllegalStateException("struck");
            default -> CompletableFuture.completedFuture(null);
        };
    }
}
