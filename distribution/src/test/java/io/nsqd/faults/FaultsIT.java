package io.nsqd.faults;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.nsqd.launcher.Daemon;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** No fault costs an acknowledged message. The profile {@code faults} does it at length. */
class FaultsIT {
    private static final int KILLS = Integer.getInteger("faults.kills", 5);

    /** How many for each size of the memory. */
    private static final int PROMISE_KILLS = Integer.getInteger("faults.promise.kills", 1);

    private static final int CHANNEL_KILLS = Integer.getInteger("faults.channel.kills", 2);

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
            assertTrue(result.ping().contains("no space left on device"), result.ping());
            assertTrue(result.recoveryMillis() >= 0, "it never recovers");
            assertEquals(0, result.temporaryFiles());
        }
    }

    /** Nobody removes anything: that the messages are consumed must be enough. */
    @Test
    @Tag("B-18")
    @Tag("X-4")
    void aDiskThatOurOwnMessagesFillHasRoomAgainOnceTheyAreConsumed() throws Exception {
        Path mounted = directory.resolve("small");
        try (FullDisk disk = FullDisk.mount(mounted)) {
            assumeTrue(disk != null, "only root can mount a small file system");
            Path dataPath = Files.createDirectory(mounted.resolve("data"));
            FullDisk.Result result = disk.fillAndConsume(Daemon.of(dataPath));
            result.outcome().report("ours");
            assertEquals(0, result.outcome().lost());
            assertTrue(result.ping().startsWith("500 NOK - "), result.ping());
            assertTrue(result.recoveryMillis() >= 0, "it never recovers");
        }
    }

    @ParameterizedTest
    @Tag("B-27")
    @CsvSource({"true, read-only file system", "false, no space left on device"})
    void aDataPathThatCannotBeWrittenIsSaidSoAndNothingStarts(boolean readOnly, String why) throws Exception {
        Path mounted = directory.resolve("small");
        try (FullDisk disk = FullDisk.mount(mounted)) {
            assumeTrue(disk != null, "only root can mount a small file system");
            Path dataPath = Files.createDirectory(mounted.resolve("data"));
            disk.fill();
            if (readOnly) {
                assertTrue(disk.makeReadOnly());
            }
            try (Daemon daemon = Daemon.of(dataPath).launch()) {
                assertEquals(1, daemon.awaitExit());
                List<String> fatal = daemon.log().stream()
                        .filter(line -> line.contains("FATAL"))
                        .toList();
                assertEquals(1, fatal.size(), () -> String.join("\n", daemon.log()));
                assertTrue(fatal.get(0).contains("failed to persist metadata - "), fatal.get(0));
                assertTrue(fatal.get(0).contains(why), fatal.get(0));
                assertTrue(daemon.log().stream().noneMatch(line -> line.contains("listening on")));
            }
            assertEquals(0, DataFiles.count(dataPath, ".tmp"));
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

    @ParameterizedTest
    @Tag("S-25")
    @Tag("S-26")
    @Tag("X-12")
    @ValueSource(ints = {0, 10, 10_000})
    void aKillOfATopicWithThreeChannelsLosesNothingThatWasOnTheDisk(int memory) throws Exception {
        long seed = new Random().nextInt(1_000_000);
        Map<String, Outcome> outcomes = ChannelKills.run(() -> Daemon.of(directory), memory, CHANNEL_KILLS, seed);
        for (Map.Entry<String, Outcome> entry : outcomes.entrySet()) {
            Outcome outcome = entry.getValue();
            outcome.report("ours");
            assertTrue(outcome.acknowledged() > 0);
            // A topic's memory, a channel's, and what was in flight of a channel that has consumers.
            long inFlight = entry.getKey().equals("left") ? 0 : ChannelKills.READY;
            assertTrue(outcome.lost() <= CHANNEL_KILLS * (2L * memory + inFlight), outcome::toString);
            assertTrue(outcome.duplicated() <= (long) CHANNEL_KILLS * 2 * ChannelKills.SYNC_EVERY, outcome::toString);
        }
    }

    /** PUB, MPUB, DPUB, REQ and FIN at once. */
    @ParameterizedTest
    @CsvSource({"written, 0", "written, 10", "written, 10000", "synced, 0", "synced, 10", "synced, 10000"})
    void aKillLosesNothingThatMoreWasPromisedOfThanMemory(String durability, int memory) throws Exception {
        long seed = new Random().nextInt(1_000_000);
        PromiseKills.Result result =
                PromiseKills.run(() -> Daemon.of(directory), durability, memory, PROMISE_KILLS, seed);
        for (Outcome outcome : result.outcomes()) {
            outcome.report("ours");
            assertTrue(outcome.acknowledged() > 0);
            assertEquals(0, outcome.lost(), outcome::toString);
        }
        assertEquals(0, result.tooEarlyMillis(), "what was held back came before it was due");
        // In memory still, of a commit, when the kill came.
        int uncommitted = durability.equals("synced") ? PROMISE_KILLS * PromiseKills.READY : 0;
        assertTrue(result.again() <= uncommitted, result::toString);
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
