package io.nsqd.core.disk;

import io.nsqd.api.MessageBatch;
import io.nsqd.spi.BackendQueue;
import io.nsqd.spi.BackendQueueFactory.Listener;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.util.NavigableSet;
import java.util.concurrent.CompletableFuture;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

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
    private final Handouts handedOut = new Handouts();

    private long readFile;
    private long readPos;
    private volatile long depth;
    private volatile boolean unread;
    private boolean mayRepeat;

    /** Whether anything happened since the queue was opened: what was never used needs no fsync. */
    private boolean used;

    private long operations;
    private boolean marked;
    private boolean due;

    /** Whether the sync thread looks for the next intact record of the file that is being read; until then reads rest. */
    private boolean searching;

    private CompletableFuture<Void> syncDone = DONE;
    private boolean closed;

    /**
     * Held from the moment on that the state is taken for the meta file until it is saved: whoever saves next saves what is
     * newer. Taken before the queue's lock, never after it.
     */
    private final Object syncing = new Object();

    /** Guards the meta file, which is written without the queue's lock. */
    private final Object saving = new Object();

    /** What the meta file says; {@code null} when there is none. Guarded by {@link #saving}. */
    private DiskMeta saved;

    /** Grows when the queue is emptied, so that a save begun before does not bring the old state back. */
    private volatile int generation;

    DiskQueue(DiskQueueFactory factory, DiskFiles files, String name, Limits limits, Listener listener) {
        this.factory = factory;
        this.files = files;
        this.name = name;
        this.limits = limits;
        this.listener = listener;
        writer = new DiskWriter(factory, files, limits);
        reader = new DiskReader(files, limits);
    }

    /**
     * Takes up what an earlier run left (S-17).
     *
     * @param numbers of the data files there are
     */
    synchronized void open(NavigableSet<Long> numbers) throws IOException {
        DiskMeta meta;
        try {
            meta = DiskMeta.read(files.meta());
            synchronized (saving) {
                saved = meta;
            }
        } catch (NoSuchFileException e) {
            meta = numbers.isEmpty() ? DiskMeta.FRESH : salvageAll(numbers);
        } catch (IOException e) {
            LOG.error("DISKQUEUE({}): failed to retrieveMetaData - {}", name, e.getMessage());
            meta = numbers.isEmpty() ? DiskMeta.FRESH : salvageAll(numbers);
        }
        meta = startAt(meta, numbers);
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

    /** Data without a meta file: everything intact is delivered, and writing begins in a file of its own. */
    private DiskMeta salvageAll(NavigableSet<Long> numbers) throws IOException {
        long records = 0;
        for (long number : numbers) {
            records += reader.countRecords(number, 0);
        }
        LOG.warn("DISKQUEUE({}): no usable meta file, salvaging {} records of {} files", name, records, numbers.size());
        mayRepeat = true;
        used = true;
        return new DiskMeta(records, numbers.first(), 0, numbers.last() + 1, 0);
    }

    /** Mends what cannot be or what a crash left behind: S-17, S-19, S-21. */
    private DiskMeta startAt(DiskMeta meta, NavigableSet<Long> numbers) throws IOException {
        if (meta.isImpossible()) {
            LOG.error(
                    "DISKQUEUE({}): meta file says read {},{} beyond write {},{}: starting a new file",
                    name,
                    meta.readFile(),
                    meta.readPos(),
                    meta.writeFile(),
                    meta.writePos());
            long next = Math.max(meta.readFile(), numbers.isEmpty() ? 0 : numbers.last()) + 1;
            used = true;
            return new DiskMeta(0, next, 0, next, 0);
        }
        long size = files.size(meta.writeFile());
        NavigableSet<Long> later = numbers.tailSet(meta.writeFile(), false);
        if (later.isEmpty() && (size == meta.writePos() || (size < 0 && meta.writePos() == 0))) {
            return meta;
        }
        // Something is there that the last save does not know of: nothing of it may be written over.
        long next = (later.isEmpty() ? meta.writeFile() : later.last()) + 1;
        used = true;
        boolean drained = meta.readFile() == meta.writeFile() && meta.readPos() == meta.writePos();
        long unsynced = 0;
        if (size < meta.writePos()) {
            LOG.warn("DISKQUEUE({}): file {} is shorter than its meta file says", name, meta.writeFile());
        } else if (size > meta.writePos()) {
            unsynced = reader.countRecords(meta.writeFile(), meta.writePos());
        }
        for (long number : later) {
            unsynced += reader.countRecords(number, 0);
        }
        if (size > meta.writePos() || !later.isEmpty()) {
            // An unclean stop: records were written after the last save. The reader takes the files to their real ends.
            LOG.warn("DISKQUEUE({}): {} records beyond the last sync of file {}", name, unsynced, meta.writeFile());
            mayRepeat = true;
        }
        if (size < meta.writePos() && drained) {
            long first = later.isEmpty() ? next : later.first();
            return new DiskMeta(unsynced, first, 0, next, 0);
        }
        return new DiskMeta(meta.depth() + unsynced, meta.readFile(), meta.readPos(), next, 0);
    }

    @Override
    public CompletableFuture<Void> append(MessageBatch batch) {
        String error = "";
        CompletableFuture<Void> result;
        synchronized (this) {
            result = syncDone;
            int stored = 0;
            try {
                if (closed) {
                    throw new IOException("queue is closed");
                }
                stored = writer.write(batch);
            } catch (DiskWriter.PartialWriteException e) {
                stored = e.stored();
                error = e.getMessage();
                result = CompletableFuture.failedFuture(e);
            } catch (IOException e) {
                error = String.valueOf(e.getMessage());
                result = CompletableFuture.failedFuture(e);
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
        factory.wrote(error, listener);
        return result;
    }

    @Override
    public synchronized int read(int maxMessages, long maxBytes, MessageBatch batch) {
        if (due || searching || closed || !unread) {
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
        }
        if (!unread && handedOut.isEmpty() && depth != 0) {
            resetDepth();
        }
        return count;
    }

    /** Goes to the next intact record; false when there is none. */
    private boolean next() {
        while (!atTail()) {
            long end = reader.file() == writer.file() ? writer.position() : DiskReader.TO_THE_END;
            try {
                if (reader.next(end)) {
                    return true;
                }
                // The whole file has been read. It is deleted when all its records are forgotten.
                reader.start(reader.file() + 1, 0);
            } catch (IOException e) {
                lookBehind(e);
                return false;
            }
            if (handedOut.isEmpty()) {
                forgetUpTo(reader.file(), reader.position());
            }
        }
        return false;
    }

    /** S-18: something is there that is no record. What is intact behind it is looked for by the sync thread. */
    private void lookBehind(IOException damage) {
        long number = reader.file();
        long position = reader.position();
        LOG.error("DISKQUEUE({}): reading at {},{} - {}", name, number, position, damage.getMessage());
        reader.close();
        if (number == writer.file()) {
            // Whatever is written from now on is out of reach of the damage.
            writer.roll();
        }
        used = true;
        searching = true;
        int of = generation;
        factory.sync().schedule(() -> search(number, position, of), 0);
    }

    /** Keeps the damaged file and goes on with its next intact record, or with the next file. Called by the sync thread. */
    private void search(long number, long position, int of) {
        long next = -1;
        try {
            LOG.warn("DISKQUEUE({}): damaged file kept as {}", name, files.keepAside(number));
            next = RecordScan.firstRecord(files.data(number), position, reader.maxLength());
        } catch (IOException | RuntimeException e) {
            // Whatever it is, reading must go on.
            LOG.error("DISKQUEUE({}): failed to look behind the damage in file {} - {}", name, number, e.getMessage());
        }
        synchronized (this) {
            if (closed || of != generation) {
                return;
            }
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
        listener.readable();
    }

    @Override
    public synchronized void forget(int messages) {
        depth = Math.max(0, depth - messages);
        handedOut.drop(messages);
        if (handedOut.isEmpty()) {
            // Also what lies behind the last record is done with: a file read to its end, a damaged one.
            forgetUpTo(reader.file(), reader.position());
        } else {
            forgetUpTo(handedOut.lastFile(), handedOut.lastPosition());
        }
        if (!unread && handedOut.isEmpty() && depth != 0) {
            resetDepth();
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
        String error = "";
        try {
            sync();
        } catch (IOException e) {
            LOG.error("DISKQUEUE({}): failed to sync - {}", name, e.getMessage());
            error = String.valueOf(e.getMessage());
        }
        CompletableFuture<Void> done;
        synchronized (this) {
            done = syncDone;
            syncDone = DONE;
            due = operations >= limits.syncEvery();
            if (due) {
                syncNow();
            }
        }
        if (!error.isEmpty()) {
            factory.wrote(error, listener);
        }
        done.complete(null);
        listener.readable();
    }

    @Override
    public void sync() throws IOException {
        synchronized (syncing) {
            syncInTurn();
        }
    }

    private void syncInTurn() throws IOException {
        DiskWriter.Unsynced work;
        DiskMeta meta;
        int of = generation;
        synchronized (this) {
            if (closed) {
                return;
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
        // First: on a full disk only this makes room for the rest, and a meta file may name files that are gone (S-19).
        work.deleteFiles(files);
        work.force();
        save(meta, true, of);
    }

    private void save(DiskMeta meta, boolean durable, int of) throws IOException {
        synchronized (saving) {
            if (of == generation && !meta.equals(saved)) {
                meta.write(files.meta(), durable);
                saved = meta;
            }
        }
    }

    private void deleteMeta() throws IOException {
        synchronized (saving) {
            generation++;
            Files.deleteIfExists(files.meta());
            saved = null;
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

    /** S-22: the next file number is taken, so that a queue that was emptied does not reuse one. */
    @Override
    public CompletableFuture<Void> empty() {
        try {
            dropMessages();
            return DONE;
        } catch (IOException e) {
            return CompletableFuture.failedFuture(e);
        }
    }

    private void dropMessages() throws IOException {
        synchronized (this) {
            long next = writer.file() + 1;
            dropFiles();
            writer.start(next, 0);
            reader.start(next, 0);
            readFile = next;
            readPos = 0;
        }
        deleteMeta();
    }

    private void dropFiles() throws IOException {
        reader.close();
        handedOut.clear();
        long last = writer.file();
        writer.takeUnsynced(true).drop(files);
        depth = 0;
        unread = false;
        searching = false;
        for (long number = readFile; number <= last; number++) {
            files.delete(number);
        }
    }

    /** Waits for a sync that is under way: its files must be durable too, and its meta file is older. */
    @Override
    public void close() throws IOException {
        synchronized (syncing) {
            closeInTurn();
        }
    }

    private void closeInTurn() throws IOException {
        DiskWriter.Unsynced work;
        DiskMeta meta;
        boolean durable;
        CompletableFuture<Void> done;
        synchronized (this) {
            if (closed) {
                return;
            }
            closed = true;
            work = writer.takeUnsynced(true);
            meta = meta();
            durable = used;
            done = syncDone;
            reader.close();
        }
        work.deleteFiles(files);
        work.force();
        save(meta, durable, generation);
        done.complete(null);
    }

    @Override
    public CompletableFuture<Void> delete() {
        try {
            dropEverything();
            return DONE;
        } catch (IOException e) {
            return CompletableFuture.failedFuture(e);
        }
    }

    private void dropEverything() throws IOException {
        synchronized (this) {
            if (!closed) {
                closed = true;
                dropFiles();
            }
        }
        deleteMeta();
    }
}
