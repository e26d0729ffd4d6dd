package io.nsqd.bookkeeper;

import io.nsqd.spi.Journal;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.apache.bookkeeper.client.api.LedgerEntries;

/** Reads the frames of a log. All of it may block. */
final class LedgerReader {
    private final String name;

    /** @param name of the log, for messages */
    LedgerReader(String name) {
        this.name = name;
    }

    /**
     * Finds out what {@link Segment#frames} is of a segment of an earlier run.
     *
     * @return what its writer noted last; 0 where there is nothing in it
     */
    long count(Segment segment) throws IOException {
        long[] mark = {0};
        long last = segment.lastReadable();
        Segment.each(Waiting.await(segment.read(last, last), "read the end of " + name), (number, entry) -> {
            segment.frames = Entries.first(entry) + Entries.frames(entry);
            mark[0] = Entries.mark(entry);
        });
        return mark[0];
    }

    /** Hands out the frames of earlier runs: while some are taken, the next are read. */
    void replay(List<Segment> segments, Journal.Sink sink) throws IOException {
        for (Segment segment : segments) {
            if (segment.isOfEarlierRun()) {
                replay(segment, sink);
            }
        }
    }

    private void replay(Segment segment, Journal.Sink sink) throws IOException {
        Entries.Reader reader = new Entries.Reader();
        long from = 0;
        long last = segment.lastReadable();
        CompletableFuture<LedgerEntries> next = null;
        while (from <= last) {
            long to = segment.batchEnd(from);
            var entries = next != null ? next : segment.read(from, to);
            next = to < last ? segment.read(to + 1, segment.batchEnd(to + 1)) : null;
            from = to + 1;
            try {
                Segment.each(
                        Waiting.await(entries, "read " + name),
                        (number, entry) -> reader.entry(
                                number,
                                entry,
                                (e, i, index, frame) -> sink.frame(Entries.position(segment, e, i), frame)));
            } catch (IOException e) {
                forget(next);
                throw e;
            }
        }
    }

    private static void forget(CompletableFuture<LedgerEntries> read) {
        if (read != null) {
            var unused = read.thenAccept(LedgerEntries::close);
        }
    }

    /**
     * Reads a frame.
     *
     * @param fresh entries of the segment that are not in its ledger yet
     */
    ByteBuffer read(long position, Segment segment, Map<Long, ByteBuffer> fresh) throws IOException {
        Entries.Reader reader = new Entries.Reader();
        ByteBuffer[] found = new ByteBuffer[1];
        Segment.EntryTaker taker = (n, entry) -> reader.entry(n, entry, (e, i, index, frame) -> {
            if (i == Entries.frameOf(position)) {
                byte[] copy = new byte[frame.remaining()];
                frame.duplicate().get(copy);
                found[0] = ByteBuffer.wrap(copy);
            }
        });
        long number = Entries.entryOf(position);
        do {
            ByteBuffer own = fresh.get(number);
            if (own != null) {
                taker.entry(number, own);
            } else {
                Segment.each(Waiting.await(segment.read(number, number), "read " + name), taker);
            }
            number++;
        } while (reader.isWithinFrame());
        if (found[0] == null) {
            throw new IOException("there is no frame at " + Long.toHexString(position));
        }
        return found[0];
    }
}
