package io.nsqd.core.disk;

import io.nsqd.api.Errors;
import io.nsqd.api.MessageBatch;
import io.nsqd.core.disk.DiskHealth.Fault;
import io.nsqd.log.Logger;
import io.nsqd.log.LoggerFactory;
import io.nsqd.spi.BackendQueue;
import io.nsqd.spi.BackendQueueFactory.Listener;
import io.nsqd.stats.Trouble;
import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.util.concurrent.CompletableFuture;

/**
 * A queue in files of the Go daemon's format (S).
 *
 * <p>Three positions move through the files: where the next record is written ({@link DiskWriter}), where the next one is
 * read ({@link DiskReader}), and, behind it, up to where records are forgotten. What lies between the last two was handed
 * out and has no new home yet; files that the third has left are deleted.
 *
 * <p>All state is guarded by the queue's own lock, a leaf. Neither fsync nor unlink happens under it, nor on the caller's
 * thread: {@link DiskSync} does both. From the moment {@code sync-every} operations are reached until their fsync is done
 * the queue is <em>due</em>: what is appended is stored, but its completion waits, and reads rest (S-13).
 *
 * <p>What fails is of three kinds. A message that is too big is <em>refused</em>. What a file says cannot be right: it is
 * <em>damaged</em>, kept aside, and read on behind the damage (S-18). Anything else is <em>unavailable</em>: nothing is given up,
 * and {@link #retry} tries again until it works; health says so meanwhile.
 */
final class DiskQueue implements BackendQueue {
    private static final Logger LOG = LoggerFactory.getLogger(DiskQueue.class);
    private static final CompletableFuture<Void> DONE = CompletableFuture.completedFuture(null);

    /**
     * What the options say.
     *
     * @param maxBytesPerFile a file is left before it would exceed this many bytes (S-10)
     * @param maxMessageBytes the biggest body (S-9)
     * @param syncEvery reads and writes between two syncs
     */
    record Limits(long maxBytesPerFile, long maxMessageBytes, long syncEvery) {}

    private final DiskQueueFactory factory;
    private final DiskFiles files;
    private final String name;
    private final Limits limits;
    private final Listener listener;
    private final DiskWriter writer;
    private final DiskReader reader;
    private final DiskSaver saver;
    private final DiskRetry retry;
    private final Handouts handedOut = new Handouts();

    private long readFile;
    private long readPos;
    private volatile long depth;
    private volatile boolean unread;
    private boolean mayRepeat;
    private long highestId;

    /** Why it could not be opened, until it can. */
    private IOException unopened;

    /** Whether anything happened since the queue was opened: what was never used needs no fsync. */
    private boolean used;

    private long operations;
    private boolean marked;
    private boolean due;

    /** Whether the sync thread looks for the next intact record of the file that is being read; until then reads rest. */
    private boolean searching;

    /** Whether reads rest for a moment, as the file cannot be read now. */
    private boolean resting;

    /** The file in which damage was found last. */
    private long lastDamaged = -1;

    /** Whether the last read, or write, did not work. */
    private boolean readsFail;

    private volatile boolean writesFail;

    private CompletableFuture<Void> syncDone = DONE;

    /** Completed when the files are gone that were there when the queue was emptied. */
    private CompletableFuture<Void> dropping = DONE;

    private boolean closed;

    /** Grows when the queue is emptied, so that what was begun before does not bring the old state back. */
    private int generation;

    DiskQueue(DiskQueueFactory factory, DiskFiles files, String name, Limits limits, Listener listener) {
        this.factory = factory;
        this.files = files;
        this.name = name;
        this.limits = limits;
        this.listener = listener;
        writer = new DiskWriter(factory, files, limits);
        reader = new DiskReader(files, limits);
        saver = new DiskSaver(factory, files, name, listener, this::leave);
        retry = new DiskRetry(factory, files, this::retry);
    }

    // ---- opening

