package io.nsqd.shell;

import io.nsqd.stats.ChannelStats;
import io.nsqd.stats.PolicyStats;

/** A channel for JMX. */
final class ChannelBean extends PolicyFigures implements ChannelMXBean {
    private final String topic;
    private final String channel;
    private final Administration administration;

    ChannelBean(String topic, String channel, Administration administration) {
        this.topic = topic;
        this.channel = channel;
        this.administration = administration;
    }

    private ChannelStats stats() {
        return administration.channelStats(topic, channel);
    }

    @Override
    public long getDepth() {
        return stats().depth();
    }

    @Override
    public long getBackendDepth() {
        return stats().backendDepth();
    }

    @Override
    public int getInFlightCount() {
        return stats().inFlightCount();
    }

    @Override
    public int getDeferredCount() {
        return stats().deferredCount();
    }

    @Override
    public long getMessageCount() {
        return stats().messageCount();
    }

    @Override
    public long getRequeueCount() {
        return stats().requeueCount();
    }

    @Override
    public long getTimeoutCount() {
        return stats().timeoutCount();
    }

    @Override
    PolicyStats policy() {
        return stats().policy().orElse(PolicyStats.NONE);
    }

    @Override
    public int getClientCount() {
        return stats().clientCount();
    }

    @Override
    public boolean isPaused() {
        return stats().paused();
    }

    @Override
    public String pause() {
        return NsqdBean.tell(() -> administration.pauseChannel(topic, channel));
    }

    @Override
    public String unpause() {
        return NsqdBean.tell(() -> administration.unpauseChannel(topic, channel));
    }

    @Override
    public String empty() {
        return NsqdBean.tell(() -> administration.emptyChannel(topic, channel));
    }

    @Override
    public String delete() {
        return NsqdBean.tell(() -> administration.deleteChannel(topic, channel));
    }
}
