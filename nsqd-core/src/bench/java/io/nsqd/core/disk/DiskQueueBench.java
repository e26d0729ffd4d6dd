package io.nsqd.core.disk;

import io.nsqd.api.MessageBatch;
import io.nsqd.api.Option;
import io.nsqd.api.Options;
import io.nsqd.spi.BackendQueueFactory.Listener;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/**
 * The disk queue without fsync: it is the device that this would measure. An operation is one message of 100 bytes; the files
 * are in the directory for temporary files.
 */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(1)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
public class DiskQueueBench {
    private static final int MESSAGES = 10_000;
    private static final int BATCH = 100;
    private static final int POLLED_AT_ONCE = 64;
    private static final int BODY_BYTES = 100;

    /** A queue in a directory of its own. */
    @State(Scope.Thread)
    public static class Opened implements Listener {
        private final MessageBatch messages = new MessageBatch();
        private Path directory;
        private DiskQueueFactory factory;
        private DiskQueue queue;

        /** Opens it. */
        @Setup
        public void open() throws IOException {
            directory = Files.createTempDirectory("nsqd-bench");
            factory = new DiskQueueFactory(Options.defaults()
                    .with(Map.of(
                            Option.DATA_PATH, directory.toString(),
                            Option.SYNC_EVERY, Long.MAX_VALUE,
                            Option.SYNC_TIMEOUT, TimeUnit.DAYS.toNanos(1))));
            queue = factory.open("q", this);
            byte[] block = new byte[BATCH * BODY_BYTES];
            for (int i = 0; i < BATCH; i++) {
                messages.add(1 + i, TimeUnit.DAYS.toNanos(20_000), 0, 0, block, i * BODY_BYTES, BODY_BYTES);
            }
        }

        final void append() {
            for (int i = 0; i < MESSAGES; i += BATCH) {
                queue.append(messages).join();
            }
        }

        @Override
        public void readable() {}

        @Override
        public void health(String error) {
            if (!error.isEmpty()) {
                throw new IllegalStateException(error);
            }
        }

        /** Leaves nothing behind. */
        @TearDown
        public void close() throws IOException {
            queue.delete().join();
            factory.close();
            try (DirectoryStream<Path> files = Files.newDirectoryStream(directory)) {
                for (Path file : files) {
                    Files.delete(file);
                }
            }
            Files.delete(directory);
        }
    }

    /** An empty queue. */
    public static class Empty extends Opened {
        /** Makes room for the next. */
        @TearDown(Level.Invocation)
        public void empty() {
            super.queue.empty().join();
        }
    }

    /** A queue in which messages wait. */
    public static class Filled extends Opened {
        private final MessageBatch read = new MessageBatch();

        /** Has them wait. */
        @Setup(Level.Invocation)
        public void fill() {
            append();
        }
    }

    /** Batches of 100. */
    @Benchmark
    @OperationsPerInvocation(MESSAGES)
    public void append(Empty state) {
        state.append();
    }

    /**
     * As many at once as a connection takes, each time forgotten as soon as they have a new home. What appending allocates is
     * counted, too.
     */
    @Benchmark
    @OperationsPerInvocation(MESSAGES)
    public void readAndForget(Filled state) {
        DiskQueue queue = ((Opened) state).queue;
        int left = MESSAGES;
        while (left > 0) {
            int count = queue.read(POLLED_AT_ONCE, Long.MAX_VALUE, state.read);
            queue.forget(count);
            state.read.clear();
            left -= count;
        }
    }
}
