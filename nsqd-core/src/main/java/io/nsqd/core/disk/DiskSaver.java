package io.nsqd.core.disk;

import io.nsqd.api.Errors;
import io.nsqd.core.disk.DiskHealth.Fault;
import io.nsqd.log.Logger;
import io.nsqd.log.LoggerFactory;
import io.nsqd.spi.BackendQueueFactory.Listener;
import io.nsqd.stats.Trouble;
import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.LongConsumer;
import java.util.stream.LongStream;

/**
 * Brings a queue's state to the disk: fsyncs, the meta file, deletions. Everything here waits for the disk.
 *
 * <p>Guarded by itself: whoever uses it holds it from the moment on that the state is taken until it is saved, so that whoever
 * saves next saves what is newer. It is taken before the queue's lock, never after it.
 */
final class DiskSaver {
    private static final Logger LOG = LoggerFactory.getLogger(DiskSaver.class);

    private final DiskQueueFactory factory;
    private final DiskFiles files;
    private final String name;
    private final Listener listener;
    private final LongConsumer unusable;

    /** What the meta file says; {@code null} when there is none. */
    private DiskMeta saved;

    /** Whether the directory does not say durably yet that there is a file. */
    private boolean directoryChanged;

    /** Files that could not be forced: what they hold is to be written to new ones. */
    private final Set<Long> doubtful = new TreeSet<>();

    /** Files that were to be deleted, and could not be. */
    private final Set<Long> undeleted = new TreeSet<>();

    /** What went wrong last while messages were made durable, and while positions were saved or files deleted. */
    private IOException syncFailure;

    private IOException metaFailure;

    private IOException deleteFailure;

    /** Whether health was told that something does not work. */
    private boolean reported;

    /** @param unusable told of files that are not to be written any more; takes the queue's lock */
    DiskSaver(DiskQueueFactory factory, DiskFiles files, String name, Listener listener, LongConsumer unusable) {
        this.factory = factory;
        this.files = files;
        this.name = name;
        this.listener = listener;
        this.unusable = unusable;
    }

    /** Begins with what the meta file says. */
    void start(DiskMeta meta) {
        assert Thread.holdsLock(this);
        saved = meta;
    }

    /** Something that did not work is to be tried again. */
    boolean isBehind() {
        assert Thread.holdsLock(this);
        return !doubtful.isEmpty() || !undeleted.isEmpty() || metaFailure != null;
    }

    /**
     * Makes everything durable that was written, deletes what was read, and saves the positions.
     *
     * @param durable whether the positions must outlive a cut of power
     * @return why messages that were written are not on the disk; {@code null} when they are
     */
    IOException save(DiskWriter.Unsynced work, DiskMeta meta, boolean durable) {
        assert Thread.holdsLock(this);
        syncFailure = null;
        // In the end, so that whenever the process is killed the meta file names no file that has gone (S-19). But on a
        // full disk
        // only this makes room for the rest.
        boolean makeRoom = isBehind() || factory.health().refusesWrites();
        if (makeRoom) {
            delete(work.deletable());
        }
        work.force(this::force);
        directoryChanged |= work.created();
        saveMeta(work, meta, durable);
        if (!makeRoom) {
            delete(work.deletable());
            if (metaFailure != null && !work.deletable().isEmpty()) {
                saveMeta(work, meta, durable);
            }
        }
        return syncFailure;
    }

    private void saveMeta(DiskWriter.Unsynced work, DiskMeta meta, boolean durable) {
        metaFailure = null;
        try {
            if (work.current() != null) {
                checkIsThere(work.current().number());
            }
            if (!meta.equals(saved)) {
                files.writeMeta(meta, durable);
                saved = meta;
                factory.directoryChanged();
            }
            if (directoryChanged) {
                files.forceDirectory();
                directoryChanged = false;
            }
        } catch (IOException e) {
            metaFailure = e;
        }
    }

    /**
     * The last save: what does not work now has one more chance.
     *
     * @return what could not be done; {@code null} when all is well
     */
    IOException saveForGood(DiskWriter.Unsynced work, DiskMeta meta, boolean durable) {
        save(work, meta, durable);
        if (!isBehind()) {
            return null;
        }
        IOException lost = tryAgain(meta.readFile());
        save(DiskWriter.Unsynced.NOTHING, meta, durable);
        return lost != null ? lost : saveFailure();
    }

    private void force(DataFile file) {
        long begun = System.nanoTime();
        try {
            file.force();
        } catch (IOException e) {
            long nanos = System.nanoTime() - begun;
            tell(() -> {
                listener.trouble(Trouble.SYNC_FAILURES, 1);
                listener.trouble(Trouble.SYNC_FAILURE_TIME, nanos);
            });
            distrust(file, e);
        }
    }

