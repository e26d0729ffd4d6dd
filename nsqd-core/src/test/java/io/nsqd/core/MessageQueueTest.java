package io.nsqd.core;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.nsqd.api.MessageBatch;
import io.nsqd.spi.BackendQueue;
import java.io.IOException;
import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** A batch that memory takes a part of, and a backend that takes only the first part of the rest. */
final class MessageQueueTest {
    private static final int SIZE = 5000;

    private final List<Integer> appended = new ArrayList<>();
    private long depth;

    /** Takes one append, whose completion stays pending as while an fsync is due, and refuses all that follow. */
    private BackendQueue soonFull() {
        return (BackendQueue) Proxy.newProxyInstance(
                BackendQueue.class.getClassLoader(),
                new Class<?>[] {BackendQueue.class},
                (proxy, method, arguments) -> {
                    if (method.getName().equals("depth")) {
                        return depth;
                    }
                    MessageBatch batch = (MessageBatch) arguments[0];
                    appended.add(batch.size());
                    if (appended.size() > 1) {
                        return CompletableFuture.failedFuture(new IOException("no space left on device"));
                    }
                    depth += batch.size();
                    return new CompletableFuture<Void>();
                });
    }

    private static MessageBatch batch() {
        MessageBatch batch = new MessageBatch();
        for (int i = 0; i < SIZE; i++) {
            batch.add(i + 1L, 1, 0, 0, new byte[1], 0, 1);
        }
        return batch;
    }

    @Test
    @Tag("B-17")
    void aRefusedPartFailsAtOnceAndNothingMoreIsGiven() {
        MessageQueue queue = new MessageQueue("TOPIC(t)", 10, soonFull());
        assertTrue(queue.put(batch(), 0).isCompletedExceptionally());
        assertEquals(2, appended.size());
    }

    @Test
    @Tag("X-3")
    void whatWasPromisedAndRefusedStaysInMemory() {
        MessageQueue queue = new MessageQueue("CHANNEL(c)", 10, soonFull());
        assertFalse(queue.putPromised(batch(), 0));
        assertEquals(SIZE, queue.depth());
    }
}
