package io.nsqd.launcher;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@Tag("O-60")
class BundleCacheTest {
    /** Above the largest process id that Linux gives. */
    private static final long NO_PID = 5_000_000;

    @TempDir
    Path parent;

    private Path left(String name) throws IOException {
        Path directory = Files.createDirectories(parent.resolve(name).resolve("bundle1/data"));
        Files.writeString(directory.resolve("file"), "x");
        Files.createFile(parent.resolve(name).resolve("cache.lock"));
        return parent.resolve(name);
    }

    @Test
    void itIsForItsOwnerOnlyAndGoesWithAllItHolds() throws IOException {
        BundleCache cache = BundleCache.create(parent);
        assertEquals("rwx------", PosixFilePermissions.toString(Files.getPosixFilePermissions(cache.directory())));
        Files.createDirectories(cache.directory().resolve("a/b"));
        cache.delete();
        assertFalse(Files.exists(cache.directory()));
    }

    @Test
    void whatADeadProcessLeftIsRemoved() throws IOException {
        Path stale = left("nsqd-" + NO_PID + "-123");
        BundleCache.deleteStale(parent);
        assertFalse(Files.exists(stale));
    }

    @Test
    void whatBelongsToOthersStays() throws IOException {
        Path own = BundleCache.create(parent).directory();
        Path foreign = left("nsqd-data-1");
        Path outside = left("outside");
        Path link = Files.createSymbolicLink(parent.resolve("nsqd-" + NO_PID + "-7"), outside);
        BundleCache.deleteStale(parent);
        assertTrue(Files.exists(own));
        assertTrue(Files.exists(foreign));
        assertTrue(Files.exists(link));
        assertTrue(Files.exists(outside.resolve("bundle1/data/file")));
    }
}
