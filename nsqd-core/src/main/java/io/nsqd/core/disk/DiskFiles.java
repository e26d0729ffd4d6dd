package io.nsqd.core.disk;

import io.nsqd.api.Errors;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/** The files of one disk queue and their names (S-2, S-3). Failures say what was tried, and on which file. */
public final class DiskFiles {
    static final Set<StandardOpenOption> WRITE = Set.of(StandardOpenOption.WRITE);
    private static final Set<StandardOpenOption> WRITE_NEW =
            Set.of(StandardOpenOption.WRITE, StandardOpenOption.CREATE_NEW);

    /** No number of a file. */
    static final long NO_FILE = -1;

    private static final int COPY_BYTES = 256 * 1024;

    private final FileCalls calls;
    private final Path directory;
    private final String name;

    /**
     * @param directory the data path
     * @param name of the queue
     */
    public DiskFiles(Path directory, String name) {
        this(FileCalls.SYSTEM, directory, name);
    }

    DiskFiles(FileCalls calls, Path directory, String name) {
        this.calls = calls;
        this.directory = directory;
        this.name = name;
    }

    /** The data file with a number. */
    public Path data(long number) {
        // Not String.format: opening a queue is on the way of every new topic and channel.
        String digits = Long.toString(number);
        return directory.resolve(
                name + ".diskqueue." + "000000".substring(Math.min(6, digits.length())) + digits + ".dat");
    }

    /** The meta file. */
    public Path meta() {
        return directory.resolve(name + ".diskqueue.meta.dat");
    }

    /**
     * Opens a data file that goes on being written.
     *
     * @throws NoSuchFileException when it has gone
     */
    DataFile openForWriting(long number) throws IOException {
        return new DataFile(calls, data(number), number, WRITE, WRITE);
    }

    /**
     * Makes a data file.
     *
     * @throws java.nio.file.FileAlreadyExistsException when there is one, whoever made it
     */
    DataFile create(long number) throws IOException {
        return new DataFile(calls, data(number), number, WRITE_NEW, WRITE);
    }

    DataFile openForReading(long number) throws IOException {
        return new DataFile(calls, data(number), number, FileCalls.READ, FileCalls.READ);
    }

    /** Fails when a data file cannot be read at a position. */
    void tryToRead(long number, long position) throws IOException {
        DataFile file = openForReading(number);
        try {
            file.read(ByteBuffer.allocate(1), position);
        } finally {
            file.release();
        }
    }

    /** Opens a data file to be looked through. */
    FileWindow window(long number) throws IOException {
        return new FileWindow(calls, data(number));
    }

    /** Where in a data file the first intact record is, from a position on; -1 when there is none. */
    long firstRecord(long number, long from, long maxLength) throws IOException {
        return RecordScan.firstRecord(calls, data(number), from, maxLength);
    }

    DiskMeta readMeta() throws IOException {
        return DiskMeta.read(meta());
    }

    /** The size of a data file, or -1 when there is none. */
    long size(long number) throws IOException {
        try {
            return calls.size(data(number));
        } catch (NoSuchFileException e) {
            return -1;
        } catch (IOException e) {
            throw Errors.failed("stat", data(number), e);
        }
    }

    /** When a data file was written last, in milliseconds since 1970. */
    long lastModifiedMillis(long number) throws IOException {
        try {
            return Files.getLastModifiedTime(data(number)).toMillis();
        } catch (IOException e) {
            throw Errors.failed("stat", data(number), e);
        }
    }

    void delete(long number) throws IOException {
        delete(data(number));
    }

    void deleteMeta() throws IOException {
        delete(meta());
    }

    private void delete(Path file) throws IOException {
        try {
            calls.delete(file);
        } catch (IOException e) {
            throw Errors.failed("remove", file, e);
        }
    }

