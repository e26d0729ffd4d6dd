package io.nsqd.core.retention;

import io.nsqd.core.disk.DataFile;
import io.nsqd.core.disk.FileCalls;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;

/** Reads the frames of one file, one after the other. Used by one thread, which may wait for the disk. */
final class FrameReader implements AutoCloseable {
    private final DataFile file;
    private final long end;
    private final ByteBuffer header = ByteBuffer.allocate(RetainedFormat.FRAME_HEADER);
    private long at = RetainedFormat.FILE_HEADER;
    private RetainedFormat.Header current;

    /**
     * Opens it.
     *
     * @param end where it ends for the reader; what is behind may still be being written
     * @throws IOException when it cannot be opened, or does not begin as it should
     */
    FrameReader(FileCalls calls, Path path, long end) throws IOException {
        file = new DataFile(calls, path, 0, FileCalls.READ, FileCalls.READ);
        boolean good = false;
        try {
            ByteBuffer magic = ByteBuffer.allocate(RetainedFormat.FILE_HEADER);
            file.read(magic, 0);
            if (magic.hasRemaining() || magic.getLong(0) != RetainedFormat.MAGIC) {
                throw new IOException(path + " does not begin as such a file does");
            }
            this.end = Math.min(end, file.size());
            good = true;
        } finally {
            if (!good) {
                file.release();
            }
        }
    }

    /** The header of the next frame; {@code null} at the end, and where something else than a frame comes: see {@link #isAtEnd}. */
    RetainedFormat.Header next() throws IOException {
        current = null;
        if (end - at < RetainedFormat.FRAME_HEADER) {
            return null;
        }
        header.clear();
        file.read(header, at);
        RetainedFormat.Header found = RetainedFormat.Header.of(header);
        if (!header.hasRemaining() && found.isPossible(end - at)) {
            current = found;
            at += found.bytes();
        }
        return current;
    }

    /**
     * The frame whose header came last.
     *
     * @return positioned behind the header; {@code null} when it is damaged
     */
    ByteBuffer frame() throws IOException {
        ByteBuffer frame = ByteBuffer.allocate(current.bytes());
        file.read(frame, at - current.bytes());
        boolean whole = !frame.hasRemaining();
        frame.flip();
        return whole && RetainedFormat.isIntact(frame) ? frame.position(RetainedFormat.FRAME_HEADER) : null;
    }

    /** Where the next frame begins. */
    long position() {
        return at;
    }

    /** Whether everything was frames. */
    boolean isAtEnd() {
        return at == end;
    }

    @Override
    public void close() {
        file.release();
    }
}
