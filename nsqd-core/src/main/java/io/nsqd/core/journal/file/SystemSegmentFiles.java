package io.nsqd.core.journal.file;

import io.nsqd.core.disk.AtomicFile;
import io.nsqd.core.disk.Preallocation;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.MappedByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * The operating system's files. They are read and written by way of {@link RandomAccessFile}: unlike a channel, it is not closed
 * when a thread that uses it is interrupted.
 */
final class SystemSegmentFiles implements SegmentFiles {
    /** There, fdatasync writes back what was changed in memory, too; elsewhere it need not. */
    private static final boolean LINUX =
            System.getProperty("os.name", "").toLowerCase(Locale.ROOT).contains("linux");

    @Override
    public Path real(Path directory) throws IOException {
        return directory.toRealPath();
    }

    @Override
    public List<String> names(Path directory) throws IOException {
        List<String> names = new ArrayList<>();
        try (DirectoryStream<Path> files = Files.newDirectoryStream(directory)) {
            files.forEach(file -> names.add(file.getFileName().toString()));
        } catch (DirectoryIteratorException e) {
            throw e.getCause();
        }
        return names;
    }

    @Override
    public long size(Path file) throws IOException {
        return Files.size(file);
    }

    @Override
    public long usableBytes(Path directory) throws IOException {
        // The store of a file is looked up in a list of mounts, for which there has to be a descriptor; this is not.
        // But it has no words.
        long bytes = directory.toFile().getUsableSpace();
        return bytes > 0 ? bytes : Files.getFileStore(directory).getUsableSpace();
    }

    @Override
    public SegmentFile create(Path file) throws IOException {
        Files.createFile(file, AtomicFile.privateMode(file));
        return new SystemFile(file, new RandomAccessFile(file.toFile(), "rw"));
    }

    @Override
    public SegmentInput open(Path file) throws IOException {
        // A pipe would be waited for.
        if (Files.exists(file) && !Files.isRegularFile(file)) {
            throw new FileSystemException(file.toString(), null, "not a regular file");
        }
        return new SystemInput(new RandomAccessFile(file.toFile(), "r"));
    }

    @Override
    public void delete(Path file) throws IOException {
        Files.deleteIfExists(file);
    }

    @Override
    public void empty(Path file) throws IOException {
        try (RandomAccessFile open = new RandomAccessFile(file.toFile(), "rw")) {
            open.setLength(0);
            open.getFD().sync();
        }
    }

    @Override
    public boolean exists(Path file) {
        return Files.exists(file, LinkOption.NOFOLLOW_LINKS);
    }

    @Override
    public boolean same(Path file, Path other) throws IOException {
        return Files.isSameFile(file, other) || Files.mismatch(file, other) < 0;
    }

    @Override
    public void keep(Path file, Path second) throws IOException {
        try {
            Files.createLink(second, file);
        } catch (IOException | UnsupportedOperationException e) {
            try {
                Files.copy(file, second);
            } catch (IOException f) {
                Files.deleteIfExists(second);
                throw f;
            }
        }
    }

    @Override
    public void forceDirectory(Path directory) throws IOException {
        if (!directory.getFileSystem().supportedFileAttributeViews().contains("posix")) {
            return;
        }
        try (FileChannel channel = FileChannel.open(directory, StandardOpenOption.READ)) {
            channel.force(true);
        }
    }

    private static final class SystemFile implements SegmentFile {
        private final Path path;
        private final RandomAccessFile file;
        private MappedByteBuffer map;

        SystemFile(Path path, RandomAccessFile file) {
            this.path = path;
            this.file = file;
        }

        @Override
        public boolean allocate(int size) throws IOException {
            return Preallocation.allocate(path, size);
        }

        @Override
        public int write(byte[] bytes, int offset, int length, long at) throws IOException {
            file.seek(at);
            file.write(bytes, offset, length);
            return length;
        }

        @Override
        public ByteBuffer map(int size) throws IOException {
            map = file.getChannel().map(FileChannel.MapMode.READ_WRITE, 0, size);
            return map;
        }

        @Override
        public void force() throws IOException {
            if (!LINUX && map != null) {
                try {
                    map.force();
                } catch (UncheckedIOException e) {
                    throw e.getCause();
                }
            }
            file.getChannel().force(false);
        }

        @Override
        public void truncate() throws IOException {
            file.setLength(0);
        }

        @Override
        public void close() throws IOException {
            file.close();
        }
    }

    private static final class SystemInput implements SegmentInput {
        private final RandomAccessFile file;

        SystemInput(RandomAccessFile file) {
            this.file = file;
        }

        @Override
        public long size() throws IOException {
            return file.length();
        }

        @Override
        public int read(byte[] bytes, int offset, int length, long at) throws IOException {
            file.seek(at);
            return file.read(bytes, offset, length);
        }

        @Override
        public void close() throws IOException {
            file.close();
        }
    }
}
