package io.nsqd.core.disk;

import java.io.Closeable;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/** A file of any size through a window of fixed size, which goes where it is looked at. */
final class FileWindow implements Closeable {
    /** Big enough that small records come many at a time. */
    private static final int BYTES = 64 * 1024;

    private final FileChannel channel;
    private final long size;
    private final byte[] block = new byte[BYTES];
    private long start;
    private int length;

    /** Opens a file at the size that it has now. */
    FileWindow(Path file) throws IOException {
        channel = FileChannel.open(file, StandardOpenOption.READ);
        try {
            size = channel.size();
        } catch (IOException e) {
            channel.close();
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
        while (buffer.hasRemaining() && channel.read(buffer, position + buffer.position()) >= 0) {
            // A read may give less than was asked for.
        }
        start = position;
        length = buffer.position();
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }
}
