package io.nsqd.core.disk;

import java.util.Arrays;

/** Where the records end that were read and not forgotten yet, oldest first. Guarded by its queue's lock. */
final class Handouts {
    private long[] files = new long[0];
    private long[] positions = new long[0];
    private int first;
    private int end;
    private long lastFile;
    private long lastPosition;

    void add(long file, long position) {
        if (end == files.length) {
            makeRoom();
        }
        files[end] = file;
        positions[end] = position;
        end++;
    }

    private void makeRoom() {
        int size = end - first;
        int capacity = Math.max(16, size * 2);
        files = Arrays.copyOf(Arrays.copyOfRange(files, first, end), capacity);
        positions = Arrays.copyOf(Arrays.copyOfRange(positions, first, end), capacity);
        first = 0;
        end = size;
    }

    /** Drops the oldest {@code count}; {@link #lastFile} and {@link #lastPosition} tell where the last of them ended. */
    void drop(int count) {
        if (count < 1 || count > end - first) {
            throw new IllegalArgumentException(count + " of " + (end - first) + " records handed out");
        }
        first += count;
        lastFile = files[first - 1];
        lastPosition = positions[first - 1];
        if (first == end) {
            first = 0;
            end = 0;
        }
    }

    long lastFile() {
        return lastFile;
    }

    long lastPosition() {
        return lastPosition;
    }

    boolean isEmpty() {
        return first == end;
    }

    void clear() {
        first = 0;
        end = 0;
    }
}
