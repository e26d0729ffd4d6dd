package io.nsqd.core.disk;

import io.nsqd.api.Errors;
import io.nsqd.api.MessageBatch;
import io.nsqd.api.MessageId;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.NoSuchFileException;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

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
    private DataFile open;
    private boolean written;

    /** Whether there may be something behind the position. */
    private boolean torn;

    private boolean created;
    private List<DataFile> rolled = new ArrayList<>(0);
    private List<Long> deletable = new ArrayList<>(0);

    DiskWriter(DiskQueueFactory factory, DiskFiles files, DiskQueue.Limits limits) {
        this.factory = factory;
        this.files = files;
        this.limits = limits;
    }

    /** A message that no queue takes: the disk has nothing to do with it. */
    static final class RefusedException extends IOException {
        private static final long serialVersionUID = 1L;

        RefusedException(String message) {
            super(message);
        }
    }

    /** Some of a batch was stored, the rest was not; the cause says why. */
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
                if (isTooBig(batch, i)) {
                    flush(buffer);
                    stored = i;
                    throw new RefusedException(tooBig(batch, i));
                }
                int size = DiskRecord.size(batch, i);
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
        } catch (RefusedException e) {
            throw new PartialWriteException(stored, e);
        } catch (IOException e) {
            throw new PartialWriteException(stored, Errors.failed("write", files.data(file), e));
        } finally {
            factory.giveBack(buffer);
        }
    }

    private boolean isTooBig(MessageBatch batch, int i) {
        return batch.length(i) > limits.maxMessageBytes();
    }

    private String tooBig(MessageBatch batch, int i) {
        return "invalid message write size (" + (DiskRecord.MIN_LENGTH + batch.length(i)) + ") minMsgSize="
                + DiskRecord.MIN_LENGTH + " maxMsgSize=" + (limits.maxMessageBytes() + DiskRecord.MIN_LENGTH);
    }

    private void flush(ByteBuffer buffer) throws IOException {
        buffer.flip();
        try {
            if (buffer.hasRemaining()) {
                ensureOpen();
                position = writeAll(buffer, position);
            }
        } finally {
            buffer.clear();
        }
    }

    /** A record that no buffer can hold goes out in pieces; the position moves when the last one is written. */
    private void writeBig(MessageBatch batch, int i, ByteBuffer buffer) throws IOException {
        ensureOpen();
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
        if (torn) {
            dropTorn();
        }
        written = true;
        try {
            return open.write(buffer, from);
        } catch (IOException e) {
            torn = true;
            try {
                dropTorn();
            } catch (IOException again) {
                e.addSuppressed(again);
            }
            throw e;
        }
    }

    /**
     * Opens the file to be written; with a file that has gone, or was not there when the queue was opened and so is somebody
     * else's, the next number is taken.
     */
    private void ensureOpen() throws IOException {
        if (open == null && position > 0) {
            try {
                open = files.openForWriting(file);
            } catch (NoSuchFileException e) {
                leave();
            }
        }
        while (open == null) {
            try {
                open = files.create(file);
                created = true;
            } catch (FileAlreadyExistsException e) {
                if (files.size(file) == 0) {
                    open = files.openForWriting(file);
                } else {
                    leave();
                }
            }
        }
    }

    /**
     * Cuts off what a failed write has left: half a record must not stay where a reader would take it for damage, nor a whole one
     * that was not acknowledged where it would be delivered twice, if its publisher tries again.
     */
    private void dropTorn() throws IOException {
        if (open.size() > position) {
            open.truncate(position);
        }
        torn = false;
    }

    /** Goes to the next file number; the old file waits for its fsync. */
    void roll() {
        if (open != null) {
            rolled.add(open);
            open = null;
        }
        leave();
    }

    private void leave() {
        file++;
        position = 0;
        torn = false;
    }

    /** Goes to the next file number; the old file is not to be written, nor forced, again. */
    void abandon() {
        if (open != null) {
            open.release();
            open = null;
        }
        written = false;
        leave();
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
        if (release && open != null) {
            rolled.add(open);
            open = null;
        }
        Unsynced work = new Unsynced(rolled, written ? open : null, deletable, created);
        rolled = new ArrayList<>(0);
        deletable = new ArrayList<>(0);
        written = false;
        created = false;
        return work;
    }

    /**
     * What waits for the disk.
     *
     * @param rolled files that are not written any more: to be forced and released
     * @param current the file being written, or {@code null} when it has nothing new
     * @param deletable numbers of files that were read and forgotten
     * @param created whether a file has come into being
     */
    record Unsynced(List<DataFile> rolled, DataFile current, List<Long> deletable, boolean created) {
        static final Unsynced NOTHING = new Unsynced(List.of(), null, List.of(), false);

        /**
         * Releases what is not written any more.
         *
         * @param force is to see to it that a file is on the disk
         */
        void force(Consumer<DataFile> force) {
            for (DataFile old : rolled) {
                if (!deletable.contains(old.number())) {
                    force.accept(old);
                }
                old.release();
            }
            if (current != null) {
                force.accept(current);
            }
        }

        /** Nothing is to be kept. */
        void release() {
            rolled.forEach(DataFile::release);
        }
    }
}
