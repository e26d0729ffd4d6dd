package io.nsqd.core;

import io.nsqd.api.Errors;
import io.nsqd.api.Nsqd;
import io.nsqd.api.Option;
import io.nsqd.api.Options;
import io.nsqd.core.auth.HttpAuthenticator;
import io.nsqd.core.disk.AtomicFile;
import io.nsqd.log.Logger;
import io.nsqd.log.LoggerFactory;
import io.nsqd.spi.Authenticator;
import io.nsqd.spi.Services;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;

/**
 * Knows whether clients must authenticate although there is nobody to ask, {@link Nsqd#knowsAuthenticator}. That a plug-in's
 * authenticator was there is written down in the data path: the next start may meet a jar that is broken, and nobody would see that
 * there was ever anything in it. Any thread.
 */
final class KnownAuthenticators implements Services.Watcher<Authenticator> {
    /** Its being there says it; what is in it is for who finds it. */
    static final String FILE = "nsqd.authenticator";

    private static final Logger LOG = LoggerFactory.getLogger(KnownAuthenticators.class);

    private static final String WORDS = """
            An authenticator plug-in has been used with this data path: clients must authenticate here,
            even while it is missing. To forget it, start nsqd with --auth-required=false.
            """;

    private final Path file;

    /** Whether {@code auth-required} was given as false: then only those count that are there. */
    private final boolean forgetful;

    /** Plug-ins' authenticators that are there. */
    private final Set<Services.Found<Authenticator>> there = ConcurrentHashMap.newKeySet();

    /** The core's own, which is there where {@code auth-http-address} says so and needs no memory. */
    private volatile boolean asksServers;

    private volatile boolean remembered;

    private volatile Runnable changed = () -> {};

    /** Whether the daemon stops: then everybody leaves, and it is no news. */
    private volatile boolean closing;

    /** Writes the file: who registers a service may be interrupted. */
    private final Thread writer = new Thread(this::write, "nsqd-authenticators");

    KnownAuthenticators(Options options, Path dataPath) {
        file = dataPath.resolve(FILE);
        forgetful = options.isGiven(Option.AUTH_REQUIRED) && !options.flag(Option.AUTH_REQUIRED);
        if (forgetful) {
            forget();
        } else {
            // Where it cannot be found out it may be there, and that must not open the door.
            remembered = !Files.notExists(file);
        }
    }

    private void forget() {
        try {
            if (Files.deleteIfExists(file)) {
                LOG.info("NSQ: auth-required is false: clients must authenticate only while an authenticator is there");
            }
        } catch (IOException e) {
            LOG.warn("NSQ: {} cannot be deleted: {}", file, Errors.describe(e));
        }
    }

    /** Who is told that one came or went. */
    void onChange(Runnable told) {
        changed = told;
    }

    /** {@link Nsqd#knowsAuthenticator}. */
    boolean any() {
        return remembered || !there.isEmpty();
    }

    /** Whether there is one to ask. */
    boolean isPossible() {
        return asksServers || !there.isEmpty();
    }

    @Override
    public void arrived(Services.Found<Authenticator> found) {
        if (found.service() instanceof HttpAuthenticator) {
            asksServers = true;
            changed.run();
            return;
        }
        there.add(found);
        if (!forgetful && isNews()) {
            LOG.info("NSQ: {} authenticates clients: from now on they must, even while it is missing", found.owner());
            writer.setDaemon(true);
            writer.start();
        }
        changed.run();
    }

    private synchronized boolean isNews() {
        boolean news = !remembered;
        remembered = true;
        return news;
    }

    @Override
    public void left(Services.Found<Authenticator> found) {
        if (found.service() instanceof HttpAuthenticator) {
            asksServers = false;
        } else {
            there.remove(found);
            if (!isPossible() && remembered && !closing) {
                LOG.warn(
                        "NSQ: the authenticator of {} has left: clients are refused until there is one", found.owner());
            }
        }
        if (!closing) {
            changed.run();
        }
    }

    private boolean hasWritten(long time, TimeUnit unit) throws InterruptedException {
        unit.timedJoin(writer, time);
        return !writer.isAlive();
    }

    private void write() {
        try {
            AtomicFile.replace(file, WORDS.getBytes(StandardCharsets.UTF_8));
        } catch (IOException e) {
            LOG.warn(
                    "NSQ: that clients must authenticate cannot be written to {}, only auth-required=true says it to the next start: {}",
                    file,
                    Errors.describe(e));
        }
    }

    /** Begins to watch; what is returned ends that. */
    Runnable watch(Services services) {
        Runnable forget = services.watch(List.of(Authenticator.class), this);
        return () -> {
            closing = true;
            forget.run();
            // The lock on the data path is about to be given back.
            Patience.await(this::hasWritten, Patience.ENDLESS);
        };
    }
}
