package io.nsqd.stats;

import java.util.List;
import java.util.Optional;

/**
 * A topic's figures.
 *
 * @param name the topic
 * @param channels sorted by name
 * @param depth messages that wait in the topic itself: memory and backend
 * @param backendDepth the backend's part of it
 * @param messageCount messages published since the start
 * @param messageBytes their bodies' bytes
 * @param paused whether routing is paused
 * @param latency the channels' latencies merged
 * @param policy what policies have done to the topic itself; empty where none has been in force since the start
 */
public record TopicStats(
        String name,
        List<ChannelStats> channels,
        long depth,
        long backendDepth,
        long messageCount,
        long messageBytes,
        boolean paused,
        LatencyStats latency,
        Optional<PolicyStats> policy) {
    /** Copies the list. */
    public TopicStats {
        channels = List.copyOf(channels);
    }

    /** The figures of a topic that no policy has been in force for. */
    public TopicStats(
            String name,
            List<ChannelStats> channels,
            long depth,
            long backendDepth,
            long messageCount,
            long messageBytes,
            boolean paused,
            LatencyStats latency) {
        this(name, channels, depth, backendDepth, messageCount, messageBytes, paused, latency, Optional.empty());
    }
}
