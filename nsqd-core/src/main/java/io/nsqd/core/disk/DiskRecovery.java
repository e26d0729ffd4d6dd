package io.nsqd.core.disk;

import io.nsqd.api.Errors;
import io.nsqd.log.Logger;
import io.nsqd.log.LoggerFactory;
import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.util.NavigableSet;

/**
 * Finds out where a queue goes on that an earlier run left (S-17). Reads, and changes nothing: what was cut short can be done
 * again.
 */
final class DiskRecovery {
    private static final Logger LOG = LoggerFactory.getLogger(DiskRecovery.class);

    /** How much is read to find out the highest id: where there is more, the times of the files stand for the rest. */
    private static final long ID_BYTES = 16 * 1024 * 1024;

    /** The year 2080, a little before ids come to an end: one that is from later was not made by a clock. */
    private static final long LATEST_MILLIS = 3_471_292_800_000L;

    /** What an id is made of (B-40): a time in units of 2^20 nanoseconds since an origin, above 22 bits. */
    private static final int TICK_BITS = 20;

    private static final long ORIGIN_TICK = 1_288_834_974_288L;
    private static final int BELOW_TICK_BITS = 22;

    private final DiskFiles files;
    private final String name;
    private final long maxLength;
    private final NavigableSet<Long> numbers;

    private DiskMeta saved;
    private DiskMeta start = DiskMeta.FRESH;
    private boolean mayRepeat;
    private boolean changed;
    private long highestId;

    private DiskRecovery(DiskFiles files, String name, long maxLength, NavigableSet<Long> numbers) {
        this.files = files;
        this.name = name;
        this.maxLength = maxLength;
        this.numbers = numbers;
    }

    /**
     * Looks at what there is.
     *
     * @param maxLength the most that a record's length may be (S-9)
     * @throws IOException when something cannot be read now
     */
    static DiskRecovery of(DiskFiles files, String name, long maxLength, DiskFiles.Found found) throws IOException {
        DiskRecovery recovery = new DiskRecovery(files, name, maxLength, found.numbers());
        if (found.hasMeta() || !found.numbers().isEmpty()) {
            recovery.start = recovery.find();
            recovery.lookForIds();
        }
        return recovery;
    }

    /** What the meta file says; {@code null} when there is none. */
    DiskMeta saved() {
        return saved;
    }

    /** Where to go on. */
    DiskMeta start() {
        return start;
    }

    /** Whether messages that were routed on before a crash may come again (S-26). */
    boolean mayRepeat() {
        return mayRepeat;
    }

    /** Whether where to go on is not what the meta file says. */
    boolean changed() {
        return changed;
    }

    /** A number that no id of a record is above, as far as one can tell cheaply; 0 where there is none. */
    long highestId() {
        return highestId;
    }

    private DiskMeta find() throws IOException {
        try {
            saved = files.readMeta();
        } catch (NoSuchFileException e) {
            return salvageAll();
        } catch (DamagedFileException e) {
            LOG.error("DISKQUEUE({}): failed to retrieveMetaData - {}", name, e.getMessage());
            return salvageAll();
        } catch (IOException e) {
            throw Errors.failed("read", files.meta(), e);
        }
        return startAt(plausible(saved));
    }

    /** Between the last file and the one to be written none is missing: what says otherwise would have all of them looked for. */
    private DiskMeta plausible(DiskMeta meta) {
        long last = numbers.isEmpty() ? meta.readFile() : Math.max(meta.readFile(), numbers.last());
        if (meta.writeFile() <= last + 1) {
            return meta;
        }
        LOG.error(
                "DISKQUEUE({}): meta file says write {},{}, and there is no file from {} on: going on with that",
                name,
                meta.writeFile(),
                meta.writePos(),
                last + 1);
        changed = true;
        return new DiskMeta(meta.depth(), meta.readFile(), meta.readPos(), last + 1, 0);
    }

    /** Data without a meta file: everything intact is delivered, and writing begins in a file of its own. */
    private DiskMeta salvageAll() throws IOException {
        if (numbers.isEmpty()) {
            return DiskMeta.FRESH;
        }
        long records = 0;
        for (long number : numbers) {
            records += countRecords(number, 0);
        }
        LOG.warn("DISKQUEUE({}): no usable meta file, salvaging {} records of {} files", name, records, numbers.size());
        mayRepeat = true;
        changed = true;
        return new DiskMeta(records, numbers.first(), 0, numbers.last() + 1, 0);
    }