    /**
     * Replaces the meta file. That it has the new content is as durable as the directory.
     *
     * @param durable whether the content is on the disk before the old one is gone
     */
    void writeMeta(DiskMeta meta, boolean durable) throws IOException {
        try {
            AtomicFile.replace(calls, meta(), meta.content(), durable);
        } catch (IOException e) {
            throw Errors.failed("write", meta(), e);
        }
    }

    /** Whether the directory is there at all: where it is not, nothing can be said of its files. */
    boolean directoryIsThere() {
        return Files.isDirectory(directory);
    }

    /** Makes what came and went durable. */
    void forceDirectory() throws IOException {
        try {
            calls.forceDirectory(directory);
        } catch (IOException e) {
            throw Errors.failed("sync", directory, e);
        }
    }

    /**
     * Keeps a damaged file under the name that readers ignore (S-18), as a second name of it or, where a file cannot have two, as a
     * copy: it can be read on under its own name.
     *
     * @throws IOException when it could not be kept; then the file is as it was
     */
    Path keepAside(long number) throws IOException {
        Path file = data(number);
        Path aside = file.resolveSibling(file.getFileName() + ".bad");
        for (int i = 1; Files.exists(aside); i++) {
            if (Files.isSameFile(file, aside)) {
                return aside;
            }
            // An earlier damage under the same number must not be overwritten.
            aside = file.resolveSibling(file.getFileName() + "." + i + ".bad");
        }
        try {
            calls.link(file, aside);
        } catch (NoSuchFileException e) {
            throw e;
        } catch (IOException | UnsupportedOperationException e) {
            copy(number, aside);
        }
        return aside;
    }

    /**
     * Writes what is in a data file to a new one that takes its place, durably. For a file that could not be forced: what has been
     * written to it may be lost with the next cut of power however often it is forced again, but can still be read.
     */
    void rewrite(long number) throws IOException {
        copy(number, data(number));
        forceDirectory();
    }

    private void copy(long number, Path target) throws IOException {
        Path temporary = AtomicFile.temporary(target);
        DataFile from = openForReading(number);
        try {
            DataFile to = new DataFile(calls, temporary, number, WRITE_NEW, WRITE);
            try {
                copy(from, to);
                to.force();
            } finally {
                to.release();
            }
            calls.rename(temporary, target);
        } catch (IOException e) {
            calls.delete(temporary);
            throw Errors.failed("copy to", temporary, e);
        } finally {
            from.release();
        }
    }

    private static void copy(DataFile from, DataFile to) throws IOException {
        ByteBuffer buffer = ByteBuffer.allocate(COPY_BYTES);
        long at = 0;
        from.read(buffer, at);
        while (buffer.position() > 0) {
            at = to.write(buffer.flip(), at);
            buffer.clear();
            from.read(buffer, at);
        }
    }

    /** What of a queue is in a directory: the numbers of its data files, and whether it has a meta file. */
    record Found(TreeSet<Long> numbers, boolean hasMeta) {
        static final Found NOTHING = new Found(new TreeSet<>(), false);

        private static Found merge(Found found, Found more) {
            found.numbers().addAll(more.numbers());
            return new Found(found.numbers(), found.hasMeta() || more.hasMeta());
        }
    }

    /**
     * What is in a directory by queue name. The directory is read once for all queues: asking it for each would take quadratic
     * time with many topics.
     */
    static Map<String, Found> index(Path directory) throws IOException {
        Map<String, Found> found = new HashMap<>();
        try (DirectoryStream<Path> files = Files.newDirectoryStream(directory, "*.dat")) {
            for (Path file : files) {
                DiskFileName name = DiskFileName.parse(file.getFileName().toString());
                if (name.kind() == DiskFileName.Kind.DATA) {
                    found.merge(name.queue(), new Found(new TreeSet<>(Set.of(name.number())), false), Found::merge);
                } else if (name.kind() == DiskFileName.Kind.META) {
                    found.merge(name.queue(), new Found(new TreeSet<>(), true), Found::merge);
                }
            }
        }
        return found;
    }
}
