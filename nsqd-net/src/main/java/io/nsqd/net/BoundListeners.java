package io.nsqd.net;

import io.netty.channel.ChannelHandler;
import io.netty.channel.EventLoopGroup;
import io.nsqd.log.Logger;
import io.nsqd.log.LoggerFactory;
import java.io.IOException;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.BooleanSupplier;

/**
 * The listening sockets, by the address they were asked for. Claims are made one at a time; an accepting loop may remove a
 * socket meanwhile, and never takes the lock, as a claim waits for it.
 */
final class BoundListeners implements Listeners, AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(BoundListeners.class);

    /** The framework property that says how many seconds a released socket waits, and the connections that came by it. */
    static final String PROPERTY = "nsqd.handover.seconds";

    /**
     * How long a released socket waits for a next owner: an update of a transport takes far less, and one of the core, which reads its
     * journal, mostly; a person notices more.
     */
    static final long GRACE_MILLIS = 10_000;

    private final NettyEventLoops loops;
    private final BooleanSupplier stopping;
    private final long graceMillis;
    private final Map<String, BoundListener> listeners = new ConcurrentHashMap<>();

    /** By address, as sockets come and go. */
    private final Map<String, HandOverCounts> counts = new ConcurrentHashMap<>();

    /** @param stopping whether the framework stops, so that a socket that is released will have no next owner */
    BoundListeners(NettyEventLoops loops, BooleanSupplier stopping) {
        this(loops, stopping, GRACE_MILLIS);
    }

    /** @param graceMillis how long a released socket waits for a next owner; 0 for not at all */
    BoundListeners(NettyEventLoops loops, BooleanSupplier stopping, long graceMillis) {
        this.loops = loops;
        this.stopping = stopping;
        this.graceMillis = graceMillis;
    }

    @Override
    public synchronized Listener listen(String address, EventLoopGroup workers, ChannelHandler connection)
            throws IOException {
        ListenAddress parsed = ListenAddress.parse(address);
        BoundListener listener = listeners.get(address);
        if (listener != null && listener.isReleased()) {
            if (listener.workers() == workers) {
                Optional<Listener> claimed = listener.claim(connection);
                if (claimed.isPresent()) {
                    LOG.debug("NET: {} has a new owner", address);
                    return claimed.get();
                }
            } else {
                listener.closeNow();
            }
            listener.awaitGone();
            listener = null;
        }
        // Without a port every listener gets one of its own; otherwise a second owner fails as it would with the
        // kernel.
        if (listener == null || parsed.port() == 0) {
            listener = new BoundListener(
                    this,
                    parsed,
                    loops,
                    workers,
                    graceMillis,
                    counts.computeIfAbsent(address, asked -> new HandOverCounts()));
            listener.bind();
            listeners.put(address, listener);
            return listener.claim(connection).orElseThrow();
        }
        throw parsed.bindFailure(new IOException("address already in use"));
    }

    boolean isStopping() {
        return stopping.getAsBoolean();
    }

    void closed(BoundListener listener) {
        listeners.values().remove(listener);
    }

    @Override
    public synchronized void close() {
        for (BoundListener listener : Map.copyOf(listeners).values()) {
            listener.closeNow();
            listener.awaitGone();
        }
        listeners.clear();
    }
}
