package io.nsqd.core.journal.file;

import io.nsqd.api.Durability;
import io.nsqd.api.Errors;
import io.nsqd.core.journal.file.JournalHealth.Fault;
import io.nsqd.spi.Journal.Purpose;
import io.nsqd.spi.JournalStore;
import io.nsqd.spi.OutOfMemory;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * Segments that are ready to be written: zeros on the disk, named durably in the directory, mapped. They are made in the background,
 * so that whoever needs one never waits; the last is the reserve, for what makes room.
 */
final class SegmentSupply {
    /** With fewer than that only the reserve is left. */
    private static final int LOW = 2;

    /** What is written at once when a segment is made. */
    private static final int PIECE_BYTES = 256 * 1024;

    /** So much is written before it is forced, so that nobody who forces meanwhile has to wait for all of it. */
    private static final int FORCE_BYTES = 8 << 20;

    /** The part of a segment's size that must stay free behind it: for nsqd.dat, and disk queues that are being emptied. */
    private static final int FREE_PART = 4;

    private static final Random IDS = new Random();

    private final JournalSettings settings;
    private final JournalThread thread;
    private final JournalHealth health;
    private final JournalStore.Listener listener;
    private final AtomicBoolean scheduled = new AtomicBoolean();
    private final Deque<Segment> ready = new ArrayDeque<>();
    private int nextNumber;

    /** Bytes of all segments that there are, of earlier runs too. */
    private long bytes;

    private String shortage = "the next segment is not ready yet";
    private boolean refused;
    private boolean stopped;

    /** Whether none is ready but the reserve. */
    private volatile boolean low;

    /** Whether, as far as is known, more can be made. */
    private boolean making = true;

    private CompletableFuture<Void> relief;

    SegmentSupply(
            JournalSettings settings, JournalThread thread, JournalHealth health, JournalStore.Listener listener) {
        this.settings = settings;
        this.thread = thread;
        this.health = health;
        this.listener = listener;
    }

    /**
     * Begins to make segments, and waits until there are enough or no more can be made.
     *
     * @param first the number of the first
     * @param bytes of the segments of earlier runs
     */
    void start(int first, long bytes) throws IOException {
        synchronized (this) {
            nextNumber = first;
            this.bytes = bytes;
        }
        thread.perform(() -> {
            boolean more = true;
            while (more) {
                more = makeOne();
            }
        });
    }

    /**
     * Takes the next segment. Any thread, never waits.
     *
     * @throws IOException when there is none for that purpose
     */
    synchronized Segment take(Purpose purpose) throws IOException {
        check(purpose, 1);
        Segment next = ready.remove();
        low = ready.size() < LOW;
        fill();
        return next;
    }

    /**
     * A segment is to become larger than others.
     *
     * @param more bytes by which it grows
     * @throws IOException when there is no room for that purpose
     */
    synchronized void grow(Purpose purpose, long more) throws IOException {
        if (purpose == Purpose.GROW && more > settings.maxBytes() - bytes) {
            throw refuse(boundReached());
        }
        bytes += more;
    }

    /**
     * Refuses what needs the reserve and may not have it.
     *
     * @param taken segments that are about to be taken
     */
    synchronized void check(Purpose purpose, int taken) throws IOException {
        int left = purpose == Purpose.GROW ? 1 : 0;
        if (ready.size() < taken + left) {
            throw refuse(shortage);
        }
    }

    /** Whether there is none to be taken but the reserve. Any thread. */
    boolean isLow() {
        return low;
    }

    /**
     * Completed once there is one to be taken again, or that cannot be had: who waits for it does not run into the end of what is there.
     * {@code null} where there is nothing to wait for.
     */
    synchronized CompletableFuture<Void> relief() {
        if (!low || !making || stopped) {
            return null;
        }
        if (relief == null) {
            relief = new CompletableFuture<>();
        }
        return relief;
    }

    /** What cannot be made is not waited for. */
    private void giveUpWaiting() {
        CompletableFuture<Void> relieved;
        synchronized (this) {
            making = false;
            relieved = relief;
            relief = null;
        }
        if (relieved != null) {
            relieved.complete(null);
        }
    }

    private IOException refuse(String reason) {
        refused = true;
        return new IOException("journal: no room: " + reason);
    }

    private String boundReached() {
        return "journal-max-bytes (" + settings.maxBytes() + ") is reached";
    }

    /** So many bytes of segments are gone. */
    void freed(long gone) {
        synchronized (this) {
            bytes -= gone;
        }
        fill();
    }

    /** Has segments made until there are enough. Any thread. */
    void fill() {
        if (scheduled.compareAndSet(false, true)) {
            thread.schedule(this::makeAndGoOn, 0);
        }
    }

    private void makeAndGoOn() {
        scheduled.set(false);
        if (makeOne()) {
            fill();
        }
    }

    /** How many are wanted now; one more while something could not be forced: that one can be shows that it is over. */
    private int wanted() {
        return settings.ready() + (health.has(Fault.SYNC) ? 1 : 0);
    }

