package io.nsqd.lookup;

import io.nsqd.api.Channel;
import io.nsqd.api.Nsqd;
import io.nsqd.api.Topic;
import java.util.ArrayList;
import java.util.List;

/**
 * What can be registered: a topic, or a channel of it.
 *
 * @param topic the topic
 * @param channel the channel, empty for the topic itself
 */
record Registration(String topic, String channel) {
    static Registration of(String topic) {
        return new Registration(topic, "");
    }

    /** All that exists now: every channel, which implies its topic, and every topic without one (L-11, L-12). */
    static List<Registration> all(Nsqd nsqd) {
        List<Registration> all = new ArrayList<>();
        for (Topic topic : nsqd.topics()) {
            List<Channel> channels = topic.channels();
            if (channels.isEmpty()) {
                all.add(of(topic.name()));
            }
            for (Channel channel : channels) {
                all.add(new Registration(topic.name(), channel.name()));
            }
        }
        return all;
    }

    boolean exists(Nsqd nsqd) {
        return nsqd.existingTopic(topic)
                .map(found ->
                        channel.isEmpty() || found.existingChannel(channel).isPresent())
                .orElse(false);
    }

    /** {@code topic} or {@code channel}, for the log. */
    String kind() {
        return channel.isEmpty() ? "topic" : "channel";
    }

    /** The command that says whether it exists, without the line end (L-11 to L-14). */
    String command(boolean exists) {
        return (exists ? "REGISTER " : "UNREGISTER ") + topic + (channel.isEmpty() ? "" : " " + channel);
    }
}
