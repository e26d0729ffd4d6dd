package io.nsqd.shell;

import io.nsqd.api.Channel;
import io.nsqd.api.Names;
import io.nsqd.api.Nsqd;
import io.nsqd.api.Printable;
import io.nsqd.api.Topic;
import io.nsqd.stats.ChannelStats;
import io.nsqd.stats.NsqdStats;
import io.nsqd.stats.StatsFilter;
import io.nsqd.stats.TopicStats;
import java.util.List;
import java.util.Optional;

/**
 * What may be done to topics and channels. Each method returns one line that says what it did, or throws {@link Refused} with
 * one line that says why not.
 */
final class Administration {
    private final Nsqd nsqd;

    Administration(Nsqd nsqd) {
        this.nsqd = nsqd;
    }

    // ---- what is there

    /** The topic of that name. */
    Topic topic(String name) {
        check("topic", name);
        return nsqd.existingTopic(name)
                .orElseThrow(() -> missing(
                        "topic",
                        name,
                        "",
                        nsqd.topics().stream().map(Topic::name).toList()));
    }

    /** The channel of that name. */
    Channel channel(Topic topic, String name) {
        check("channel", name);
        return topic.existingChannel(name)
                .orElseThrow(() -> missing(
                        "channel",
                        name,
                        " in topic " + topic.name(),
                        topic.channels().stream().map(Channel::name).toList()));
    }

    private static void check(String what, String name) {
        if (!Names.isValid(name)) {
            throw new Refused(Printable.of("'" + name + "' is not a valid " + what + " name (1 to " + Names.MAX_LENGTH
                    + " of . a-z A-Z 0-9 _ -, and " + Names.EPHEMERAL + " at the end if it is to be)"));
        }
    }

    private static Refused missing(String what, String name, String where, List<String> there) {
        List<String> similar =
                there.stream().filter(other -> other.startsWith(name)).limit(5).toList();
        String hint = similar.isEmpty() ? "" : "; is it " + String.join(" or ", similar) + "?";
        return new Refused("there is no " + what + " " + name + where + hint);
    }

    // ---- topics

    /** Makes a topic. */
    String createTopic(String name) {
        check("topic", name);
        if (nsqd.existingTopic(name).isPresent()) {
            return "topic " + name + " is there already";
        }
        nsqd.topic(name);
        return "created topic " + name;
    }

    /** Deletes a topic. */
    String deleteTopic(String name) {
        Topic topic = topic(name);
        int channels = topic.channels().size();
        long messages = messages(name);
        nsqd.deleteTopic(name);
        return "deleted topic " + name + ": " + count(channels, "channel") + " and " + count(messages, "message")
                + " are gone";
    }

    /** Drops what waits in a topic itself. */
    String emptyTopic(String name) {
        Topic topic = topic(name);
        long messages = stats(name).map(TopicStats::depth).orElse(0L);
        topic.empty();
        return "emptied topic " + name + ": " + dropped(messages) + "; what its channels have stays";
    }

    /** Stops a topic's routing. */
    String pauseTopic(String name) {
        topic(name).pause();
        return "paused topic " + name;
    }

    /** Resumes a topic's routing. */
    String unpauseTopic(String name) {
        topic(name).unpause();
        return "unpaused topic " + name;
    }

    // ---- channels

    /** Makes a channel, and its topic where that is missing. */
    String createChannel(String topicName, String name) {
        check("topic", topicName);
        check("channel", name);
        Topic topic = nsqd.topic(topicName);
        if (topic.existingChannel(name).isPresent()) {
            return "channel " + name + " is there already in topic " + topicName;
        }
        topic.channel(name);
        return "created channel " + name + " in topic " + topicName;
    }

    /** Deletes a channel. */
    String deleteChannel(String topicName, String name) {
        Topic topic = topic(topicName);
        channel(topic, name);
        Optional<ChannelStats> before = stats(topicName, name);
        topic.deleteChannel(name);
        return "deleted channel " + name + " of topic " + topicName + ": "
                + count(before.map(Administration::messages).orElse(0L), "message") + " and "
                + count(before.map(ChannelStats::clientCount).orElse(0), "consumer") + " are gone";
    }

    /** Drops all messages of a channel. */
    String emptyChannel(String topicName, String name) {
        Channel channel = channel(topic(topicName), name);
        long messages = stats(topicName, name).map(Administration::messages).orElse(0L);
        channel.empty();
        return "emptied channel " + name + " of topic " + topicName + ": " + dropped(messages);
    }

    /** Stops a channel's deliveries. */
    String pauseChannel(String topicName, String name) {
        channel(topic(topicName), name).pause();
        return "paused channel " + name + " of topic " + topicName;
    }

    /** Resumes a channel's deliveries. */
    String unpauseChannel(String topicName, String name) {
        channel(topic(topicName), name).unpause();
        return "unpaused channel " + name + " of topic " + topicName;
    }

    // ---- metadata

    /** Writes the names and pause states now. */
    String persistMetadata() {
        nsqd.persistMetadata();
        return "metadata persisted";
    }

    // ---- figures

    /** A snapshot without what takes long. */
    static NsqdStats stats(Nsqd nsqd, Optional<String> topic, Optional<String> channel) {
        return nsqd.stats(new StatsFilter(topic, channel, false, false));
    }

    /** The figures of a topic that is there. */
    TopicStats topicStats(String topic) {
        return stats(topic).orElseThrow(() -> new IllegalStateException("topic " + topic + " was deleted"));
    }

    /** The figures of a channel that is there. */
    ChannelStats channelStats(String topic, String channel) {
        return stats(topic, channel)
                .orElseThrow(() -> new IllegalStateException("channel " + channel + " of " + topic + " was deleted"));
    }

    private Optional<TopicStats> stats(String topic) {
        return stats(nsqd, Optional.of(topic), Optional.empty()).topics().stream()
                .findFirst();
    }

    private Optional<ChannelStats> stats(String topic, String channel) {
        return stats(nsqd, Optional.of(topic), Optional.of(channel)).topics().stream()
                .flatMap(found -> found.channels().stream())
                .filter(found -> found.name().equals(channel))
                .findFirst();
    }

    private long messages(String topic) {
        return stats(topic)
                .map(found -> found.depth()
                        + found.channels().stream()
                                .mapToLong(Administration::messages)
                                .sum())
                .orElse(0L);
    }

    /** All messages that a channel has, whatever their state. */
    static long messages(ChannelStats channel) {
        return channel.depth() + channel.inFlightCount() + channel.deferredCount();
    }

    private static String dropped(long messages) {
        return count(messages, "message") + " dropped";
    }

    private static String count(long count, String what) {
        return count + " " + what + (count == 1 ? "" : "s");
    }
}
