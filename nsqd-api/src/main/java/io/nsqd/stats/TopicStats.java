package io.nsqd.stats;

import java.util.List;

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
 */
public record TopicStats(
        String name,
        List<ChannelStats> channels,
        long depth,
        long backendDepth,
        long messageCount,
        long messageBytes,
        boolean paused,
        LatencyStats latency) {
    /** Copies the list. */
    public TopicStats {
        channels = List.copyOf(channels);
    }
}
