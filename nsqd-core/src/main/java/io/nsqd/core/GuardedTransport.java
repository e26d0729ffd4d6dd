package io.nsqd.core;

import io.nsqd.spi.Transport;
import io.nsqd.stats.ClientStats;
import io.nsqd.stats.HandOverStats;
import java.util.List;
import java.util.Objects;

/** A transport as everybody sees it: what its bundle does wrong does not show in the figures of others. */
final class GuardedTransport implements Transport {
    private final Transport transport;
    private final Lane lane;
    private final String protocol;
    private final String address;
    private final int port;
    private final String implementation;

    /** Asks for what does not change. */
    GuardedTransport(Transport transport, Lane lane) {
        this.transport = transport;
        this.lane = lane;
        protocol = Objects.requireNonNull(transport.protocol());
        address = Objects.requireNonNull(transport.address());
        port = transport.port();
        implementation = Objects.requireNonNull(transport.implementation());
    }

    @Override
    public String protocol() {
        return protocol;
    }

    @Override
    public String address() {
        return address;
    }

    @Override
    public int port() {
        return port;
    }

    @Override
    public String implementation() {
        return implementation;
    }

    @Override
    public HandOverStats handOver() {
        return lane.ask(() -> Objects.requireNonNull(transport.handOver()), HandOverStats.NONE);
    }

    @Override
    public List<ClientStats> producers() {
        return lane.ask(() -> List.copyOf(transport.producers()), List.of());
    }
}