    /** On the thread. True when one was made, and another may be wanted. */
    private boolean makeOne() {
        int number;
        boolean bounded;
        synchronized (this) {
            if (stopped || ready.size() >= wanted()) {
                return false;
            }
            bounded = settings.segmentBytes() > settings.maxBytes() - bytes;
            if (bounded) {
                // Not tried again by the clock: what frees room says so.
                shortage = boundReached();
            }
            making = !bounded;
            number = nextNumber;
        }
        if (bounded) {
            health.works(Fault.MAKE);
            giveUpWaiting();
            return false;
        }
        Segment made;
        try {
            made = make(number);
        } catch (IOException | RuntimeException | Error e) {
            OutOfMemory.check(e);
            String reason = Errors.describe(e);
            boolean enough;
            synchronized (this) {
                shortage = reason;
                enough = ready.size() >= LOW;
            }
            giveUpWaiting();
            if (enough) {
                // On a small disk there may never be as many as are wanted; what there are take what is published.
                health.works(Fault.MAKE);
            } else {
                health.failed(Fault.MAKE, "no new segment: " + reason);
            }
            if (scheduled.compareAndSet(false, true)) {
                thread.schedule(this::makeAndGoOn, settings.retryNanos());
            }
            return false;
        }
        boolean room;
        CompletableFuture<Void> relieved;
        synchronized (this) {
            ready.add(made);
            low = ready.size() < LOW;
            relieved = low ? null : relief;
            relief = low ? relief : null;
            nextNumber++;
            bytes += made.size();
            shortage = "the next segment is not ready yet";
            room = refused;
            refused = false;
        }
        if (relieved != null) {
            relieved.complete(null);
        }
        health.works(Fault.MAKE);
        health.works(Fault.SYNC);
        if (room) {
            listener.room();
        }
        return true;
    }

    private Segment make(int number) throws IOException {
        SegmentFiles files = settings.files();
        int size = settings.segmentBytes();
        Path directory = settings.directory();
        long free = files.usableBytes(directory);
        if (free > 0 && free < (long) size + size / FREE_PART) {
            throw new IOException("the disk has " + free + " bytes left, a segment takes " + size);
        }
        Path path = Format.path(directory, number);
        // Of an attempt that failed.
        files.delete(path);
        SegmentFiles.SegmentFile file = files.create(path);
        boolean made = false;
        try {
            long id = IDS.nextLong();
            byte[] header = Format.segmentHeader(number, id, System.currentTimeMillis());
            // After a failed fsync, too: that this one works shows that the disk is well again.
            boolean synced = settings.durability() == Durability.SYNCED || health.has(Fault.SYNC);
            if (!synced && file.allocate(size)) {
                Segment.writeFully(file, header, header.length, 0);
            } else {
                writeZeros(file, header, size, synced);
            }
            ByteBuffer map = file.map(size);
            files.forceDirectory(directory);
            made = true;
            return new Segment(number, path, id, file, map);
        } catch (IOException e) {
            throw Errors.failed("write", path, e);
        } finally {
            if (!made) {
                discard(file, path);
            }
        }
    }

    /**
     * Mapped memory of a hole would be a promise that a full disk cannot keep; and room that was never written costs the first fsync of it
     * much more.
     */
    private static void writeZeros(SegmentFiles.SegmentFile file, byte[] header, int size, boolean force)
            throws IOException {
        byte[] zeros = new byte[PIECE_BYTES];
        System.arraycopy(header, 0, zeros, 0, header.length);
        int unforced = 0;
        for (int at = 0; at < size; at += PIECE_BYTES) {
            int length = Math.min(PIECE_BYTES, size - at);
            Segment.writeFully(file, zeros, length, at);
            if (at == 0) {
                zeros = new byte[PIECE_BYTES];
            }
            unforced += length;
            if (force && unforced >= FORCE_BYTES) {
                file.force();
                unforced = 0;
            }
        }
        if (force) {
            file.force();
        }
    }

    /** What was begun must not fill a full disk further. */
    private void discard(SegmentFiles.SegmentFile file, Path path) {
        try {
            file.close();
        } catch (IOException e) {
            // Nothing is lost with it.
        }
        try {
            settings.files().delete(path);
        } catch (IOException e) {
            health.failed(Fault.MAKE, Errors.describe("remove", path, e));
        }
    }

    /** Makes no more, and deletes those that were not used, the last first, so that none is missing in between. On the thread. */
    void stop() {
        synchronized (this) {
            stopped = true;
        }
        giveUpWaiting();
        while (true) {
            Segment unused;
            synchronized (this) {
                unused = ready.pollLast();
            }
            if (unused == null) {
                return;
            }
            try {
                unused.release(true);
                settings.files().delete(unused.path());
            } catch (IOException e) {
                health.failed(Fault.DELETE, Errors.describe("remove", unused.path(), e));
            }
        }
    }
}
