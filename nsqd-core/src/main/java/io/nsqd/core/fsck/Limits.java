package io.nsqd.core.fsck;

import io.nsqd.core.disk.DiskRecord;

/**
 * What the daemon's options say about files.
 *
 * @param maxMessageBytes the biggest body (S-9)
 * @param maxBytesPerFile a repaired file is left before it would exceed this many bytes (S-10)
 */
record Limits(long maxMessageBytes, long maxBytesPerFile) {
    /** The most that a length field may say. */
    long maxLength() {
        return Math.min(Integer.MAX_VALUE, maxMessageBytes + DiskRecord.MIN_LENGTH);
    }
}
