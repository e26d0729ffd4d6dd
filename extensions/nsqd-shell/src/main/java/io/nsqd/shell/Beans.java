package io.nsqd.shell;

import io.nsqd.api.Nsqd;
import io.nsqd.api.Option;
import io.nsqd.api.Topic;
import io.nsqd.log.Logger;
import io.nsqd.log.LoggerFactory;
import io.nsqd.spi.NsqdListener;
import io.nsqd.spi.Turns;
import java.lang.management.ManagementFactory;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import javax.management.InstanceNotFoundException;
import javax.management.JMException;
import javax.management.MBeanServer;
import javax.management.NotificationBroadcasterSupport;
import javax.management.ObjectName;

/**
 * The MBeans of a daemon's topics and channels, as many as {@code jmx-topics} allows: they come and go with what they show. Told by the
 * daemon, on one thread; {@link #registerAll} and {@link #close} come from another.
 */
final class Beans implements NsqdListener, AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Beans.class);

    private final MBeanServer server = ManagementFactory.getPlatformMBeanServer();
    private final Nsqd nsqd;
    private final News news;
    private final Administration administration;
    private final long limit;

    /** Whoever listens to the server is called when something is registered. */
    private final Turns turns = new Turns();

    /** By what they show, {@code topic} or {@code topic:channel}; changed in turn, as is what follows. */
    private final Map<String, ObjectName> registered = new HashMap<>();

    private boolean full;
    private boolean closed;

    Beans(Nsqd nsqd, News news) {
        this.nsqd = nsqd;
        this.news = news;
        administration = new Administration(nsqd);
        limit = nsqd.options().integer(Option.JMX_TOPICS);
    }

    /** Registers what is there. */
    void registerAll() {
        for (Topic topic : nsqd.topics()) {
            add(topic.name());
            topic.channels().forEach(channel -> add(topic.name(), channel.name()));
        }
    }

    private void add(String topic) {
        add(
                topic,
                new DescribedMXBean<>(
                        new TopicBean(topic, administration), TopicMXBean.class, new NotificationBroadcasterSupport()),
                name("Topic", ",name=" + topic));
    }

    private void add(String topic, String channel) {
        add(
                topic + ":" + channel,
                new DescribedMXBean<>(
                        new ChannelBean(topic, channel, administration),
                        ChannelMXBean.class,
                        new NotificationBroadcasterSupport()),
                name("Channel", ",topic=" + topic + ",name=" + channel));
    }

    /** @param keys names of topics, channels and daemons, which have no characters that would have to be quoted */
    private ObjectName name(String type, String keys) {
        String daemon = nsqd.name().equals(Nsqd.DEFAULT_NAME) ? "" : ",daemon=" + nsqd.name();
        try {
            return new ObjectName("io.nsqd:type=" + type + daemon + keys);
        } catch (JMException e) {
            throw new IllegalArgumentException(e);
        }
    }

    private void add(String key, Object bean, ObjectName name) {
        turns.later(() -> register(key, bean, name));
    }

    private void register(String key, Object bean, ObjectName name) {
        if (closed || registered.containsKey(key)) {
            return;
        }
        if (registered.size() >= limit) {
            if (!full && limit > 0) {
                full = true;
                LOG.info("JMX: there are more topics and channels than jmx-topics allows MBeans, {}", limit);
            }
            return;
        }
        try {
            server.registerMBean(bean, name);
            registered.put(key, name);
        } catch (JMException e) {
            // As when another daemon of this program, without a name as well, has a topic of this name.
            LOG.debug("JMX: {} cannot be registered - {}", name, e.toString());
        }
    }

    private void remove(String key) {
        turns.later(() -> Optional.ofNullable(registered.remove(key)).ifPresent(this::unregister));
    }

    private void unregister(ObjectName name) {
        try {
            server.unregisterMBean(name);
        } catch (InstanceNotFoundException e) {
            LOG.debug("JMX: {} was unregistered by somebody else", name);
        } catch (JMException e) {
            LOG.warn("JMX: {} cannot be unregistered - {}", name, e.toString());
        }
    }

    @Override
    public void topicCreated(String topic) {
        add(topic);
        news.tell("topic.created", "topic " + topic + " was made", topic);
    }

    @Override
    public void topicDeleted(String topic) {
        remove(topic);
        news.tell("topic.deleted", "topic " + topic + " was deleted", topic);
    }

    @Override
    public void channelCreated(String topic, String channel) {
        add(topic, channel);
        news.tell("channel.created", "channel " + channel + " of " + topic + " was made", topic + ":" + channel);
    }

    @Override
    public void channelDeleted(String topic, String channel) {
        remove(topic + ":" + channel);
        news.tell("channel.deleted", "channel " + channel + " of " + topic + " was deleted", topic + ":" + channel);
    }

    @Override
    public void healthChanged(String health) {
        news.tell("health", health, health);
    }

    @Override
    public void optionsChanged() {
        news.tell("options", "options were changed", null);
    }

    @Override
    public void transportsChanged() {
        String serving = nsqd.transports().stream()
                .map(transport -> transport.protocol() + " " + transport.address())
                .sorted()
                .collect(Collectors.joining(", "));
        news.tell("transports", serving.isEmpty() ? "no transport serves" : "serving " + serving, serving);
    }

    @Override
    public void close() {
        turns.now(() -> {
            closed = true;
            registered.values().forEach(this::unregister);
            registered.clear();
        });
    }
}
