package io.nsqd.core;

import io.nsqd.api.Nsqd;
import io.nsqd.api.NsqdException;
import io.nsqd.api.Option;
import io.nsqd.api.Options;
import io.nsqd.core.disk.DirectoryLock;
import io.nsqd.core.disk.DiskQueueFactory;
import io.nsqd.spi.BackendQueueFactory;
import io.nsqd.spi.MetadataService;
import io.nsqd.spi.Services;
import java.io.IOException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A broker at work, in a framework or in a plain program: lock the data path, load, persist, start the loops, register
 * {@link Nsqd} (B-27).
 *
 * <p>Unregistering {@link Nsqd} is the shutdown: everything that uses the broker has detached when that returns, and only then
 * the messages go to the storage (B-33).
 */
final class BrokerRun implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(BrokerRun.class);

    private final DirectoryLock lock;
    private final DiskQueueFactory disk;
    private final Broker broker;
    private final Runnable forgetServices;
    private final Runnable unregister;

    private BrokerRun(Parts parts, DirectoryLock lock) throws IOException {
        this.lock = lock;
        disk = parts.disk();
        Options options = parts.options();
        try {
            Broker.validate(options);
        } catch (NsqdException e) {
            throw new IOException("failed to instantiate nsqd - " + e.getMessage(), e);
        }
        LOG.info("nsqd v{} (built w/java{})", Nsqd.VERSION, System.getProperty("java.version"));
        LOG.info("ID: {}", options.integer(Option.NODE_ID));
        AtomicBoolean reported = new AtomicBoolean();
        broker = new Broker(options, parts.metadata(), parts.storage(), Clock.system(), what -> {
            if (reported.compareAndSet(false, true)) {
                parts.fatal().accept(what);
            }
        });
        try {
            broker.start();
            forgetServices = WhiteboardWatcher.watch(parts.services(), broker.whiteboard());
        } catch (IOException | RuntimeException | Error e) {
            broker.close();
            disk.forgetLeftovers();
            throw e;
        }
        broker.onLogLevel(parts.logLevel());
        unregister = parts.services().register(Nsqd.class, broker);
    }

    /**
     * What a broker is made of.
     *
     * @param disk the default storage, which may be the storage and may not
     * @param fatal told once, in words, why the broker cannot go on
     * @param logLevel told of a new log level
     */
    record Parts(
            Options options,
            MetadataService metadata,
            BackendQueueFactory storage,
            DiskQueueFactory disk,
            Services services,
            Consumer<String> fatal,
            Consumer<String> logLevel) {}

    /**
     * Starts a broker.
     *
     * @throws IOException with the words of O-25 to O-27
     */
    static BrokerRun start(Parts parts) throws IOException {
        DirectoryLock lock;
        try {
            lock = DirectoryLock.acquire(DiskQueueFactory.dataPath(parts.options()));
        } catch (IOException e) {
            throw new IOException("failed to instantiate nsqd - failed to lock data-path: " + e.getMessage(), e);
        }
        try {
            return new BrokerRun(parts, lock);
        } catch (IOException | RuntimeException | Error e) {
            lock.close();
            throw e;
        }
    }

    Broker broker() {
        return broker;
    }

    @Override
    public void close() {
        unregister.run();
        forgetServices.run();
        try {
            broker.close();
        } finally {
            disk.forgetLeftovers();
            lock.close();
        }
    }
}