    /** Mends what cannot be or what a crash left behind: S-17, S-19, S-21. */
    private DiskMeta startAt(DiskMeta meta) throws IOException {
        if (meta.isImpossible()) {
            LOG.error(
                    "DISKQUEUE({}): meta file says read {},{} beyond write {},{}: starting a new file",
                    name,
                    meta.readFile(),
                    meta.readPos(),
                    meta.writeFile(),
                    meta.writePos());
            long next = Math.max(meta.readFile(), numbers.isEmpty() ? 0 : numbers.last()) + 1;
            changed = true;
            return new DiskMeta(0, next, 0, next, 0);
        }
        long size = files.size(meta.writeFile());
        NavigableSet<Long> later = numbers.tailSet(meta.writeFile(), false);
        if (later.isEmpty() && (size == meta.writePos() || (size < 0 && meta.writePos() == 0))) {
            return meta;
        }
        // Something is there that the last save does not know of: nothing of it may be written over.
        changed = true;
        return withUnsaved(meta, size, later);
    }

    private DiskMeta withUnsaved(DiskMeta meta, long size, NavigableSet<Long> later) throws IOException {
        long next = (later.isEmpty() ? meta.writeFile() : later.last()) + 1;
        boolean drained = meta.readFile() == meta.writeFile() && meta.readPos() == meta.writePos();
        long unsynced = 0;
        if (size < meta.writePos()) {
            LOG.warn("DISKQUEUE({}): file {} is shorter than its meta file says", name, meta.writeFile());
        } else if (size > meta.writePos()) {
            unsynced = countRecords(meta.writeFile(), meta.writePos());
        }
        for (long number : later) {
            unsynced += countRecords(number, 0);
        }
        if (size > meta.writePos() || !later.isEmpty()) {
            // An unclean stop: records were written after the last save. The reader takes the files to their real ends.
            LOG.warn("DISKQUEUE({}): {} records beyond the last sync of file {}", name, unsynced, meta.writeFile());
            mayRepeat = true;
        }
        if (size < meta.writePos() && drained) {
            long first = later.isEmpty() ? next : later.first();
            return new DiskMeta(unsynced, first, 0, next, 0);
        }
        return new DiskMeta(meta.depth() + unsynced, meta.readFile(), meta.readPos(), next, 0);
    }

    /** How many intact records follow from {@code from} on in a file, looking at their lengths only. */
    private long countRecords(long number, long from) throws IOException {
        long count = 0;
        try (FileWindow file = files.window(number)) {
            long at = from;
            while (file.size() - at >= DiskRecord.HEADER_BYTES) {
                int length = DiskRecord.length(file.block(), file.at(at, DiskRecord.LENGTH_BYTES));
                at += DiskRecord.LENGTH_BYTES + (long) length;
                if (length < DiskRecord.MIN_LENGTH || length > maxLength || at > file.size()) {
                    break;
                }
                count++;
            }
        } catch (NoSuchFileException e) {
            return 0;
        } catch (IOException e) {
            throw Errors.failed("read", files.data(number), e);
        }
        return count;
    }

    /**
     * Ids are times, and grow with them; so the highest is near the end, unless the clock was set back or messages came back. What
     * is not read is bounded by when it was written.
     */
    private void lookForIds() throws IOException {
        long left = ID_BYTES;
        for (long number : numbers.tailSet(start.readFile(), true).descendingSet()) {
            long size = Math.max(0, files.size(number));
            long from = number == start.readFile() ? Math.min(size, start.readPos()) : 0;
            if (size - from > left) {
                highestId = Math.max(highestId, lastIdOf(files.lastModifiedMillis(number)));
                long behind = left == 0 ? -1 : files.firstRecord(number, size - left, maxLength);
                from = behind < 0 ? size : behind;
            }
            left -= size - from;
            lookForIds(number, from);
        }
    }

    private void lookForIds(long number, long from) throws IOException {
        try (FileWindow file = files.window(number)) {
            long at = from;
            while (file.size() - at >= DiskRecord.HEADER_BYTES) {
                int offset = file.at(at, DiskRecord.HEADER_BYTES);
                int length = DiskRecord.length(file.block(), offset);
                if (length < DiskRecord.MIN_LENGTH || length > maxLength) {
                    return;
                }
                long id = DiskRecord.idIfValid(file.block(), offset);
                if (id <= lastIdOf(LATEST_MILLIS)) {
                    highestId = Math.max(highestId, id);
                }
                at += DiskRecord.LENGTH_BYTES + (long) length;
            }
        } catch (NoSuchFileException e) {
            // It has just been there; the reader will tell.
            return;
        } catch (IOException e) {
            throw Errors.failed("read", files.data(number), e);
        }
    }

    /** The last id that a message may have that was published until a time, in milliseconds since 1970 (B-40). */
    static long lastIdOf(long epochMillis) {
        long tick = Math.max(0, (epochMillis + 1) * 1_000_000 >> TICK_BITS);
        return Math.max(0, (tick + 1 - ORIGIN_TICK << BELOW_TICK_BITS) - 1);
    }
}
