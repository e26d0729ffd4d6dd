package io.nsqd.core.fsck;

import io.nsqd.core.disk.AtomicFile;
import io.nsqd.core.disk.DiskFiles;
import java.io.EOFException;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Set;

/**
 * Writes the new data files of a queue, numbered from a first one on, from records and whole files of the old ones (S-10).
 * Records that follow each other in the source are copied in one go, by the kernel.
 */
final class SalvageWriter implements AutoCloseable {
    private static final Set<StandardOpenOption> CREATE =
            Set.of(StandardOpenOption.WRITE, StandardOpenOption.CREATE_NEW);

    private final DiskFiles files;
    private final long first;
    private final long maxBytesPerFile;

    /** The number of the current file; before {@link #first} while there is none. */
    private long number;

    private FileChannel channel;
    private long position;

    /** Records of the source that are still to be copied. */
    private FileChannel source;

    private long runStart;
    private long runEnd;

    /**
     * @param directory where to put the files
     * @param queue whose they are
     * @param first their first number
     * @param maxBytesPerFile a file is left before it would exceed this many bytes
     */
    SalvageWriter(Path directory, String queue, long first, long maxBytesPerFile) {
        files = new DiskFiles(directory, queue);
        this.first = first;
        this.maxBytesPerFile = maxBytesPerFile;
        number = first - 1;
    }

    /** Whether there is nothing yet. */
    boolean isEmpty() {
        return number < first;
    }

    /** The number of the last file; the first number when there is no file. */
    long last() {
        return Math.max(first, number);
    }

    /** Bytes of the last file. */
    long position() {
        return position;
    }

    /** Copies from another file from now on. */
    void from(FileChannel newSource) throws IOException {
        flush();
        source = newSource;
    }

    /** Adds a record of the source. */
    void append(long offset, long bytes) throws IOException {
        boolean goesOn = offset == runEnd;
        long filled = position + (runEnd - runStart);
        boolean full = channel == null || (filled > 0 && filled + bytes > maxBytesPerFile);
        if (full || !goesOn) {
            flush();
        }
        if (full) {
            roll();
            Path file = files.data(number);
            channel = FileChannel.open(file, CREATE, AtomicFile.privateMode(file));
        }
        if (full || !goesOn) {
            runStart = offset;
        }
        runEnd = offset + bytes;
    }

    /** Copies what was appended. To be called before the source is closed. */
    void flush() throws IOException {
        while (runStart < runEnd) {
            channel.position(position);
            long copied = source.transferTo(runStart, runEnd - runStart, channel);
            if (copied <= 0) {
                throw new EOFException("a file has become shorter while it was read");
            }
            runStart += copied;
            position += copied;
        }
        runStart = 0;
        runEnd = 0;
    }

    /**
     * Takes a file over as a whole, as a second name of it.
     *
     * @return false when the file system has no such thing: then nothing was done
     */
    boolean adopt(Path whole) throws IOException {
        roll();
        try {
            Files.createLink(files.data(number), whole);
        } catch (IOException | UnsupportedOperationException e) {
            number--;
            return false;
        }
        // A daemon that was killed may have left it to the system.
        KeptFiles.force(files.data(number));
        position = Files.size(files.data(number));
        return true;
    }

    private void roll() throws IOException {
        closeFile();
        number++;
        position = 0;
    }

    private void closeFile() throws IOException {
        flush();
        if (channel != null) {
            try (FileChannel closing = channel) {
                channel = null;
                closing.force(true);
            }
        }
    }

    /** Waits until everything is on the disk. */
    @Override
    public void close() throws IOException {
        closeFile();
    }
}
