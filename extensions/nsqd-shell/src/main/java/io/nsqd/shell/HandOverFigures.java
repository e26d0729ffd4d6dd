package io.nsqd.shell;

import io.nsqd.spi.Transport;
import io.nsqd.stats.HandOverStats;

/** What became of a transport's connections when it was updated, as JMX takes it: a bean, which becomes composite data. */
public final class HandOverFigures {
    private final Transport transport;
    private final HandOverStats stats;

    HandOverFigures(Transport transport) {
        this.transport = transport;
        stats = transport.handOver();
    }

    /** The protocol. */
    public String getProtocol() {
        return transport.protocol();
    }

    /** Where it is served. */
    public String getAddress() {
        return transport.address();
    }

    /** Left for the next transport. */
    public long getParked() {
        return stats.parked();
    }

    /** Taken over by one. */
    public long getAdopted() {
        return stats.adopted();
    }

    /** Ended, as they could not be left in time, or nobody took them over. */
    public long getClosed() {
        return stats.closed();
    }
}
