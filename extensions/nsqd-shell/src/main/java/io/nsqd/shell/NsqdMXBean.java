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
@Described("nsqd, a daemon that keeps messages in topics and channels")
public interface NsqdMXBean {
    /**
     * The name under which it is registered; that of another daemon of the framework has its {@code name} as well, and that of a second
     * one in the JVM its {@code dataPath}.
     */
    String NAME = "io.nsqd:type=Nsqd";

    @Described("The version that NSQ's tools see")
    String getVersion();

    @Described("OK, or NOK - and what is wrong")
    String getHealth();

    @Described("What an OK promises: memory, written or synced")
    String getDurability();

    @Described("When the daemon started")
    Date getStartTime();

    @Described("What is served: protocol and address of each transport")
    List<String> getTransports();

    @Described("What became of each transport's connections when it was updated")
    List<HandOverFigures> getHandOvers();

    @Described("How many topics there are")
    int getTopicCount();

    @Described("How many channels all topics have")
    int getChannelCount();

    @Described("Messages published since the start")
    long getMessageCount();

    @Described("The bytes of their bodies")
    long getMessageBytes();

    @Described("Messages that wait, in topics and in channels")
    long getDepth();

    @Described("Messages in flight")
    long getInFlightCount();

    @Described("Messages held back")
    long getDeferredCount();

    @Described("Consumers")
    int getClientCount();

    @Described("The figures of each topic with its channels, sorted by name")
    List<TopicFigures> getTopics();

    @Described("What must never happen, by the names of Trouble: how often, or for how many nanoseconds")
    Map<String, Long> getTroubles();

    @Described("Makes a topic")
    String createTopic(String topic);

    @Described("Deletes a topic with its channels and messages")
    String deleteTopic(String topic);

    @Described("Drops what waits in a topic itself")
    String emptyTopic(String topic);

    @Described("Stops a topic's routing to its channels")
    String pauseTopic(String topic);

    @Described("Resumes it")
    String unpauseTopic(String topic);

    @Described("Makes a channel, and its topic where that is missing")
    String createChannel(String topic, String channel);

    @Described("Deletes a channel with its messages")
    String deleteChannel(String topic, String channel);

    @Described("Drops all messages of a channel")
    String emptyChannel(String topic, String channel);

    @Described("Stops a channel's deliveries")
    String pauseChannel(String topic, String channel);

    @Described("Resumes them")
    String unpauseChannel(String topic, String channel);

    @Described("Writes the names and pause states of topics and channels now")
    String persistMetadata();
}
