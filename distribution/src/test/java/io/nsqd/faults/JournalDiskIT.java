package io.nsqd.faults;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.nsqd.launcher.Daemon;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The journal on disks that are full, or as large as it may become: publishes are refused, and what was acknowledged is delivered. */
@Tag("B-18")
class JournalDiskIT {
    private static final Duration PATIENCE = Duration.ofMinutes(1);

    @TempDir
    Path directory;

    private static Daemon.Setup daemon(Path dataPath, String durability, String... more) {
        return Daemon.of(dataPath)
                .flags("--durability=" + durability, "--journal-segment-bytes=1048576", "--mem-queue-size=10000")
                .flags(more);
    }

    private static Path dataPath(Path mounted) throws Exception {
        return Files.createDirectory(mounted.resolve("data"));
    }

    private static String body(int number) {
        return String.format("%010000d", number);
    }

    /** Publishes until it is refused; adds what was acknowledged. */
    private static void fill(Daemon daemon, Set<Integer> acknowledged) throws Exception {
        try (Session producer = new Session(daemon.tcpPort())) {
            int number = 0;
            while (producer.send("PUB t", body(number))) {
                acknowledged.add(number++);
            }
        }
        assertTrue(acknowledged.size() > 100, acknowledged.size() + " were taken");
        String ping = Figures.ping(daemon);
        assertTrue(ping.startsWith("500 NOK - "), ping);
    }

    private static Set<Integer> drain(Daemon daemon) throws Exception {
        Set<Integer> came = new HashSet<>();
        Session.drain(daemon, "t", "c", delivery -> came.add(Integer.valueOf(delivery.body())));
        return came;
    }

    private static void assertWellAgain(Daemon daemon) throws Exception {
        await().atMost(PATIENCE).until(() -> Figures.ping(daemon).equals("200 OK"));
        try (Session producer = new Session(daemon.tcpPort())) {
            assertTrue(producer.send("PUB t", body(1)), "there is room, but a publish is refused");
        }
    }

    @ParameterizedTest
    @CsvSource({"written, 0", "synced, 0", "written, 4194304", "synced, 4194304"})
    void whatFillsItIsConsumedAndThenThereIsRoom(String durability, long most) throws Exception {
        Path mounted = directory.resolve("small");
        try (FullDisk disk = FullDisk.mount(mounted)) {
            assumeTrue(disk != null, "only root can mount a small file system");
            try (Daemon daemon = daemon(dataPath(mounted), durability, "--journal-max-bytes=" + most)
                    .start()) {
                Session.consumer(daemon.tcpPort(), "t", "c", 0).close();
                Set<Integer> acknowledged = new HashSet<>();
                fill(daemon, acknowledged);
                acknowledged.removeAll(drain(daemon));
                assertEquals(Set.of(), acknowledged);
                assertWellAgain(daemon);
                assertEquals(0, daemon.stop());
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"written", "synced"})
    void aKillOnAFullDiskLosesNothing(String durability) throws Exception {
        Path mounted = directory.resolve("small");
        try (FullDisk disk = FullDisk.mount(mounted)) {
            assumeTrue(disk != null, "only root can mount a small file system");
            Path dataPath = dataPath(mounted);
            Set<Integer> acknowledged = new HashSet<>();
            try (Daemon daemon = daemon(dataPath, durability).start()) {
                Session.consumer(daemon.tcpPort(), "t", "c", 0).close();
                fill(daemon, acknowledged);
                daemon.kill();
            }
            disk.giveRoom();
            try (Daemon daemon = daemon(dataPath, durability).start()) {
                acknowledged.removeAll(drain(daemon));
                assertEquals(Set.of(), acknowledged);
                assertWellAgain(daemon);
            }
        }
    }
}
