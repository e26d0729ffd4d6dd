package io.nsqd.core.journal.file;

import io.nsqd.core.disk.AtomicFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.SecureRandom;
import java.util.Set;

/** Writes frames into new segments, durably, where no daemon is at work. All of them are one epoch. One thread. */
final class SegmentWriter implements AutoCloseable {
    private static final Set<StandardOpenOption> CREATE =
            Set.of(StandardOpenOption.WRITE, StandardOpenOption.CREATE_NEW);

    /** As much as a segment of a daemon has unless it is told otherwise. */
    private static final long SEGMENT_BYTES = 64L << 20;

    private static final SecureRandom RANDOM = new SecureRandom();

    private final Path directory;
    private final int first;
    private final Format.HeaderWriter headers = new Format.HeaderWriter();
    private FileChannel channel;
    private int number;
    private long id;
    private int count;
    private long position;
    private long sequence;

    /** @param first the number of the first segment */
    SegmentWriter(Path directory, int first) {
        this.directory = directory;
        this.first = first;
        number = first - 1;
    }

    /** The number of the last segment; below the first one's while there is none. */
    int last() {
        return number;
    }

    void append(ByteBuffer payload) throws IOException {
        int bytes = Format.frameBytes(payload.remaining());
        if (channel == null || (count > 0 && position + bytes > SEGMENT_BYTES)) {
            begin();
        }
        sequence++;
        // Nothing of it counts before all of it is on the disk.
        ByteBuffer header = headers.header(payload, first, id, count, sequence, sequence - 1);
        ByteBuffer padding = ByteBuffer.allocate(bytes - Format.FRAME_HEADER - payload.remaining());
        write(header.duplicate().clear());
        write(payload.duplicate());
        write(padding);
        count++;
    }

    private void begin() throws IOException {
        close();
        number++;
        id = RANDOM.nextLong();
        count = 0;
        position = 0;
        Path path = Format.path(directory, number);
        channel = FileChannel.open(path, CREATE, AtomicFile.privateMode(path));
        write(ByteBuffer.wrap(Format.segmentHeader(number, id, System.currentTimeMillis())));
    }

    private void write(ByteBuffer bytes) throws IOException {
        while (bytes.hasRemaining()) {
            position += channel.write(bytes, position);
        }
    }

    /** Waits until all of it is on the disk. */
    @Override
    public void close() throws IOException {
        if (channel != null) {
            try (FileChannel closing = channel) {
                channel = null;
                closing.force(true);
            }
        }
    }
}
