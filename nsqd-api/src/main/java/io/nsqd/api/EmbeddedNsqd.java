package io.nsqd.api;

import io.nsqd.log.Logger;
import io.nsqd.log.LoggerFactory;
import io.nsqd.spi.BrokerProvider;
import io.nsqd.spi.Services;
import io.nsqd.spi.Subsystem;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.ServiceLoader;
import java.util.function.Consumer;

/**
 * The daemon in a plain Java program, on the class path or on the module path, without a framework. The broker and the
 * subsystems (transports, exporters, plug-ins) are those that {@link ServiceLoader} finds through the thread's context class
 * loader: what is to be left out is left off the path.
 *
 * <p>Several may run in one virtual machine, each with a data path and addresses of its own. They do not stop by themselves
 * when the program ends: messages in memory reach the disk only if they are closed.
 */
public final class EmbeddedNsqd implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(EmbeddedNsqd.class);

    private static final String CORE = "core";

    private final EmbeddedServices services = new EmbeddedServices();
    private final Consumer<String> onFatal;

    /** What runs, the last started first; guarded by this. */
    private final Deque<Running> running = new ArrayDeque<>();

    private Nsqd nsqd;

    private record Running(String name, AutoCloseable stop) {}

    private EmbeddedNsqd(Consumer<String> onFatal) {
        this.onFatal = onFatal;
    }

    /** As {@link Builder#start}, with nothing but the options. */
    public static EmbeddedNsqd start(Options options) throws IOException {
        return with(options).start();
    }

    /** A daemon with these options, to be started. */
    public static Builder with(Options options) {
        return new Builder(options);
    }

    /** What a daemon is started with. */
    public static final class Builder {
        private final Options options;
        private final List<Consumer<Services>> given = new ArrayList<>();
        private Consumer<String> onFatal = what -> {};

        private Builder(Options options) {
            this.options = options;
        }

        /** A service of the program's own, such as a {@link io.nsqd.spi.NsqdListener} or an authenticator. */
        public <T> Builder service(Class<T> type, T service) {
            return service(type, service, Map.of());
        }

        /**
         * A service of the program's own that has properties, such as an {@link io.nsqd.spi.HttpEndpoint} with its path or a
         * storage with its name.
         */
        public <T> Builder service(Class<T> type, T service, Map<String, ?> properties) {
            given.add(services -> services.register(type, service, properties));
            return this;
        }

        /**
         * Who is told, in words, that the daemon could not go on: by then it has been stopped as by {@link #close}, on the
         * thread that tells it.
         */
        public Builder onFatal(Consumer<String> told) {
            onFatal = told;
            return this;
        }

        /**
         * Starts it. When this returns clients can connect.
         *
         * @throws IOException saying why it cannot start, in the words of the daemon: an option, an address, a certificate, the
         *     data path. Nothing is left running then
         * @throws IllegalStateException when there is no broker, or something that a subsystem needs is missing
         */
        public EmbeddedNsqd start() throws IOException {
            EmbeddedNsqd daemon = new EmbeddedNsqd(onFatal);
            given.forEach(each -> each.accept(daemon.services));
            daemon.run(options);
            return daemon;
        }
    }

    private synchronized void run(Options options) throws IOException {
        try {
            List<Subsystem> waiting = new ArrayList<>();
            ServiceLoader.load(Subsystem.class).forEach(waiting::add);
            BrokerProvider broker = ServiceLoader.load(BrokerProvider.class)
                    .findFirst()
                    .orElseThrow(() -> new IllegalStateException("there is no broker: nsqd-core is missing"));
            // First what the broker may want, such as a storage, and what is to outlive the transports.
            startReady(waiting);
            push(CORE, broker.start(options, services, this::fatal));
            nsqd = services.get(Nsqd.class);
            startReady(waiting);
            for (Subsystem subsystem : waiting) {
                throw new IllegalStateException(subsystem.name() + " cannot start: missing are "
                        + subsystem.needs().stream()
                                .filter(type -> !services.has(type))
                                .map(Class::getName)
                                .toList());
            }
        } catch (IOException | RuntimeException | Error e) {
            try {
                close();
            } catch (UncheckedIOException unsaved) {
                e.addSuppressed(unsaved);
            }
            throw e;
        }
    }

    /** Starts those whose needs are there, until no further one can. */
    private void startReady(List<Subsystem> waiting) throws IOException {
        for (Optional<Subsystem> next = next(waiting); next.isPresent(); next = next(waiting)) {
            waiting.remove(next.get());
            push(next.get().name(), start(next.get()));
        }
    }

    private void push(String name, AutoCloseable stop) {
        running.push(new Running(name, stop));
        services.started(name);
    }

    /** Of those that can start one that is after none of the others, or any where there is no such one. */
    private Optional<Subsystem> next(List<Subsystem> waiting) {
        List<Subsystem> ready = waiting.stream()
                .filter(subsystem -> subsystem.needs().stream().allMatch(services::has))
                .toList();
        List<String> names = ready.stream().map(Subsystem::name).toList();
        return ready.stream()
                .filter(subsystem -> subsystem.after().stream().noneMatch(names::contains))
                .findFirst()
                .or(() -> ready.stream().findFirst());
    }

    private AutoCloseable start(Subsystem subsystem) throws IOException {
        try {
            return subsystem.start(services);
        } catch (IOException | RuntimeException e) {
            throw e;
        } catch (Exception e) {
            throw new IOException(subsystem.name() + ": " + Errors.describe(e), e);
        }
    }

    /** The daemon itself: topics, channels, figures. To be used until {@link #close}. */
    public Nsqd nsqd() {
        return nsqd;
    }

    /**
     * Stops the transports and everything else that uses the broker, then the broker, however long that takes: all messages are on
     * the disk then.
     *
     * @throws UncheckedIOException when some of them, or the list of topics and channels, could not be saved; everything has stopped
     *     all the same
     */
    @Override
    public synchronized void close() {
        Optional<IOException> unsaved = Optional.empty();
        while (!running.isEmpty()) {
            Running last = running.pop();
            services.stopping(last.name());
            try {
                last.stop().close();
            } catch (Exception | Error e) {
                LOG.error("{}: could not stop cleanly", last.name(), e);
                if (last.name().equals(CORE) && e instanceof IOException failure) {
                    unsaved = Optional.of(failure);
                }
            }
        }
        if (unsaved.isPresent()) {
            throw new UncheckedIOException(unsaved.get().getMessage(), unsaved.get());
        }
    }

    /** On a thread of its own, as who reports it is often one of those that are to be stopped. */
    private void fatal(String what) {
        LOG.error("{}", what);
        Thread thread = new Thread(
                () -> {
                    try {
                        close();
                    } finally {
                        onFatal.accept(what);
                    }
                },
                "nsqd-fatal");
        thread.start();
    }
}
