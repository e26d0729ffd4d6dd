package io.nsqd.faults;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.nsqd.launcher.Daemon;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** No fault costs an acknowledged message. The profile {@code faults} does it at length. */
class FaultsIT {
    private static final int KILLS = Integer.getInteger("faults.kills", 5);

    private static final int TOPICS = Integer.getInteger("faults.topics", 1_000);

    @TempDir
    Path directory;

    @Test
    @Tag("S-20")
    @Tag("X-11")
    void aFileThatIsReadAsItIsWrittenIsDeletedAndNotSetAside() throws Exception {
        Lockstep.Result result = Lockstep.run(Daemon.of(directory), directory, 300);
        result.outcome().report("ours");
        assertEquals(0, result.outcome().lost());
        assertEquals(0, result.outcome().duplicated());
        assertEquals(0, result.badFiles());
        assertTrue(result.dataFiles() <= 2, "one for each queue: " + result.dataFiles());
    }

    /** Where nothing may be mounted, {@code StorageFaultTest} shows it with a storage that refuses. */
    @Test
    @Tag("B-18")
    @Tag("X-3")
    @Tag("X-4")
    void aFullDiskRefusesAndLosesNothingAndIsForgottenOnceThereIsRoom() throws Exception {
        Path mounted = directory.resolve("small");
        try (FullDisk disk = FullDisk.mount(mounted)) {
            assumeTrue(disk != null, "only root can mount a small file system");
            Path dataPath = Files.createDirectory(mounted.resolve("data"));
            FullDisk.Result result = disk.run(
                    // Bounded memory: it could not keep what it refuses.
                    Daemon.of(dataPath).environment("NSQD_JAVA_OPTS", "-Xmx48m"), dataPath);
            result.outcome().report("ours");
            assertEquals(0, result.outcome().lost());
            assertEquals(0, result.outcome().duplicated());
            assertTrue(result.ping().startsWith("500 NOK - "), result.ping());
            assertTrue(result.ping().contains("No space left on device"), result.ping());
            assertTrue(result.recoveryMillis() >= 0, "it never recovers");
            assertEquals(0, result.temporaryFiles());
        }
    }

    @Test
    @Tag("S-25")
    void aKillLosesNothingThatWasNotInFlight() throws Exception {
        long seed = new Random().nextInt(1_000_000);
        Outcome outcome = Kills.run(() -> Daemon.of(directory), KILLS, seed, false);
        outcome.report("ours");
        assertTrue(outcome.acknowledged() > 0);
        assertEquals(0, outcome.lost(), outcome::toString);
        assertTrue(outcome.duplicated() <= (long) KILLS * Kills.SYNC_EVERY, outcome::toString);
    }

    /** What was in flight has left the disk and not reached its end: nothing else may be missing. */
    @Test
    @Tag("S-26")
    void aKillLosesAtMostWhatWasInFlight() throws Exception {
        long seed = new Random().nextInt(1_000_000);
        Outcome outcome = Kills.run(() -> Daemon.of(directory), KILLS, seed, true);
        outcome.report("ours");
        assertTrue(outcome.acknowledged() > 0);
        assertTrue(outcome.lost() <= (long) KILLS * Kills.READY, outcome::toString);
        assertTrue(outcome.duplicated() <= (long) KILLS * Kills.SYNC_EVERY, outcome::toString);
    }

    @Test
    @Tag("B-33")
    @Tag("X-8")
    void manyTopicsStopAndStartWithAllTheirMessages() throws Exception {
        ManyTopics.Result result = ManyTopics.run(() -> Daemon.of(directory), directory, TOPICS);
        result.outcome().report("ours");
        assertEquals(0, result.outcome().lost());
    }
}
