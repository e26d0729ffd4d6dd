package io.nsqd.core.disk;

import io.nsqd.api.Option;
import io.nsqd.api.Options;
import io.nsqd.spi.BackendQueueFactory;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.NavigableSet;
import java.util.TreeSet;
import java.util.concurrent.ArrayBlockingQueue;

/**
 * The default storage, {@code disk}: one {@link DiskQueue} per topic and channel in the data path, in the Go daemon's
 * format.
 *
 * <p>The broker opens queues from any thread; the factory outlives a broker's run.
 */
public final class DiskQueueFactory implements BackendQueueFactory, AutoCloseable {
    /** The value of {@link BackendQueueFactory#NAME}. */
    public static final String STORAGE = "disk";

    /** Bytes of a write buffer: a batch is written in pieces of this size. */
    private static final int BUFFER_BYTES = 256 * 1024;

    /** Buffers kept between writes; each event loop uses at most one at a time. */
    private static final int KEPT_BUFFERS = 4;

    /** More than most messages take: a disk on which only crumbs find room is full. */
    private static final int PROBE_BYTES = 64 * 1024;

    /** How often a sick data path is tried again. */
    private static final long PROBE_NANOS = 500_000_000;

    private final Path directory;
    private final DiskSync sync;
    private final DiskQueue.Limits limits;
    private final ArrayBlockingQueue<ByteBuffer> buffers = new ArrayBlockingQueue<>(KEPT_BUFFERS);
    private Map<String, NavigableSet<Long>> leftovers;
    private volatile String error = "";

    /** @param options give the data path, the file size and the sync intervals */
    public DiskQueueFactory(Options options) {
        directory = dataPath(options);
        sync = new DiskSync(options.nanos(Option.SYNC_TIMEOUT));
        limits = new DiskQueue.Limits(
                options.integer(Option.MAX_BYTES_PER_FILE),
                options.integer(Option.MAX_MSG_SIZE),
                options.integer(Option.SYNC_EVERY));
    }

    /** The directory of {@code data-path}; the working directory when that is empty. */
    public static Path dataPath(Options options) {
        return Path.of(options.string(Option.DATA_PATH)).toAbsolutePath().normalize();
    }

    @Override
    public DiskQueue open(String name, Listener listener) throws IOException {
        DiskQueue queue = new DiskQueue(this, new DiskFiles(directory, name), name, limits, listener);
        queue.open(takeLeftovers(name));
        return queue;
    }

    /** Numbers of the data files that an earlier run left for a queue; once, as they are the queue's from then on. */
    private synchronized NavigableSet<Long> takeLeftovers(String name) throws IOException {
        if (leftovers == null) {
            leftovers = DiskFiles.index(directory);
        }
        NavigableSet<Long> numbers = leftovers.remove(name);
        return numbers == null ? new TreeSet<>() : numbers;
    }

    /** A run is over: what the directory holds is to be looked at again before the next. */
    public synchronized void forgetLeftovers() {
        leftovers = null;
    }

    DiskSync sync() {
        return sync;
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

    /** The result of a write, empty when it was good. Each replaces the health of the daemon (B-18). */
    void wrote(String result, Listener listener) {
        if (result.equals(error)) {
            return;
        }
        boolean wasGood = error.isEmpty();
        error = result;
        listener.health(result);
        if (wasGood && !result.isEmpty()) {
            sync.schedule(() -> probe(listener), PROBE_NANOS);
        }
    }

    /** Finds out whether the data path can be written again when no publisher does. */
    private void probe(Listener listener) {
        if (error.isEmpty()) {
            return;
        }
        Path file = directory.resolve("nsqd.probe");
        try {
            AtomicFile.replace(file, new byte[PROBE_BYTES], false);
            Files.deleteIfExists(file);
            wrote("", listener);
        } catch (IOException e) {
            sync.schedule(() -> probe(listener), PROBE_NANOS);
        }
    }

    /** Ends the thread; queues must be closed before. */
    @Override
    public void close() {
        sync.close();
    }
}
