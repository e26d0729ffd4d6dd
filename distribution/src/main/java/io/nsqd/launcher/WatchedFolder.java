package io.nsqd.launcher;

import io.nsqd.api.Errors;
import io.nsqd.api.LogLevel;
import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.PathMatcher;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/** A folder of jars that come, change and go. Confined to one thread. */
final class WatchedFolder {
    /** By which a change of a file is noticed. */
    record Stamp(long size, FileTime modified) {
        /** That of no file. */
        static final Stamp NONE = new Stamp(-1, FileTime.fromMillis(0));

        /** That of a file that has changed since the last look, and so may still be being written. */
        static final Stamp CHANGING = new Stamp(-2, FileTime.fromMillis(0));

        static Stamp of(Path file) throws IOException {
            BasicFileAttributes attributes = Files.readAttributes(file, BasicFileAttributes.class);
            return new Stamp(attributes.size(), attributes.lastModifiedTime());
        }
    }

    private final Path directory;
    private final String glob;
    private final PathMatcher names;
    private final LogOutput log;
    private Map<Path, Stamp> seen = Map.of();

    /** Whether that the directory cannot be read was said. */
    private boolean unreadable;

    /** @param glob the files that are watched */
    WatchedFolder(Path directory, String glob, LogOutput log) {
        this.directory = directory;
        this.glob = glob;
        names = directory.getFileSystem().getPathMatcher("glob:" + glob);
        this.log = log;
    }

    /** How people call a jar in it. */
    String nameOf(Path jar) {
        return directory.getFileName() + "/" + jar.getFileName();
    }

    /** Whether a jar is one of those that are watched. */
    boolean watches(Path jar) {
        return directory.equals(jar.getParent()) && names.matches(jar.getFileName());
    }

    /** What the last look has found of a jar. */
    Stamp stampOf(Path jar) {
        return seen.getOrDefault(jar, Stamp.NONE);
    }

    /** The jars that are there. Nothing if the directory cannot be read just now, which says nothing about what is in it. */
    Optional<Map<Path, Stamp>> look() {
        Optional<Map<Path, Stamp>> found = list();
        found.ifPresent(now -> {
            Map<Path, Stamp> before = seen;
            seen = Map.copyOf(now);
            now.replaceAll((jar, stamp) -> stamp.equals(before.get(jar)) ? stamp : Stamp.CHANGING);
        });
        return found;
    }

    /** Leaves out one that has gone meanwhile, and a link to nowhere. */
    private static void put(Path jar, Map<Path, Stamp> found) throws IOException {
        try {
            if (Files.isRegularFile(jar)) {
                found.put(jar, Stamp.of(jar));
            }
        } catch (NoSuchFileException e) {
            found.remove(jar);
        }
    }

    private Optional<Map<Path, Stamp>> list() {
        Map<Path, Stamp> found = new HashMap<>();
        if (!Files.isDirectory(directory)) {
            return Optional.of(found);
        }
        try (DirectoryStream<Path> jars = Files.newDirectoryStream(directory, glob)) {
            for (Path jar : jars) {
                put(jar, found);
            }
            unreadable = false;
            return Optional.of(found);
        } catch (IOException | DirectoryIteratorException e) {
            if (!unreadable) {
                unreadable = true;
                log.write(LogLevel.WARN, Errors.describe("read", directory, e), null);
            }
            return Optional.empty();
        }
    }
}
