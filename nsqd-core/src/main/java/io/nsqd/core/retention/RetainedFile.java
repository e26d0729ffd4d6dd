package io.nsqd.core.retention;

import java.nio.file.Path;
import java.util.Locale;

/**
 * What is known of a file.
 *
 * @param number of the file: the later the higher
 * @param first the number of its first message
 * @param count how many messages it has
 * @param bytes its length
 * @param newestNanos when the newest of them was published
 */
record RetainedFile(long number, long first, long count, long bytes, long newestNanos) {
    /** How the name of a file ends. */
    static final String SUFFIX = ".retained";

    /** An empty one. */
    static RetainedFile empty(long number, long first) {
        return new RetainedFile(number, first, 0, RetainedFormat.FILE_HEADER, Long.MIN_VALUE);
    }

    /** With a frame more. */
    RetainedFile with(RetainedFormat.Header frame) {
        return new RetainedFile(
                number,
                count == 0 ? frame.number() : first,
                count + frame.count(),
                bytes + frame.bytes(),
                Math.max(newestNanos, frame.newestNanos()));
    }

    /** The number behind its last message's. */
    long end() {
        return first + count;
    }

    static Path path(Path directory, long number) {
        return directory.resolve(String.format(Locale.ROOT, "%012d", number) + SUFFIX);
    }
}
