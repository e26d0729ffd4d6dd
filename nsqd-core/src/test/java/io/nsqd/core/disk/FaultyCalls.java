package io.nsqd.core.disk;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.MappedByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.ReadableByteChannel;
import java.nio.channels.WritableByteChannel;
import java.nio.file.FileSystemException;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.util.Set;

/** A file system whose calls fail when a test says so, in the ways of real ones. */
public final class FaultyCalls implements FileCalls {
    /** What is asked of the file system. */
    public enum Call {
        OPEN,
        READ,
        WRITE,
        FORCE,
        DELETE,
        RENAME,
        LINK
    }

    /** Decides about a call. */
    @FunctionalInterface
    public interface Faults {
        /** No fault. */
        Faults NONE = (call, file) -> {};

        /** Throws, or does what else comes over the call: interrupts the thread, takes its time. */
        void before(Call call, Path file) throws IOException;

        /** How many of so many bytes are written at once. */
        default int bytes(Path file, int asked) {
            return asked;
        }
    }

    private volatile Faults faults = Faults.NONE;

    public void set(Faults now) {
        faults = now;
    }

    /** As the operating system puts it. */
    public static FileSystemException error(Path file, String reason) {
        return new FileSystemException(file.toString(), null, reason);
    }

    @Override
    public FileChannel open(Path file, Set<? extends OpenOption> options) throws IOException {
        faults.before(Call.OPEN, file);
        return new FaultyChannel(file, FileCalls.super.open(file, options));
    }

    @Override
    public void delete(Path file) throws IOException {
        faults.before(Call.DELETE, file);
        FileCalls.super.delete(file);
    }

    @Override
    public void rename(Path from, Path to) throws IOException {
        faults.before(Call.RENAME, to);
        FileCalls.super.rename(from, to);
    }

    @Override
    public void link(Path file, Path second) throws IOException {
        faults.before(Call.LINK, second);
        FileCalls.super.link(file, second);
    }

    private final class FaultyChannel extends FileChannel {
        private final Path file;
        private final FileChannel real;

        FaultyChannel(Path file, FileChannel real) {
            this.file = file;
            this.real = real;
        }

        @Override
        public int write(ByteBuffer source, long position) throws IOException {
            faults.before(Call.WRITE, file);
            int bytes = faults.bytes(file, source.remaining());
            ByteBuffer part = source.duplicate().limit(source.position() + bytes);
            int written = real.write(part, position);
            source.position(source.position() + written);
            return written;
        }

        @Override
        public int read(ByteBuffer target, long position) throws IOException {
            faults.before(Call.READ, file);
            return real.read(target, position);
        }

        @Override
        public void force(boolean metaData) throws IOException {
            // It is not really forced: nobody cuts the power, and thousands of runs wait for it.
            faults.before(Call.FORCE, file);
            if (!real.isOpen()) {
                throw new ClosedChannelException();
            }
        }

        @Override
        public long size() throws IOException {
            return real.size();
        }

        @Override
        public FileChannel truncate(long size) throws IOException {
            real.truncate(size);
            return this;
        }

        @Override
        protected void implCloseChannel() throws IOException {
            real.close();
        }

        @Override
        public int read(ByteBuffer target) {
            throw new UnsupportedOperationException();
        }

        @Override
        public long read(ByteBuffer[] targets, int offset, int length) {
            throw new UnsupportedOperationException();
        }

        @Override
        public int write(ByteBuffer source) {
            throw new UnsupportedOperationException();
        }

        @Override
        public long write(ByteBuffer[] sources, int offset, int length) {
            throw new UnsupportedOperationException();
        }

        @Override
        public long position() {
            throw new UnsupportedOperationException();
        }

        @Override
        public FileChannel position(long position) {
            throw new UnsupportedOperationException();
        }

        @Override
        public long transferTo(long position, long count, WritableByteChannel target) {
            throw new UnsupportedOperationException();
        }

        @Override
        public long transferFrom(ReadableByteChannel source, long position, long count) {
            throw new UnsupportedOperationException();
        }

        @Override
        public MappedByteBuffer map(MapMode mode, long position, long size) {
            throw new UnsupportedOperationException();
        }

        @Override
        public FileLock lock(long position, long size, boolean shared) {
            throw new UnsupportedOperationException();
        }

        @Override
        public FileLock tryLock(long position, long size, boolean shared) {
            throw new UnsupportedOperationException();
        }
    }
}
