package io.nsqd.core.disk;

import io.nsqd.api.Errors;
import io.nsqd.log.Logger;
import io.nsqd.log.LoggerFactory;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/**
 * Keeps two daemons off one data path: the same {@code flock} on the directory that the Go daemon takes, so that each
 * keeps the other out (B-29).
 *
 * <p>Where no native call can be had, a lock on a file of ours excludes at least a second instance of ours.
 */
public final class DirectoryLock implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(DirectoryLock.class);
    private static final String FALLBACK_FILE = "nsqd.lock";

    private final AutoCloseable release;

    private DirectoryLock(AutoCloseable release) {
        this.release = release;
    }

    /**
     * Takes the lock.
     *
     * @throws InUseException when somebody else has it
     * @throws IOException with the words of O-26
     */
    public static DirectoryLock acquire(Path directory) throws IOException {
        if (!Files.exists(directory)) {
            throw new IOException("open " + directory + ": no such file or directory");
        }
        if (!Files.isDirectory(directory)) {
            throw new IOException("open " + directory + ": not a directory");
        }
        NativeFlock flock;
        try {
            flock = NativeFlock.load();
        } catch (IOException | RuntimeException | LinkageError e) {
            LOG.warn("no native flock ({}): only daemons of this kind are kept off {}", e.toString(), directory);
            return new DirectoryLock(lockFile(directory));
        }
        return new DirectoryLock(flock.lock(directory));
    }

    static AutoCloseable lockFile(Path directory) throws IOException {
        FileChannel channel =
                FileChannel.open(directory.resolve(FALLBACK_FILE), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
        try {
            FileLock lock = channel.tryLock();
            if (lock != null) {
                return channel;
            }
        } catch (OverlappingFileLockException e) {
            // Another broker in this virtual machine has it.
        }
        channel.close();
        throw inUse(directory);
    }

    /** Somebody else has the lock. */
    public static final class InUseException extends IOException {
        private static final long serialVersionUID = 1L;

        InUseException(String message) {
            super(message);
        }
    }

    static IOException inUse(Path directory) {
        return new InUseException("cannot flock directory " + directory
                + " - resource temporarily unavailable (possibly in use by another instance of nsqd)");
    }

    @Override
    public void close() {
        try {
            release.close();
        } catch (Exception e) {
            LOG.warn("failed to unlock the data path - {}", Errors.describe(e));
        }
    }
}
