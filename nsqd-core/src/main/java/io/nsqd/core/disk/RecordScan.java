package io.nsqd.core.disk;

import java.io.IOException;
import java.nio.file.Path;
import java.util.function.LongConsumer;

/**
 * Finds the intact records of a data file, also behind damage.
 *
 * <p>A record is what the daemons take for one, a length in range and that many bytes (S-9, S-18), and more: what follows it must
 * be a record or the end, or it is looked at twice. Behind damage the next record is where a length in range, a time that
 * can be, and sixteen digits of an id stand in their places; by chance that does not happen. There is no checksum in the
 * format: a body whose bytes have changed is not noticed.
 *
 * <p>The file goes through a window; a length is believed only when the file has so many bytes, and nothing is ever allocated by it.
 */
public final class RecordScan {
    private static final int HEADER = DiskRecord.HEADER_BYTES;

    /** How many records must follow one whose id is odd for it to be believed. */
    private static final int WITNESSES = 2;

    /** From 2009, before there was NSQ, to 2100, in nanoseconds since 1970. */
    private static final long EARLIEST_NANOS = 1_230_768_000_000_000_000L;

    private static final long LATEST_NANOS = 4_102_444_800_000_000_000L;

    /** What bytes can be that are no intact record. */
    public enum Damage {
        /** A length that no record has. */
        LENGTH,
        /** A record that the file's end cuts off. */
        TORN,
        /** A record that is bigger than the daemon takes, and looks good otherwise. */
        OVERSIZED,
        /** A record whose length reaches into those that follow. */
        OVERLAPS,
        /** Bytes that look like nothing. */
        GARBLED
    }

    /** Takes what is found, in the order of the file. */
    public interface Visitor {
        /**
         * An intact record.
         *
         * @param offset of its length field
         * @param bytes of all of it
         * @param oddId whether no daemon has made its id
         */
        void record(long offset, long bytes, boolean oddId) throws IOException;

        /** Bytes from {@code offset} up to {@code end} that are no intact record. */
        void damage(Damage kind, long offset, long end, String text) throws IOException;
    }

    private final FileWindow file;
    private final long end;
    private final long maxLength;
    private final Visitor visitor;

    private RecordScan(FileWindow file, long maxLength, Visitor visitor) {
        this.file = file;
        this.visitor = visitor;
        this.maxLength = maxLength;
        end = file.size();
    }

    /**
     * Shows a file from a position on to a visitor.
     *
     * @param maxLength the most that a length field may say
     * @param progress told how many bytes are done with, those before the position first
     * @return the size of the file
     */
    public static long scan(Path path, long from, long maxLength, Visitor visitor, LongConsumer progress)
            throws IOException {
        try (FileWindow file = new FileWindow(FileCalls.SYSTEM, path)) {
            progress.accept(Math.min(from, file.size()));
            RecordScan scan = new RecordScan(file, maxLength, visitor);
            long at = from;
            while (at < scan.end) {
                long next = scan.goOn(at);
                progress.accept(next - at);
                at = next;
            }
            return scan.end;
        }
    }

    /** Where in a file the first intact record is, from a position on; -1 when there is none. */
    static long firstRecord(FileCalls calls, Path path, long from, long maxLength) throws IOException {
        try (FileWindow file = new FileWindow(calls, path)) {
            First first = new First();
            RecordScan scan = new RecordScan(file, maxLength, first);
            long at = from;
            while (at < scan.end && first.offset < 0) {
                at = scan.goOn(at);
            }
            return first.offset;
        }
    }

    /** Remembers where the first record is. */
    private static final class First implements Visitor {
        private long offset = -1;

        @Override
        public void record(long recordOffset, long bytes, boolean oddId) {
            offset = recordOffset;
        }

        @Override
        public void damage(Damage kind, long damageOffset, long damageEnd, String text) {
            // It has been told of.
        }
    }

    private long goOn(long at) throws IOException {
        return isRecord(at) ? step(at) : skip(at);
    }

    /** Takes the record at a position; returns where to go on. */
    private long step(long at) throws IOException {
        long next = next(at);
        if (next < end && !isRecord(next)) {
            long swallowed = swallowed(at, next);
            if (swallowed >= 0) {
                visitor.damage(
                        Damage.OVERLAPS,
                        at,
                        swallowed,
                        "record length " + length(at) + " reaches into the records that follow");
                return swallowed;
            }
        }
        visitor.record(at, next - at, !hasValidId(at));
        return next;
    }

