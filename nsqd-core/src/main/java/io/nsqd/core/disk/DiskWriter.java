package io.nsqd.core.disk;

import io.nsqd.api.MessageBatch;
import io.nsqd.api.MessageId;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.FileChannel;
import java.util.ArrayList;
import java.util.List;

/**
 * Appends records, one write per batch and file (S-10, X-9), and remembers which files wait for their fsync or their
 * deletion. Guarded by its queue's lock, but for {@link Unsynced}, which belongs to whoever took it.
 */
final class DiskWriter {
    private final DiskQueueFactory factory;
    private final DiskFiles files;
    private final DiskQueue.Limits limits;
    private final byte[] id = new byte[MessageId.LENGTH];

    private long file;
    private long position;
    private FileChannel channel;
    private boolean written;
    private List<FileChannel> rolled = new ArrayList<>(0);
    private List<Long> deletable = new ArrayList<>(0);

    DiskWriter(DiskQueueFactory factory, DiskFiles files, DiskQueue.Limits limits) {
        this.factory = factory;
        this.files = files;
        this.limits = limits;
    }

    /** Some of a batch was stored, the rest was not. */
    static final class PartialWriteException extends IOException {
        private static final long serialVersionUID = 1L;

        private final int stored;

        PartialWriteException(int stored, IOException cause) {
            super(cause.getMessage(), cause);
            this.stored = stored;
        }

        int stored() {
            return stored;
        }
    }

    void start(long startFile, long startPosition) {
        file = startFile;
        position = startPosition;
    }

    long file() {
        return file;
    }

    /** Where the next record goes. */
    long position() {
        return position;
    }

    /** Whether a file was left that nobody has synced yet. */
    boolean hasRolled() {
        return !rolled.isEmpty();
    }

    /**
     * Writes all messages.
     *
     * @return how many
     * @throws PartialWriteException when not all could be written
     */
    int write(MessageBatch batch) throws PartialWriteException {
        ByteBuffer buffer = factory.takeBuffer();
        int stored = 0;
        try {
            for (int i = 0; i < batch.size(); i++) {
                int size = checkedSize(batch, i);
                long buffered = position + buffer.position();
                boolean full = buffered > 0 && buffered + size > limits.maxBytesPerFile();
                if (full || size > buffer.remaining()) {
                    flush(buffer);
                    stored = i;
                }
                if (full) {
                    roll();
                }
                if (size > buffer.remaining()) {
                    writeBig(batch, i, buffer);
                    stored = i + 1;
                } else {
                    DiskRecord.putHeader(batch, i, id, buffer);
                    buffer.put(batch.block(i), batch.offset(i), batch.length(i));
                }
            }
            flush(buffer);
            return batch.size();
        } catch (IOException e) {
            throw new PartialWriteException(stored, e);
        } finally {
            factory.giveBack(buffer);
        }
    }

    private int checkedSize(MessageBatch batch, int i) throws IOException {
        int length = DiskRecord.MIN_LENGTH + batch.length(i);
        long max = limits.maxMessageBytes() + DiskRecord.MIN_LENGTH;
        if (length > max) {
            throw new IOException("invalid message write size (" + length + ") minMsgSize=" + DiskRecord.MIN_LENGTH
                    + " maxMsgSize=" + max);
        }
        return DiskRecord.size(batch, i);
    }

    private void flush(ByteBuffer buffer) throws IOException {
        buffer.flip();
        try {
            position = writeAll(buffer, position);
        } finally {
            buffer.clear();
        }
    }

    /** A record that no buffer can hold goes out in pieces; the position moves when the last one is written. */
    private void writeBig(MessageBatch batch, int i, ByteBuffer buffer) throws IOException {
        DiskRecord.putHeader(batch, i, id, buffer);
        long at = position;
        int offset = batch.offset(i);
        int end = offset + batch.length(i);
        try {
            while (offset < end) {
                int piece = Math.min(buffer.remaining(), end - offset);
                buffer.put(batch.block(i), offset, piece);
                offset += piece;
                at = writeAll(buffer.flip(), at);
                buffer.clear();
            }
        } finally {
            buffer.clear();
        }
        position = at;
    }

    private long writeAll(ByteBuffer buffer, long from) throws IOException {
        if (!buffer.hasRemaining()) {
            return from;
        }
        if (channel == null) {
            channel = files.openForWriting(file);
        }
        written = true;
        long at = from;
        try {
            while (buffer.hasRemaining()) {
                at += channel.write(buffer, at);
            }
        } catch (IOException e) {
            dropTorn(e);
            throw e;
        }
        return at;
    }

    /** Half a record must not stay where a reader after a crash would take it for damage. */
    private void dropTorn(IOException failure) {
        try {
            if (channel.size() > position) {
                channel.truncate(position);
            }
        } catch (IOException e) {
            failure.addSuppressed(e);
        }
    }

    /** Goes to the next file number; the old file waits for its fsync. */
    void roll() {
        if (channel != null) {
            rolled.add(channel);
            channel = null;
        }
        file++;
        position = 0;
    }

    /** Files {@code from} up to {@code to}, without it, are read and forgotten. */
    void deleteLater(long from, long to) {
        for (long number = from; number < to; number++) {
            deletable.add(number);
        }
    }

    /**
     * Takes over what waits for the disk.
     *
     * @param release whether to let go of the file being written; the next write opens it again
     */
    Unsynced takeUnsynced(boolean release) {
        if (release && channel != null) {
            rolled.add(channel);
            channel = null;
        }
        Unsynced work = new Unsynced(rolled, written ? channel : null, deletable);
        rolled = new ArrayList<>(0);
        deletable = new ArrayList<>(0);
        written = false;
        return work;
    }

    private static void closeQuietly(FileChannel closing) {
        if (closing != null) {
            try {
                closing.close();
            } catch (IOException e) {
                // What was to be kept was forced before.
            }
        }
    }

    /**
     * What waits for the disk.
     *
     * @param rolled files that are not written any more: to be forced and closed
     * @param current the file being written, or {@code null} when it has nothing new
     * @param deletable numbers of files to delete once the meta file says that they are read
     */
    record Unsynced(List<FileChannel> rolled, FileChannel current, List<Long> deletable) {
        void force() throws IOException {
            try {
                for (FileChannel old : rolled) {
                    old.force(false);
                }
            } finally {
                rolled.forEach(DiskWriter::closeQuietly);
            }
            if (current != null) {
                try {
                    current.force(false);
                } catch (ClosedChannelException e) {
                    // The queue was emptied or closed meanwhile; who closed it saw to its content.
                    return;
                }
            }
        }

        /** Nothing is to be kept. */
        void drop(DiskFiles files) throws IOException {
            rolled.forEach(DiskWriter::closeQuietly);
            deleteFiles(files);
        }

        void deleteFiles(DiskFiles files) throws IOException {
            for (long number : deletable) {
                files.delete(number);
            }
        }
    }
}