    /** Takes up what an earlier run left (S-17). Where that is not to be had now, it is tried again until it is. */
    void open() {
        boolean again = !isOpen();
        try {
            DiskFiles.Found found = factory.found(name);
            DiskRecovery recovery = DiskRecovery.of(files, name, reader.maxLength(), found);
            synchronized (saver) {
                saver.start(recovery.saved());
            }
            synchronized (this) {
                if (closed) {
                    // Deleted meanwhile: what was found is still to be unlinked.
                    return;
                }
                startAt(recovery);
            }
            factory.taken(name);
            if (again) {
                told(() -> factory.health().works(name, Fault.OPEN, listener));
            }
        } catch (IOException e) {
            synchronized (this) {
                unopened = e;
                // Whoever asks does so only once.
                mayRepeat = true;
                highestId = DiskRecovery.lastIdOf(System.currentTimeMillis());
                retryLater();
            }
            told(() -> {
                if (!isOpen()) {
                    factory.health().failed(name, Fault.OPEN, Errors.describe(e), listener);
                }
            });
        }
    }

    private synchronized boolean isOpen() {
        return unopened == null;
    }

    /** Has the sync thread tell of something: a queue is opened, and read, under the locks of others. */
    private void told(Runnable news) {
        factory.sync().schedule(news, 0);
    }

    private void startAt(DiskRecovery recovery) {
        DiskMeta meta = recovery.start();
        unopened = null;
        mayRepeat |= recovery.mayRepeat();
        highestId = Math.max(highestId, recovery.highestId());
        used = recovery.changed();
        readFile = meta.readFile();
        readPos = meta.readPos();
        depth = meta.depth();
        writer.start(meta.writeFile(), meta.writePos());
        reader.start(readFile, readPos);
        unread = !atTail();
        if (!unread && depth != 0) {
            resetDepth();
        }
    }

    private void requireOpen() throws IOException {
        if (closed) {
            throw new IOException("queue is closed");
        }
        if (unopened != null) {
            throw unopened;
        }
    }

    // ---- writing

    @Override
    public CompletableFuture<Void> append(MessageBatch batch) {
        CompletableFuture<Void> result;
        IOException failure = null;
        synchronized (this) {
            result = syncDone;
            int stored = 0;
            try {
                requireOpen();
                stored = writer.write(batch);
            } catch (DiskWriter.PartialWriteException e) {
                stored = e.stored();
                failure = (IOException) e.getCause();
            } catch (IOException e) {
                failure = e;
            }
            if (stored > 0) {
                depth += stored;
                unread = true;
                happened(stored);
            }
            if (writer.hasRolled()) {
                syncNow();
            }
        }
        if (failure != null) {
            refuse(failure);
            return CompletableFuture.failedFuture(failure);
        }
        if (writesFail) {
            writesWork();
        }
        return result;
    }

    /** The disk is not to blame for a message that is too big, nor for one that comes when the queue is closed. */
    private void refuse(IOException failure) {
        synchronized (this) {
            if (closed || unopened != null || failure instanceof DiskWriter.RefusedException) {
                return;
            }
        }
        factory.health().failed(name, Fault.WRITE, Errors.describe(failure), listener);
        synchronized (this) {
            // Behind it, so that it is taken back by whoever finds this set.
            writesFail = true;
            retryLater();
        }
        factory.giveBackRoom();
    }

    private void writesWork() {
        writesFail = false;
        factory.health().works(name, Fault.WRITE, listener);
    }

    /**
     * Deletes the file that is being written, too, when all of it has been consumed: on a full disk what is consumed makes room. To
     * be called while some queue cannot be added to.
     */
    synchronized void giveBack() {
        if (!closed && unopened == null && !unread && handedOut.isEmpty() && writer.position() > 0) {
            used = true;
            writer.roll();
            reader.start(writer.file(), 0);
            forgetUpTo(writer.file(), 0);
        }
    }

    // ---- reading

    @Override
    public synchronized int read(int maxMessages, long maxBytes, MessageBatch batch) {
        if (due || searching || resting || closed || !unread) {
            return 0;
        }
        int count = 0;
        long enough = batch.bytes() + maxBytes;
        while (count < maxMessages && (count == 0 || batch.bytes() < enough) && next()) {
            reader.take(batch);
            handedOut.add(reader.file(), reader.position());
            count++;
        }
        unread = !atTail();
        if (count > 0) {
            happened(count);
            if (readsFail && !resting && !searching) {
                readsFail = false;
                told(() -> factory.health().works(name, Fault.READ, listener));
            }
        }
        if (!unread && handedOut.isEmpty() && depth != 0) {
            resetDepth();
        }
        return count;
    }

