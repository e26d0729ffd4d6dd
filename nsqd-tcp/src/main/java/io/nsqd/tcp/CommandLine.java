package io.nsqd.tcp;

import java.nio.charset.StandardCharsets;

/**
 * A command line, split at each single space (P-10, P-11), where it stands in the loop's scratch space: valid until the
 * next line. Confined to the loop.
 */
final class CommandLine {
    /** Parameters beyond these are counted, not kept: no command looks at them (P-16). */
    private static final int KEPT = 4;

    private final int[] starts = new int[KEPT];
    private final int[] ends = new int[KEPT];
    private byte[] line;
    private int words;

    void parse(byte[] bytes, int length) {
        line = bytes;
        words = 0;
        int start = 0;
        for (int i = 0; i <= length; i++) {
            if (i == length || bytes[i] == ' ') {
                if (words < KEPT) {
                    starts[words] = start;
                    ends[words] = i;
                }
                words++;
                start = i + 1;
            }
        }
    }

    /** Parameters behind the command's name. */
    int params() {
        return words - 1;
    }

    byte[] bytes() {
        return line;
    }

    /** Where word {@code i} begins; 0 is the name. */
    int start(int i) {
        return starts[i];
    }

    int end(int i) {
        return ends[i];
    }

    int length(int i) {
        return ends[i] - starts[i];
    }

    /** The name, packed into a number: what is longer than eight bytes, or begins with a zero, is no command's. */
    long name() {
        return length(0) > 8 || line[starts[0]] == 0 ? -1 : pack(line, starts[0], ends[0]);
    }

    static long pack(byte[] bytes, int from, int to) {
        long packed = 0;
        for (int i = from; i < to; i++) {
            packed = packed << 8 | (bytes[i] & 0xff);
        }
        return packed;
    }

    static long pack(String name) {
        byte[] bytes = FrameEncoder.ascii(name);
        return pack(bytes, 0, bytes.length);
    }

    /**
     * Word {@code i}, a character for each byte: so what is not ASCII is never a valid name, and goes back to the client as
     * it came.
     */
    String text(int i) {
        return new String(line, starts[i], length(i), StandardCharsets.ISO_8859_1);
    }

    String quoted(int i) {
        return Quoted.of(line, starts[i], ends[i]);
    }

    /** Whether word {@code i} is a number: digits, or nothing (P-15). */
    boolean isNumber(int i) {
        for (int at = starts[i]; at < ends[i]; at++) {
            if (line[at] < '0' || line[at] > '9') {
                return false;
            }
        }
        return true;
    }

    /** The number in word {@code i}: unsigned 64 bits, wrapping silently; nothing is 0 (P-15). */
    long number(int i) {
        long number = 0;
        for (int at = starts[i]; at < ends[i]; at++) {
            number = number * 10 + (line[at] - '0');
        }
        return number;
    }
}
