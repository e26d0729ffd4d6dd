package io.nsqd.shell;

import io.nsqd.api.Nsqd;
import io.nsqd.api.NsqdException;
import io.nsqd.api.Option;
import io.nsqd.stats.ChannelStats;
import io.nsqd.stats.TopicStats;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.util.Date;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Supplier;
import java.util.stream.Stream;
import javax.management.InstanceAlreadyExistsException;
import javax.management.JMException;
import javax.management.MBeanServer;
import javax.management.ObjectName;

/** The daemon for JMX. */
final class NsqdBean implements NsqdMXBean {
    private final Nsqd nsqd;
    private final Administration administration;

    NsqdBean(Nsqd nsqd) {
        this.nsqd = nsqd;
        administration = new Administration(nsqd);
    }

    /**
     * Registers it with the platform's server; closed to take it away.
     *
     * <p>The default daemon has the plain name, and others of the framework theirs with the daemon's. Of several default ones in one JVM,
     * as in a program that embeds them, the first has the plain name, and the others theirs with the data path, which no two daemons
     * share.
     */
    static AutoCloseable register(Nsqd nsqd, News news) throws JMException {
        Object bean = new DescribedMXBean<>(new NsqdBean(nsqd), NsqdMXBean.class, news);
        boolean named = !nsqd.name().equals(Nsqd.DEFAULT_NAME);
        try {
            return register(bean, news, new ObjectName(NAME + (named ? ",name=" + nsqd.name() : "")));
        } catch (InstanceAlreadyExistsException e) {
            Path dataPath = Path.of(nsqd.options().string(Option.DATA_PATH))
                    .toAbsolutePath()
                    .normalize();
            return register(bean, news, new ObjectName(NAME + ",dataPath=" + ObjectName.quote(dataPath.toString())));
        }
    }

    private static AutoCloseable register(Object bean, News news, ObjectName name) throws JMException {
        MBeanServer server = ManagementFactory.getPlatformMBeanServer();
        server.registerMBean(bean, name);
        news.from(name);
        return () -> server.unregisterMBean(name);
    }

    private List<TopicStats> stats() {
        return Administration.stats(nsqd, Optional.empty(), Optional.empty()).topics();
    }

    private Stream<ChannelStats> channels() {
        return stats().stream().flatMap(topic -> topic.channels().stream());
    }

    @Override
    public String getVersion() {
        return Nsqd.VERSION;
    }

    @Override
    public String getHealth() {
        return nsqd.health();
    }

    @Override
    public String getDurability() {
        return nsqd.options().durability().toString();
    }

    @Override
    public Date getStartTime() {
        return Date.from(nsqd.startTime());
    }

    @Override
    public List<String> getTransports() {
        return nsqd.transports().stream()
                .map(transport -> transport.protocol() + " " + transport.address())
                .sorted()
                .toList();
    }

    @Override
    public List<HandOverFigures> getHandOvers() {
        return nsqd.transports().stream().map(HandOverFigures::new).toList();
    }

    @Override
    public int getTopicCount() {
        return nsqd.topics().size();
    }

    @Override
    public int getChannelCount() {
        return nsqd.topics().stream().mapToInt(topic -> topic.channels().size()).sum();
    }

    @Override
    public long getMessageCount() {
        return stats().stream().mapToLong(TopicStats::messageCount).sum();
    }

    @Override
    public long getMessageBytes() {
        return stats().stream().mapToLong(TopicStats::messageBytes).sum();
    }

    @Override
    public long getDepth() {
        return stats().stream()
                .mapToLong(topic -> topic.depth()
                        + topic.channels().stream()
                                .mapToLong(ChannelStats::depth)
                                .sum())
                .sum();
    }

    @Override
    public long getInFlightCount() {
        return channels().mapToLong(ChannelStats::inFlightCount).sum();
    }

    @Override
    public long getDeferredCount() {
        return channels().mapToLong(ChannelStats::deferredCount).sum();
    }

    @Override
    public int getClientCount() {
        return channels().mapToInt(ChannelStats::clientCount).sum();
    }

    @Override
    public List<TopicFigures> getTopics() {
        return stats().stream().map(TopicFigures::new).toList();
    }

    @Override
    public Map<String, Long> getTroubles() {
        Map<String, Long> troubles = new TreeMap<>();
        nsqd.troubles().snapshot().forEach((trouble, value) -> troubles.put(trouble.label(), value));
        return troubles;
    }

    @Override
    public String createTopic(String topic) {
        return tell(() -> administration.createTopic(topic));
    }

    @Override
    public String deleteTopic(String topic) {
        return tell(() -> administration.deleteTopic(topic));
    }

    @Override
    public String emptyTopic(String topic) {
        return tell(() -> administration.emptyTopic(topic));
    }

    @Override
    public String pauseTopic(String topic) {
        return tell(() -> administration.pauseTopic(topic));
    }

    @Override
    public String unpauseTopic(String topic) {
        return tell(() -> administration.unpauseTopic(topic));
    }

    @Override
    public String createChannel(String topic, String channel) {
        return tell(() -> administration.createChannel(topic, channel));
    }

    @Override
    public String deleteChannel(String topic, String channel) {
        return tell(() -> administration.deleteChannel(topic, channel));
    }

    @Override
    public String emptyChannel(String topic, String channel) {
        return tell(() -> administration.emptyChannel(topic, channel));
    }

    @Override
    public String pauseChannel(String topic, String channel) {
        return tell(() -> administration.pauseChannel(topic, channel));
    }

    @Override
    public String unpauseChannel(String topic, String channel) {
        return tell(() -> administration.unpauseChannel(topic, channel));
    }

    @Override
    public String persistMetadata() {
        return tell(administration::persistMetadata);
    }

    /** A client has no class of ours: what it is told must be of the platform's. */
    static String tell(Supplier<String> operation) {
        try {
            return operation.get();
        } catch (Refused | NsqdException e) {
            throw new IllegalArgumentException(e.getMessage());
        }
    }
}