    /** Goes to the next intact record; false when there is none, or reads rest from now on. */
    private boolean next() {
        while (!atTail()) {
            long end = reader.file() == writer.file() ? writer.position() : DiskReader.TO_THE_END;
            try {
                if (reader.next(end)) {
                    return true;
                }
                // The whole file has been read. It is deleted when all its records are forgotten.
                reader.start(reader.file() + 1, 0);
            } catch (DamagedFileException e) {
                lookBehind(e);
                return false;
            } catch (NoSuchFileException e) {
                if (!files.directoryIsThere()) {
                    rest(e);
                    return false;
                }
                skipMissing();
            } catch (IOException e) {
                rest(e);
                return false;
            }
            if (handedOut.isEmpty()) {
                forgetUpTo(reader.file(), reader.position());
            }
        }
        return false;
    }

    /** Nothing is wrong with the file as far as one can tell: reads rest until it can be had. */
    private void rest(IOException failure) {
        reader.close();
        resting = true;
        readsFail = true;
        told(() -> {
            if (readsFail()) {
                factory.health().failed(name, Fault.READ, Errors.describe(failure), listener);
            }
        });
        retryLater();
    }

    private synchronized boolean readsFail() {
        return readsFail;
    }

    /** S-19: somebody has taken a file away. */
    private void skipMissing() {
        long number = reader.file();
        LOG.error("DISKQUEUE({}): {} is missing, and with it what it held", name, files.data(number));
        told(() -> listener.trouble(Trouble.LOST_FILES, 1));
        used = true;
        if (number == writer.file()) {
            writer.abandon();
        }
        reader.start(number + 1, 0);
    }

    /** S-18: something is there that is no record. What is intact behind it is looked for by the sync thread. */
    private void lookBehind(DamagedFileException damage) {
        long number = reader.file();
        long position = reader.position();
        LOG.error("DISKQUEUE({}): reading at {},{} - {}", name, number, position, damage.getMessage());
        if (number != lastDamaged) {
            lastDamaged = number;
            told(() -> listener.trouble(Trouble.DAMAGED_FILES, 1));
        }
        reader.close();
        if (number == writer.file()) {
            // Whatever is written from now on is out of reach of the damage.
            writer.roll();
        }
        used = true;
        searching = true;
        int of = generation;
        factory.sync().schedule(() -> search(number, position, of, false), 0);
    }

    /**
     * Keeps the damaged file and goes on with its next intact record, or with the next file; as long as that does not work the
     * file stays as it is, and reads rest. Called by the sync thread.
     *
     * @param kept whether the file has been kept aside before
     */
    private void search(long number, long position, int of, boolean kept) {
        if (!isSearchedFor(of)) {
            return;
        }
        boolean isKept = kept;
        long next;
        try {
            if (!isKept) {
                LOG.warn("DISKQUEUE({}): damaged file kept as {}", name, files.keepAside(number));
                isKept = true;
            }
            next = files.firstRecord(number, position, reader.maxLength());
        } catch (NoSuchFileException e) {
            next = -1;
        } catch (IOException e) {
            searchLater(number, position, of, isKept, e);
            return;
        } catch (RuntimeException e) {
            LOG.error("DISKQUEUE({}): failed to look behind the damage in file {} - {}", name, number, e.toString(), e);
            if (!isKept) {
                searchLater(number, position, of, false, e);
                return;
            }
            // Whatever it is, reading must go on: what is behind the damage is in the file that was kept.
            next = -1;
        }
        synchronized (this) {
            if (closed || of != generation) {
                return;
            }
            goOnBehind(number, next);
        }
        factory.health().works(name, Fault.READ, listener);
        listener.readable();
    }

    private synchronized boolean isSearchedFor(int of) {
        return !closed && of == generation;
    }

    private void searchLater(long number, long position, int of, boolean kept, Exception failure) {
        factory.health().failed(name, Fault.READ, Errors.describe("keep", files.data(number), failure), listener);
        factory.sync().schedule(() -> search(number, position, of, kept), factory.retryNanos());
    }

    private void goOnBehind(long number, long next) {
        searching = false;
        if (next < 0) {
            reader.start(number + 1, 0);
        } else {
            LOG.warn("DISKQUEUE({}): going on at {},{}", name, number, next);
            reader.start(number, next);
            reader.trust(next);
        }
        if (handedOut.isEmpty()) {
            forgetUpTo(reader.file(), reader.position());
        }
        boolean more = !atTail();
        if (!more && handedOut.isEmpty() && depth != 0) {
            resetDepth();
        }
        // The last thing: whoever sees that there is nothing more sees the depth, too.
        unread = more;
        syncNow();
    }

