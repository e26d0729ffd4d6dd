package io.nsqd.core.disk;

import io.nsqd.api.Errors;
import io.nsqd.api.MessageBatch;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.NoSuchFileException;

/**
 * Reads records ahead of what is forgotten, a block at a time. The bodies of the messages it hands out lie in the block,
 * which is theirs from then on: a new block is used for each read. Guarded by its queue's lock.
 */
final class DiskReader {
    /** Stands for the end of a file that is not written any more: its size. */
    static final long TO_THE_END = -1;

    private static final long UNKNOWN = -1;

    /** Bytes read at a time: what a message at least keeps alive while it is in flight. */
    private static final int BLOCK_BYTES = 32 * 1024;

    private final DiskFiles files;
    private final long maxLength;

    private long file;
    private long position;
    private DataFile open;
    private long size;
    private byte[] block;
    /** File position of the block's first byte. */
    private long blockStart;

    private int blockLength;

    /** Where a record is that was looked at closely and is to be taken as it is. */
    private long trusted = UNKNOWN;

    DiskReader(DiskFiles files, DiskQueue.Limits limits) {
        this.files = files;
        maxLength = limits.maxMessageBytes() + DiskRecord.MIN_LENGTH;
    }

    long file() {
        return file;
    }

    /** The most that a record's length may be (S-9). */
    long maxLength() {
        return maxLength;
    }

    /** Where the next record begins. */
    long position() {
        return position;
    }

    /** Goes to a position; the file is opened when it is needed. */
    void start(long startFile, long startPosition) {
        if (startFile != file || open == null) {
            close();
        }
        file = startFile;
        position = startPosition;
        block = null;
        trusted = UNKNOWN;
    }

    /** Goes to a record of the file that is being read; it is handed out even if it looks odd. */
    void trust(long recordPosition) {
        position = recordPosition;
        trusted = recordPosition;
    }

    void close() {
        block = null;
        if (open != null) {
            open.release();
            open = null;
        }
    }

    /**
     * Makes the next record available.
     *
     * @param end up to where records are written, or {@link #TO_THE_END}
     * @return false at the end
     * @throws DamagedFileException when there is something that is no record, or one that what follows makes doubtful: a length
     *     that is wrong leads to where no record begins
     * @throws java.nio.file.NoSuchFileException when there is no such file
     * @throws IOException when the file cannot be read now
     */
    boolean next(long end) throws IOException {
        openAndMeasure(end);
        long limit = end == TO_THE_END ? size : end;
        long rest = limit - position;
        if (rest == 0) {
            return false;
        }
        if (rest < DiskRecord.LENGTH_BYTES) {
            throw damaged(rest < 0 ? "position beyond the end" : "torn record");
        }
        load(DiskRecord.LENGTH_BYTES, rest);
        int length = DiskRecord.length(block, (int) (position - blockStart));
        if (length < DiskRecord.MIN_LENGTH || length > maxLength) {
            throw damaged("invalid message read size (" + length + ")");
        }
        if (rest < DiskRecord.LENGTH_BYTES + (long) length) {
            throw damaged("torn record");
        }
        load((int) Math.min(rest, DiskRecord.LENGTH_BYTES + (long) length + DiskRecord.HEADER_BYTES), rest);
        if (position != trusted && !leadsToARecord(length, rest)) {
            throw damaged("record of length " + length + " is followed by none");
        }
        return true;
    }

    private void openAndMeasure(long end) throws IOException {
        try {
            if (open == null) {
                open = files.openForReading(file);
                size = UNKNOWN;
            }
            if (end == TO_THE_END && size == UNKNOWN) {
                // Only now: while the file was written its size grew.
                size = open.size();
            }
        } catch (NoSuchFileException e) {
            throw e;
        } catch (IOException e) {
            throw Errors.failed("open", files.data(file), e);
        }
    }

    private DamagedFileException damaged(String what) {
        return new DamagedFileException(what + " at " + position + " of " + files.data(file));
    }

    /** Whether behind the record at the position there is another, or nothing. */
    private boolean leadsToARecord(int length, long rest) {
        long behind = rest - DiskRecord.LENGTH_BYTES - length;
        if (behind < DiskRecord.HEADER_BYTES) {
            return behind == 0;
        }
        int next = (int) (position - blockStart) + DiskRecord.LENGTH_BYTES + length;
        int nextLength = DiskRecord.length(block, next);
        return nextLength >= DiskRecord.MIN_LENGTH && nextLength <= maxLength && DiskRecord.hasValidId(block, next);
    }

    /** Hands out the record that {@link #next} found. */
    void take(MessageBatch batch) {
        int at = (int) (position - blockStart);
        DiskRecord.read(block, at, batch);
        position += DiskRecord.LENGTH_BYTES + DiskRecord.length(block, at);
    }

    /** Sees to it that the block holds {@code bytes} from the position on; {@code rest} is what the file has. */
    private void load(int bytes, long rest) throws IOException {
        if (block != null && position >= blockStart && position + bytes <= blockStart + blockLength) {
            return;
        }
        byte[] loaded = new byte[(int) Math.min(rest, Math.max(bytes, BLOCK_BYTES))];
        ByteBuffer buffer = ByteBuffer.wrap(loaded);
        try {
            open.read(buffer, position);
        } catch (IOException e) {
            throw Errors.failed("read", files.data(file), e);
        }
        if (buffer.position() < bytes) {
            throw damaged("the file ends early");
        }
        block = loaded;
        blockStart = position;
        blockLength = buffer.position();
    }
}
