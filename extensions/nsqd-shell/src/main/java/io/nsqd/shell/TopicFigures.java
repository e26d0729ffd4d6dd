package io.nsqd.shell;

import io.nsqd.stats.PolicyStats;
import io.nsqd.stats.TopicStats;
import java.util.List;

/** A topic's figures as JMX takes them: a bean, which becomes composite data. */
public final class TopicFigures extends PolicyFigures {
    private final TopicStats stats;

    TopicFigures(TopicStats stats) {
        this.stats = stats;
    }

    /** The topic. */
    public String getName() {
        return stats.name();
    }

    /** Messages that wait in the topic itself. */
    public long getDepth() {
        return stats.depth();
    }

    /** The backend's part of it. */
    public long getBackendDepth() {
        return stats.backendDepth();
    }

    /** Messages published since the start. */
    public long getMessageCount() {
        return stats.messageCount();
    }

    /** The bytes of their bodies. */
    public long getMessageBytes() {
        return stats.messageBytes();
    }

    /** Whether routing is paused. */
    public boolean isPaused() {
        return stats.paused();
    }

    /** Its channels, sorted by name. */
    public List<ChannelFigures> getChannels() {
        return stats.channels().stream().map(ChannelFigures::new).toList();
    }

    @Override
    PolicyStats policy() {
        return stats.policy().orElse(PolicyStats.NONE);
    }
}
