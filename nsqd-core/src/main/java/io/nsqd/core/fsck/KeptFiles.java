package io.nsqd.core.fsck;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;

/** The originals of what was repaired, in a directory of their own that no daemon reads. */
final class KeptFiles {
    private final Path dataPath;
    private final Path directory;
    private final List<String> names = new ArrayList<>();

    KeptFiles(Path dataPath) {
        this.dataPath = dataPath;
        directory = dataPath.resolve(DataPath.KEPT);
    }

    /** Moves a file here; it keeps its name unless an earlier one has it. */
    void keep(Path file) throws IOException {
        Path target = target(file);
        Files.move(file, target, StandardCopyOption.ATOMIC_MOVE);
        sync(directory);
        names.add(dataPath.relativize(target).toString());
    }

    /** Puts a copy of a file here, which is about to be replaced. */
    void keepCopy(Path file) throws IOException {
        Path target = target(file);
        Files.copy(file, target, StandardCopyOption.COPY_ATTRIBUTES);
        force(target);
        sync(directory);
        names.add(dataPath.relativize(target).toString());
    }

    private Path target(Path file) throws IOException {
        if (!Files.isDirectory(directory)) {
            Files.createDirectory(directory);
            sync(dataPath);
        }
        String name = file.getFileName().toString();
        Path target = directory.resolve(name);
        for (int i = 2; Files.exists(target); i++) {
            target = directory.resolve(name + "." + i);
        }
        return target;
    }

    /** What was kept since this was asked for last, relative to the data path. */
    List<String> takeNames() {
        List<String> taken = List.copyOf(names);
        names.clear();
        return taken;
    }

    /** Waits until a file is on the disk. */
    static void force(Path file) throws IOException {
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
            channel.force(true);
        }
    }

    /** Waits until the names in a directory are on the disk, where the system can do that. */
    static void sync(Path directory) throws IOException {
        if (directory.getFileSystem().supportedFileAttributeViews().contains("posix")) {
            try (FileChannel channel = FileChannel.open(directory, StandardOpenOption.READ)) {
                channel.force(true);
            }
        }
    }
}
