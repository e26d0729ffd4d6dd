package io.nsqd.shell;

import io.nsqd.stats.PolicyStats;

/** The counts of policies, for all that JMX shows of a topic or a channel: its bean, and its figures within another one's. */
public abstract class PolicyFigures implements PolicyMXBean {
    /** For those beside it. */
    PolicyFigures() {}

    /** What is counted now. */
    abstract PolicyStats policy();

    @Override
    public final long getExpiredCount() {
        return policy().expired();
    }

    @Override
    public final long getDeadCount() {
        return policy().dead();
    }

    @Override
    public final long getDroppedCount() {
        return policy().dropped();
    }

    @Override
    public final long getThrottledCount() {
        return policy().throttled();
    }

    @Override
    public final long getRejectedCount() {
        return policy().rejected();
    }

    @Override
    public final long getReplayedCount() {
        return policy().replayed();
    }
}
