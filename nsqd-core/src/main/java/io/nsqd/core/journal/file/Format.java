package io.nsqd.core.journal.file;

import io.nsqd.spi.Journal;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.zip.CRC32C;

/**
 * What the files are called and how they look. All numbers are big-endian.
 *
 * <table>
 * <caption>The header of a segment, {@value #SEGMENT_HEADER} bytes, zeros behind what is named</caption>
 * <tr><th>at</th><th>bytes</th><th></th></tr>
 * <tr><td>0</td><td>8</td><td>{@link #SEGMENT_MAGIC}</td></tr>
 * <tr><td>8</td><td>4</td><td>{@link #VERSION}</td></tr>
 * <tr><td>12</td><td>4</td><td>number of the segment</td></tr>
 * <tr><td>16</td><td>8</td><td>id of the file, made up at random</td></tr>
 * <tr><td>24</td><td>8</td><td>when it was made, milliseconds since 1970</td></tr>
 * <tr><td>32</td><td>4</td><td>CRC-32C of what is before</td></tr>
 * </table>
 *
 * <table>
 * <caption>A frame, at a multiple of 8</caption>
 * <tr><th>at</th><th>bytes</th><th></th></tr>
 * <tr><td>0</td><td>4</td><td>{@link #FRAME_MAGIC}</td></tr>
 * <tr><td>4</td><td>4</td><td>CRC-32C of all that follows, padding left out</td></tr>
 * <tr><td>8</td><td>4</td><td>length of the payload</td></tr>
 * <tr><td>12</td><td>4</td><td>epoch: the segment in which the counting of sequences began</td></tr>
 * <tr><td>16</td><td>8</td><td>id of the file</td></tr>
 * <tr><td>24</td><td>8</td><td>sequence: grows by one from frame to frame of an epoch, from 1 on</td></tr>
 * <tr><td>32</td><td>4</td><td>lag: how many frames up to this one might not be durable when it was written; all before them were</td></tr>
 * <tr><td>36</td><td>4</td><td>how many frames are in front of it in the segment</td></tr>
 * <tr><td>40</td><td>8</td><td>when it was written, milliseconds since 1970</td></tr>
 * <tr><td>48</td><td></td><td>payload, padded with zeros to a multiple of 8</td></tr>
 * </table>
 *
 * <p>An epoch begins with each run, and behind a segment that could not be forced: what is missing at the end of one says nothing of the
 * next.
 */
final class Format {
    static final long SEGMENT_MAGIC = 0x4e53_5144_4a52_4e4cL; // NSQDJRNL
    static final int VERSION = 1;

    /** Bytes in front of the first frame. */
    static final int SEGMENT_HEADER = 64;

    private static final int SEGMENT_CRC_AT = 32;

    static final int FRAME_MAGIC = 0x4e4a_f00d;

    /** Bytes in front of a payload. */
    static final int FRAME_HEADER = 48;

    /** Where the checked part of a frame begins. */
    static final int CHECKED_AT = 8;

    /** What each frame begins at a multiple of. */
    static final int ALIGNMENT = 8;

    private static final Pattern NAME = Pattern.compile("nsqd\\.journal\\.(\\d{10})\\.log((?:\\.\\d+)?\\.bad)?");

    private Format() {}

    /** The file of a segment. */
    static Path path(Path directory, int number) {
        return directory.resolve(String.format(Locale.ROOT, "nsqd.journal.%010d.log", number));
    }

    /**
     * The number in the name of a file.
     *
     * @param kept whether names of damaged segments that were kept aside count, too
     * @return 0 where it is no segment's
     */
    static int number(String name, boolean kept) {
        Matcher matcher = NAME.matcher(name);
        if (!matcher.matches() || (matcher.group(2) != null && !kept)) {
            return 0;
        }
        long number = Long.parseLong(matcher.group(1));
        return number < Integer.MAX_VALUE ? (int) number : 0;
    }

    /** Where a frame lies. */
    static long position(int segment, int offset) {
        return (long) segment << 32 | offset;
    }

    /** Where in its segment a frame lies. */
    static int offset(long position) {
        return (int) position;
    }

