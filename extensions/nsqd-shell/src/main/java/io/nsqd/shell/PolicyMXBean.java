package io.nsqd.shell;

/** What policies have done to the messages of a topic or a channel since the start. */
public interface PolicyMXBean {
    @Described("Messages whose time to live was over")
    long getExpiredCount();

    @Described("Messages that have failed too often")
    long getDeadCount();

    @Described("Messages that policies have dropped")
    long getDroppedCount();

    @Described("Messages, or deliveries, that had to wait for a rate")
    long getThrottledCount();

    @Described("Messages that a bound has refused")
    long getRejectedCount();

    @Described("Messages that were put into a channel again")
    long getReplayedCount();
}
