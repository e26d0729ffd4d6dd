package io.nsqd.interop;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.nsqd.faults.FullDisk;
import io.nsqd.faults.Kills;
import io.nsqd.faults.Lockstep;
import io.nsqd.faults.ManyTopics;
import io.nsqd.faults.Outcome;
import io.nsqd.launcher.Daemon;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The same faults done to Go's daemon and to ours, for their figures side by side ({@code target/faults.txt}). */
@Tag("interop")
class FaultFiguresIT {
    private static final int KILLS = Integer.getInteger("faults.kills", 5);
    private static final int TOPICS = Integer.getInteger("faults.topics", 1_000);

    @TempDir
    Path directory;

    private Path go;
    private Path ours;

    @BeforeEach
    void makeDirectories() throws Exception {
        go = Files.createDirectory(directory.resolve("go"));
        ours = Files.createDirectory(directory.resolve("ours"));
    }

    private static Daemon.Setup goDaemon(Path dataPath) {
        try {
            return GoTools.nsqd(dataPath);
        } catch (java.io.IOException e) {
            throw new java.io.UncheckedIOException(e);
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    @Test
    void lockstep() throws Exception {
        Lockstep.Result theirs = Lockstep.run(goDaemon(go), go, 300);
        theirs.outcome().report("Go");
        Lockstep.Result result = Lockstep.run(Daemon.of(ours), ours, 300);
        result.outcome().report("ours");
        assertEquals(0, result.badFiles());
        assertTrue(theirs.badFiles() > 0, "the Go daemon has got better: tell of it");
    }

    @Test
    void fullDisk() throws Exception {
        FullDisk.Result theirs = onASmallDisk("small-go", true);
        theirs.outcome().report("Go");
        FullDisk.Result result = onASmallDisk("small", false);
        result.outcome().report("ours");
        assertEquals(0, result.outcome().lost());
        assertTrue(result.recoveryMillis() >= 0 && theirs.recoveryMillis() < 0, theirs::toString);
    }

    private FullDisk.Result onASmallDisk(String name, boolean isGo) throws Exception {
        Path mounted = directory.resolve(name);
        try (FullDisk disk = FullDisk.mount(mounted)) {
            assumeTrue(disk != null, "only root can mount a small file system");
            Path dataPath = Files.createDirectory(mounted.resolve("data"));
            return disk.run(isGo ? goDaemon(dataPath) : Daemon.of(dataPath), dataPath);
        }
    }

    @Test
    void kills() throws Exception {
        for (boolean consuming : new boolean[] {false, true}) {
            Path goData = Files.createDirectory(go.resolve("consuming-" + consuming));
            Path ourData = Files.createDirectory(ours.resolve("consuming-" + consuming));
            Kills.run(() -> goDaemon(goData), KILLS, 1, consuming).report("Go");
            Outcome outcome = Kills.run(() -> Daemon.of(ourData), KILLS, 1, consuming);
            outcome.report("ours");
            assertTrue(outcome.lost() <= (consuming ? (long) KILLS * Kills.READY : 0), outcome::toString);
        }
    }

    @Test
    void manyTopics() throws Exception {
        ManyTopics.Result theirs = ManyTopics.run(() -> goDaemon(go), go, TOPICS);
        theirs.outcome().report("Go");
        ManyTopics.Result result = ManyTopics.run(() -> Daemon.of(ours), ours, TOPICS);
        result.outcome().report("ours");
        // Which of them stops sooner is the disk's to say: the figures are for reading.
        assertEquals(0, result.outcome().lost());
    }
}