    /** Tells of the damage at a position; returns where the next record is. */
    private long skip(long at) throws IOException {
        long rest = end - at;
        if (rest < DiskRecord.LENGTH_BYTES) {
            visitor.damage(Damage.TORN, at, end, "torn record: " + rest + " bytes of its length");
            return end;
        }
        int length = length(at);
        if (length > maxLength && isWholeButBig(at, length)) {
            long next = next(at);
            visitor.damage(
                    Damage.OVERSIZED,
                    at,
                    next,
                    "record of " + length + " bytes: more than max-msg-size and " + DiskRecord.MIN_LENGTH + " ("
                            + maxLength + ")");
            return next;
        }
        // When only the length is damaged what follows it are times and ids, in which no record begins.
        boolean lengthOnly = rest >= HEADER && hasValidId(at);
        long next = search(lengthOnly ? at + HEADER : at + 1, end);
        if (length < DiskRecord.MIN_LENGTH || length > maxLength) {
            visitor.damage(
                    Damage.LENGTH,
                    at,
                    next,
                    "record length " + length + " is not in " + DiskRecord.MIN_LENGTH + " to " + maxLength);
        } else if (next(at) > end) {
            visitor.damage(
                    Damage.TORN,
                    at,
                    next,
                    "torn record: the file has " + (rest - DiskRecord.LENGTH_BYTES) + " of its " + length + " bytes");
        } else {
            visitor.damage(Damage.GARBLED, at, next, "no record");
        }
        return next;
    }

    private boolean isWholeButBig(long at, int length) throws IOException {
        long next = at + DiskRecord.LENGTH_BYTES + length;
        return next <= end && hasValidId(at) && (next == end || isRecord(next));
    }

    /** Whether a daemon would take what is there, and it does not look as if by chance. */
    private boolean isRecord(long at) throws IOException {
        return hasRecordLength(at) && (hasValidId(at) || isFollowed(at));
    }

    private boolean isFollowed(long at) throws IOException {
        long next = at;
        for (int i = 0; i <= WITNESSES; i++) {
            if (next == end) {
                return true;
            }
            if (!hasRecordLength(next)) {
                return false;
            }
            next = next(next);
        }
        return true;
    }

    private boolean hasRecordLength(long at) throws IOException {
        if (end - at < HEADER) {
            return false;
        }
        int length = length(at);
        return length >= DiskRecord.MIN_LENGTH && length <= maxLength && next(at) <= end;
    }

    /**
     * Whether the record at a position, behind which there is none, has swallowed others: a length that has become too
     * big. Then a chain of records that begins inside leads beyond its end. (A body may hold records, too, say those of a copied
     * file: but they end with it.)
     *
     * @return where the first of the swallowed ones is, or -1
     */
    private long swallowed(long at, long next) throws IOException {
        long from = at + HEADER;
        while (true) {
            long first = search(from, next);
            if (first >= next) {
                return -1;
            }
            long link = first;
            while (link < next && isRecord(link)) {
                link = next(link);
            }
            if (link > next && (link == end || isRecord(link))) {
                return first;
            }
            // The chain's other records lead where it led.
            from = Math.max(first + 1, link);
        }
    }

    /** Where the next record begins that can be told from chance, at or behind {@code from}; {@code limit} when there is none. */
    private long search(long from, long limit) throws IOException {
        long last = Math.min(limit, end - HEADER + 1);
        for (long at = from; at < last; at++) {
            if (hasRecordLength(at) && hasValidId(at)) {
                long time = DiskRecord.timestampNanos(file.block(), file.at(at, HEADER));
                if (time >= EARLIEST_NANOS && time < LATEST_NANOS) {
                    return at;
                }
            }
        }
        return limit;
    }

    private int length(long at) throws IOException {
        int offset = file.at(at, DiskRecord.LENGTH_BYTES);
        return DiskRecord.length(file.block(), offset);
    }

    private boolean hasValidId(long at) throws IOException {
        int offset = file.at(at, HEADER);
        return DiskRecord.hasValidId(file.block(), offset);
    }

    /** Where the record ends that is said to be at a position. */
    private long next(long at) throws IOException {
        return at + DiskRecord.LENGTH_BYTES + (long) length(at);
    }
}