    /** Not under this lock. */
    private void tell(Runnable news) {
        factory.sync().schedule(news, 0);
    }

    /** A file that could not be forced is not written any more, and not forced again: that would say nothing. */
    private void distrust(DataFile file, IOException failure) {
        syncFailure = Errors.failed("sync", files.data(file.number()), failure);
        doubtful.add(file.number());
        unusable.accept(file.number());
    }

    /** What goes to a file that has lost its name is gone when the file is closed: the next append takes another one. */
    private void checkIsThere(long number) throws IOException {
        if (files.size(number) < 0) {
            LOG.error("DISKQUEUE({}): {} is missing", name, files.data(number));
            unusable.accept(number);
        }
    }

    private void delete(Iterable<Long> numbers) {
        for (long number : numbers) {
            try {
                files.delete(number);
            } catch (IOException e) {
                deleteFailure = e;
                undeleted.add(number);
            }
        }
    }

    /**
     * Tries again what did not work: what is in files that could not be forced goes to new ones, as far as it is still needed.
     *
     * @param readFile what is before it is not needed
     * @return why messages that were written are not on the disk; {@code null} when they are
     */
    IOException tryAgain(long readFile) {
        assert Thread.holdsLock(this);
        syncFailure = null;
        deleteFailure = null;
        doubtful.removeIf(number -> number < readFile);
        doubtful.removeIf(this::rewrite);
        List<Long> again = new ArrayList<>(undeleted);
        undeleted.clear();
        delete(again);
        return syncFailure;
    }

    private boolean rewrite(long number) {
        try {
            files.rewrite(number);
            LOG.info("DISKQUEUE({}): {} is on the disk", name, files.data(number));
            return true;
        } catch (NoSuchFileException e) {
            LOG.error("DISKQUEUE({}): {} is missing", name, files.data(number));
            return true;
        } catch (IOException e) {
            syncFailure = e;
            return false;
        }
    }

    /** Deletes files {@code from} to {@code to} and the meta file: nothing of them is to be kept. */
    void drop(DiskWriter.Unsynced work, long from, long to) throws IOException {
        assert Thread.holdsLock(this);
        work.release();
        doubtful.removeIf(number -> number <= to);
        forsake(to);
        delete(work.deletable());
        delete(LongStream.rangeClosed(from, to).boxed().toList());
        dropMeta();
        throwSaveFailure();
    }

    /** Has the meta file, if there is one, name none of the files up to {@code to}: a kill may come when some of them have gone. */
    private void forsake(long to) {
        if (saved != null) {
            DiskMeta behind = new DiskMeta(0, to + 1, 0, to + 1, 0);
            try {
                files.writeMeta(behind, false);
                saved = behind;
            } catch (IOException e) {
                LOG.debug("DISKQUEUE({}): the meta file names files that go", name, e);
            }
        }
    }

    /** Deletes the files of a queue that could not be opened. */
    void drop(Iterable<Long> numbers) throws IOException {
        assert Thread.holdsLock(this);
        delete(numbers);
        dropMeta();
        throwSaveFailure();
    }

    private void dropMeta() {
        try {
            files.deleteMeta();
            saved = null;
            metaFailure = null;
        } catch (IOException e) {
            metaFailure = e;
        }
    }

    private IOException saveFailure() {
        return metaFailure == null ? deleteFailure : metaFailure;
    }

    /** Fails when positions could not be saved, or files not be deleted. */
    private void throwSaveFailure() throws IOException {
        if (saveFailure() != null) {
            throw saveFailure();
        }
    }

    /** Has health say what does not work, and what works again. */
    void report() {
        assert Thread.holdsLock(this);
        boolean fails = isBehind() || syncFailure != null;
        if (fails || reported) {
            reported = fails;
            String sync = reason(syncFailure);
            String save = reason(saveFailure());
            boolean synced = doubtful.isEmpty();
            boolean deleted = undeleted.isEmpty();
            tell(() -> {
                report(Fault.SYNC, sync, synced);
                report(Fault.SAVE, save, deleted);
            });
        }
    }

    private static String reason(IOException failure) {
        return failure == null ? "" : Errors.describe(failure);
    }

    private void report(Fault fault, String failure, boolean works) {
        if (!failure.isEmpty()) {
            factory.health().failed(name, fault, failure, listener);
        } else if (works) {
            factory.health().works(name, fault, listener);
        }
    }
}
