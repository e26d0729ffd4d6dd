package io.nsqd.core.fsck;

import io.nsqd.core.disk.RecordScan;
import java.util.Locale;

/**
 * Something worth telling about a data path.
 *
 * @param kind what it is
 * @param file the name of the file, without its directory
 * @param offset where in the file, in bytes; {@link #NOWHERE} when it is the file as a whole
 * @param bytes how many bytes of the file are no record; 0 when that is not the point
 * @param text for people
 */
record Finding(Kind kind, String file, long offset, long bytes, String text) {
    /** The offset of what concerns a file as a whole. */
    static final long NOWHERE = -1;

    /** What can be found. The names are part of the JSON report: they may be added to, but not changed. */
    enum Kind {
        /** {@code nsqd.dat} cannot be parsed: no daemon starts. */
        METADATA_BROKEN(true),
        /** There are queues but no {@code nsqd.dat}: a daemon starts, and delivers none of them. */
        METADATA_MISSING(true),
        /** A repair did not get to its end. */
        REPAIR_INTERRUPTED(true),
        /** A queue's meta file does not have the format. */
        META_BROKEN(true),
        /** There are data files, but no meta file: the Go daemon writes over them. */
        META_MISSING(true),
        /** A queue's meta file says that more was read than written. */
        META_IMPOSSIBLE(true),
        /** A data file between the read and the write position is not there. */
        FILE_MISSING(true),
        /** A file ends before the position that the meta file gives. */
        FILE_SHORT(true),
        /** A file behind the write position: the Go daemon writes over it, ours takes it up. */
        FILE_UNKNOWN(true),
        /** A file that a daemon has given up and that no daemon reads. */
        FILE_BAD(true),
        /** A length that no record has. */
        RECORD_LENGTH(true),
        /** A record that the file's end cuts off. */
        RECORD_TORN(true),
        /** A record that is bigger than the daemon takes, and looks good otherwise. */
        RECORD_OVERSIZED(true),
        /** A record whose length reaches into those that follow. */
        RECORD_OVERLAPS(true),
        /** Bytes that look like nothing. */
        RECORD_GARBLED(true),
        /** A segment of the journal, or the room between two of its frames, is not what was written. */
        JOURNAL_DAMAGED(true),
        /** Segments of the journal are not there. */
        JOURNAL_MISSING(true),
        /** A segment of the journal cannot be read, or is of a later version. */
        JOURNAL_UNREADABLE(true),
        /** The file with the delays is not as it was written: some messages are not held back any more. */
        DELAYS_DAMAGED(true),
        /** Messages that the journal alone has, as a daemon was killed: the next one of ours brings them back, a Go daemon does not. */
        JOURNAL_UNSETTLED(false),
        /** A daemon that knows nothing of the journal was at work since. */
        JOURNAL_PASSED_OVER(false),
        /** A daemon was killed while it wrote the journal; what was not complete was not promised. */
        JOURNAL_TORN(false),
        /** Frames of the journal that are sound and cannot be understood, as those of a later version. */
        JOURNAL_UNKNOWN(false),
        /** The depth is not the number of records. Only a number: daemons go by the positions (S-16). */
        DEPTH_DIFFERS(false),
        /** Records behind the write position, of a daemon that was killed; the next one takes them up (S-17). */
        RECORDS_UNSYNCED(false),
        /** Ids that no daemon makes; such records are delivered. */
        IDS_ODD(false),
        /** No metadata names the queue: it is adopted when its topic or channel is created (S-23). */
        QUEUE_UNNAMED(false);

        private final boolean damage;

        /** What bytes are that are no record. */
        static Kind of(RecordScan.Damage bytes) {
            return switch (bytes) {
                case LENGTH -> RECORD_LENGTH;
                case TORN -> RECORD_TORN;
                case OVERSIZED -> RECORD_OVERSIZED;
                case OVERLAPS -> RECORD_OVERLAPS;
                case GARBLED -> RECORD_GARBLED;
            };
        }

        Kind(boolean damage) {
            this.damage = damage;
        }

        /** Whether a repair is called for. */
        boolean isDamage() {
            return damage;
        }

        /** The name in reports. */
        String word() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    static Finding of(Kind kind, String file, String text) {
        return new Finding(kind, file, NOWHERE, 0, text);
    }

    boolean isDamage() {
        return kind.isDamage();
    }
}
