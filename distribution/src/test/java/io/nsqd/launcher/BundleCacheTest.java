package io.nsqd.launcher;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@Tag("O-60")
class BundleCacheTest {
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
        try (Stream<Path> rest = Files.list(parent)) {
            assertEquals(List.of(), rest.toList());
        }
    }

    @Test
    void itIsMadeWhereItCanBe() throws IOException {
        Path file = Files.createFile(parent.resolve("file"));
        Path missing = parent.resolve("missing");
        Path good = Files.createDirectory(parent.resolve("good"));
        assertEquals(
                good,
                BundleCache.create(List.of(file, missing, good)).directory().getParent());

        IOException failure = assertThrows(IOException.class, () -> BundleCache.create(List.of(file, missing)));
        String words =
                "mkdir " + file + "/\\S+: not a directory; mkdir " + missing + "/\\S+: no such file or directory";
        assertTrue(failure.getMessage().matches(words), failure.getMessage());
    }

    /** Whatever ids they had: of containers' processes nearly all are number 1, or this one's. */
    @Test
    void whatDeadProcessesLeftIsRemoved() throws IOException {
        List<Path> stale = List.of(
                left("nsqd-1-123"), left("nsqd-" + ProcessHandle.current().pid() + "-456"), left(".nsqd-1-789"));
        BundleCache cache = BundleCache.create(parent);
        cache.deleteStale();
        for (Path each : stale) {
            assertFalse(Files.exists(each), each::toString);
        }
        assertTrue(Files.exists(cache.directory()));
    }

    @Test
    void whatBelongsToOthersStays() throws IOException {
        Path locked = BundleCache.create(parent).directory();
        Path foreign = left("nsqd-data-1");
        Path outside = left("outside");
        Path link = Files.createSymbolicLink(parent.resolve("nsqd-1-7"), outside);
        Path beginning = Files.createDirectory(parent.resolve(".nsqd-1-8"));
        BundleCache.create(parent).deleteStale();
        for (Path each : List.of(locked, foreign, link, beginning)) {
            assertTrue(Files.exists(each), each::toString);
        }
        assertTrue(Files.exists(outside.resolve("bundle1/data/file")));
    }
}
