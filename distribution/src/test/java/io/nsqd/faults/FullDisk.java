package io.nsqd.faults;

import io.nsqd.launcher.Daemon;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.awaitility.core.ConditionTimeoutException;

/** The file system with the data is full, and after a while has room again. It is a small tmpfs, which needs root. */
public final class FullDisk implements AutoCloseable {
    private static final int TMPFS_KILOBYTES = 8_192;
    private static final int BALLAST_KILOBYTES = 512;
    private static final int BODY_BYTES = 10_000;
    /** Many times what there is room for, and together more than a small heap could hold. */
    private static final int ATTEMPTS = 6_000;

    /** How long anybody would wait for a daemon to notice that there is room again. */
    private static final Duration RECOVERY = Duration.ofSeconds(10);

    private final Path directory;
    private final Path ballast;

    private FullDisk(Path directory) throws IOException {
        this.directory = directory;
        ballast = directory.resolve("ballast");
        Files.write(ballast, new byte[BALLAST_KILOBYTES * 1024]);
    }

    /** Mounts it at a new directory; {@code null} where that is not permitted. */
    public static FullDisk mount(Path directory) throws IOException, InterruptedException {
        Files.createDirectory(directory);
        return run("mount", "-t", "tmpfs", "-o", "size=" + TMPFS_KILOBYTES + "k", "tmpfs", directory.toString())
                ? new FullDisk(directory)
                : null;
    }

    /** Leaves no room at all. */
    void fill() {
        try (OutputStream more = Files.newOutputStream(directory.resolve("filling"))) {
            byte[] page = new byte[4_096];
            while (true) {
                more.write(page);
            }
        } catch (IOException e) {
            // Now it is full.
            return;
        }
    }

    /** Gives back what was held for that. */
    void giveRoom() throws IOException {
        Files.delete(ballast);
    }

    /** Lets nobody write any more. */
    boolean makeReadOnly() throws IOException, InterruptedException {
        return run("mount", "-o", "remount,ro", directory.toString());
    }

    private static boolean run(String... command) throws IOException, InterruptedException {
        Process process = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .start();
        return process.waitFor() == 0;
    }

    /**
     * What came of it.
     *
     * @param outcome the counts; the messages published once there is room again are among them
     * @param ping what {@code /ping} said while the disk was full
     * @param recoveryMillis how long it took {@code /ping} to say OK once there was room, nobody publishing; -1 for never
     * @param temporaryFiles left behind while it was full
     * @param megabytesGrown by how much the memory's peak grew while publishes were refused
     */
    public record Result(Outcome outcome, String ping, long recoveryMillis, long temporaryFiles, long megabytesGrown) {}

    /** Runs it: publishes far more than there is room for, makes room, publishes ten more, and drains. */
    public Result run(Daemon.Setup setup, Path dataPath) throws Exception {
        Set<Integer> acknowledged = new HashSet<>();
        try (Daemon daemon =
                setup.flags("--mem-queue-size=10", "--sync-timeout=200ms").start()) {
            Session.consumer(daemon.tcpPort(), "t", "c", 0).close();
            int number = 0;
            int refused = 0;
            long before = 0;
            Session producer = new Session(daemon.tcpPort());
            while (number < ATTEMPTS) {
                number++;
                if (producer.send("PUB t", body(number))) {
                    acknowledged.add(number);
                } else {
                    // The protocol has the connection closed after this error.
                    producer.close();
                    producer = new Session(daemon.tcpPort());
                    if (refused++ == 0) {
                        before = daemon.peakMemoryMegabytes();
                    }
                }
            }
            final String ping = Figures.ping(daemon);
            final long grown = daemon.peakMemoryMegabytes() - before;
            final long temporary = DataFiles.count(dataPath, ".tmp");
            Files.delete(ballast);
            final long recovery = recovery(daemon);
            for (int i = 0; i < 10; i++) {
                number++;
                if (producer.send("PUB t", body(number))) {
                    acknowledged.add(number);
                } else {
                    throw new AssertionError("there is room, but a publish is refused: " + daemon.log());
                }
            }
            producer.close();
            Set<Integer> missing = new HashSet<>(acknowledged);
            int duplicated = drain(daemon, missing);
            if (daemon.stop() != 0) {
                throw new AssertionError("no clean stop: " + daemon.log());
            }
            Outcome outcome = new Outcome(
                    "disk full",
                    1,
                    acknowledged.size(),
                    missing.size(),
                    duplicated,
                    "refused " + refused + ", OK again after " + (recovery < 0 ? "never" : recovery + " ms")
                            + ", .tmp files " + temporary + ", memory grown by " + grown + " MB");
            return new Result(outcome, ping, recovery, temporary, grown);
        }
    }

    /** Runs it: publishes until it is refused, consumes everything, waits until the daemon is well, and publishes again. */
    Result fillAndConsume(Daemon.Setup setup) throws Exception {
        try (Daemon daemon = setup.flags("--mem-queue-size=0").start();
                Session producer = new Session(daemon.tcpPort())) {
            Session.consumer(daemon.tcpPort(), "t", "c", 0).close();
            Set<Integer> missing = new HashSet<>();
            int number = 0;
            while (producer.send("PUB t", body(number))) {
                missing.add(number++);
            }
            final String ping = Figures.ping(daemon);
            int duplicated = drain(daemon, missing);
            final long recovery = recovery(daemon);
            try (Session again = new Session(daemon.tcpPort())) {
                if (!again.send("PUB t", body(number))) {
                    throw new AssertionError("all was consumed, but a publish is refused: " + daemon.log());
                }
            }
            if (daemon.stop() != 0) {
                throw new AssertionError("no clean stop: " + daemon.log());
            }
            Outcome outcome = new Outcome(
                    "disk full of its own messages",
                    1,
                    number,
                    missing.size(),
                    duplicated,
                    "OK again: " + recovery + " ms");
            return new Result(outcome, ping, recovery, 0, 0);
        }
    }

    private static String body(int number) {
        return String.format("%0" + BODY_BYTES + "d", number);
    }

    /** Takes what there is off the missing; returns how many came again. */
    private static int drain(Daemon daemon, Set<Integer> missing) throws IOException, InterruptedException {
        Set<Integer> seen = new HashSet<>();
        int[] duplicated = {0};
        Session.drain(daemon, "t", "c", delivery -> {
            int number = Integer.parseInt(delivery.body());
            missing.remove(number);
            if (!seen.add(number)) {
                duplicated[0]++;
            }
        });
        return duplicated[0];
    }

    private static long recovery(Daemon daemon) {
        long begin = System.nanoTime();
        try {
            Awaitility.await()
                    .atMost(RECOVERY)
                    .pollDelay(Duration.ZERO)
                    .pollInterval(Duration.ofMillis(10))
                    .until(() -> Figures.ping(daemon).equals("200 OK"));
            return TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - begin);
        } catch (ConditionTimeoutException e) {
            return -1;
        }
    }

    @Override
    public void close() throws IOException {
        try {
            // Of a daemon that was killed a moment ago something may still be open.
            if (!run("umount", directory.toString()) && !run("umount", "-l", directory.toString())) {
                throw new IOException(directory + " cannot be unmounted");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
