package io.nsqd.net;

import io.netty.channel.ChannelHandler;
import io.netty.channel.EventLoopGroup;
import io.nsqd.stats.HandOverStats;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import org.osgi.annotation.versioning.ProviderType;

/** Listening sockets. An OSGi service. */
@ProviderType
public interface Listeners {
    /**
     * Listens on an address, or takes over the socket that an earlier owner of the address released a moment ago:
     * connections that arrived in between are accepted then.
     *
     * @param address {@code host:port}, {@code :port} or, without a port, the path of a unix socket (O-32, O-33, H-93)
     * @param workers serve the connections
     * @param connection set up each accepted connection; called on the connection's loop. It must be sharable
     * @return the listener; closing it stops accepting
     * @throws IOException saying {@code listen (<address>) failed - …} as O-25 has it
     */
    Listener listen(String address, EventLoopGroup workers, ChannelHandler connection) throws IOException;

    /** A listening socket in use. */
    @ProviderType
    interface Listener extends AutoCloseable {
        /** The bound address for people: {@code [::]:4150}, {@code 127.0.0.1:4150} or a path. */
        String address();

        /** The bound port, or -1 for a unix socket. */
        int port();

        /** What the connections run on: {@code io_uring}, {@code epoll} or {@code nio}. */
        String kind();

        /**
         * Stops accepting, and remains the owner: connections wait until the next owner accepts them. What was accepted before has been
         * set up once each of the workers' loops has done what it was given.
         */
        default void pause() {}

        /**
         * Where to put the connections that its owner leaves; nothing when nobody will come for them, as the framework stops. To be
         * used before {@link #close}, with which the grace time begins.
         */
        default Optional<Parking> parking() {
            return Optional.empty();
        }

        /**
         * What the owner before has left: each is to be {@linkplain ParkedConnection#adopt adopted} or {@linkplain ParkedConnection#close
         * closed}, on its own loop.
         */
        default List<ParkedConnection> parked() {
            return List.of();
        }

        /** What became of connections when owners of the address changed. */
        default HandOverStats handOver() {
            return HandOverStats.NONE;
        }

        /**
         * Stops accepting. While the framework runs on, the socket stays bound for a grace time, so that the next owner
         * of the address finds waiting connections, and those that were {@linkplain #parking parked}; when the framework stops it is
         * closed at once.
         */
        @Override
        void close();

        /** Stops accepting and gives the address back at once: it will have no next owner. */
        default void abandon() {
            close();
        }
    }
}
