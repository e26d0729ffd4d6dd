package io.nsqd.core.journal.file;

import io.nsqd.api.Errors;
import io.nsqd.core.journal.file.Format.FrameHeader;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.zip.CRC32C;

/**
 * Reads the frames of a segment one after the other, with ordinary reads: a file that cannot be read is an exception then, and not the end
 * of the process. What is no frame is passed over until one is found. One thread at a time.
 */
final class SegmentReader implements AutoCloseable {
    /** What is read at once. */
    private static final int WINDOW_BYTES = 1 << 20;

    private final int number;
    private final SegmentFiles.SegmentInput file;
    private final long size;
    private final byte[] block;

    /** What has been read of the file: {@link #filled} bytes from {@link #base} on. */
    private byte[] window;

    private ByteBuffer view;
    private long base;
    private int filled;

    /** Whether frames have another id is known; until then the first sound frame says which. */
    private boolean idKnown;

    private long id;
    private boolean header;

    /** Where to look for the next frame. */
    private long next = Format.SEGMENT_HEADER;

    private boolean garbage;
    private FrameHeader frame;
    private long at;

    private SegmentReader(int number, SegmentFiles.SegmentInput file) throws IOException {
        this.number = number;
        this.file = file;
        size = file.size();
        block = new byte[(int) Math.min(WINDOW_BYTES, Math.max(Format.SEGMENT_HEADER, size))];
        use(block);
    }

    /**
     * Opens a segment, whatever it looks like.
     *
     * @throws IOException when it cannot be read, or is of a later version
     */
    static SegmentReader open(SegmentFiles files, Path path, int number) throws IOException {
        SegmentFiles.SegmentInput file = files.open(path);
        boolean opened = false;
        try {
            SegmentReader reader = new SegmentReader(number, file);
            reader.readHeader();
            opened = true;
            return reader;
        } finally {
            if (!opened) {
                file.close();
            }
        }
    }

    private void readHeader() throws IOException {
        if (size < Format.SEGMENT_HEADER) {
            return;
        }
        load(0, Format.SEGMENT_HEADER);
        byte[] bytes = Arrays.copyOf(window, Format.SEGMENT_HEADER);
        if (!Format.isSegmentHeader(bytes)) {
            return;
        }
        if (Format.version(bytes) != Format.VERSION) {
            throw new IOException("its format is of version " + Format.version(bytes) + ", not " + Format.VERSION);
        }
        header = Format.number(bytes) == number;
        id = Format.id(bytes);
        idKnown = header;
    }

    /** Whether the segment says what it is. */
    boolean hasHeader() {
        return header;
    }

    /** Whether there was something, since the frame before the last one found, that is neither a frame nor zeros. */
    boolean hasGarbage() {
        return garbage;
    }

    /**
     * Goes to the next sound frame.
     *
     * @return false when there is none
     */
    boolean next() throws IOException {
        garbage = false;
        while (next + Format.FRAME_HEADER < size) {
            load(next, Format.FRAME_HEADER);
            int index = (int) (next - base);
            if (view.getInt(index) == Format.FRAME_MAGIC && isSound(FrameHeader.at(view, index))) {
                at = next;
                next += Format.frameBytes(frame.length());
                return true;
            }
            skip();
        }
        garbage |= isGarbage(next, size);
        return false;
    }

    /** Passes over what is no frame, as far as it has been read. */
    private void skip() throws IOException {
        load(next, Format.FRAME_HEADER);
        int index = (int) (next - base);
        do {
            garbage |= view.getLong(index) != 0;
            index += Format.ALIGNMENT;
        } while (index + Format.FRAME_HEADER <= filled && view.getInt(index) != Format.FRAME_MAGIC);
        next = base + index;
    }

    private boolean isGarbage(long from, long to) throws IOException {
        if (from >= to) {
            return false;
        }
        load(from, (int) (to - from));
        for (int i = (int) (from - base); i < to - base; i++) {
            if (window[i] != 0) {
                return true;
            }
        }
        return false;
    }

    private boolean isSound(FrameHeader candidate) throws IOException {
        if (!candidate.isPossible(number, size - next)
                || (idKnown && candidate.id() != id)
                || crc(Format.FRAME_HEADER - Format.CHECKED_AT + candidate.length()) != candidate.crc()) {
            return false;
        }
        idKnown = true;
        id = candidate.id();
        frame = candidate;
        return true;
    }

