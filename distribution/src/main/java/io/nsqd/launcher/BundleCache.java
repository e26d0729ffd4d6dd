package io.nsqd.launcher;

import io.nsqd.api.Errors;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.DirectoryStream;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.stream.Stream;

/**
 * The framework's working directory: one for each process, of no use after it.
 *
 * <p>A lock on a file in it tells a live process's from what a killed one has left, across containers that share the directory, too:
 * their process ids say nothing, as each may have been number 1. The lock is there before the directory gets its name.
 */
final class BundleCache {
    private static final String PREFIX = "nsqd-";

    /** Of one that is just being made; also of one whose process was killed meanwhile. */
    private static final String UNFINISHED = ".nsqd-";

    /** As long as the process lives it holds a lock on this file. */
    private static final String LOCK_FILE = "cache.lock";

    private final Path directory;
    private final FileChannel lock;

    private BundleCache(Path directory, FileChannel lock) {
        this.directory = directory;
        this.lock = lock;
    }

    /**
     * Makes a new one in the first directory in which that can be done; only its owner may look into it.
     *
     * @throws IOException telling why it could not be made in any of them
     */
    static BundleCache create(List<Path> parents) throws IOException {
        List<String> reasons = new ArrayList<>();
        for (Path parent : new LinkedHashSet<>(parents)) {
            try {
                return create(parent);
            } catch (IOException e) {
                reasons.add(Errors.describe("mkdir", parent, e));
            }
        }
        throw new IOException(String.join("; ", reasons));
    }

    static BundleCache create(Path parent) throws IOException {
        long pid = ProcessHandle.current().pid();
        for (long number = System.nanoTime(); ; number++) {
            String name = pid + "-" + (number & Long.MAX_VALUE);
            Path unfinished = parent.resolve(UNFINISHED + name);
            Path finished = parent.resolve(PREFIX + name);
            try {
                Files.createDirectory(unfinished, ownersOnly(parent));
            } catch (FileAlreadyExistsException e) {
                // Another container's process has the same id, and its clock the same time.
                continue;
            }
            try {
                FileChannel lock = FileChannel.open(
                        unfinished.resolve(LOCK_FILE), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
                if (lock.tryLock() == null) {
                    throw new IOException("somebody else has locked it");
                }
                Files.move(unfinished, finished);
                return new BundleCache(finished, lock);
            } catch (IOException e) {
                deleteTree(unfinished);
                throw e;
            }
        }
    }

    private static FileAttribute<?>[] ownersOnly(Path parent) {
        return parent.getFileSystem().supportedFileAttributeViews().contains("posix")
                ? new FileAttribute<?>[] {
                    PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------"))
                }
                : new FileAttribute<?>[0];
    }

    Path directory() {
        return directory;
    }

    /** Deletes it, as far as possible: what stays is removed when another process starts. */
    void delete() {
        deleteTree(directory);
        try {
            lock.close();
        } catch (IOException e) {
            // The file is gone, and the process about to go.
        }
    }

    /** Deletes those beside it whose processes live no more. */
    void deleteStale() {
        try (DirectoryStream<Path> entries = Files.newDirectoryStream(directory.getParent(), "{,.}nsqd-*-*")) {
            for (Path entry : entries) {
                if (!entry.equals(directory) && isStale(entry)) {
                    deleteTree(entry);
                }
            }
        } catch (IOException e) {
            // A directory that cannot be read is not ours to tidy up.
        }
    }

    /** A directory of ours that nobody holds; one without a lock may be about to get it. */
    private static boolean isStale(Path entry) {
        Path file = entry.resolve(LOCK_FILE);
        if (!entry.getFileName().toString().matches("\\.?nsqd-\\d+-\\d+")
                || !Files.isDirectory(entry, LinkOption.NOFOLLOW_LINKS)
                || !Files.exists(file, LinkOption.NOFOLLOW_LINKS)) {
            return false;
        }
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE, LinkOption.NOFOLLOW_LINKS);
                FileLock taken = channel.tryLock()) {
            return taken != null;
        } catch (IOException | OverlappingFileLockException e) {
            return false;
        }
    }

    private static void deleteTree(Path root) {
        try (Stream<Path> tree = Files.walk(root)) {
            List<Path> deepestFirst = tree.sorted(Comparator.reverseOrder()).toList();
            for (Path path : deepestFirst) {
                Files.deleteIfExists(path);
            }
        } catch (IOException | UncheckedIOException e) {
            // Another process's or already going: nothing depends on it.
        }
    }
}
