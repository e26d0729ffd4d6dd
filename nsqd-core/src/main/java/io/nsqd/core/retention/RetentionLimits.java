package io.nsqd.core.retention;

/**
 * How much a topic keeps.
 *
 * @param nanos how long a message is kept, in nanoseconds since it was published; 0 for as long as there is room
 * @param bytes how much the files may take; 0 for as much as there is
 */
public record RetentionLimits(long nanos, long bytes) {
    /** Nothing is kept. */
    public static final RetentionLimits NONE = new RetentionLimits(0, 0);

    /** Into so many files what is kept is divided, at least, since it is given back a file at a time. */
    private static final int PARTS = 8;

    private static final long LARGEST_FILE = 64L << 20;
    private static final long SMALLEST_FILE = 64L << 10;

    /**
     * Checks it.
     *
     * @throws IllegalArgumentException when one is negative
     */
    public RetentionLimits {
        if (nanos < 0 || bytes < 0) {
            throw new IllegalArgumentException("retention of " + nanos + " ns and " + bytes + " bytes");
        }
    }

    /** Whether anything is kept. */
    public boolean isNone() {
        return nanos == 0 && bytes == 0;
    }

    /** At which size a file is the last one's no more. */
    long fileBytes() {
        return bytes == 0 ? LARGEST_FILE : Math.max(SMALLEST_FILE, Math.min(LARGEST_FILE, bytes / PARTS));
    }

    /** At which age a file is the last one's no more; 0 for never. */
    long fileNanos() {
        return nanos == 0 ? 0 : Math.max(1, nanos / PARTS);
    }
}