    /** Of so many bytes of what may be a frame; a large one is not believed before it is known to be one. */
    private int crc(int length) throws IOException {
        CRC32C crc = new CRC32C();
        long from = next + Format.CHECKED_AT;
        int left = length;
        while (left > 0) {
            if (from >= base + filled) {
                load(from, Math.min(left, block.length));
            }
            int piece = (int) Math.min(left, base + filled - from);
            crc.update(window, (int) (from - base), piece);
            from += piece;
            left -= piece;
        }
        return (int) crc.getValue();
    }

    /** What stands in front of the frame that was found. */
    FrameHeader frame() {
        return frame;
    }

    /** Where it begins. */
    int offset() {
        return (int) at;
    }

    /** Its payload, good until the next call of anything. */
    ByteBuffer payload() throws IOException {
        load(at + Format.FRAME_HEADER, frame.length());
        return ByteBuffer.wrap(window, (int) (at + Format.FRAME_HEADER - base), frame.length())
                .slice()
                .asReadOnlyBuffer();
    }

    /** Goes on behind a place where a frame was found before. */
    void seek(int frameOffset) {
        next = frameOffset;
    }

    /** Has so many bytes from a place on in the window. */
    private void load(long from, int length) throws IOException {
        if (from >= base && from + length <= base + filled) {
            return;
        }
        if (length > window.length || window != block) {
            use(length > block.length ? new byte[length] : block);
        }
        base = from;
        filled = 0;
        int wanted = (int) Math.min(window.length, size - from);
        while (filled < wanted) {
            int read = file.read(window, filled, wanted - filled, from + filled);
            if (read <= 0) {
                throw new EOFException();
            }
            filled += read;
        }
    }

    private void use(byte[] bytes) {
        window = bytes;
        view = ByteBuffer.wrap(bytes);
    }

    @Override
    public void close() throws IOException {
        file.close();
    }

    /** Reads one frame. */
    static ByteBuffer readFrame(SegmentFiles files, Path path, int number, int offset) throws IOException {
        try (SegmentFiles.SegmentInput file = files.open(path)) {
            byte[] header = new byte[Format.FRAME_HEADER];
            readFully(file, header, offset);
            FrameHeader frame = FrameHeader.at(ByteBuffer.wrap(header), 0);
            if (ByteBuffer.wrap(header).getInt() != Format.FRAME_MAGIC
                    || !frame.isPossible(number, file.size() - offset)) {
                throw new IOException("no frame at " + offset);
            }
            byte[] payload = new byte[frame.length()];
            readFully(file, payload, offset + (long) Format.FRAME_HEADER);
            CRC32C crc = new CRC32C();
            crc.update(header, Format.CHECKED_AT, Format.FRAME_HEADER - Format.CHECKED_AT);
            crc.update(payload);
            if ((int) crc.getValue() != frame.crc()) {
                throw new IOException("the frame at " + offset + " is damaged");
            }
            return ByteBuffer.wrap(payload);
        } catch (IOException e) {
            throw Errors.failed("read", path, e);
        }
    }

    private static void readFully(SegmentFiles.SegmentInput file, byte[] bytes, long at) throws IOException {
        int done = 0;
        while (done < bytes.length) {
            int read = file.read(bytes, done, bytes.length - done, at + done);
            if (read <= 0) {
                throw new EOFException();
            }
            done += read;
        }
    }

    /** Whether nothing was ever put into a segment: behind its header, if it has got one, there are zeros alone. */
    static boolean isUnused(SegmentFiles files, Path path) throws IOException {
        try (SegmentFiles.SegmentInput file = files.open(path)) {
            byte[] bytes = new byte[(int) Math.max(1, Math.min(WINDOW_BYTES, file.size()))];
            byte[] zeros = new byte[bytes.length];
            long at = Format.SEGMENT_HEADER;
            int read = file.read(bytes, 0, bytes.length, at);
            while (read > 0) {
                if (!Arrays.equals(bytes, 0, read, zeros, 0, read)) {
                    return false;
                }
                at += read;
                read = file.read(bytes, 0, bytes.length, at);
            }
            return true;
        }
    }
}
