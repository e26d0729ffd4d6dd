package io.nsqd.core.journal.file;

import io.nsqd.api.Durability;
import java.nio.file.Path;

/**
 * What a journal is made with.
 *
 * @param directory where its files are
 * @param segmentBytes size of a segment, from {@link Format#SEGMENT_HEADER} on, a multiple of {@link Format#ALIGNMENT}
 * @param maxBytes what its files may take
 * @param durability what its completions wait for
 * @param retryNanos how long what does not work is left alone before it is tried again
 */
record JournalSettings(
        SegmentFiles files, Path directory, int segmentBytes, long maxBytes, Durability durability, long retryNanos) {
    /** What the smallest journal needs: one that is filled, one that is being given back, the next, and one in reserve. */
    private static final int FEWEST_SEGMENTS = 4;

    /** Bytes of segments that are to be ready, beside the one in reserve. */
    private static final long READY_BYTES = 32L << 20;

    private static final int MOST_READY = 7;

    /** @param maxBytes 0 for what the disk has */
    static long bound(long maxBytes, int segmentBytes) {
        return maxBytes == 0 ? Long.MAX_VALUE : Math.max(maxBytes, (long) FEWEST_SEGMENTS * segmentBytes);
    }

    /** How many segments are to be ready, the one in reserve included: small ones are filled sooner than others are made. */
    int ready() {
        long wanted = Math.max(1, Math.min(MOST_READY, READY_BYTES / segmentBytes));
        return 1 + (int) Math.min(wanted, Math.max(1, maxBytes / segmentBytes / FEWEST_SEGMENTS));
    }
}
