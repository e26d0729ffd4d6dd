package io.nsqd.core.disk;

import java.io.Closeable;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;

/** A file of any size through a window of fixed size, which goes where it is looked at. */
final class FileWindow implements Closeable {
    /** Big enough that small records come many at a time. */
    private static final int BYTES = 64 * 1024;

    private final DataFile file;
    private final long size;
    private final byte[] block = new byte[BYTES];
    private long start;
    private int length;

    /** Opens a file at the size that it has now. */
    FileWindow(FileCalls calls, Path path) throws IOException {
        file = new DataFile(calls, path, 0, FileCalls.READ, FileCalls.READ);
        try {
            size = file.size();
        } catch (IOException e) {
            file.release();
            throw e;
        }
    }

    long size() {
        return size;
    }

    byte[] block() {
        return block;
    }

    /**
     * Sees to it that {@code bytes} from a position on are in the block.
     *
     * @param bytes a few: much less than the window has
     * @return where in the block they begin
     * @throws EOFException when the file does not have them
     */
    int at(long position, int bytes) throws IOException {
        if (position < start || position + bytes > start + length) {
            load(position);
            if (length < bytes) {
                throw new EOFException("file ends at " + (start + length));
            }
        }
        return (int) (position - start);
    }

    private void load(long position) throws IOException {
        ByteBuffer buffer = ByteBuffer.wrap(block);
        file.read(buffer, position);
        start = position;
        length = buffer.position();
    }

    @Override
    public void close() {
        file.release();
    }
}
