package io.nsqd.net;

import io.netty.channel.ChannelHandler;
import io.netty.channel.EventLoopGroup;
import io.nsqd.api.Errors;
import io.nsqd.log.Logger;
import io.nsqd.log.LoggerFactory;
import io.nsqd.spi.Turns;
import java.io.IOException;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Function;

/**
 * A port that a transport serves, and that follows its address where a configuration changes that: the new one is listened on before
 * the old one is let go of, and connections stay, whichever they came by. Any thread; binding may take a moment.
 */
public final class ServedPort implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(ServedPort.class);

    private final String name;
    private final Listeners listeners;
    private final EventLoopGroup workers;
    private final ChannelHandler connection;
    private final Function<Listeners.Listener, Runnable> registry;
    private final Consumer<ParkedConnection> adopter;

    /** What makes a transport known calls others. */
    private final Turns turns = new Turns();

    /** As it was asked for; changed in turn, as is what follows. */
    private Optional<String> address = Optional.empty();

    private volatile Optional<Listeners.Listener> listener = Optional.empty();
    private Runnable unregister = () -> {};
    private boolean closed;

    /**
     * A port; nobody listens yet.
     *
     * @param name for the log, such as {@code TCP}
     * @param connection set up each accepted connection, see {@link Listeners#listen}
     * @param adopter given each connection that the owner before has left, on the connection's loop; it adopts or closes it
     * @param registry told of a listener once it is bound, to make the transport known; what it returns takes that back
     */
    public ServedPort(
            String name,
            Listeners listeners,
            EventLoopGroup workers,
            ChannelHandler connection,
            Consumer<ParkedConnection> adopter,
            Function<Listeners.Listener, Runnable> registry) {
        this.name = name;
        this.listeners = listeners;
        this.workers = workers;
        this.connection = connection;
        this.adopter = adopter;
        this.registry = registry;
    }

    /** The listener of the moment; nothing where nothing is served. */
    public Optional<Listeners.Listener> listener() {
        return listener;
    }

    /**
     * Begins to listen.
     *
     * @param wanted the address; none for a port that is not served
     * @throws IOException as {@link Listeners#listen} does
     */
    public void open(Optional<String> wanted) throws IOException {
        turns.now(() -> listen(wanted));
    }

    private void listen(Optional<String> wanted) throws IOException {
        if (wanted.isPresent()) {
            serve(wanted.get(), listeners.listen(wanted.get(), workers, connection));
        }
    }

    private void serve(String wanted, Listeners.Listener bound) {
        address = Optional.of(wanted);
        listener = Optional.of(bound);
        LOG.info("{}: listening on {}", name, bound.address());
        for (ParkedConnection parked : bound.parked()) {
            parked.channel().eventLoop().execute(() -> adopter.accept(parked));
        }
        unregister = registry.apply(bound);
    }

    /** Accepts nothing more, and goes on to serve what there is; see {@link Listeners.Listener#pause}. */
    public void pause() {
        turns.now(() -> {
            takeBack();
            listener.ifPresent(Listeners.Listener::pause);
        });
    }

    /** Where to leave the connections; see {@link Listeners.Listener#parking}. */
    public Optional<Parking> parking() {
        return listener.flatMap(Listeners.Listener::parking);
    }

    /**
     * Listens on another address instead. Where that cannot be the old one remains, and the log says why. Where another thread is
     * about to change something this is left to it.
     *
     * @param wanted the address; none for a port that is not to be served
     */
    public void follow(Optional<String> wanted) {
        turns.later(() -> change(wanted));
    }

    private void change(Optional<String> wanted) {
        if (closed || wanted.equals(address)) {
            return;
        }
        Optional<Listeners.Listener> before = listener;
        Optional<String> old = address;
        if (wanted.isEmpty()) {
            leave(before);
            return;
        }
        try {
            Listeners.Listener bound = listeners.listen(wanted.get(), workers, connection);
            leave(before);
            serve(wanted.get(), bound);
        } catch (IOException e) {
            // It may be in the way itself: a wildcard has the port of every address.
            leave(before);
            reopen(wanted, old);
        }
    }

    private void reopen(Optional<String> wanted, Optional<String> old) {
        try {
            listen(wanted);
        } catch (IOException e) {
            LOG.error("{}: cannot change the address to {} - {}", name, wanted.orElse(""), Errors.describe(e));
            try {
                listen(old);
            } catch (IOException again) {
                LOG.error("{}: cannot go back to {} either - {}", name, old.orElse(""), Errors.describe(again));
            }
        }
    }

    /** Lets go of the address; connections that came by it stay. */
    private void leave(Optional<Listeners.Listener> left) {
        unregister.run();
        unregister = () -> {};
        address = Optional.empty();
        listener = Optional.empty();
        left.ifPresent(gone -> {
            LOG.info("{}: no longer listening on {}", name, gone.address());
            gone.abandon();
        });
    }

    /** Takes back what it has made known; it still listens. */
    public void unregister() {
        turns.now(this::takeBack);
    }

    private void takeBack() {
        closed = true;
        unregister.run();
        unregister = () -> {};
    }

    /** Stops listening, for the next owner of the address to go on. */
    @Override
    public void close() {
        turns.now(() -> {
            takeBack();
            listener.ifPresent(Listeners.Listener::close);
        });
    }
}
