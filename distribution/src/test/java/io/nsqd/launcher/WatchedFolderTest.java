package io.nsqd.launcher;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.nsqd.launcher.WatchedFolder.Stamp;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** When a file counts as what it is, by a clock of the test's own. */
final class WatchedFolderTest {
    @TempDir
    private Path directory;

    private final AtomicLong now = new AtomicLong(Long.MAX_VALUE);
    private WatchedFolder folder;
    private Path jar;

    @BeforeEach
    void make() {
        folder = new WatchedFolder(directory, "[!.]*.jar", LogOutput.STANDARD_ERROR, now::get);
        jar = directory.resolve("a.jar");
    }

    private void pass(long nanos) {
        now.addAndGet(nanos);
    }

    private Map<Path, Stamp> look() {
        return folder.look().orElseThrow();
    }

    private Stamp stamp() throws IOException {
        return new Stamp(Files.size(jar), Files.getLastModifiedTime(jar));
    }

    private void write(String text) throws IOException {
        Files.writeString(jar, text, StandardOpenOption.CREATE, StandardOpenOption.APPEND);
    }

    @Test
    void whatIsThereTheFirstTimeCountsAtOnce() throws IOException {
        write("a");
        assertEquals(Map.of(jar, stamp()), look());
        assertEquals(Optional.empty(), folder.settlesInNanos());
    }

    @Test
    void aFileCountsOnceItHasStayedAsItIs() throws IOException {
        look();
        write("a");
        assertEquals(Map.of(jar, Stamp.CHANGING), look());
        assertTrue(folder.hasNews());
        assertEquals(Optional.of(WatchedFolder.SETTLE_NANOS), folder.settlesInNanos());
        pass(WatchedFolder.SETTLE_NANOS - 1);
        assertEquals(Map.of(jar, Stamp.CHANGING), look(), "however often it is looked at");
        assertFalse(folder.hasNews());
        write("b");
        pass(1);
        assertEquals(Map.of(jar, Stamp.CHANGING), look(), "it has grown");
        pass(WatchedFolder.SETTLE_NANOS);
        assertEquals(Map.of(jar, Stamp.CHANGING), folder.lastLook().orElseThrow(), "time alone is not enough");
        assertEquals(Map.of(jar, stamp()), look());
    }

    @Test
    void oneThatHasGoneMayComeBack() throws IOException {
        write("a");
        look();
        Stamp before = stamp();
        Files.delete(jar);
        assertEquals(Map.of(jar, Stamp.CHANGING), look());
        pass(WatchedFolder.SETTLE_NANOS - 1);
        write("another");
        assertEquals(Map.of(jar, Stamp.CHANGING), look());
        pass(WatchedFolder.SETTLE_NANOS);
        assertEquals(Map.of(jar, stamp()), look());
        assertFalse(before.equals(stamp()));
        Files.delete(jar);
        look();
        pass(WatchedFolder.SETTLE_NANOS);
        assertEquals(Map.of(), look());
        assertEquals(Optional.empty(), folder.settlesInNanos());
    }

    @Test
    void oneThatCannotBeReadIsGivenMoreTime() throws IOException {
        look();
        write("half");
        look();
        pass(WatchedFolder.SETTLE_NANOS);
        look();
        assertTrue(folder.doubts(jar));
        assertEquals(Map.of(jar, Stamp.CHANGING), folder.lastLook().orElseThrow());
        assertEquals(Optional.of(WatchedFolder.DOUBT_NANOS - WatchedFolder.SETTLE_NANOS), folder.settlesInNanos());
        pass(WatchedFolder.DOUBT_NANOS - WatchedFolder.SETTLE_NANOS - 1);
        assertEquals(Map.of(jar, Stamp.CHANGING), look());
        pass(1);
        assertEquals(Map.of(jar, stamp()), look());
        assertFalse(folder.doubts(jar), "it has had its time");
    }

    @Test
    void linksAreFollowedAndTold() throws IOException {
        Path target = Files.writeString(directory.resolve("target"), "a");
        Files.createSymbolicLink(jar, target);
        Files.createSymbolicLink(directory.resolve("nowhere.jar"), directory.resolve("nothing"));
        assertEquals(Map.of(jar, stamp()), look());
        assertTrue(folder.hasLinks());
        Files.delete(jar);
        Files.delete(directory.resolve("nowhere.jar"));
        look();
        assertFalse(folder.hasLinks());
    }
}
