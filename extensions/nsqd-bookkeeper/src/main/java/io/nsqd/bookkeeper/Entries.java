package io.nsqd.bookkeeper;

import java.io.IOException;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.util.Arrays;

/**
 * What an entry of a ledger is made of: a head, and frames with their lengths. A frame that is too large for one entry takes as many
 * as it needs, alone.
 *
 * <pre>
 * version (1), kind (1), frames of the ledger before this entry (4), frames in it (2), mark (8)
 * whole:     length (4), bytes; again for each
 * beginning: length of all (4), the first bytes
 * part:      further bytes
 * </pre>
 */
final class Entries {
    static final int HEAD = 1 + 1 + 4 + 2 + 8;

    /** Bytes of an entry; BookKeeper takes five times as much. */
    static final int MOST_BYTES = 1 << 20;

    /** Frames of an entry: the lower bits of a position tell them apart. */
    static final int FRAME_BITS = 12;

    static final int MOST_FRAMES = (1 << FRAME_BITS) - 1;

    /** Entries of a ledger, for the same reason. */
    static final int MOST_ENTRIES = (1 << (32 - FRAME_BITS)) - 64;

    private static final byte VERSION = 1;
    static final byte WHOLE = 0;
    static final byte BEGINNING = 1;
    static final byte PART = 2;

    private static final int FIRST_AT = 2;

    private Entries() {}

    // ---- positions

    /** Where a frame is: which of an entry's it is, which of a segment's that one is. */
    static long position(Segment segment, long entry, int frame) {
        return (long) segment.number << 32 | entry << FRAME_BITS | frame;
    }

    static int segmentOf(long position) {
        return (int) (position >>> 32);
    }

    static long entryOf(long position) {
        return (position & 0xffff_ffffL) >>> FRAME_BITS;
    }

    static int frameOf(long position) {
        return (int) position & MOST_FRAMES;
    }

    // ---- heads

    /** What a frame takes. */
    static int cost(ByteBuffer frame) {
        return 4 + frame.remaining();
    }

    static void putHead(byte[] entry, byte kind, int first, int frames, long mark) {
        ByteBuffer.wrap(entry)
                .put(VERSION)
                .put(kind)
                .putInt(first)
                .putChar((char) frames)
                .putLong(mark);
    }

    /** Says how many frames are before an entry that goes to another ledger than was thought. */
    static void first(byte[] entry, int first) {
        ByteBuffer.wrap(entry).putInt(FIRST_AT, first);
    }

    /** Frames of the ledger before an entry. */
    static int first(ByteBuffer entry) throws IOException {
        check(entry);
        return entry.getInt(entry.position() + FIRST_AT);
    }

    /** Frames in an entry: those that begin there. */
    static int frames(ByteBuffer entry) throws IOException {
        check(entry);
        return entry.getChar(entry.position() + FIRST_AT + 4);
    }

    /** The same, of an entry that was made here. */
    static int frames(byte[] entry) {
        return ByteBuffer.wrap(entry).getChar(FIRST_AT + 4);
    }

    /** What the writer noted last. */
    static long mark(ByteBuffer entry) throws IOException {
        check(entry);
        return entry.getLong(entry.position() + FIRST_AT + 6);
    }

    static byte kind(ByteBuffer entry) throws IOException {
        check(entry);
        return entry.get(entry.position() + 1);
    }

    private static void check(ByteBuffer entry) throws IOException {
        if (entry.remaining() < HEAD) {
            throw new IOException("an entry has only " + entry.remaining() + " bytes");
        }
        if (entry.get(entry.position()) != VERSION) {
            throw new IOException("an entry is of version " + entry.get(entry.position()));
        }
    }

    /** Takes the frames of entries that come one after the other. */
    static final class Reader {
        private byte[] large;
        private int filled;
        private int largeIndex;
        private long largeEntry;

        /** Takes a frame. */
        @FunctionalInterface
        interface Taker {
            /**
             * @param entry in which it begins
             * @param i which of that entry's frames it is
             * @param index which of the ledger's
             */
            void frame(long entry, int i, int index, ByteBuffer frame) throws IOException;
        }

        /** Hands out what an entry completes. */
        void entry(long number, ByteBuffer entry, Taker taker) throws IOException {
            int first = first(entry);
            int frames = frames(entry);
            byte kind = kind(entry);
            ByteBuffer in = entry.duplicate();
            in.position(in.position() + HEAD);
            try {
                switch (kind) {
                    case WHOLE -> {
                        large = null;
                        for (int i = 0; i < frames; i++) {
                            int length = in.getInt();
                            ByteBuffer frame = in.slice(in.position(), length);
                            in.position(in.position() + length);
                            taker.frame(number, i, first + i, frame);
                        }
                    }
                    case BEGINNING -> {
                        large = new byte[in.getInt()];
                        filled = 0;
                        largeIndex = first;
                        largeEntry = number;
                        fill(in, taker);
                    }
                    default -> {
                        // A part of something that was dropped before is nothing.
                        if (large != null) {
                            fill(in, taker);
                        }
                    }
                }
            } catch (BufferUnderflowException | IndexOutOfBoundsException | NegativeArraySizeException e) {
                throw new IOException("entry " + number + " ends within a frame", e);
            }
        }

        private void fill(ByteBuffer in, Taker taker) throws IOException {
            int more = in.remaining();
            in.get(large, filled, more);
            filled += more;
            if (filled == large.length) {
                byte[] whole = large;
                large = null;
                taker.frame(largeEntry, 0, largeIndex, ByteBuffer.wrap(whole));
            }
        }

        /** Whether a frame has begun that is not complete. */
        boolean isWithinFrame() {
            return large != null;
        }
    }

    /** Fills an entry with whole frames. */
    static final class Filler {
        private byte[] bytes = new byte[8 * 1024];
        private int size = HEAD;
        private int frames;

        boolean fits(int length) {
            return frames < MOST_FRAMES && (frames == 0 || size + 4 + length <= MOST_BYTES);
        }

        /** Adds a frame; says which of the entry's it is. */
        int add(ByteBuffer frame) {
            int length = frame.remaining();
            int needed = size + 4 + length;
            if (needed > bytes.length) {
                bytes = Arrays.copyOf(bytes, Math.max(needed, Math.min(2 * bytes.length, MOST_BYTES)));
            }
            ByteBuffer.wrap(bytes).putInt(size, length);
            frame.get(frame.position(), bytes, size + 4, length);
            size = needed;
            return frames++;
        }

        int frames() {
            return frames;
        }

        int size() {
            return size;
        }

        /** What there is so far; to be read only. */
        ByteBuffer soFar(int first, long mark) {
            putHead(bytes, WHOLE, first, frames, mark);
            return ByteBuffer.wrap(bytes, 0, size);
        }

        /** The entry; what is added next begins another one. */
        byte[] finish(int first, long mark) {
            putHead(bytes, WHOLE, first, frames, mark);
            byte[] entry = Arrays.copyOf(bytes, size);
            size = HEAD;
            frames = 0;
            if (bytes.length > MOST_BYTES) {
                bytes = new byte[8 * 1024];
            }
            return entry;
        }
    }
}
