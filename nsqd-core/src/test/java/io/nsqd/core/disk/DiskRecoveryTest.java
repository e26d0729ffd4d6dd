package io.nsqd.core.disk;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.nsqd.api.MessageBatch;
import io.nsqd.api.Option;
import io.nsqd.api.Options;
import io.nsqd.spi.BackendQueueFactory.Listener;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Up to which id a queue says that it holds messages: new ones must get ids beyond it, also when the clock was set back. */
@Tag("B-40")
final class DiskRecoveryTest {
    private static final long ID_OF_2033 = 0x1b00000000000000L;

    @TempDir
    private Path dataPath;

    private final List<DiskQueueFactory> factories = new ArrayList<>();

    @AfterEach
    void stop() {
        factories.forEach(DiskQueueFactory::close);
    }

    private DiskQueue open() {
        DiskQueueFactory factory = new DiskQueueFactory(Options.defaults()
                .with(Map.of(Option.DATA_PATH, dataPath.toString(), Option.MAX_BYTES_PER_FILE, 10_000_000L)));
        factories.add(factory);
        return factory.open("q", new Listener() {
            @Override
            public void readable() {
                // Nobody waits.
            }

            @Override
            public void health(String error) {
                // Nothing fails.
            }
        });
    }

    private static void append(DiskQueue queue, int bytes, long... ids) {
        MessageBatch batch = new MessageBatch();
        for (long id : ids) {
            batch.add(id, 1_700_000_000_000_000_000L, 0, 0, new byte[bytes], 0, bytes);
        }
        queue.append(batch).join();
    }

    private long highestId() throws IOException {
        DiskQueue queue = open();
        long highest = queue.highestId();
        queue.close();
        return highest;
    }

    @Test
    void aNewQueueHasNone() throws IOException {
        assertEquals(0, highestId());
    }

    @Test
    void theHighestIsFoundWhereverItIs() throws IOException {
        DiskQueue queue = open();
        append(queue, 10, ID_OF_2033 + 1, ID_OF_2033 + 7, ID_OF_2033 + 3);
        queue.close();
        assertEquals(ID_OF_2033 + 7, highestId());
    }

    @Test
    void whatWasConsumedDoesNotCount() throws IOException {
        DiskQueue queue = open();
        append(queue, 10, ID_OF_2033 + 7, ID_OF_2033 + 1);
        assertEquals(1, queue.read(1, Long.MAX_VALUE, new MessageBatch()));
        queue.forget(1);
        queue.close();
        assertEquals(ID_OF_2033 + 1, highestId());
    }

    @Test
    void ofABigBacklogTheEndIsReadAndTheRestIsBoundedByWhenItWasWritten() throws IOException {
        long before = DiskRecovery.lastIdOf(System.currentTimeMillis());
        DiskQueue queue = open();
        append(queue, 10, 5);
        for (int i = 0; i < 40; i++) {
            append(queue, 1_000_000, 6 + i);
        }
        append(queue, 10, ID_OF_2033);
        queue.close();
        assertEquals(ID_OF_2033, highestId());
        queue = open();
        while (queue.hasUnread()) {
            // All but the last few.
            int count = queue.read(1, Long.MAX_VALUE, new MessageBatch());
            if (queue.hasUnread()) {
                queue.forget(count);
            } else {
                break;
            }
        }
        queue.close();
        assertEquals(ID_OF_2033, highestId());
        queue = open();
        queue.empty().join();
        append(queue, 10, 5);
        for (int i = 0; i < 40; i++) {
            append(queue, 1_000_000, 6 + i);
        }
        queue.close();
        long highest = highestId();
        assertTrue(
                highest >= before && highest <= DiskRecovery.lastIdOf(System.currentTimeMillis()), () -> "" + highest);
    }

    @Test
    void whatNoClockMadeDoesNotCount() throws IOException {
        DiskQueue queue = open();
        append(queue, 10, Long.MAX_VALUE, 3);
        queue.close();
        assertEquals(3, highestId());
    }
}