    @Override
    public void forget(int messages) {
        boolean drained;
        synchronized (this) {
            depth = Math.max(0, depth - messages);
            handedOut.drop(messages);
            if (handedOut.isEmpty()) {
                // Also what lies behind the last record is done with: a file read to its end, a damaged one.
                forgetUpTo(reader.file(), reader.position());
            } else {
                forgetUpTo(handedOut.lastFile(), handedOut.lastPosition());
            }
            drained = !unread && handedOut.isEmpty();
            if (drained && depth != 0) {
                resetDepth();
            }
        }
        if (drained && factory.health().refusesWrites()) {
            giveBack();
        }
    }

    private void forgetUpTo(long file, long position) {
        if (file > readFile) {
            writer.deleteLater(readFile, file);
            syncNow();
        }
        readFile = file;
        readPos = position;
    }

    private boolean atTail() {
        return reader.file() == writer.file() && reader.position() == writer.position();
    }

    /** S-16: the depth of the meta file is bookkeeping; at the tail it is known to be 0. */
    private void resetDepth() {
        LOG.warn(
                "DISKQUEUE({}): {} depth at tail ({}), metadata corruption, resetting 0...",
                name,
                depth < 0 ? "negative" : "positive",
                depth);
        depth = 0;
    }

    // ---- syncing

    private void happened(int count) {
        used = true;
        operations += count;
        if (operations >= limits.syncEvery()) {
            due = true;
            syncNow();
        } else if (!marked) {
            marked = true;
            factory.sync().dirty(this);
        }
    }

    /** Lets the sync thread fsync, save the meta file and delete what was read; appends are answered after it. */
    private void syncNow() {
        if (syncDone.isDone()) {
            syncDone = new CompletableFuture<>();
            factory.sync().now(this);
        }
    }

    /** Called by the sync thread. */
    void syncInBackground() {
        IOException failure = null;
        try {
            failure = syncInTurn();
        } catch (RuntimeException | Error e) {
            failure = new IOException(e.toString(), e);
            throw e;
        } finally {
            CompletableFuture<Void> done;
            synchronized (this) {
                done = syncDone;
                syncDone = DONE;
                due = operations >= limits.syncEvery();
                if (due) {
                    syncNow();
                }
            }
            complete(done, failure);
            listener.readable();
        }
    }

    @Override
    public void sync() throws IOException {
        IOException failure = syncInTurn();
        if (failure != null) {
            throw failure;
        }
    }

    /** Syncs and reports what did not work; returns why messages that were appended are not on the disk, if so. */
    private IOException syncInTurn() {
        synchronized (saver) {
            DiskWriter.Unsynced work;
            DiskMeta meta;
            synchronized (this) {
                if (closed || unopened != null) {
                    return null;
                }
                boolean idle = !unread;
                work = writer.takeUnsynced(idle);
                if (idle) {
                    // A resting queue holds no file open; the next operation opens what it needs.
                    reader.close();
                }
                meta = meta();
                operations = 0;
                marked = false;
            }
            IOException failure = saver.save(work, meta, true);
            reportSaved();
            return failure;
        }
    }

    private void reportSaved() {
        if (saver.isBehind()) {
            synchronized (this) {
                retryLater();
            }
        }
        saver.report();
    }

    /** A file is not to be written any more, if it is. */
    private synchronized void leave(long number) {
        if (number == writer.file()) {
            writer.abandon();
        }
    }

    // ---- trying again: what DiskRetry asks for

    /** To be called under the lock. */
    private void retryLater() {
        if (!closed) {
            retry.later();
        }
    }

    /** Called by the sync thread, as the two that follow. */
    void retry() {
        synchronized (this) {
            if (closed) {
                return;
            }
        }
        if (isOpen()) {
            if (writesFail) {
                retryWriting();
            }
            retrySaving();
            syncInTurn();
            retryReading();
        } else {
            open();
        }
        listener.readable();
    }

    private void retryWriting() {
        long number;
        synchronized (this) {
            number = writer.position() > 0 ? writer.file() : DiskFiles.NO_FILE;
        }
        if (retry.canWrite(number)) {
            writesWork();
        }
    }

