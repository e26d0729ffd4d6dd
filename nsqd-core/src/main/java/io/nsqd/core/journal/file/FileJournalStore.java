package io.nsqd.core.journal.file;

import io.nsqd.api.Durability;
import io.nsqd.api.Errors;
import io.nsqd.api.Option;
import io.nsqd.api.Options;
import io.nsqd.core.disk.DiskQueueFactory;
import io.nsqd.spi.Journal;
import io.nsqd.spi.JournalStore;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The default journal store, {@code file}: segments {@code nsqd.journal.NNNNNNNNNN.log} in the data path, which the daemon has locked
 * against other processes. Who opens the journal of a data path fences whoever has it open in this process.
 *
 * <p>{@link Journal#append} copies memory, and makes no system call but for a frame that is larger than a segment, which it writes. What it
 * is appended to has been made before, so that a full disk shows before anything is promised. {@link Journal#read} opens the file for each
 * frame.
 */
public final class FileJournalStore implements JournalStore {
    /** The value of {@link JournalStore#NAME}. */
    public static final String STORE = "file";

    /** How often what does not work is tried again. */
    private static final long RETRY_NANOS = 500_000_000;

    /** Who has the journal of a directory open. */
    private static final Map<Path, Owner> OWNERS = new ConcurrentHashMap<>();

    private final SegmentFiles files;
    private final Path directory;
    private final int segmentBytes;
    private final long maxBytes;
    private final long retryNanos;

    private static final class Owner {
        private FileJournal journal;

        synchronized void closed(FileJournal closed) {
            if (journal == closed) {
                journal = null;
            }
        }
    }

    /** @param options give the data path, the size of a segment, and what all of them may take */
    public FileJournalStore(Options options) {
        this(
                SegmentFiles.SYSTEM,
                DiskQueueFactory.dataPath(options),
                (int) options.integer(Option.JOURNAL_SEGMENT_BYTES),
                options.integer(Option.JOURNAL_MAX_BYTES),
                RETRY_NANOS);
    }

    FileJournalStore(SegmentFiles files, Path directory, int segmentBytes, long maxBytes, long retryNanos) {
        this.files = files;
        this.directory = directory;
        this.segmentBytes = segmentBytes & -Format.ALIGNMENT;
        this.maxBytes = JournalSettings.bound(maxBytes, this.segmentBytes);
        this.retryNanos = retryNanos;
    }

    /**
     * Opens the journal of the data path. Waits until the first segments are made or cannot be: then appending is refused, and replay works
     * all the same.
     *
     * @param owner means nothing here: a data path is one daemon's
     */
    @Override
    public Journal open(String owner, Durability durability, Listener listener) throws IOException {
        if (durability == Durability.MEMORY) {
            throw new IllegalArgumentException("a journal for durability " + durability);
        }
        Path real;
        try {
            real = files.real(directory);
        } catch (IOException e) {
            throw Errors.failed("open", directory, e);
        }
        Owner slot = OWNERS.computeIfAbsent(real, path -> new Owner());
        synchronized (slot) {
            if (slot.journal != null) {
                slot.journal.fence();
                slot.journal = null;
            }
            slot.journal = FileJournal.open(
                    new JournalSettings(files, real, segmentBytes, maxBytes, durability, retryNanos),
                    listener,
                    slot::closed);
            return slot.journal;
        }
    }

    @Override
    public boolean exists(String owner) throws IOException {
        return !EarlierSegments.find(files, directory).segments().isEmpty();
    }
}
