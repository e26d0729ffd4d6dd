package io.nsqd.launcher;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.nsqd.launcher.plugin.Failer;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** How the process ends: signals, fatal errors, and what is left. */
class StopIT {
    @TempDir
    Path directory;

    private Path data;
    private Path temporary;

    @BeforeEach
    void makeDirectories() throws IOException {
        data = Files.createDirectories(directory.resolve("data"));
        temporary = Files.createDirectories(directory.resolve("tmp"));
    }

    private List<Path> caches() throws IOException {
        try (Stream<Path> entries = Files.list(temporary)) {
            return entries.filter(path -> path.getFileName().toString().startsWith("nsqd-"))
                    .toList();
        }
    }

    @ParameterizedTest
    @Tag("O-60")
    @Tag("O-61")
    @ValueSource(strings = {"TERM", "INT", "HUP"})
    void aSignalStopsCleanlyWithExitCode0(String signal) throws Exception {
        try (Daemon daemon = Daemon.of(data).temporary(temporary).start()) {
            assertEquals(1, caches().size());
            daemon.signal(signal);
            assertEquals(0, daemon.awaitExit());
            daemon.awaitLog(" INFO: NSQ: bye$");
            assertTrue(Files.exists(data.resolve("nsqd.dat")));
            assertEquals(List.of(), caches());
        }
    }

    @Test
    @Tag("B-33")
    @Tag("B-34")
    @Tag("O-60")
    void theLogTellsTheStepsOfAStopInOrder() throws Exception {
        try (Daemon daemon = Daemon.of(data).temporary(temporary).start()) {
            HttpClient.newHttpClient()
                    .send(
                            HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + daemon.httpPort() + "/pub?topic=t"))
                                    .POST(HttpRequest.BodyPublishers.ofString("m"))
                                    .build(),
                            HttpResponse.BodyHandlers.discarding());
            assertEquals(0, daemon.stop());
            List<String> steps = List.of(
                    "TCP: closing",
                    "HTTP: closing",
                    "NSQ: persisting topic/channel metadata to ",
                    "NSQ: closing topics",
                    "TOPIC(t): closing",
                    "NSQ: stopping subsystems",
                    "NSQ: bye");
            int at = daemon.log().size() - 1;
            while (at > 0 && !daemon.log().get(at).contains(steps.get(0))) {
                at--;
            }
            for (String step : steps) {
                while (at < daemon.log().size() && !daemon.log().get(at).contains(step)) {
                    at++;
                }
                assertTrue(at < daemon.log().size(), step + " is missing or out of order in " + daemon.log());
            }
        }
    }

    @Test
    @Tag("O-60")
    void aSignalDuringTheStartStopsCleanly() throws Exception {
        try (Daemon daemon = Daemon.of(data).temporary(temporary).launch()) {
            // The framework's lock file is made early, long before the bundles are started.
            await().pollInterval(Duration.ofMillis(5))
                    .until(() ->
                            !caches().isEmpty() && Files.exists(caches().get(0).resolve("cache.lock")));
            assertEquals(0, daemon.stop());
            assertTrue(
                    daemon.log().stream().noneMatch(line -> line.contains("ERROR") || line.contains("Exception")),
                    daemon.log()::toString);
            assertEquals(List.of(), caches());
        }
    }

    @Test
    @Tag("O-62")
    void aSecondSignalIsIgnored() throws Exception {
        try (Daemon daemon = Daemon.of(data).start()) {
            daemon.signal("TERM");
            // The process may be gone before the second one: that is no failure of what is tested here.
            new ProcessBuilder("kill", "-TERM", Long.toString(daemon.pid()))
                    .start()
                    .waitFor();
            assertEquals(0, daemon.awaitExit());
            daemon.awaitLog(" INFO: NSQ: bye$");
        }
    }

    @Test
    @Tag("O-61")
    void aThreadDumpDoesNotStopIt() throws Exception {
        try (Daemon daemon = Daemon.of(data).start()) {
            daemon.signal("QUIT");
            await().until(() -> daemon.output().contains("Full thread dump"));
            assertTrue(daemon.isAlive());
            assertEquals(0, daemon.stop());
        }
    }

    @Test
    @Tag("O-60")
    void theStartAfterAKillRemovesWhatWasLeft() throws Exception {
        Path left;
        try (Daemon daemon = Daemon.of(data).temporary(temporary).start()) {
            daemon.kill();
            left = caches().get(0);
        }
        try (Daemon daemon = Daemon.of(data).temporary(temporary).start()) {
            await().until(() -> Files.notExists(left));
            assertEquals(1, caches().size());
            assertNotEquals(left, caches().get(0));
            assertEquals(0, daemon.stop());
        }
    }

    @Test
    @Tag("O-28")
    @Tag("O-29")
    void aFatalReportStopsCleanlyWithExitCode1AndTheFirstCounts() throws Exception {
        DistributionCopy distribution = new DistributionCopy(directory.resolve("home"));
        try (Daemon daemon = Daemon.of(data)
                .home(distribution.home())
                .temporary(temporary)
                .flags("--log-prefix=other ")
                .start()) {
            distribution.drop("failer.jar", "1.0.0", Failer.class);
            assertEquals(1, daemon.awaitExit());
            daemon.awaitLog("^\\[nsqd] .* FATAL: listener\\.Accept\\(\\) error - closed$");
            daemon.awaitLog("^other .* INFO: NSQ: bye$");
            assertEquals(
                    1,
                    daemon.log().stream().filter(line -> line.contains("FATAL")).count());
            assertEquals(List.of(), caches());
        }
    }
}