    private void retrySaving() {
        synchronized (saver) {
            long needed;
            synchronized (this) {
                needed = readFile;
            }
            if (saver.isBehind()) {
                saver.tryAgain(needed);
                reportSaved();
            }
        }
    }

    /** Also when nobody asks for messages. */
    private void retryReading() {
        long number;
        long position;
        synchronized (this) {
            if (!resting) {
                return;
            }
            number = reader.file();
            position = reader.position();
        }
        if (retry.canRead(number, position)) {
            synchronized (this) {
                resting = false;
                readsFail = false;
            }
            factory.health().works(name, Fault.READ, listener);
        }
    }

    private DiskMeta meta() {
        return new DiskMeta(depth, readFile, readPos, writer.file(), writer.position());
    }

    @Override
    public long depth() {
        return depth;
    }

    @Override
    public boolean hasUnread() {
        return unread;
    }

    @Override
    public synchronized boolean mayRepeat() {
        return mayRepeat;
    }

    @Override
    public synchronized long highestId() {
        return highestId;
    }

    // ---- emptying, deleting, closing

    /** What was in a queue when it was emptied: files to be unlinked. */
    private record Dropped(DiskWriter.Unsynced work, long from, long to) {}

    /** To be called under the lock. */
    private Dropped drop() {
        reader.close();
        handedOut.clear();
        generation++;
        Dropped dropped = new Dropped(writer.takeUnsynced(true), readFile, writer.file());
        depth = 0;
        unread = false;
        searching = false;
        resting = false;
        readsFail = false;
        return dropped;
    }

    /** S-22: the next file number is taken, so that a queue that was emptied does not reuse one. */
    @Override
    public CompletableFuture<Void> empty() {
        Dropped dropped;
        synchronized (this) {
            if (closed || unopened != null) {
                return unopened == null ? DONE : CompletableFuture.failedFuture(unopened);
            }
            dropped = drop();
            long next = writer.file() + 1;
            writer.start(next, 0);
            reader.start(next, 0);
            readFile = next;
            readPos = 0;
        }
        CompletableFuture<Void> gone = factory.sync().perform(() -> {
            synchronized (saver) {
                try {
                    unlink(dropped);
                } finally {
                    reportSaved();
                }
            }
        });
        // What could not be read is not there any more.
        told(() -> factory.health().works(name, Fault.READ, listener));
        synchronized (this) {
            dropping = gone;
        }
        return gone;
    }

    @Override
    public CompletableFuture<Void> delete() {
        Dropped dropped;
        CompletableFuture<Void> waiting;
        synchronized (this) {
            if (closed) {
                return DONE;
            }
            closed = true;
            dropped = drop();
            waiting = syncDone;
        }
        return factory.sync().perform(() -> {
            try {
                synchronized (saver) {
                    unlink(dropped);
                }
            } finally {
                waiting.complete(null);
                factory.closed(this);
                factory.health().forget(name, listener);
            }
        });
    }

    private void unlink(Dropped dropped) throws IOException {
        if (unopened == null) {
            saver.drop(dropped.work(), dropped.from(), dropped.to());
        } else {
            saver.drop(factory.found(name).numbers());
            factory.taken(name);
        }
    }

    /** Waits for a sync that is under way: its files must be durable too, and its meta file is older. */
    @Override
    public void close() throws IOException {
        awaitDropped();
        IOException failure;
        CompletableFuture<Void> done;
        synchronized (saver) {
            DiskWriter.Unsynced work;
            DiskMeta meta;
            boolean durable;
            boolean wasOpen;
            synchronized (this) {
                if (closed) {
                    return;
                }
                closed = true;
                done = syncDone;
                reader.close();
                work = writer.takeUnsynced(true);
                meta = meta();
                durable = used;
                wasOpen = unopened == null;
            }
            failure = wasOpen ? saver.saveForGood(work, meta, durable) : null;
        }
        factory.closed(this);
        factory.health().forget(name, listener);
        complete(done, failure);
        if (failure != null) {
            throw failure;
        }
    }

    private void awaitDropped() {
        CompletableFuture<Void> dropped;
        synchronized (this) {
            dropped = dropping;
        }
        dropped.handle((done, failure) -> failure).join();
    }

    private static void complete(CompletableFuture<Void> done, IOException failure) {
        if (failure == null) {
            done.complete(null);
        } else {
            done.completeExceptionally(failure);
        }
    }
}
