package io.nsqd.spi;

import io.nsqd.stats.ClientStats;
import io.nsqd.stats.HandOverStats;
import java.util.List;
import org.osgi.annotation.versioning.ConsumerType;

/**
 * A way for clients to reach the daemon. Registered as a service once its address is bound, unregistered before it
 * closes; {@link io.nsqd.api.Nsqd#transports()} lists those that serve now. All methods may be called from any thread and
 * must not block.
 */
@ConsumerType
public interface Transport {
    /** The protocol: {@code tcp} (NSQ V2), {@code http}, {@code https}, or a name of the plug-in's own. */
    String protocol();

    /** The bound address for people: {@code [::]:4150}, {@code 127.0.0.1:4150} or a path. */
    String address();

    /** The port really bound; -1 for a unix socket. */
    int port();

    /**
     * What it is made of, for administrators: such as {@code epoll} or {@code nio, TLS by the JDK}. Nothing where there is nothing to
     * choose.
     */
    default String implementation() {
        return "";
    }

    /** What became of its connections when it, or a transport before it, was updated. */
    default HandOverStats handOver() {
        return HandOverStats.NONE;
    }

    /** Clients that have published at least once (T-11). */
    default List<ClientStats> producers() {
        return List.of();
    }
}
