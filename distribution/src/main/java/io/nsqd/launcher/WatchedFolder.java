package io.nsqd.launcher;

import io.nsqd.api.Errors;
import io.nsqd.api.LogLevel;
import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.nio.file.PathMatcher;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/**
 * A folder of jars that come, change and go. A jar counts as what it is once it has been that for a moment, as it may still be being
 * written, and one that has gone may be about to come back. Confined to one thread.
 */
final class WatchedFolder {
    /** How long a file has to stay as it is. */
    static final long SETTLE_NANOS = TimeUnit.MILLISECONDS.toNanos(100);

    /** The same of one that cannot be read: whoever writes it may only have paused. */
    static final long DOUBT_NANOS = TimeUnit.MILLISECONDS.toNanos(500);

    /** By which a change of a file is noticed. */
    record Stamp(long size, FileTime modified) {
        /** That of no file. */
        static final Stamp NONE = new Stamp(-1, FileTime.fromMillis(0));

        /** That of a file that has changed just now, and so may still be being written. */
        static final Stamp CHANGING = new Stamp(-2, FileTime.fromMillis(0));

        static Stamp of(BasicFileAttributes attributes) {
            return new Stamp(attributes.size(), attributes.lastModifiedTime());
        }
    }

    /** What looks have found of a file, since when, and how long it has to stay so. */
    private record Sight(Stamp stamp, long sinceNanos, long neededNanos) {
        long leftNanos(long now) {
            return Math.max(0, neededNanos - (now - sinceNanos));
        }
    }

    private final Path directory;
    private final String glob;
    private final PathMatcher names;
    private final LogOutput log;
    private final LongSupplier nanoTime;
    private Map<Path, Sight> seen = Map.of();
    private Optional<Map<Path, Stamp>> found = Optional.empty();

    /** Whether it was looked at: what is there the first time has been there for long. */
    private boolean known;

    private boolean news;
    private boolean links;

    /** Whether the directory cannot be read, which was said. */
    private boolean unreadable;

    /** @param glob the files that are watched */
    WatchedFolder(Path directory, String glob, LogOutput log) {
        this(directory, glob, log, System::nanoTime);
    }

    /** @param nanoTime as {@link System#nanoTime} */
    WatchedFolder(Path directory, String glob, LogOutput log, LongSupplier nanoTime) {
        this.directory = directory;
        this.glob = glob;
        names = directory.getFileSystem().getPathMatcher("glob:" + glob);
        this.log = log;
        this.nanoTime = nanoTime;
    }

    Path directory() {
        return directory;
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
        Sight sight = seen.get(jar);
        return sight == null ? Stamp.NONE : sight.stamp();
    }

    /**
     * The jars that are there, of which one that is gone for less than a moment is one. Nothing if the directory cannot be read just now,
     * which says nothing about what is in it.
     */
    Optional<Map<Path, Stamp>> look() {
        long begun = nanoTime.getAsLong();
        found = list().map(now -> compare(now, begun, nanoTime.getAsLong()));
        return found;
    }

    /** What the last look has found. */
    Optional<Map<Path, Stamp>> lastLook() {
        return found;
    }

    /**
     * Says that a jar cannot be read, to find out whether it may still be being written.
     *
     * @return whether to wait for another look
     */
    boolean doubts(Path jar) {
        Sight sight = seen.get(jar);
        if (sight == null || nanoTime.getAsLong() - sight.sinceNanos() >= DOUBT_NANOS) {
            return false;
        }
        seen.put(jar, new Sight(sight.stamp(), sight.sinceNanos(), DOUBT_NANOS));
        found.ifPresent(jars -> jars.put(jar, Stamp.CHANGING));
        return true;
    }

    /** When to look again for the sake of what has just changed; nothing if there is no such thing. */
    Optional<Long> settlesInNanos() {
        long now = nanoTime.getAsLong();
        return found.flatMap(jars -> jars.entrySet().stream()
                .filter(jar -> jar.getValue().equals(Stamp.CHANGING))
                .map(jar -> seen.get(jar.getKey()).leftNanos(now))
                .min(Long::compare));
    }

    /** Whether the last look has found what the one before had not. */
    boolean hasNews() {
        return news;
    }

    /** Whether jars are links to files somewhere else. */
    boolean hasLinks() {
        return links;
    }

    boolean isUnreadable() {
        return unreadable;
    }

    private Map<Path, Stamp> compare(Map<Path, Stamp> files, long begun, long ended) {
        Map<Path, Sight> sights = new HashMap<>();
        Map<Path, Stamp> settled = new HashMap<>();
        Set<Path> jars = new HashSet<>(files.keySet());
        jars.addAll(seen.keySet());
        news = false;
        for (Path jar : jars) {
            Stamp stamp = files.getOrDefault(jar, Stamp.NONE);
            Sight sight = seen.get(jar);
            if (sight == null || !sight.stamp().equals(stamp)) {
                news = true;
                sight = new Sight(stamp, ended, known ? SETTLE_NANOS : 0);
            }
            // By the time at which the look began: it has seen the file after that.
            boolean changing = sight.neededNanos() > 0 && sight.leftNanos(begun) > 0;
            if (changing || !stamp.equals(Stamp.NONE)) {
                sights.put(jar, sight);
                settled.put(jar, changing ? Stamp.CHANGING : stamp);
            }
        }
        known = true;
        seen = sights;
        return settled;
    }

    private Map<Path, Stamp> readAll(DirectoryStream<Path> jars) throws IOException {
        Map<Path, Stamp> files = new HashMap<>();
        boolean linked = false;
        for (Path jar : jars) {
            try {
                BasicFileAttributes attributes =
                        Files.readAttributes(jar, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
                if (attributes.isSymbolicLink()) {
                    linked = true;
                    attributes = Files.readAttributes(jar, BasicFileAttributes.class);
                }
                if (attributes.isRegularFile()) {
                    files.put(jar, Stamp.of(attributes));
                }
            } catch (NoSuchFileException e) {
                // It has gone meanwhile, or is a link to nowhere.
                files.remove(jar);
            }
        }
        links = linked;
        return files;
    }

    private Optional<Map<Path, Stamp>> list() {
        try (DirectoryStream<Path> jars = Files.newDirectoryStream(directory, glob)) {
            Map<Path, Stamp> files = readAll(jars);
            unreadable = false;
            return Optional.of(files);
        } catch (NoSuchFileException | NotDirectoryException e) {
            unreadable = false;
            links = false;
            return Optional.of(Map.of());
        } catch (IOException | DirectoryIteratorException e) {
            if (!unreadable) {
                unreadable = true;
                log.write(LogLevel.WARN, Errors.describe("read", directory, e), null);
            }
            return Optional.empty();
        }
    }
}
