package io.nsqd.faults;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;

/**
 * A disk whose file system finds an error and becomes read-only under those who write to it, as Linux does by default. It is an ext4 in a
 * file, which is told to find one; that needs root, a loop device and e2fsprogs. What the system had not written then is lost, as with a
 * real one: nothing gets there until it is unmounted and repaired.
 */
final class SickDisk implements AutoCloseable {
    private static final long BYTES = 64L << 20;
    private static final long PATIENCE_SECONDS = 60;

    /** What {@code e2fsck} ends with when it has repaired something. */
    private static final int REPAIRED = 1;

    private final Path image;
    private final Path mounted;
    private final Path trigger;

    private SickDisk(Path image, Path mounted, Path trigger) {
        this.image = image;
        this.mounted = mounted;
        this.trigger = trigger;
    }

    /**
     * Makes one, which is well, in a directory.
     *
     * @return {@code null} where that cannot be had
     */
    static SickDisk mount(Path directory) throws IOException, InterruptedException {
        Path image = directory.resolve("image");
        try (RandomAccessFile file = new RandomAccessFile(image.toFile(), "rw")) {
            file.setLength(BYTES);
        }
        Path mounted = Files.createDirectory(directory.resolve("sick"));
        if (run("mkfs.ext4", "-q", "-F", image.toString()) != 0 || mount(image, mounted) != 0) {
            return null;
        }
        String device = Files.getFileStore(mounted).name();
        Path trigger = Path.of("/sys/fs/ext4", Path.of(device).getFileName().toString(), "trigger_fs_error");
        SickDisk disk = new SickDisk(image, mounted, trigger);
        if (Files.isWritable(trigger)) {
            return disk;
        }
        disk.close();
        return null;
    }

    private static int mount(Path image, Path mounted) throws IOException, InterruptedException {
        return run("mount", "-t", "ext4", "-o", "loop,errors=remount-ro", image.toString(), mounted.toString());
    }

    Path directory() {
        return mounted;
    }

    /** Has everything written that the system has. */
    void sync() throws IOException, InterruptedException {
        check(run("sync", "-f", mounted.toString()) == 0, "cannot be synced");
    }

    /** From now on nothing can be written. */
    void fail() throws IOException {
        Files.writeString(trigger, "a test\n", StandardCharsets.US_ASCII);
    }

    /** Repairs it; nobody uses it. */
    void repair() throws IOException, InterruptedException {
        unmount();
        check(run("e2fsck", "-f", "-y", image.toString()) <= REPAIRED, "cannot be repaired");
        check(mount(image, mounted) == 0, "cannot be mounted again");
    }

    private void unmount() throws IOException, InterruptedException {
        long patience = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_SECONDS);
        // What a daemon had open that was just killed the system lets go of a little later.
        while (run("umount", mounted.toString()) != 0) {
            check(System.nanoTime() < patience, "cannot be unmounted");
            TimeUnit.MILLISECONDS.sleep(50);
        }
    }

    private void check(boolean done, String what) throws IOException {
        if (!done) {
            throw new IOException(mounted + " " + what);
        }
    }

    /** The exit code, and 127 as with a shell where there is no such program. */
    private static int run(String... command) throws InterruptedException {
        try {
            return new ProcessBuilder(command)
                    .redirectErrorStream(true)
                    .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                    .start()
                    .waitFor();
        } catch (IOException e) {
            return 127;
        }
    }

    @Override
    public void close() throws IOException {
        try {
            // Of a daemon that was killed a moment ago something may still be open.
            check(
                    run("umount", mounted.toString()) == 0 || run("umount", "-l", mounted.toString()) == 0,
                    "stays mounted");
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
