package io.nsqd.core.retention;

import io.nsqd.api.Errors;
import io.nsqd.api.MessageBatch;
import io.nsqd.core.disk.DataFile;
import io.nsqd.core.disk.FileCalls;
import io.nsqd.log.Logger;
import io.nsqd.log.LoggerFactory;
import io.nsqd.stats.Trouble;
import io.nsqd.stats.Troubles;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.DirectoryStream;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;

/**
 * What a topic retains of the messages that its channels were given, in the order in which they were: files that are appended to, the
 * oldest of which are given back. Each message has a number, one higher than the one before.
 *
 * <p>{@link #append} writes to the system's cache, under the topic's lock; all that waits for the disk is done by {@link #tidy}, on the
 * thread of {@link Retention}. Nothing that goes wrong here keeps a message from its channels: it is said, counted, and tried again.
 */
public final class RetainedLog {
    private static final Logger LOG = LoggerFactory.getLogger(RetainedLog.class);
    private static final Set<StandardOpenOption> CREATE =
            Set.of(StandardOpenOption.WRITE, StandardOpenOption.CREATE_NEW);
    private static final Set<StandardOpenOption> AGAIN = Set.of(StandardOpenOption.WRITE);

    /** After how long it is tried again to write. */
    private static final long RETRY_NANOS = TimeUnit.SECONDS.toNanos(1);

    /** Above this size a buffer is not kept. */
    private static final int KEPT_BUFFER = 2 * RetainedFormat.FRAME_BYTES;

    private static final int FIRST_BUFFER = 16 * 1024;

    private final FileCalls calls;
    private final Path directory;
    private final String topic;
    private final Troubles troubles;
    private final RetainedIndex index;

    /** Files that nothing more comes to, the oldest first. */
    private final Deque<RetainedFile> complete = new ArrayDeque<>();

    /** The same that are not durable yet. */
    private List<DataFile> unforced = new ArrayList<>(0);

    private RetentionLimits limits;
    private RetainedFile last;

    /** When the first message of the last file was published. */
    private long lastBegan;

    private DataFile open;
    private boolean dirty;
    private boolean indexed = true;
    private ByteBuffer buffer = ByteBuffer.allocate(FIRST_BUFFER);
    private long retryAt;
    private boolean failing;
    private boolean ended;

    /**
     * Opens it, with what earlier runs have left. Waits for the disk.
     *
     * @param topic whose it is, for the log
     * @param troubles counts what could not be retained
     * @throws IOException when its directory cannot be made or read
     */
    RetainedLog(FileCalls calls, Path directory, String topic, RetentionLimits limits, Troubles troubles)
            throws IOException {
        this.calls = calls;
        this.directory = directory;
        this.topic = topic;
        this.limits = limits;
        this.troubles = troubles;
        Files.createDirectories(directory);
        index = new RetainedIndex(calls, directory);
        complete.addAll(index.find());
        RetainedFile newest = complete.peekLast();
        last = newest == null ? RetainedFile.empty(1, 1) : RetainedFile.empty(newest.number() + 1, newest.end());
    }

    /** Where it is. */
    Path directory() {
        return directory;
    }

    FileCalls calls() {
        return calls;
    }

    /** Keeps more or less from now on. Any thread. */
    public synchronized void limit(RetentionLimits changed) {
        limits = changed;
    }

    // ---- in

    /** Takes down messages. Never waits, and never fails: see above. Called under the topic's lock. */
    public synchronized void append(MessageBatch batch) {
        if (ended || batch.isEmpty()) {
            return;
        }
        if (failing && System.nanoTime() - retryAt < 0) {
            troubles.add(Trouble.RETENTION_FAILURES, batch.size());
            return;
        }
        int from = 0;
        try {
            while (from < batch.size()) {
                int to = end(batch, from);
                write(frame(batch, from, to));
                from = to;
            }
            if (failing) {
                failing = false;
                LOG.info("TOPIC({}): messages are retained again", topic);
            }
        } catch (IOException e) {
            if (!failing) {
                LOG.error("TOPIC({}): messages are not retained - {}", topic, Errors.describe(e));
            }
            failing = true;
            retryAt = System.nanoTime() + RETRY_NANOS;
            troubles.add(Trouble.RETENTION_FAILURES, batch.size() - from);
        }
    }

