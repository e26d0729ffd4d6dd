package io.nsqd.launcher;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Comparator;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * The framework's working directory: one for each process, of no use after it.
 *
 * <p>Its name holds the process id, so that a later process can tell what a killed one has left. Process ids say little
 * where containers share a directory; there the framework's lock on its directory is what protects it.
 */
final class BundleCache {
    private static final Pattern NAME = Pattern.compile("nsqd-(\\d+)-\\d+");

    /** Felix holds a lock on this file as long as it runs. */
    private static final String LOCK_FILE = "cache.lock";

    private final Path directory;

    private BundleCache(Path directory) {
        this.directory = directory;
    }

    /** Makes a new one; only its owner may look into it. */
    static BundleCache create(Path parent) throws IOException {
        long pid = ProcessHandle.current().pid();
        return new BundleCache(Files.createTempDirectory(parent, "nsqd-" + pid + "-"));
    }

    Path directory() {
        return directory;
    }

    /** Deletes it, as far as possible: what stays is removed when another process starts. */
    void delete() {
        deleteTree(directory);
    }

    /** Deletes those of processes that live no more. */
    static void deleteStale(Path parent) {
        try (DirectoryStream<Path> entries = Files.newDirectoryStream(parent, "nsqd-*-*")) {
            for (Path entry : entries) {
                if (isStale(entry)) {
                    deleteTree(entry);
                }
            }
        } catch (IOException e) {
            // A directory that cannot be read is not ours to tidy up.
        }
    }

    private static boolean isStale(Path entry) {
        Matcher name = NAME.matcher(entry.getFileName().toString());
        return name.matches()
                && Files.isDirectory(entry, LinkOption.NOFOLLOW_LINKS)
                && ProcessHandle.of(Long.parseLong(name.group(1))).isEmpty()
                && !isLocked(entry.resolve(LOCK_FILE));
    }

    private static boolean isLocked(Path file) {
        if (!Files.exists(file, LinkOption.NOFOLLOW_LINKS)) {
            return false;
        }
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE, LinkOption.NOFOLLOW_LINKS);
                FileLock lock = channel.tryLock()) {
            return lock == null;
        } catch (IOException e) {
            return true;
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
