package io.nsqd.core;

import io.nsqd.api.Errors;
import io.nsqd.api.Nsqd;
import io.nsqd.api.NsqdException;
import io.nsqd.api.Option;
import io.nsqd.api.Options;
import io.nsqd.core.disk.DirectoryLock;
import io.nsqd.core.disk.DiskQueueFactory;
import io.nsqd.log.Logger;
import io.nsqd.log.LoggerFactory;
import io.nsqd.spi.Adopter;
import io.nsqd.spi.BackendQueueFactory;
import io.nsqd.spi.JournalStore;
import io.nsqd.spi.MetadataService;
import io.nsqd.spi.Services;
import java.io.IOException;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;

/**
 * A broker at work, in a framework or in a plain program: {@link #start} and {@link #close} are the whole of a daemon's start and
 * stop.
 */
final class BrokerRun implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(BrokerRun.class);

    /** How long those that use the broker, plug-ins among them, may take to let go of it. */
    private static final long LETTING_GO_SECONDS = 60;

    private final DirectoryLock lock;
    private final DiskQueueFactory disk;
    private final Broker broker;
    private final Runnable forgetServices;
    private final Runnable unregister;

    private BrokerRun(
            DirectoryLock lock, DiskQueueFactory disk, Broker broker, Runnable forgetServices, Runnable unregister) {
        this.lock = lock;
        this.disk = disk;
        this.broker = broker;
        this.forgetServices = forgetServices;
        this.unregister = unregister;
    }

    /**
     * What a broker is made of.
     *
     * @param name the daemon's
     * @param journal what keeps what was acknowledged
     * @param disk the default storage, which may be the storage and may not
     * @param fatal told once, in words, why the broker cannot go on
     * @param logLevel told of a new log level
     */
    record Parts(
            String name,
            Options options,
            MetadataService metadata,
            BackendQueueFactory storage,
            JournalStore journal,
            DiskQueueFactory disk,
            Services services,
            Consumer<String> fatal,
            Consumer<String> logLevel) {}

    /**
     * Starts a broker, from top to bottom (B-27): the metadata service and the storage are there. Once {@link Nsqd} is registered
     * the transports, and all else that waits for it, attach when they are ready.
     *
     * @throws IOException with the words of O-25 to O-27; nothing is left running then
     */
    static BrokerRun start(Parts parts) throws IOException {
        Options options = parts.options();
        DirectoryLock lock = lock(options);
        Optional<Broker> made = Optional.empty();
        try {
            validate(options);
            LOG.info("nsqd v{} (built w/java{})", Nsqd.VERSION, System.getProperty("java.version"));
            LOG.info("ID: {}", options.integer(Option.NODE_ID));
            if (!parts.name().equals(Nsqd.DEFAULT_NAME)) {
                LOG.info("NSQ: the daemon {} has the data path {}", parts.name(), DiskQueueFactory.dataPath(options));
            }
            Broker broker = new Broker(
                    options, parts.metadata(), parts.storage(), parts.journal(), Clock.system(), once(parts.fatal()));
            made = Optional.of(broker);
            broker.name(parts.name());
            broker.onLogLevel(parts.logLevel());
            broker.start();
            // Before there is a transport that asks.
            Runnable forgetAuthenticators = broker.authenticators().watch(parts.services());
            Runnable forgetWhiteboard = WhiteboardWatcher.watch(parts.services(), broker.whiteboard());
            Runnable forgetServices = () -> {
                forgetWhiteboard.run();
                forgetAuthenticators.run();
            };
            if (broker.lacksAuthenticator()) {
                LOG.warn("NSQ: {}", Broker.NOBODY_TO_ASK);
            }
            broker.lookAtHealth();
            Runnable unregister = parts.services().register(Nsqd.class, broker);
            Runnable forgetAdopter = parts.services().register(Adopter.class, new BrokerAdopter(broker));
            Runnable unregisterAll = () -> {
                forgetAdopter.run();
                unregister.run();
            };
            return new BrokerRun(lock, parts.disk(), broker, forgetServices, unregisterAll);
        } catch (IOException | RuntimeException | Error e) {
            made.ifPresent(Broker::close);
            parts.disk().forgetLeftovers();
            lock.close();
            throw e;
        }
    }

    private static DirectoryLock lock(Options options) throws IOException {
        try {
            return DirectoryLock.acquire(DiskQueueFactory.dataPath(options));
        } catch (IOException e) {
            throw new IOException("failed to instantiate nsqd - failed to lock data-path: " + Errors.describe(e), e);
        }
    }

    private static void validate(Options options) throws IOException {
        try {
            options.check();
        } catch (NsqdException e) {
            throw new IOException("failed to instantiate nsqd - " + e.getMessage(), e);
        }
    }

    private static Consumer<String> once(Consumer<String> told) {
        AtomicBoolean reported = new AtomicBoolean();
        return what -> {
            if (reported.compareAndSet(false, true)) {
                told.accept(what);
            }
        };
    }

    Broker broker() {
        return broker;
    }

    /**
     * Stops it: everything that uses the broker lets go of it, and only then the messages go to the storage, however long that takes
     * (B-33).
     *
     * @throws IOException when something could not be saved, saying what; it has stopped all the same
     */
    @Override
    public void close() throws IOException {
        try {
            unregister();
            forgetServices.run();
            broker.close();
        } finally {
            disk.forgetLeftovers();
            lock.close();
        }
        Optional<String> unsaved = broker.stopReport().unsaved();
        if (unsaved.isPresent()) {
            throw new IOException(unsaved.get());
        }
    }

    /** Others are told on a thread of its own: one that hangs must not keep the messages from the disk. */
    private void unregister() {
        broker.stopReport().waitsFor(() -> "transports and plug-ins to let go of the daemon");
        CountDownLatch done = new CountDownLatch(1);
        Thread thread = new Thread(
                () -> {
                    try {
                        unregister.run();
                    } catch (IllegalStateException e) {
                        LOG.debug("the framework has taken it back already", e);
                    } finally {
                        done.countDown();
                    }
                },
                "nsqd-unregister");
        thread.setDaemon(true);
        thread.start();
        if (!Patience.await(done::await, LETTING_GO_SECONDS)) {
            LOG.warn("NSQ: somebody still uses the daemon after {} seconds; it stops all the same", LETTING_GO_SECONDS);
        }
    }
}