    private static int end(MessageBatch batch, int from) {
        int bytes = RetainedFormat.FRAME_HEADER + RetainedFormat.size(batch, from);
        int to = from + 1;
        while (to < batch.size() && bytes < RetainedFormat.FRAME_BYTES) {
            int more = RetainedFormat.size(batch, to);
            if (more > RetainedFormat.FRAME_BYTES) {
                // It has a frame to itself.
                return to;
            }
            bytes += more;
            to++;
        }
        return to;
    }

    private ByteBuffer frame(MessageBatch batch, int from, int to) {
        long bytes = RetainedFormat.FRAME_HEADER;
        for (int i = from; i < to; i++) {
            bytes += RetainedFormat.size(batch, i);
        }
        ByteBuffer frame = buffer;
        if (frame.capacity() < bytes) {
            frame = ByteBuffer.allocate(Math.toIntExact(Math.max(bytes, Math.min(KEPT_BUFFER, 2 * bytes))));
            if (frame.capacity() <= KEPT_BUFFER) {
                buffer = frame;
            }
        }
        RetainedFormat.frame(batch, from, to, last.end(), frame);
        return frame;
    }

    private void write(ByteBuffer frame) throws IOException {
        RetainedFormat.Header header = RetainedFormat.Header.of(frame);
        if (open != null && last.count() > 0 && last.bytes() + header.bytes() > limits.fileBytes()) {
            roll();
        }
        if (open == null) {
            create();
        }
        open.write(frame, last.bytes());
        if (last.count() == 0) {
            lastBegan = header.newestNanos();
        }
        last = last.with(header);
        dirty = true;
    }

    private void create() throws IOException {
        // Somebody may have cleared it away.
        Files.createDirectories(directory);
        DataFile created = null;
        while (created == null) {
            Path path = RetainedFile.path(directory, last.number());
            try {
                created = new DataFile(calls, path, last.number(), CREATE, AGAIN);
            } catch (FileAlreadyExistsException e) {
                // Left by a run that could not write to it.
                last = RetainedFile.empty(last.number() + 1, last.end());
            }
        }
        try {
            created.write(ByteBuffer.allocate(Long.BYTES).putLong(0, RetainedFormat.MAGIC), 0);
        } catch (IOException e) {
            created.release();
            last = RetainedFile.empty(last.number() + 1, last.end());
            throw e;
        }
        open = created;
    }

    /** Nothing more comes to the last file. */
    private void roll() {
        if (open != null) {
            unforced.add(open);
            open = null;
        }
        if (last.count() > 0) {
            complete.add(last);
            indexed = false;
        }
        last = RetainedFile.empty(last.number() + 1, last.end());
        dirty = false;
    }

    // ---- giving back

    /**
     * Gives back what is too old or too much, and makes durable what came. Waits for the disk.
     *
     * @param epochNanos the time of day
     */
    void tidy(long epochNanos) {
        List<RetainedFile> gone = new ArrayList<>();
        List<DataFile> finished;
        DataFile growing;
        List<RetainedFile> toIndex = null;
        synchronized (this) {
            if (last.count() > 0 && limits.nanos() > 0 && epochNanos - lastBegan > limits.fileNanos()) {
                roll();
            }
            long bytes = bytes();
            while (!complete.isEmpty() && isTooMuch(complete.getFirst(), bytes, epochNanos)) {
                RetainedFile oldest = complete.removeFirst();
                bytes -= oldest.bytes();
                gone.add(oldest);
                indexed = false;
            }
            finished = unforced;
            unforced = new ArrayList<>(0);
            growing = dirty ? open : null;
            dirty = false;
            if (!indexed) {
                indexed = true;
                toIndex = List.copyOf(complete);
            }
        }
        for (DataFile file : finished) {
            force(file);
            file.release();
        }
        if (growing != null) {
            force(growing);
        }
        delete(gone);
        if (toIndex != null) {
            index(toIndex);
        }
    }

    private boolean isTooMuch(RetainedFile oldest, long bytes, long epochNanos) {
        return limits.bytes() > 0 && bytes > limits.bytes()
                || limits.nanos() > 0 && epochNanos - oldest.newestNanos() > limits.nanos();
    }

    /** That a file could not be forced costs what a loss of power does; what comes goes to another one. */
    private void force(DataFile file) {
        try {
            file.force();
        } catch (IOException e) {
            LOG.error("TOPIC({}): retained messages may not be on the disk - {}", topic, Errors.describe(e));
            troubles.count(Trouble.SYNC_FAILURES);
            synchronized (this) {
                if (open == file) {
                    roll();
                }
            }
        }
    }

