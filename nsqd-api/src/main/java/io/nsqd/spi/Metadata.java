package io.nsqd.spi;

import java.util.List;

/**
 * What the daemon remembers over a restart beside the messages: names and pause states.
 *
 * @param topics the topics that are not ephemeral
 */
public record Metadata(List<TopicEntry> topics) {
    /** Nothing remembered. */
    public static final Metadata EMPTY = new Metadata(List.of());

    /** Copies the list. */
    public Metadata {
        topics = List.copyOf(topics);
    }

    /**
     * A topic.
     *
     * @param name its name
     * @param paused whether it is paused
     * @param channels its channels that are not ephemeral
     */
    public record TopicEntry(String name, boolean paused, List<ChannelEntry> channels) {
        /** Copies the list. */
        public TopicEntry {
            channels = List.copyOf(channels);
        }
    }

    /**
     * A channel.
     *
     * @param name its name
     * @param paused whether it is paused
     */
    public record ChannelEntry(String name, boolean paused) {}
}
