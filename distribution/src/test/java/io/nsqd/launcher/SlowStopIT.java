package io.nsqd.launcher;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.nsqd.launcher.plugin.Keeper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A stop takes as long as the messages take, says what it waits for, and owns up to what it could not save. */
class SlowStopIT {
    private static final String IMPORTS = "Import-Package: org.osgi.framework,io.nsqd.api,io.nsqd.spi";

    private static final List<String> MESSAGES =
            IntStream.range(0, 12).mapToObj(i -> "message " + i).toList();

    @TempDir
    Path directory;

    private Path kept;
    private DistributionCopy distribution;

    @BeforeEach
    void copyDistribution() throws IOException {
        kept = Files.createDirectories(directory.resolve("kept"));
        distribution = new DistributionCopy(directory.resolve("home"));
    }

    /** A daemon whose messages, all in memory, and topics go to the keeper as it stops. */
    private Daemon start(Duration perMessage, Duration perSave) throws Exception {
        distribution.drop(
                "keeper.jar",
                "1.0.0",
                Keeper.class,
                IMPORTS,
                "Message-Millis: " + perMessage.toMillis(),
                "Metadata-Millis: " + perSave.toMillis());
        Daemon daemon = Daemon.of(Files.createDirectories(directory.resolve("data")))
                .home(distribution.home())
                .environment("NSQD_JAVA_OPTS", "-Dkeeper.directory=" + kept)
                .flags("--storage=keeper", "--metadata=keeper")
                .start();
        for (String message : MESSAGES) {
            assertEquals("OK", PluginUser.tcp(daemon, PluginUser.command("PUB t", message)));
        }
        return daemon;
    }

    private List<String> keptLines(String file) throws IOException {
        return Files.exists(kept.resolve(file)) ? Files.readAllLines(kept.resolve(file)) : List.of();
    }

    @Test
    @Tag("long")
    @Tag("B-33")
    @Tag("O-60")
    @Tag("O-62")
    void aFlushThatTakesMinutesIsWaitedForWhateverSignalsCome() throws Exception {
        // More than a minute, which was a limit once, and the metadata more than theirs.
        try (Daemon daemon = start(Duration.ofMillis(5_200), Duration.ofSeconds(22))) {
            daemon.signal("TERM");
            daemon.awaitLog(" INFO: NSQ: stopping, waiting for the metadata to be saved to the keeper$");
            daemon.signal("TERM");
            daemon.awaitLog(" INFO: NSQ: stopping, waiting for the topics: 0 of 1 are closed, \\d+ messages are left");
            daemon.signal("INT");

            assertEquals(0, daemon.awaitExit(Duration.ofMinutes(5)), daemon.log()::toString);

            assertEquals(MESSAGES, keptLines("messages"));
            assertTrue(keptLines("topics").contains("t"));
            assertTrue(daemon.log().stream().noneMatch(line -> line.contains("ERROR")), daemon.log()::toString);
            daemon.awaitLog(" INFO: NSQ: bye$");
        }
    }

    @Test
    @Tag("B-33")
    @Tag("O-64")
    void whatCannotBeSavedIsNamedAndTheExitCodeSaysSo() throws Exception {
        try (Daemon daemon = start(Duration.ZERO, Duration.ZERO)) {
            Files.createFile(kept.resolve("refuse"));

            assertEquals(1, daemon.stop());

            assertEquals(
                    MESSAGES.size(),
                    daemon.log().stream()
                            .filter(line -> line.matches(".* ERROR: TOPIC\\(t\\): message [0-9a-f]{16} lost, failed to"
                                    + " write it to backend - the keeper refuses"))
                            .count(),
                    daemon.log()::toString);
            daemon.awaitLog(" ERROR: failed to persist metadata - the keeper refuses$");
            daemon.awaitLog(" ERROR: NSQ: 12 messages, the metadata could not be saved$");
            daemon.awaitLog(" INFO: NSQ: bye$");
        }
    }
}
