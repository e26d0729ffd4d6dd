package io.nsqd.core.retention;

import io.nsqd.core.disk.AtomicFile;
import java.io.BufferedInputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.LongBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.zip.CRC32C;

/**
 * How far a rewind has come, over a stop.
 *
 * @param fromNanos how old messages may be, in nanoseconds since 1970
 * @param next the number of the next message
 * @param end the number behind the last one
 * @param done how many were handed out again
 * @param excluded ids of messages that are not to come again, from position to limit
 */
record RewindState(long fromNanos, long next, long end, long done, LongBuffer excluded) {
    private static final long MAGIC = 0x4e53514452574431L;
    private static final int HEADER = 5 * Long.BYTES + Integer.BYTES;

    /** Waits for the disk. */
    void save(Path file) throws IOException {
        ByteBuffer content = ByteBuffer.allocate(HEADER + excluded.remaining() * Long.BYTES + Integer.BYTES);
        content.putLong(MAGIC).putLong(fromNanos).putLong(next).putLong(end).putLong(done);
        content.putInt(excluded.remaining());
        for (int i = excluded.position(); i < excluded.limit(); i++) {
            content.putLong(excluded.get(i));
        }
        content.putInt(checkSum(content.array(), content.position()));
        AtomicFile.replace(file, content.array());
    }

    private static int checkSum(byte[] bytes, int length) {
        CRC32C crc = new CRC32C();
        crc.update(bytes, 0, length);
        return (int) crc.getValue();
    }

    /**
     * Reads what a run has left.
     *
     * @throws IOException when it cannot be read, or is damaged
     */
    static RewindState read(Path file) throws IOException {
        byte[] content;
        try (DataInputStream in = new DataInputStream(new BufferedInputStream(Files.newInputStream(file)))) {
            content = in.readAllBytes();
        }
        ByteBuffer bytes = ByteBuffer.wrap(content);
        int checked = content.length - Integer.BYTES;
        if (checked < HEADER
                || bytes.getLong(0) != MAGIC
                || bytes.getInt(checked) != checkSum(content, checked)
                || bytes.getInt(HEADER - Integer.BYTES) != (checked - HEADER) / Long.BYTES) {
            throw new IOException(file + " is damaged");
        }
        bytes.position(Long.BYTES);
        long fromNanos = bytes.getLong();
        long next = bytes.getLong();
        long end = bytes.getLong();
        long done = bytes.getLong();
        long[] excluded = new long[bytes.getInt()];
        for (int i = 0; i < excluded.length; i++) {
            excluded[i] = bytes.getLong();
        }
        return new RewindState(fromNanos, next, end, done, LongBuffer.wrap(excluded));
    }
}
