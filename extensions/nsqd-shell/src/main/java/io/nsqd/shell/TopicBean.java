package io.nsqd.shell;

import io.nsqd.stats.ChannelStats;
import io.nsqd.stats.PolicyStats;
import io.nsqd.stats.TopicStats;
import java.util.List;

/** A topic for JMX. */
final class TopicBean extends PolicyFigures implements TopicMXBean {
    private final String topic;
    private final Administration administration;

    TopicBean(String topic, Administration administration) {
        this.topic = topic;
        this.administration = administration;
    }

    private TopicStats stats() {
        return administration.topicStats(topic);
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
    public long getMessageCount() {
        return stats().messageCount();
    }

    @Override
    public long getMessageBytes() {
        return stats().messageBytes();
    }

    @Override
    PolicyStats policy() {
        return stats().policy().orElse(PolicyStats.NONE);
    }

    @Override
    public boolean isPaused() {
        return stats().paused();
    }

    @Override
    public List<String> getChannels() {
        return stats().channels().stream().map(ChannelStats::name).toList();
    }

    @Override
    public String pause() {
        return NsqdBean.tell(() -> administration.pauseTopic(topic));
    }

    @Override
    public String unpause() {
        return NsqdBean.tell(() -> administration.unpauseTopic(topic));
    }

    @Override
    public String empty() {
        return NsqdBean.tell(() -> administration.emptyTopic(topic));
    }

    @Override
    public String delete() {
        return NsqdBean.tell(() -> administration.deleteTopic(topic));
    }
}
