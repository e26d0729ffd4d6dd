package io.nsqd.core.disk;

import io.nsqd.api.Errors;
import io.nsqd.api.Option;
import io.nsqd.api.Options;
import io.nsqd.log.Logger;
import io.nsqd.log.LoggerFactory;
import io.nsqd.spi.BackendQueueFactory;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * The default storage, {@code disk}: one {@link DiskQueue} per topic and channel in the data path, in the Go daemon's
 * format.
 *
 * <p>The broker opens queues from any thread; the factory outlives a broker's run.
 */
public final class DiskQueueFactory implements BackendQueueFactory, AutoCloseable {
    /** The value of {@link BackendQueueFactory#NAME}. */
    public static final String STORAGE = "disk";

    /** How often what does not work is tried again. */
    private static final long RETRY_NANOS = 500_000_000;

    private static final Logger LOG = LoggerFactory.getLogger(DiskQueueFactory.class);

    /** Bytes of a write buffer: a batch is written in pieces of this size. */
    private static final int BUFFER_BYTES = 256 * 1024;

    /** Buffers kept between writes; each event loop uses at most one at a time. */
    private static final int KEPT_BUFFERS = 4;

    /** More than most messages take: a disk on which only crumbs find room is full. */
    private static final int PROBE_BYTES = 64 * 1024;

    private final FileCalls calls;
    private final long retryNanos;
    private final Path directory;
    private final DiskSync sync;
    private final DiskQueue.Limits limits;
    private final DiskHealth health = new DiskHealth();
    private final Set<DiskQueue> queues = ConcurrentHashMap.newKeySet();
    private final AtomicBoolean givingBack = new AtomicBoolean();
    private final ArrayBlockingQueue<ByteBuffer> buffers = new ArrayBlockingQueue<>(KEPT_BUFFERS);
    private Map<String, DiskFiles.Found> leftovers;
    private volatile boolean directoryChanged;

    /** @param options give the data path, the file size and the sync intervals */
    public DiskQueueFactory(Options options) {
        this(options, FileCalls.SYSTEM, RETRY_NANOS);
    }

    DiskQueueFactory(Options options, FileCalls calls, long retryNanos) {
        this.calls = calls;
        this.retryNanos = retryNanos;
        directory = dataPath(options);
        sync = new DiskSync(options.nanos(Option.SYNC_TIMEOUT));
        long syncEvery = options.integer(Option.SYNC_EVERY);
        limits = new DiskQueue.Limits(
                options.integer(Option.MAX_BYTES_PER_FILE),
                options.integer(Option.MAX_MSG_SIZE),
                // Of none, as in the Go daemon, the time-out alone has it synced.
                syncEvery > 0 ? syncEvery : Long.MAX_VALUE);
    }

    /** The directory of {@code data-path}; the working directory when that is empty. */
    public static Path dataPath(Options options) {
        return Path.of(options.string(Option.DATA_PATH)).toAbsolutePath().normalize();
    }

    /**
     * Opens the queue of a topic or channel. One whose files cannot be read now is opened nevertheless: nothing but this queue is
     * broken then, and it mends when they can be.
     */
    @Override
    public DiskQueue open(String name, Listener listener) {
        DiskQueue queue = new DiskQueue(this, new DiskFiles(calls, directory, name), name, limits, listener);
        queues.add(queue);
        queue.open();
        return queue;
    }

    /** A queue is not used any more. */
    void closed(DiskQueue queue) {
        queues.remove(queue);
    }

    /** What an earlier run left of a queue. The directory is read once, so that a new queue costs nothing. */
    synchronized DiskFiles.Found found(String name) throws IOException {
        if (leftovers == null) {
            try {
                leftovers = DiskFiles.index(directory);
            } catch (IOException e) {
                throw Errors.failed("read", directory, e);
            }
        }
        return leftovers.getOrDefault(name, DiskFiles.Found.NOTHING);
    }

    /** What was left of a queue is that queue's from now on. */
    synchronized void taken(String name) {
        leftovers.remove(name);
    }

    /** A run is over: what the directory holds is to be looked at again before the next. */
    public synchronized void forgetLeftovers() {
        leftovers = null;
    }

    /** How long what does not work is left alone before it is tried again. */
    long retryNanos() {
        return retryNanos;
    }

    DiskSync sync() {
        return sync;
    }

    DiskHealth health() {
        return health;
    }

    ByteBuffer takeBuffer() {
        ByteBuffer buffer = buffers.poll();
        return buffer == null ? ByteBuffer.allocateDirect(BUFFER_BYTES) : buffer.clear();
    }

    void giveBack(ByteBuffer buffer) {
        // A buffer too many is dropped and left to the collector.
        if (!buffers.offer(buffer)) {
            buffer.clear();
        }
    }

    /** Has all queues give back the room of what was consumed: somewhere it is missing. */
    void giveBackRoom() {
        if (givingBack.compareAndSet(false, true)) {
            sync.schedule(
                    () -> {
                        givingBack.set(false);
                        queues.forEach(DiskQueue::giveBack);
                    },
                    0);
        }
    }

    /** Finds out whether there is room in the data path. */
    void probe() throws IOException {
        Path file = directory.resolve("nsqd.probe");
        AtomicFile.replace(calls, file, new byte[PROBE_BYTES], false);
        calls.delete(file);
    }

    /** Names of files have changed in the directory, and it need not say so durably before the end. */
    void directoryChanged() {
        directoryChanged = true;
    }

    /** Ends the thread; queues must be closed before. Waits for the disk. */
    @Override
    public void close() {
        sync.close();
        if (directoryChanged) {
            try {
                calls.forceDirectory(directory);
            } catch (IOException e) {
                LOG.error("DISKQUEUE: {}", Errors.describe("sync", directory, e));
            }
        }
    }
}
