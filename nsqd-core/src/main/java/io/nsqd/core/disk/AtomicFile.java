package io.nsqd.core.disk;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Random;
import java.util.Set;

/** Replaces small files so that a reader, also after a crash, finds the old content or the new, never a part (S-7, B-31). */
public final class AtomicFile {
    private static final Set<StandardOpenOption> CREATE =
            Set.of(StandardOpenOption.WRITE, StandardOpenOption.CREATE, StandardOpenOption.TRUNCATE_EXISTING);

    /** One for all: what goes wrong with such a file again and again is the same each time. */
    private static final int NUMBER = new Random().nextInt(Integer.MAX_VALUE);

    private AtomicFile() {}

    /** Writes {@code content} to {@code file} by way of a temporary file and a rename, and makes both durable. */
    public static void replace(Path file, byte[] content) throws IOException {
        replace(FileCalls.SYSTEM, file, content, true);
        FileCalls.SYSTEM.forceDirectory(file.toAbsolutePath().getParent());
    }

    /**
     * Writes {@code content} to {@code file} by way of a temporary file and a rename. That the file has the new content is as
     * durable as its directory.
     *
     * @param durable whether to fsync before the rename
     */
    static void replace(FileCalls calls, Path file, byte[] content, boolean durable) throws IOException {
        Path temporary = temporary(file);
        try {
            DataFile writing = new DataFile(calls, temporary, 0, CREATE, DiskFiles.WRITE);
            try {
                writing.write(ByteBuffer.wrap(content), 0);
                if (durable) {
                    writing.force();
                }
            } finally {
                writing.release();
            }
            calls.rename(temporary, file);
        } catch (IOException e) {
            // A full disk must not fill up further with what could not be written.
            calls.delete(temporary);
            throw e;
        }
    }

    /** A name beside a file's for what is to take its place; the next start leaves what has it out of account (S-1). */
    static Path temporary(Path file) {
        return file.resolveSibling(file.getFileName() + "." + NUMBER + ".tmp");
    }

    static boolean knowsModes(Path file) {
        return file.getFileSystem().supportedFileAttributeViews().contains("posix");
    }

    /** Mode 0600 where the file system knows modes. */
    public static FileAttribute<?>[] privateMode(Path file) {
        if (!knowsModes(file)) {
            return new FileAttribute<?>[0];
        }
        return new FileAttribute<?>[] {
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------"))
        };
    }
}
