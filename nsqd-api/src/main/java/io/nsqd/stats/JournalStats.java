package io.nsqd.stats;

import io.nsqd.api.Durability;

/**
 * What keeps the promise of an OK, where more is promised than a clean stop.
 *
 * @param durability what is promised
 * @param store the name of the journal store
 * @param bytes that the journal takes
 * @param segments that it has
 * @param messages that it keeps, each in each of its channels
 * @param failure why nothing new can be kept now; empty while it can
 */
public record JournalStats(
        Durability durability, String store, long bytes, int segments, long messages, String failure) {}
