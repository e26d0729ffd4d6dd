package io.nsqd.core.fsck;

import io.nsqd.core.disk.DiskFileName;
import io.nsqd.core.journal.file.JournalFiles;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.NavigableMap;
import java.util.SortedMap;
import java.util.TreeMap;

/** What lies in a data path, by the names of the files; read once. */
final class DataPath {
    /** Where a repair keeps the originals. No daemon looks into directories. */
    static final String KEPT = "nsqd-fsck.kept";

    /** Where a repair makes new files before they get their names. */
    static final String WORK = "nsqd-fsck.work";

    /** Where a repair writes the journal anew. */
    static final String JOURNAL_WORK = "nsqd-fsck.journal";

    private final Path directory;
    private final SortedMap<String, QueueFiles> queues = new TreeMap<>();
    private final List<Path> temporary = new ArrayList<>();
    private final List<Path> kept = new ArrayList<>();
    private final List<Path> keptAside = new ArrayList<>();

    /**
     * The files of a queue.
     *
     * @param name of the queue, {@code topic} or {@code topic:channel}
     * @param data by their numbers
     * @param bad files kept aside by a daemon, in the order of their numbers
     */
    record QueueFiles(String name, NavigableMap<Long, Path> data, List<BadFile> bad) {
        long bytes() throws IOException {
            long bytes = 0;
            for (Path file : data.values()) {
                bytes += Files.size(file);
            }
            for (BadFile file : bad) {
                bytes += Files.size(file.path());
            }
            return bytes;
        }
    }

    /**
     * A file kept aside by a daemon.
     *
     * @param number of the data file that it was
     * @param path where it is
     */
    record BadFile(long number, Path path) {}

    private DataPath(Path directory) {
        this.directory = directory;
    }

    static DataPath read(Path directory) throws IOException {
        DataPath result = new DataPath(directory);
        try (DirectoryStream<Path> files = Files.newDirectoryStream(directory)) {
            for (Path file : files) {
                if (Files.isRegularFile(file)) {
                    result.add(file);
                }
            }
        }
        for (QueueFiles queue : result.queues.values()) {
            queue.bad().sort(Comparator.comparingLong(BadFile::number).thenComparing(BadFile::path));
        }
        result.keptAside.sort(Comparator.naturalOrder());
        result.temporary.sort(Comparator.naturalOrder());
        Path keptDirectory = directory.resolve(KEPT);
        if (Files.isDirectory(keptDirectory)) {
            try (DirectoryStream<Path> files = Files.newDirectoryStream(keptDirectory)) {
                files.forEach(result.kept::add);
            }
            result.kept.sort(Comparator.naturalOrder());
        }
        return result;
    }

    private void add(Path file) {
        DiskFileName name = DiskFileName.parse(file.getFileName().toString());
        switch (name.kind()) {
            case DATA -> queue(name.queue()).data().put(name.number(), file);
            case BAD -> queue(name.queue()).bad().add(new BadFile(name.number(), file));
            case META -> queue(name.queue());
            case TEMPORARY -> temporary.add(file);
            case OTHER -> {
                // nsqd.dat, the journal, or not ours to judge.
                if (JournalFiles.isKeptAside(file.getFileName().toString())) {
                    keptAside.add(file);
                }
            }
        }
    }

    private QueueFiles queue(String name) {
        return queues.computeIfAbsent(name, n -> new QueueFiles(n, new TreeMap<>(), new ArrayList<>()));
    }

    Path directory() {
        return directory;
    }

    /** The queues of which there is any file, by name. */
    SortedMap<String, QueueFiles> queues() {
        return queues;
    }

    /** What was not renamed before a crash. */
    List<Path> temporary() {
        return temporary;
    }

    /** What earlier repairs have kept. */
    List<Path> kept() {
        return kept;
    }

    /** Segments of the journal that a daemon has found damaged, for people to look at. */
    List<Path> keptAside() {
        return keptAside;
    }

    /** Bytes of all data files, bad ones included. */
    long bytes() throws IOException {
        long bytes = 0;
        for (QueueFiles queue : queues.values()) {
            bytes += queue.bytes();
        }
        return bytes;
    }
}
