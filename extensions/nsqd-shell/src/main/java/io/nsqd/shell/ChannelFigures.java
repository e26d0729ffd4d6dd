package io.nsqd.shell;

import io.nsqd.stats.ChannelStats;
import io.nsqd.stats.PolicyStats;

/** A channel's figures as JMX takes them: a bean, which becomes composite data. */
public final class ChannelFigures extends PolicyFigures {
    private final ChannelStats stats;

    ChannelFigures(ChannelStats stats) {
        this.stats = stats;
    }

    /** The channel. */
    public String getName() {
        return stats.name();
    }

    /** Messages that wait. */
    public long getDepth() {
        return stats.depth();
    }

    /** The backend's part of it. */
    public long getBackendDepth() {
        return stats.backendDepth();
    }

    /** Messages sent and not answered. */
    public int getInFlightCount() {
        return stats.inFlightCount();
    }

    /** Messages held back. */
    public int getDeferredCount() {
        return stats.deferredCount();
    }

    /** Messages received from the topic since the start. */
    public long getMessageCount() {
        return stats.messageCount();
    }

    /** Messages given back by clients. */
    public long getRequeueCount() {
        return stats.requeueCount();
    }

    /** Messages whose time-out passed. */
    public long getTimeoutCount() {
        return stats.timeoutCount();
    }

    /** Consumers. */
    public int getClientCount() {
        return stats.clientCount();
    }

    /** Whether deliveries are paused. */
    public boolean isPaused() {
        return stats.paused();
    }

    @Override
    PolicyStats policy() {
        return stats.policy().orElse(PolicyStats.NONE);
    }
}
