package io.nsqd.core;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.nsqd.api.Option;
import io.nsqd.api.Options;
import io.nsqd.core.auth.HttpAuthenticator;
import io.nsqd.spi.Authenticator;
import io.nsqd.spi.Services;
import java.lang.reflect.Proxy;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** That clients must authenticate outlives the authenticator, and the daemon. */
final class KnownAuthenticatorsTest {
    private static final Authenticator PLUGIN = credentials -> new CompletableFuture<>();

    /** A registry in which nothing happens of itself. */
    private static final Services SILENT = (Services) Proxy.newProxyInstance(
            Services.class.getClassLoader(), new Class<?>[] {Services.class}, (proxy, method, given) ->
                    (Runnable) () -> {});

    @TempDir
    Path dataPath;

    private record Registered(Authenticator service) implements Services.Found<Authenticator> {
        @Override
        public Optional<Object> property(String name) {
            return Optional.empty();
        }

        @Override
        public String owner() {
            return "test";
        }

        @Override
        public int compareTo(Services.Found<?> other) {
            return 0;
        }
    }

    private static Options options(Map<Option, Object> given) {
        return Options.defaults().with(given);
    }

    /** A life of the daemon in which an authenticator comes and goes. */
    private static void live(KnownAuthenticators known) {
        Runnable end = known.watch(SILENT);
        Registered plugin = new Registered(PLUGIN);
        known.arrived(plugin);
        assertTrue(known.any() && known.isPossible());
        known.left(plugin);
        assertFalse(known.isPossible());
        end.run();
    }

    @Test
    void whatWasThereOnceIsRememberedUntilTheOperatorSaysOtherwise() {
        KnownAuthenticators first = new KnownAuthenticators(options(Map.of()), dataPath);
        assertFalse(first.any());
        live(first);
        assertTrue(first.any());
        assertTrue(new KnownAuthenticators(options(Map.of()), dataPath).any());
        KnownAuthenticators forgetful = new KnownAuthenticators(options(Map.of(Option.AUTH_REQUIRED, false)), dataPath);
        assertFalse(forgetful.any());
        live(forgetful);
        assertFalse(forgetful.any(), "only one that is there counts");
        assertFalse(new KnownAuthenticators(options(Map.of()), dataPath).any());
    }

    @Test
    void aDiskThatRefusesOpensNoDoorInThisLife() {
        KnownAuthenticators known = new KnownAuthenticators(options(Map.of()), dataPath.resolve("gone"));
        live(known);
        assertTrue(known.any());
        assertFalse(Files.exists(dataPath.resolve("gone")));
    }

    /** Its option says what it is for, and is asked again at each start. */
    @Test
    void theServersNeedNoMemory() {
        Options options = options(Map.of(Option.AUTH_HTTP_ADDRESS, List.of("127.0.0.1:1")));
        AtomicInteger changes = new AtomicInteger();
        try (HttpAuthenticator servers = new HttpAuthenticator(options)) {
            KnownAuthenticators known = new KnownAuthenticators(options, dataPath);
            known.onChange(changes::incrementAndGet);
            Runnable end = known.watch(SILENT);
            known.arrived(new Registered(servers));
            assertTrue(known.isPossible());
            assertFalse(known.any());
            end.run();
        }
        assertEquals(1, changes.get());
        assertFalse(Files.exists(dataPath.resolve(KnownAuthenticators.FILE)));
    }
}
