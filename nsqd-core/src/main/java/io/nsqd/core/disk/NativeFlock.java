package io.nsqd.core.disk;

import io.nsqd.api.Errors;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * What Java does not have of the C library, {@code flock(2)} on a directory above all: through the foreign-function API where the Java runtime has it (22 and later), through
 * JNA before.
 */
abstract class NativeFlock {
    /** O_RDONLY is 0 everywhere; O_CLOEXEC of Linux keeps the lock out of child processes. */
    private static final int OPEN_FLAGS = System.getProperty("os.name").equals("Linux") ? 0x80000 : 0;

    /** LOCK_EX and LOCK_NB. */
    private static final int EXCLUSIVE_NON_BLOCKING = 2 | 4;

    /** The first Java version whose foreign-function API is final. */
    private static final int FOREIGN_SINCE = 22;

    abstract int open(String path, int flags);

    abstract int flock(int descriptor, int operation);

    abstract int close(int descriptor);

    /** posix_fallocate(3): 0, or the number of an error. */
    abstract int allocate(int descriptor, long offset, long length);

    /** Takes the lock; closing what is returned lets it go. */
    final AutoCloseable lock(Path directory) throws IOException {
        int descriptor = open(directory.toString(), OPEN_FLAGS);
        if (descriptor < 0) {
            throw whyNotOpened(directory);
        }
        if (flock(descriptor, EXCLUSIVE_NON_BLOCKING) != 0) {
            close(descriptor);
            throw DirectoryLock.inUse(directory);
        }
        return () -> close(descriptor);
    }

    /** The C library does not say it to everybody; Java runs into the same. */
    @SuppressWarnings("try") // To open it is all that is asked for.
    private static IOException whyNotOpened(Path directory) {
        try (DirectoryStream<Path> opened = Files.newDirectoryStream(directory)) {
            return new IOException("open " + directory + ": it could not be opened a moment ago");
        } catch (IOException e) {
            return Errors.failed("open", directory, e);
        }
    }

    /**
     * The binding for this runtime.
     *
     * @throws IOException where there is none
     */
    static NativeFlock load() throws IOException {
        if (System.getProperty("os.name").startsWith("Windows")) {
            throw new IOException("not on Windows");
        }
        return Runtime.version().feature() >= FOREIGN_SINCE ? new ForeignFlock() : new JnaFlock();
    }
}
