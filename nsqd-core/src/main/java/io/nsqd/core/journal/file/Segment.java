package io.nsqd.core.journal.file;

import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Arrays;

/**
 * A segment of this run. Frames are put into it under the journal's lock; two threads of the journal's force it and let go of it, each
 * under the segment's own.
 */
final class Segment implements Stored {
    /** What is written at once of a frame that does not fit into a segment. */
    private static final int PIECE_BYTES = 64 * 1024;

    private final int number;
    private final Path path;
    private final long id;
    /**
     * A payload from this size on is written by a call: that costs less than the faults of the pages that it would touch as memory, each
     * of which the system has to be asked for.
     */
    private static final int WRITTEN_BYTES = 8 * 1024;

    private final SegmentFiles.SegmentFile file;
    private final ByteBuffer map;

    /** Where the next frame begins. */
    private int end = Format.SEGMENT_HEADER;

    private int count;
    private long size;
    private boolean released;

    /** @param map the whole file */
    Segment(int number, Path path, long id, SegmentFiles.SegmentFile file, ByteBuffer map) {
        this.number = number;
        this.path = path;
        this.id = id;
        this.file = file;
        this.map = map;
        size = map.capacity();
    }

    @Override
    public int number() {
        return number;
    }

    @Override
    public Path path() {
        return path;
    }

    long id() {
        return id;
    }

    @Override
    public long size() {
        return size;
    }

    /** How many frames are in it. */
    int count() {
        return count;
    }

    /** Whether nothing was put into it. */
    boolean isEmpty() {
        return count == 0;
    }

    /** Whether more than half of it is written. */
    boolean isHalfFull() {
        return end > size / 2;
    }

    /** Whether a frame of so many bytes fits. */
    boolean hasRoom(int frameBytes) {
        return frameBytes <= map.capacity() - end;
    }

    /**
     * Puts a frame behind the others; returns where it begins. The payload is left as it is.
     *
     * @throws IOException when a frame that does not fit could not be written; the segment is as good as before
     * @throws InternalError when the system cannot provide a page of the file; nothing more can be put into it
     */
    int put(ByteBuffer header, ByteBuffer payload) throws IOException {
        int at = end;
        int bytes = Format.frameBytes(payload.remaining());
        if (hasRoom(bytes)) {
            // The padding is zero already.
            map.put(at, header, 0, Format.FRAME_HEADER);
            if (payload.remaining() >= WRITTEN_BYTES && payload.hasArray()) {
                writeFully(
                        file,
                        payload.array(),
                        payload.arrayOffset() + payload.position(),
                        payload.remaining(),
                        at + Format.FRAME_HEADER);
            } else {
                map.put(at + Format.FRAME_HEADER, payload, payload.position(), payload.remaining());
            }
        } else {
            write(header, payload, at);
            size = Math.max(size, (long) at + bytes);
        }
        end = at + bytes;
        count++;
        return at;
    }

    /** A frame that is larger than a segment: the file grows. The header comes last, so that half a frame is none. */
    private void write(ByteBuffer header, ByteBuffer payload, int at) throws IOException {
        byte[] piece = new byte[PIECE_BYTES];
        int length = payload.remaining();
        int padded = Format.frameBytes(length) - Format.FRAME_HEADER;
        for (int done = 0; done < padded; done += PIECE_BYTES) {
            int bytes = Math.min(PIECE_BYTES, length - done);
            payload.get(payload.position() + done, piece, 0, Math.max(0, bytes));
            int all = Math.min(PIECE_BYTES, padded - done);
            Arrays.fill(piece, Math.max(0, bytes), all, (byte) 0);
            writeFully(file, piece, all, at + Format.FRAME_HEADER + (long) done);
        }
        header.get(0, piece, 0, Format.FRAME_HEADER);
        writeFully(file, piece, Format.FRAME_HEADER, at);
    }

    /** Writes all of it, however little is taken at a time. */
    static void writeFully(SegmentFiles.SegmentFile file, byte[] bytes, int length, long at) throws IOException {
        writeFully(file, bytes, 0, length, at);
    }

    private static void writeFully(SegmentFiles.SegmentFile file, byte[] bytes, int offset, int length, long at)
            throws IOException {
        int done = 0;
        while (done < length) {
            int written = file.write(bytes, offset + done, length - done, at + done);
            if (written <= 0) {
                throw new EOFException("nothing more is written");
            }
            done += written;
        }
    }

    /** Makes everything durable that was put into it before; nothing when it was let go of. Waits for the disk. */
    synchronized void force() throws IOException {
        if (!released) {
            file.force();
        }
    }

    @Override
    public synchronized void release(boolean emptied) throws IOException {
        if (released) {
            return;
        }
        released = true;
        try {
            if (emptied) {
                file.truncate();
            }
        } finally {
            file.close();
        }
    }
}
