package io.nsqd.launcher;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Where the framework's working files go: where they can; and they go away. */
@Tag("O-60")
class BundleCacheIT {
    @TempDir
    Path directory;

    private Path data;
    private Path good;
    private Path bad;

    @BeforeEach
    void makeDirectories() throws IOException {
        data = Files.createDirectories(directory.resolve("data"));
        good = Files.createDirectories(directory.resolve("good place"));
        bad = directory.resolve("missing");
    }

    private static List<String> caches(Path parent) throws IOException {
        try (Stream<Path> entries = Files.list(parent)) {
            return entries.map(path -> path.getFileName().toString())
                    .filter(name -> name.matches("\\.?nsqd-.*"))
                    .toList();
        }
    }

    private static void assertCacheIn(Path parent, Daemon.Setup setup) throws Exception {
        try (Daemon daemon = setup.start()) {
            assertEquals(1, caches(parent).size());
            assertEquals("200 OK", PluginUser.http(daemon, "/pub?topic=t", "m"));
            assertEquals(0, daemon.stop());
            assertTrue(
                    daemon.log().stream().noneMatch(line -> line.contains("ERROR") || line.contains("WARNING")),
                    daemon.log()::toString);
        }
        assertEquals(List.of(), caches(parent));
    }

    @Test
    void theOptionSaysWhere() throws Exception {
        assertCacheIn(good, Daemon.of(data).flags("--bundle-cache=" + good).temporary(bad));
    }

    @Test
    void elseItIsThePlaceForTemporaryFiles() throws Exception {
        assertCacheIn(good, Daemon.of(data).environment("TMPDIR", good.toString()));
    }

    @Test
    void elseTheDataPath() throws Exception {
        assertCacheIn(data, Daemon.of(data).temporary(bad));
        assertCacheIn(data, Daemon.of(data).environment("TMPDIR", "/proc"));
    }

    @Test
    @Tag("O-64")
    void thatThereIsNoPlaceIsSaidWithTheReasons() throws Exception {
        try (Daemon daemon = Daemon.of(bad).temporary(bad).launch()) {
            assertEquals(1, daemon.awaitExit());
            assertEquals(1, daemon.log().size(), daemon.log()::toString);
            assertTrue(
                    daemon.log()
                            .get(0)
                            .matches(".* FATAL: failed to create the bundle cache - mkdir " + bad
                                    + "/\\S+: no such file or directory \\(--bundle-cache names another place\\)"),
                    daemon.log()::toString);
        }
    }

    /** As in containers, where each was number 1: the next one has the process id of the one that was killed. */
    @Test
    void whatAKilledProcessOfTheSameIdLeftGoes() throws Exception {
        Path left;
        try (Daemon daemon =
                Daemon.of(data).environment("TMPDIR", good.toString()).start()) {
            daemon.kill();
            left = good.resolve(caches(good).get(0));
        }
        try (Daemon daemon = Daemon.of(data).flags("--bundle-cache=" + good).launch()) {
            Files.move(left, good.resolve("nsqd-" + daemon.pid() + "-1"));
            daemon.httpPort();
            org.awaitility.Awaitility.await().until(() -> caches(good).size() == 1);
            assertTrue(Files.notExists(good.resolve("nsqd-" + daemon.pid() + "-1")));
            assertEquals(0, daemon.stop());
        }
        assertEquals(List.of(), caches(good));
    }

    /** Libraries of native code cannot be unpacked where nothing may be loaded from; they lie ready. */
    @Test
    @Tag("B-29")
    @Tag("X-6")
    void nothingIsUnpackedOnTheWay() throws Exception {
        try (Daemon daemon =
                Daemon.of(data).temporary(bad).flags("--log-level=debug").start()) {
            daemon.awaitLog(" INFO: NET: event loops run on epoll$");
            assertTrue(daemon.log().stream().noneMatch(line -> line.contains("flock")), daemon.log()::toString);
            assertEquals(0, daemon.stop());
        }
    }
}
