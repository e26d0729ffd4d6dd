package io.nsqd.shell;

import java.util.Date;
import java.util.List;
import java.util.Map;

/**
 * The daemon under {@value #NAME}, for JConsole and its like. Figures of messages and clients are sums over all topics and
 * channels; {@link #getTopics()} has them one by one.
 *
 * <p>Operations return one line that says what was done, and throw {@link IllegalArgumentException} with one that says why not:
 * of types that every JMX client has.
 */
public interface NsqdMXBean {
    /** The name under which it is registered; that of another daemon of the framework has its {@code name} as well, and that of a second one
     * in the JVM its {@code dataPath}. */
    String NAME = "io.nsqd:type=Nsqd";

    /** The version that NSQ's tools see. */
    String getVersion();

    /** {@code OK}, or {@code NOK - } and what is wrong with the storage. */
    String getHealth();

    /** When the daemon started. */
    Date getStartTime();

    /** What is served: protocol and address of each transport. */
    List<String> getTransports();

    /** How many topics there are. */
    int getTopicCount();

    /** How many channels all topics have. */
    int getChannelCount();

    /** Messages published since the start. */
    long getMessageCount();

    /** The bytes of their bodies. */
    long getMessageBytes();

    /** Messages that wait, in topics and in channels. */
    long getDepth();

    /** Messages in flight. */
    long getInFlightCount();

    /** Messages held back. */
    long getDeferredCount();

    /** Consumers. */
    int getClientCount();

    /** The figures of each topic with its channels, sorted by name. */
    List<TopicFigures> getTopics();

    /** What must never happen, by the names of {@link io.nsqd.stats.Trouble}: how often, or for how many nanoseconds. */
    Map<String, Long> getTroubles();

    /** Makes a topic. */
    String createTopic(String topic);

    /** Deletes a topic with its channels and messages. */
    String deleteTopic(String topic);

    /** Drops what waits in a topic itself. */
    String emptyTopic(String topic);

    /** Stops a topic's routing to its channels. */
    String pauseTopic(String topic);

    /** Resumes it. */
    String unpauseTopic(String topic);

    /** Makes a channel, and its topic where that is missing. */
    String createChannel(String topic, String channel);

    /** Deletes a channel with its messages. */
    String deleteChannel(String topic, String channel);

    /** Drops all messages of a channel. */
    String emptyChannel(String topic, String channel);

    /** Stops a channel's deliveries. */
    String pauseChannel(String topic, String channel);

    /** Resumes them. */
    String unpauseChannel(String topic, String channel);

    /** Writes the names and pause states of topics and channels now. */
    String persistMetadata();
}
