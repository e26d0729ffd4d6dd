package io.nsqd.stats;

import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * The daemon's figures.
 *
 * @param version the version that NSQ's tools see
 * @param health {@code OK} or {@code NOK - <error>}
 * @param startTime when the daemon started
 * @param topics sorted by name
 * @param memory the memory figures, where asked for
 * @param producers clients that have published at least once (T-11)
 * @param journal what the journal has; nothing where there is none
 */
public record NsqdStats(
        String version,
        String health,
        Instant startTime,
        List<TopicStats> topics,
        Optional<MemoryStats> memory,
        List<ClientStats> producers,
        Optional<JournalStats> journal) {
    /** Copies the lists. */
    public NsqdStats {
        topics = List.copyOf(topics);
        producers = List.copyOf(producers);
    }

    /** Those of a daemon without a journal. */
    public NsqdStats(
            String version,
            String health,
            Instant startTime,
            List<TopicStats> topics,
            Optional<MemoryStats> memory,
            List<ClientStats> producers) {
        this(version, health, startTime, topics, memory, producers, Optional.empty());
    }
}
