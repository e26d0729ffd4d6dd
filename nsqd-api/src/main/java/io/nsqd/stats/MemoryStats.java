package io.nsqd.stats;

/**
 * Memory figures of the virtual machine under the names that NSQ's tools know (T-25).
 *
 * @param heapObjects 0: a JVM does not count objects without stopping
 * @param heapIdleBytes committed and not used
 * @param heapInUseBytes used
 * @param heapReleasedBytes given back since the peak
 * @param gcPauseMicros100 the longest of the last 256 collection pauses
 * @param gcPauseMicros99 their 99th percentile
 * @param gcPauseMicros95 their 95th percentile
 * @param nextGcBytes committed heap: about where the next collection is due
 * @param gcTotalRuns collections since the start
 */
public record MemoryStats(
        long heapObjects,
        long heapIdleBytes,
        long heapInUseBytes,
        long heapReleasedBytes,
        long gcPauseMicros100,
        long gcPauseMicros99,
        long gcPauseMicros95,
        long nextGcBytes,
        long gcTotalRuns) {}
