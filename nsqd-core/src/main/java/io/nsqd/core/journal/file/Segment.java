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
    /** Where a frame begins that is not there. */
    static final int MISSING = -1;

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

    /** What systems provide at once, or a part of it. */
    private static final int PAGE_BYTES = 4096;

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
     * Puts a frame behind the others. The payload is left as it is.
     *
     * @return where it begins; {@link #MISSING} when the system cannot provide a page of the file: nothing more can be put into it
     * @throws IOException when something could not be written by a call; the segment is as good as before
     * @throws InternalError the same, where Java tells of it at once
     */
    int put(ByteBuffer header, ByteBuffer payload) throws IOException {
        int at = end;
        int bytes = Format.frameBytes(payload.remaining());
        if (hasRoom(bytes)) {
            // The padding is zero already.
            map.put(at, header, 0, Format.FRAME_HEADER);
            if (!isThere(at, header, 0, Format.FRAME_HEADER)) {
                return MISSING;
            }
            int body = at + Format.FRAME_HEADER;
            int length = payload.remaining();
            if (length >= WRITTEN_BYTES && payload.hasArray()) {
                writeFully(file, payload.array(), payload.arrayOffset() + payload.position(), length, body);
            } else {
                map.put(body, payload, payload.position(), length);
                if (!isThere(body, payload, payload.position(), length)) {
                    return MISSING;
                }
            }
        } else {
            write(header, payload, at);
            size = Math.max(size, (long) at + bytes);
        }
        end = at + bytes;
        count++;
        return at;
    }

    /**
     * Of a page that cannot be written Java tells when it happens to look, which may be after what was put there has been acknowledged, or
     * while something else is done. So it is read again, of each page the first and the last that is not zero, as everything was before:
     * a page takes all of it or nothing.
     */
    private boolean isThere(int at, ByteBuffer bytes, int from, int length) {
        // In the order of the map, whatever order they have.
        ByteBuffer expected = bytes.duplicate();
        int begin = 0;
        while (begin < length) {
            int pageEnd = Math.min(length, (at + begin | PAGE_BYTES - 1) + 1 - at);
            int first = begin;
            while (first < pageEnd - 1 && expected.get(from + first) == 0) {
                first++;
            }
            int last = pageEnd - 1;
            while (last > first && expected.get(from + last) == 0) {
                last--;
            }
            int latest = pageEnd - Long.BYTES;
            boolean there = latest < begin
                    ? map.get(at + first) == expected.get(from + first)
                            && map.get(at + last) == expected.get(from + last)
                    : isSame(at, expected, from, Math.min(first, latest))
                            && isSame(at, expected, from, Math.max(last - Long.BYTES + 1, begin));
            if (!there) {
                return false;
            }
            begin = pageEnd;
        }
        return true;
    }

    /** One value alone: what Java does with many at once is not made for pages that are missing. */
    private boolean isSame(int at, ByteBuffer expected, int from, int index) {
        return map.getLong(at + index) == expected.getLong(from + index);
    }

    /**
     * Writes by a call what is there already. Memory of a file may take what the disk never will, and nobody is told: a file system that
     * has become read-only is only known by the calls that it refuses.
     */
    void writeAgain() throws IOException {
        byte[] header = new byte[Format.SEGMENT_HEADER];
        map.get(0, header);
        writeFully(file, header, header.length, 0);
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
