package io.nsqd.core.disk;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.Set;

/**
 * What the storage asks of the file system: everything that it does to files goes through here, so that a test can let any of it
 * fail. Threads that call it may wait for the disk.
 */
public interface FileCalls {
    /** Those of the operating system. */
    FileCalls SYSTEM = new FileCalls() {};

    /** Options of {@link #open}. */
    Set<StandardOpenOption> READ = Set.of(StandardOpenOption.READ);

    /**
     * Opens a file; one that is made gets the mode 0600 where the file system knows modes. A pipe, socket or device in its place is
     * refused: opening one may take for ever.
     */
    default FileChannel open(Path file, Set<? extends OpenOption> options) throws IOException {
        if (!isMade(options) && isOther(file)) {
            throw new FileSystemException(file.toString(), null, "not a regular file");
        }
        return FileChannel.open(file, options, AtomicFile.privateMode(file));
    }

    /** Whether the file may not be there yet: data files are there, or are made by us alone. */
    private static boolean isMade(Set<? extends OpenOption> options) {
        return options.contains(StandardOpenOption.CREATE_NEW) || options.contains(StandardOpenOption.CREATE);
    }

    private static boolean isOther(Path file) {
        try {
            return Files.readAttributes(file, BasicFileAttributes.class).isOther();
        } catch (IOException e) {
            // Who opens it runs into the same, and says so.
            return false;
        }
    }

    /** The size in bytes. */
    default long size(Path file) throws IOException {
        return Files.size(file);
    }

    /** Deletes a file that may be gone already. */
    default void delete(Path file) throws IOException {
        Files.deleteIfExists(file);
    }

    /** Gives a file another name, in place of the file that has it; either wholly or not at all. */
    default void rename(Path from, Path to) throws IOException {
        Files.move(from, to, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    }

    /** Gives a file a second name. */
    default void link(Path file, Path second) throws IOException {
        Files.createLink(second, file);
    }

    /** Makes what came, went or changed its name in a directory durable; nothing where directories cannot be opened. */
    default void forceDirectory(Path directory) throws IOException {
        if (!AtomicFile.knowsModes(directory)) {
            return;
        }
        DataFile open = new DataFile(this, directory, 0, READ, READ);
        try {
            open.force();
        } finally {
            open.release();
        }
    }
}
