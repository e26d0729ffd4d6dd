package io.nsqd.core.disk;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.HashMap;
import java.util.Map;
import java.util.NavigableSet;
import java.util.Set;
import java.util.TreeSet;

/** The files of one disk queue and their names (S-2, S-3). */
public final class DiskFiles {
    private static final Set<StandardOpenOption> WRITE = Set.of(StandardOpenOption.WRITE, StandardOpenOption.CREATE);

    private final Path directory;
    private final String name;

    /**
     * @param directory the data path
     * @param name of the queue
     */
    public DiskFiles(Path directory, String name) {
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

    FileChannel openForWriting(long number) throws IOException {
        Path file = data(number);
        return FileChannel.open(file, WRITE, AtomicFile.privateMode(file));
    }

    FileChannel openForReading(long number) throws IOException {
        return FileChannel.open(data(number), StandardOpenOption.READ);
    }

    /** The size of a data file, or -1 when there is none. */
    long size(long number) throws IOException {
        try {
            return Files.size(data(number));
        } catch (NoSuchFileException e) {
            return -1;
        }
    }

    void delete(long number) throws IOException {
        Files.deleteIfExists(data(number));
    }

    /**
     * Keeps a damaged file under the name that readers ignore (S-18), as a second name of it, so that it can be read on. Where a
     * file cannot have two names it loses the first.
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
            return Files.createLink(aside, file);
        } catch (NoSuchFileException e) {
            throw e;
        } catch (IOException | UnsupportedOperationException e) {
            return Files.move(file, aside, StandardCopyOption.ATOMIC_MOVE);
        }
    }

    /**
     * The numbers of all data files in a directory by queue name. The directory is read once for all queues: asking it
     * for each would take quadratic time with many topics.
     */
    static Map<String, NavigableSet<Long>> index(Path directory) throws IOException {
        Map<String, NavigableSet<Long>> numbers = new HashMap<>();
        try (DirectoryStream<Path> files = Files.newDirectoryStream(directory, "*.dat")) {
            for (Path file : files) {
                DiskFileName name = DiskFileName.parse(file.getFileName().toString());
                if (name.kind() == DiskFileName.Kind.DATA) {
                    numbers.computeIfAbsent(name.queue(), n -> new TreeSet<>()).add(name.number());
                }
            }
        }
        return numbers;
    }
}
