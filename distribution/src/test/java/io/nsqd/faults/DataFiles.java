package io.nsqd.faults;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/** What lies in a data path. */
final class DataFiles {
    private DataFiles() {}

    /** How many names have this ending. */
    static long count(Path dataPath, String ending) throws IOException {
        return names(dataPath).stream().filter(name -> name.endsWith(ending)).count();
    }

    /** Data files of a queue. */
    static long ofQueue(Path dataPath, String queue) throws IOException {
        return names(dataPath).stream()
                .filter(name ->
                        name.startsWith(queue + ".diskqueue.") && !name.contains(".meta.") && name.endsWith(".dat"))
                .count();
    }

    private static List<String> names(Path dataPath) throws IOException {
        try (Stream<Path> files = Files.list(dataPath)) {
            return files.map(file -> file.getFileName().toString()).toList();
        }
    }
}
