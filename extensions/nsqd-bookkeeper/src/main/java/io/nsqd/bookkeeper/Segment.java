package io.nsqd.bookkeeper;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.concurrent.CompletableFuture;
import org.apache.bookkeeper.client.api.LedgerEntries;
import org.apache.bookkeeper.client.api.LedgerEntry;
import org.apache.bookkeeper.client.api.ReadHandle;
import org.apache.bookkeeper.client.api.WriteHandle;

/** A ledger as a part of a log. Guarded by the log's lock, save what reads. */
final class Segment {
    /** Bytes that are read at once. */
    private static final long READ_BYTES = 4 << 20;

    private static final int MOST_READ = 256;

    final int number;
    long ledger = -1;

    /** Reads it, once it is there. */
    volatile ReadHandle reader;

    /** Writes it; {@code null} for those of earlier runs, and until it is made. */
    WriteHandle writer;

    /** Entries that were given out. */
    int entries;

    /** Frames in them. */
    int frames;

    long bytes;

    /** Entries that are sent or wait to be. */
    int unacked;

    /** Whether nothing more comes. */
    boolean sealed;

    /** Whether its ledger is being made. */
    boolean making;

    /** Whether nobody needs it any more. */
    boolean dropped;

    /** Whether it was given up: what it acknowledges from now on is nothing to anybody. */
    boolean failed;

    Segment(int number) {
        this.number = number;
    }

    /** One of an earlier run. */
    static Segment earlier(int number, ReadHandle reader) {
        Segment segment = new Segment(number);
        segment.reader = reader;
        segment.ledger = reader.getId();
        segment.entries = (int) (reader.getLastAddConfirmed() + 1);
        segment.bytes = reader.getLength();
        segment.sealed = true;
        return segment;
    }

    /** Whether it was there when the log was opened. */
    boolean isOfEarlierRun() {
        return writer == null && reader != null;
    }

    boolean isOpen() {
        return writer != null && !failed;
    }

    /** The last entry that can be read; -1 when there is none. */
    long lastReadable() {
        ReadHandle handle = reader;
        return handle == null ? -1 : handle.getLastAddConfirmed();
    }

    /** How many entries are read at once. */
    private int batch(long most) {
        long each = Math.max(1, bytes / Math.max(1, entries));
        return (int) Math.max(1, Math.min(MOST_READ, most / each));
    }

    /** The last of the entries from one on that are to be read at once. */
    long batchEnd(long from) {
        return batchEnd(from, READ_BYTES);
    }

    /** The same, of about so many bytes. */
    long batchEnd(long from, long most) {
        return Math.min(lastReadable(), from + batch(most) - 1);
    }

    /** Reads entries; whoever takes them closes them. */
    CompletableFuture<LedgerEntries> read(long from, long to) {
        return reader.readAsync(from, to);
    }

    /** Takes entries. */
    @FunctionalInterface
    interface EntryTaker {
        void entry(long number, ByteBuffer entry) throws IOException;
    }

    /** Hands out entries that were read. */
    static void each(LedgerEntries entries, EntryTaker taker) throws IOException {
        try (entries) {
            for (LedgerEntry entry : entries) {
                taker.entry(entry.getEntryId(), entry.getEntryBuffer().nioBuffer());
            }
        }
    }
}
