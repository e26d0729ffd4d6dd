package io.nsqd.core.disk;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Set;
import java.util.concurrent.ThreadLocalRandom;

/** Replaces small files so that a reader, also after a crash, finds the old content or the new, never a part (S-7, B-31). */
public final class AtomicFile {
    private static final Set<StandardOpenOption> CREATE =
            Set.of(StandardOpenOption.WRITE, StandardOpenOption.CREATE, StandardOpenOption.TRUNCATE_EXISTING);

    private AtomicFile() {}

    /**
     * Writes {@code content} to {@code file} by way of a temporary file and a rename.
     *
     * @param durable whether to fsync before the rename
     */
    public static void replace(Path file, byte[] content, boolean durable) throws IOException {
        Path temporary = file.resolveSibling(
                file.getFileName() + "." + ThreadLocalRandom.current().nextInt(Integer.MAX_VALUE) + ".tmp");
        try {
            try (FileChannel channel = FileChannel.open(temporary, CREATE, privateMode(file))) {
                ByteBuffer buffer = ByteBuffer.wrap(content);
                while (buffer.hasRemaining()) {
                    channel.write(buffer);
                }
                if (durable) {
                    channel.force(false);
                }
            }
            Files.move(temporary, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        } catch (IOException e) {
            // A full disk must not fill up further with what could not be written.
            Files.deleteIfExists(temporary);
            throw e;
        }
    }

    /** Mode 0600 where the file system knows modes. */
    public static FileAttribute<?>[] privateMode(Path file) {
        if (!file.getFileSystem().supportedFileAttributeViews().contains("posix")) {
            return new FileAttribute<?>[0];
        }
        return new FileAttribute<?>[] {
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------"))
        };
    }
}
