package io.nsqd.net.transport;

import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.EventLoopGroup;
import io.netty.util.concurrent.EventExecutor;
import io.nsqd.api.Addresses;
import io.nsqd.log.Logger;
import io.nsqd.log.LoggerFactory;
import io.nsqd.net.ConnectionRecord;
import io.nsqd.net.Listeners;
import io.nsqd.net.ParkedConnection;
import io.nsqd.net.Parking;
import io.nsqd.net.ServedPort;
import io.nsqd.spi.OutOfMemory;
import io.nsqd.spi.Transport;
import io.nsqd.stats.ClientStats;
import io.nsqd.stats.HandOverStats;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.stream.Stream;

/**
 * A listening socket and the connections that came by it, for one transport. What it adds to them is that they stay when the transport
 * goes: {@link #close} parks them, and the server that is opened for the same address next, by the same bundle or by its new version,
 * adopts them before it does anything else.
 *
 * <p>Made, opened and closed by one thread; the figures are anybody's.
 */
public final class ConnectionServer implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(ConnectionServer.class);

    /** How long connections may take to finish what they have begun before they are closed. */
    private static final long LEAVE_SECONDS = 5;

    private static final long CLOSE_SECONDS = 10;

    private final String name;
    private final EventLoopGroup workers;
    private final TransportProtocol protocol;
    private final ServedPort port;
    private final Map<Channel, Entry> connections = new ConcurrentHashMap<>();
    private volatile boolean closing;

    /**
     * A server; nobody listens yet.
     *
     * @param name for the log, such as {@code TCP}
     * @param workers serve the connections; the next server of the address has to have the same
     * @param registry makes the transport known once it is bound; what it returns takes that back
     */
    public ConnectionServer(
            String name,
            Listeners listeners,
            EventLoopGroup workers,
            TransportProtocol protocol,
            Function<Transport, Runnable> registry) {
        this.name = name;
        this.workers = workers;
        this.protocol = protocol;
        port = new ServedPort(
                name,
                listeners,
                workers,
                new Initializer(),
                this::adopt,
                listener -> registry.apply(new BoundTransport(listener)));
    }

    /** What others see of it while it listens there. */
    private final class BoundTransport implements Transport {
        private final Listeners.Listener listener;

        BoundTransport(Listeners.Listener listener) {
            this.listener = listener;
        }

        @Override
        public String protocol() {
            return protocol.name();
        }

        @Override
        public String address() {
            return listener.address();
        }

        @Override
        public int port() {
            return listener.port();
        }

        @Override
        public String implementation() {
            return listener.kind() + protocol.implementation();
        }

        @Override
        public List<ClientStats> producers() {
            return ConnectionServer.this.producers();
        }

        @Override
        public HandOverStats handOver() {
            return listener.handOver();
        }
    }

    /**
     * Begins to listen, and adopts what was left.
     *
     * @param address as {@link Listeners#listen} has it; none for a port that is not served
     * @throws IOException as {@link Listeners#listen} does
     */
    public void open(Optional<String> address) throws IOException {
        port.open(address);
    }

    /** Listens on another address instead; see {@link ServedPort#follow}. */
    public void follow(Optional<String> address) {
        port.follow(address);
    }

    /** Whether there is any connection. */
    public boolean isBusy() {
        return !connections.isEmpty();
    }

    private List<ClientStats> producers() {
        return connections.values().stream()
                .flatMap(entry -> Stream.ofNullable(entry.connection))
                .flatMap(connection -> connection.producer().stream())
                .toList();
    }

    @ChannelHandler.Sharable
    private final class Initializer extends ChannelInitializer<Channel> {
        @Override
        protected void initChannel(Channel channel) throws Exception {
            if (closing) {
                channel.close();
                return;
            }
            Entry entry = new Entry(channel);
            entry.connection = protocol.open(channel);
            // Once more, as close() may have looked for connections in between.
            if (closing) {
                channel.close();
            }
        }
    }

    private void adopt(ParkedConnection parked) {
        Channel channel = parked.channel();
        Entry entry = new Entry(channel);
        try {
            Optional<ServedConnection> adopted = closing ? Optional.empty() : protocol.adopt(parked);
            if (adopted.isPresent()) {
                entry.connection = adopted.get();
                LOG.debug("{}: goes on with client({})", name, Addresses.of(channel.remoteAddress()));
            } else {
                LOG.info("{}: cannot go on with client({})", name, Addresses.of(channel.remoteAddress()));
                entry.forget();
                parked.close();
            }
        } catch (Exception | Error e) {
            OutOfMemory.check(e);
            LOG.error("{}: failed to go on with client({}) - {}", name, Addresses.of(channel.remoteAddress()), e, e);
            if (parked.close()) {
                entry.forget();
            } else {
                var unused = channel.close();
            }
        }
    }

    /** A connection, from when it is accepted or adopted until it ends or is parked. */
    private final class Entry implements ChannelFutureListener {
        private final Channel channel;
        private final CountDownLatch left = new CountDownLatch(1);
        private volatile ServedConnection connection;

        /** On the channel's loop. */
        Entry(Channel channel) {
            this.channel = channel;
            connections.put(channel, this);
            channel.closeFuture().addListener(this);
        }

        @Override
        public void operationComplete(ChannelFuture closed) {
            connections.remove(channel);
            left.countDown();
        }

        /** Waits until it is parked or closed. */
        void awaitLeft(long deadline) {
            try {
                if (!left.await(deadline - System.nanoTime(), TimeUnit.NANOSECONDS)) {
                    LOG.debug("{}: client({}) is not done", name, Addresses.of(channel.remoteAddress()));
                }
            } catch (InterruptedException e) {
                // Whoever is in a hurry has the others closed.
                Thread.currentThread().interrupt();
            }
        }

        /** On the channel's loop. */
        void leave(Parking parking) {
            ServedConnection leaving = connection;
            if (leaving == null) {
                parking.closed();
                channel.close();
                return;
            }
            try {
                leaving.leave(new Leaving(this, parking));
            } catch (RuntimeException | Error e) {
                OutOfMemory.check(e);
                LOG.error("{}: failed to leave client({}) - {}", name, Addresses.of(channel.remoteAddress()), e, e);
                parking.closed();
                channel.close();
            }
        }

        /** On the channel's loop. */
        void wrapUp() {
            ServedConnection ending = connection;
            try {
                if (ending == null || !ending.wrapUp()) {
                    channel.close();
                }
            } catch (RuntimeException | Error e) {
                OutOfMemory.check(e);
                LOG.error("{}: failed to end client({}) - {}", name, Addresses.of(channel.remoteAddress()), e, e);
                channel.close();
            }
        }

        /** Nothing of this server's is to be left with the channel. */
        void forget() {
            channel.closeFuture().removeListener(this);
            connections.remove(channel);
            left.countDown();
        }
    }

    /** Parks one connection, and forgets it. */
    private static final class Leaving implements Parking {
        private final Entry entry;
        private final Parking parking;

        Leaving(Entry entry, Parking parking) {
            this.entry = entry;
            this.parking = parking;
        }

        @Override
        public ParkedConnection park(
                Channel channel, ConnectionRecord record, List<ByteBuf> undecoded, List<ChannelHandler> leaving) {
            ParkedConnection parked = parking.park(channel, record, undecoded, leaving);
            entry.forget();
            return parked;
        }

        @Override
        public void closed() {
            parking.closed();
        }
    }

    /**
     * Stops accepting and leaves the connections to the next server of the address, or closes them where there will be none, as when the
     * framework stops. When this returns none is left.
     */
    @Override
    public void close() {
        port.pause();
        if (port.listener().isPresent()) {
            LOG.info("{}: closing", name);
        }
        long deadline = deadline(CLOSE_SECONDS);
        // What was accepted before may still be in the loops' queues.
        awaitLoops(deadline);
        Optional<Parking> parking = port.parking();
        parking.ifPresentOrElse(place -> finish(entry -> entry.leave(place)), () -> finish(Entry::wrapUp));
        closing = true;
        for (Map.Entry<Channel, Entry> left : connections.entrySet()) {
            parking.ifPresent(Parking::closed);
            left.getKey().close();
        }
        for (Channel channel : connections.keySet()) {
            channel.closeFuture().awaitUninterruptibly(deadline - System.nanoTime(), TimeUnit.NANOSECONDS);
        }
        // What connections have left to the loops is done then, so that nothing of the transport is in a queue.
        awaitLoops(deadline);
        port.close();
    }

    /** Has each connection finish what it has begun. */
    private void finish(Consumer<Entry> how) {
        connections.forEach((channel, entry) -> {
            try {
                channel.eventLoop().execute(() -> how.accept(entry));
            } catch (RejectedExecutionException e) {
                LOG.debug("the loop has ended, and its connections with it", e);
            }
        });
        long deadline = deadline(LEAVE_SECONDS);
        for (Entry entry : connections.values()) {
            entry.awaitLeft(deadline);
        }
    }

    private static long deadline(long seconds) {
        return System.nanoTime() + TimeUnit.SECONDS.toNanos(seconds);
    }

    /** Waits until each loop has done what it was given so far. */
    private void awaitLoops(long deadline) {
        for (EventExecutor loop : workers) {
            loop.submit(() -> {}).awaitUninterruptibly(deadline - System.nanoTime(), TimeUnit.NANOSECONDS);
        }
    }
}
