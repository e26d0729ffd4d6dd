package io.nsqd.core.journal.file;

import java.nio.file.Path;

/** A segment that an earlier run left. */
final class EarlierSegment implements Stored {
    private final int number;
    private final Path path;
    private final long size;
    private volatile boolean kept;
    private volatile boolean dropped;

    EarlierSegment(int number, Path path, long size) {
        this.number = number;
        this.path = path;
        this.size = size;
    }

    @Override
    public int number() {
        return number;
    }

    @Override
    public Path path() {
        return path;
    }

    @Override
    public long size() {
        return size;
    }

    @Override
    public void release(boolean emptied) {
        // It is open only while it is read.
    }

    @Override
    public boolean isKept() {
        return kept;
    }

    /** Whether nothing of it was handed out, as all that is in it came behind a torn end. */
    boolean isDropped() {
        return dropped;
    }

    void drop() {
        dropped = true;
    }

    /** The file stays: what is in it is not known. */
    void keep() {
        kept = true;
    }
}
