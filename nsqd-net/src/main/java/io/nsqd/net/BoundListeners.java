package io.nsqd.net;

import io.netty.channel.ChannelHandler;
import io.netty.channel.EventLoopGroup;
import java.io.IOException;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.BooleanSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The listening sockets, by the address they were asked for. Claims are made one at a time; an accepting loop may remove a
 * socket meanwhile, and never takes the lock, as a claim waits for it.
 */
final class BoundListeners implements Listeners, AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(BoundListeners.class);

    private final NettyEventLoops loops;
    private final BooleanSupplier stopping;
    private final Map<String, BoundListener> listeners = new ConcurrentHashMap<>();

    /** @param stopping whether the framework stops, so that a socket that is released will have no next owner */
    BoundListeners(NettyEventLoops loops, BooleanSupplier stopping) {
        this.loops = loops;
        this.stopping = stopping;
    }

    @Override
    public synchronized Listener listen(String address, EventLoopGroup workers, ChannelHandler connection)
            throws IOException {
        ListenAddress parsed = ListenAddress.parse(address);
        BoundListener listener = listeners.get(address);
        if (listener != null && listener.isReleased()) {
            if (listener.workers() == workers) {
                LOG.debug("NET: {} has a new owner", address);
                return listener.claim(connection);
            }
            listener.closeNow();
            listener = null;
        }
        // Without a port every listener gets one of its own; otherwise a second owner fails as it would with the
        // kernel.
        if (listener == null || parsed.port() == 0) {
            listener = new BoundListener(this, parsed, loops, workers);
            listener.bind();
            listeners.put(address, listener);
            return listener.claim(connection);
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
        }
        listeners.clear();
    }
}