    /** The bytes that a frame takes. */
    static int frameBytes(int payload) {
        return (FRAME_HEADER + payload + ALIGNMENT - 1) & -ALIGNMENT;
    }

    static byte[] segmentHeader(int number, long id, long millis) {
        ByteBuffer header = ByteBuffer.allocate(SEGMENT_HEADER);
        header.putLong(SEGMENT_MAGIC).putInt(VERSION).putInt(number).putLong(id).putLong(millis);
        header.putInt(crc(header.array(), 0, SEGMENT_CRC_AT));
        return header.array();
    }

    /** Whether these bytes are a header of some version. */
    static boolean isSegmentHeader(byte[] bytes) {
        ByteBuffer header = ByteBuffer.wrap(bytes);
        return header.getLong(0) == SEGMENT_MAGIC && header.getInt(SEGMENT_CRC_AT) == crc(bytes, 0, SEGMENT_CRC_AT);
    }

    static int version(byte[] header) {
        return ByteBuffer.wrap(header).getInt(8);
    }

    static int number(byte[] header) {
        return ByteBuffer.wrap(header).getInt(12);
    }

    static long id(byte[] header) {
        return ByteBuffer.wrap(header).getLong(16);
    }

    static int crc(byte[] bytes, int offset, int length) {
        CRC32C crc = new CRC32C();
        crc.update(bytes, offset, length);
        return (int) crc.getValue();
    }

    /**
     * What stands in front of a payload.
     *
     * @param length of the payload in bytes
     * @param index how many frames are in front of it in the segment
     */
    record FrameHeader(int crc, int length, int epoch, long id, long sequence, int lag, int index) {
        /** What stands at a position; of anything, be it a header or not. */
        static FrameHeader at(ByteBuffer bytes, int at) {
            return new FrameHeader(
                    bytes.getInt(at + 4),
                    bytes.getInt(at + 8),
                    bytes.getInt(at + 12),
                    bytes.getLong(at + 16),
                    bytes.getLong(at + 24),
                    bytes.getInt(at + 32),
                    bytes.getInt(at + 36));
        }

        /** The frame of the epoch up to which all were durable when this one was written; 0 for none. */
        long durableUpTo() {
            return sequence - lag;
        }

        /** Whether there may be such a frame in a segment, with so many bytes from its beginning on. */
        boolean isPossible(int segment, long available) {
            return length > 0
                    && length <= Journal.LARGEST_FRAME
                    && FRAME_HEADER + (long) length <= available
                    && epoch > 0
                    && epoch <= segment
                    && index >= 0
                    && index < sequence
                    && lag > 0
                    && lag <= sequence;
        }
    }

    /** Makes headers; one thread at a time. */
    static final class HeaderWriter {
        private final ByteBuffer header = ByteBuffer.allocate(FRAME_HEADER).order(ByteOrder.BIG_ENDIAN);
        private final CRC32C crc = new CRC32C();

        /** The header of a frame, ready to be read until the next is made. The payload is left as it is. */
        ByteBuffer header(ByteBuffer payload, int epoch, Segment segment, long sequence, long durableUpTo) {
            return header(payload, epoch, segment.id(), segment.count(), sequence, durableUpTo);
        }

        /**
         * The same.
         *
         * @param id of the file
         * @param index how many frames are in front of it in the segment
         */
        ByteBuffer header(ByteBuffer payload, int epoch, long id, int index, long sequence, long durableUpTo) {
            header.clear();
            header.putInt(0, FRAME_MAGIC)
                    .putInt(8, payload.remaining())
                    .putInt(12, epoch)
                    .putLong(16, id)
                    .putLong(24, sequence)
                    .putInt(32, (int) Math.min(Integer.MAX_VALUE, sequence - durableUpTo))
                    .putInt(36, index)
                    .putLong(40, System.currentTimeMillis());
            // Of what is to be written, not of what is in the mapping: a page that cannot be read there would end the
            // process.
            crc.reset();
            crc.update(header.array(), CHECKED_AT, FRAME_HEADER - CHECKED_AT);
            int position = payload.position();
            crc.update(payload);
            payload.position(position);
            header.putInt(4, (int) crc.getValue());
            return header;
        }
    }
}
