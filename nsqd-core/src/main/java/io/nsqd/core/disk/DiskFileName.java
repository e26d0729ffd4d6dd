package io.nsqd.core.disk;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What the name of a file in a data path says (S-1, S-3).
 *
 * @param kind what the file is
 * @param queue whose it is; empty for what belongs to no queue
 * @param number of a data file, or of the data file that a bad one was; else 0
 */
public record DiskFileName(Kind kind, String queue, long number) {
    private static final Pattern NUMBERED =
            Pattern.compile("(.+)\\.diskqueue\\.(\\d{6}|[1-9]\\d{6,17})\\.dat((?:\\.\\d+)?\\.bad)?");
    private static final Pattern META_FILE = Pattern.compile("(.+)\\.diskqueue\\.meta\\.dat");
    private static final Pattern TEMPORARY_FILE = Pattern.compile(
            "(?:nsqd\\.dat|nsqd\\.delays|nsqd\\.probe|.+\\.diskqueue\\.(?:meta|\\d+)\\.dat(?:(?:\\.\\d+)?\\.bad)?)\\.\\d+\\.tmp");

    /** What a file is. */
    public enum Kind {
        /** Records. */
        DATA,
        /** Depth and positions of a queue. */
        META,
        /** Records that a daemon could not go on reading, kept aside (S-18). */
        BAD,
        /** What was not renamed before a crash. */
        TEMPORARY,
        /** Nothing of a queue's. */
        OTHER
    }

    /** Takes a name apart. */
    public static DiskFileName parse(String name) {
        Matcher numbered = NUMBERED.matcher(name);
        if (numbered.matches()) {
            return new DiskFileName(
                    numbered.group(3) == null ? Kind.DATA : Kind.BAD,
                    numbered.group(1),
                    Long.parseLong(numbered.group(2)));
        }
        Matcher meta = META_FILE.matcher(name);
        if (meta.matches()) {
            return new DiskFileName(Kind.META, meta.group(1), 0);
        }
        return new DiskFileName(TEMPORARY_FILE.matcher(name).matches() ? Kind.TEMPORARY : Kind.OTHER, "", 0);
    }
}
