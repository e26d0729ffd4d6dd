package io.nsqd.stats;

import java.util.Optional;

/**
 * What a snapshot is to contain.
 *
 * @param topic only this topic, or all
 * @param channel only channels of this name (and topics that have one), or all
 * @param includeClients whether to list consumers and producers (T-1)
 * @param includeMemory whether to include the memory figures (T-1)
 */
public record StatsFilter(
        Optional<String> topic, Optional<String> channel, boolean includeClients, boolean includeMemory) {
    /** Everything. */
    public static final StatsFilter ALL = new StatsFilter(Optional.empty(), Optional.empty(), true, true);
}
