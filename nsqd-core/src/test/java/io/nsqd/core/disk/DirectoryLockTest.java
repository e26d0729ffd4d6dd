package io.nsqd.core.disk;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The lock on the data path (B-28, B-29). */
final class DirectoryLockTest {
    @TempDir
    private Path directory;

    @Test
    @Tag("B-28")
    @Tag("B-29")
    @Tag("O-26")
    void aSecondOwnerIsKeptOutUntilTheFirstLetsGo() throws IOException {
        DirectoryLock lock = DirectoryLock.acquire(directory);
        try (lock) {
            IOException failure = assertThrows(IOException.class, () -> DirectoryLock.acquire(directory));
            assertEquals(
                    "cannot flock directory " + directory
                            + " - resource temporarily unavailable (possibly in use by another instance of nsqd)",
                    failure.getMessage());
        }
        DirectoryLock.acquire(directory).close();
    }

    @Test
    @Tag("B-29")
    @Tag("X-6")
    void theLockLeavesNoFile() throws IOException {
        DirectoryLock.acquire(directory).close();
        try (Stream<Path> files = Files.list(directory)) {
            assertEquals(0, files.count());
        }
    }

    @Test
    @Tag("B-28")
    @Tag("O-26")
    void aDirectoryThatIsNotThereIsNotMade() {
        Path missing = directory.resolve("missing");
        IOException failure = assertThrows(IOException.class, () -> DirectoryLock.acquire(missing));
        assertEquals("open " + missing + ": no such file or directory", failure.getMessage());
    }

    @Test
    @Tag("B-29")
    @Tag("X-6")
    void theWeakerLockKeepsASecondInstanceOutToo() throws Exception {
        AutoCloseable lock = DirectoryLock.lockFile(directory);
        assertThrows(IOException.class, () -> DirectoryLock.lockFile(directory));
        lock.close();
        DirectoryLock.lockFile(directory).close();
    }
}
