package io.nsqd.stats;

import java.time.Instant;

/**
 * How far a channel has got that is being filled again with what its topic retains.
 *
 * @param from how old messages may be
 * @param replayed messages that were put into the channel again
 * @param remaining retained messages that are still to be looked at: as many are replayed at the most
 */
public record RewindStats(Instant from, long replayed, long remaining) {}