    private void delete(List<RetainedFile> files) {
        for (RetainedFile file : files) {
            try {
                calls.delete(RetainedFile.path(directory, file.number()));
            } catch (IOException e) {
                LOG.error("TOPIC({}): a file cannot be given back - {}", topic, Errors.describe(e));
            }
        }
    }

    private void index(List<RetainedFile> files) {
        try {
            index.write(files);
        } catch (IOException e) {
            LOG.warn("TOPIC({}): the next start takes longer - {}", topic, Errors.describe(e));
        }
    }

    /** Ends it; what it has stays. Waits for the disk. */
    void close(long epochNanos) {
        synchronized (this) {
            ended = true;
            roll();
        }
        tidy(epochNanos);
    }

    /** Ends it, with all that it has. Waits for the disk. */
    void delete() {
        List<RetainedFile> all;
        List<DataFile> files;
        synchronized (this) {
            ended = true;
            roll();
            all = List.copyOf(complete);
            complete.clear();
            files = unforced;
            unforced = new ArrayList<>(0);
        }
        files.forEach(DataFile::release);
        delete(all);
        try {
            calls.delete(RetainedFile.path(directory, last.number()));
            index.delete();
            try (DirectoryStream<Path> rewinds = Files.newDirectoryStream(directory, "*" + Retention.REWIND_SUFFIX)) {
                for (Path rewind : rewinds) {
                    calls.delete(rewind);
                }
            }
            calls.delete(directory);
        } catch (IOException e) {
            LOG.warn("TOPIC({}): {} stays - {}", topic, directory, Errors.describe(e));
        }
    }

    /** A file is not there any more, though nobody here has given it back. */
    synchronized void vanished(RetainedFile file) {
        if (file.number() == last.number()) {
            // What is written to it now nobody would find.
            roll();
        }
        if (complete.removeIf(one -> one.number() == file.number())) {
            indexed = false;
            damaged();
        }
    }

    /** Whether a file is still one of these. */
    synchronized boolean has(RetainedFile file) {
        return file.number() == last.number() || complete.contains(file);
    }

    /** A frame could not be read. */
    void damaged() {
        troubles.count(Trouble.RETENTION_FAILURES);
    }

    @Override
    public String toString() {
        return "TOPIC(" + topic + ")";
    }

    // ---- out

    /** The number of the next message. Under the topic's lock it divides those that channels have been given from those to come. */
    public synchronized long end() {
        return last.end();
    }

    /** The file that a message is in, or the first behind it where it is not there any more; {@code null} where there is none. */
    synchronized RetainedFile fileOf(long number) {
        for (RetainedFile file : complete) {
            if (number < file.end()) {
                return file;
            }
        }
        return number < last.end() && last.count() > 0 ? last : null;
    }

    /** All files, the oldest first. */
    synchronized List<RetainedFile> files() {
        List<RetainedFile> files = new ArrayList<>(complete);
        if (last.count() > 0) {
            files.add(last);
        }
        return files;
    }

    /** How much the files take, in bytes. */
    synchronized long bytes() {
        return complete.stream().mapToLong(RetainedFile::bytes).sum() + (last.count() > 0 ? last.bytes() : 0);
    }

    /** How many messages there are. */
    synchronized long count() {
        return complete.stream().mapToLong(RetainedFile::count).sum() + last.count();
    }

    /**
     * The first message of the first frame that has one as new as that. Waits for the disk.
     *
     * @param epochNanos when the oldest one that is wanted was published
     * @return its number; {@link #end} where there is none
     */
    long numberFrom(long epochNanos) throws IOException {
        for (RetainedFile file : files()) {
            if (file.newestNanos() < epochNanos) {
                continue;
            }
            try (FrameReader reader =
                    new FrameReader(calls, RetainedFile.path(directory, file.number()), file.bytes())) {
                for (RetainedFormat.Header frame = reader.next(); frame != null; frame = reader.next()) {
                    if (frame.newestNanos() >= epochNanos) {
                        return frame.number();
                    }
                }
            } catch (NoSuchFileException e) {
                // Who reads on says so.
                return file.first();
            }
        }
        return end();
    }
}
