package io.nsqd.core;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.nsqd.api.MessageBatch;
import io.nsqd.spi.BackendQueue;
import io.nsqd.stats.Troubles;
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
        MessageQueue queue = new MessageQueue(
                "TOPIC(t)", 10, soonFull(), new MemoryBudget(Long.MAX_VALUE), new Troubles(), null, new Object());
        assertTrue(queue.put(batch(), 0).isCompletedExceptionally());
        assertEquals(2, appended.size());
    }

    @Test
    @Tag("X-3")
    void whatWasPromisedAndRefusedStaysInMemory() {
        MessageQueue queue = new MessageQueue(
                "CHANNEL(c)", 10, soonFull(), new MemoryBudget(Long.MAX_VALUE), new Troubles(), null, new Object());
        assertFalse(queue.putPromised(batch(), 0));
        assertEquals(SIZE, queue.depth());
    }

    /** Takes so many messages, and fails with the next. */
    private static final class Collector extends MessageReceiver {
        final List<Long> ids = new ArrayList<>();
        int patience;

        @Override
        boolean accept(
                long id,
                long timestampNanos,
                int attempts,
                long delayNanos,
                long position,
                byte[] block,
                int offset,
                int length) {
            if (patience-- == 0) {
                throw new StackOverflowError("injected");
            }
            ids.add(id);
            return false;
        }

        void take(MessageQueue queue, int messages) {
            patience = messages;
            limit(100, Long.MAX_VALUE);
            try {
                queue.take(this);
            } finally {
                queue.forgetTaken();
            }
        }
    }

    @Test
    void aMessageLeavesWhenTheReceiverHasItAndNotBefore() {
        BackendQueue backend = new ScriptedStorage().queue("t");
        MessageQueue queue = new MessageQueue(
                "TOPIC(t)", 4, backend, new MemoryBudget(Long.MAX_VALUE), new Troubles(), null, new Object());
        MessageBatch batch = new MessageBatch();
        for (int i = 1; i <= 10; i++) {
            batch.add(i, 1, 0, 0, new byte[1], 0, 1);
        }
        for (int messages : new int[] {1, 2, 3, 7}) {
            Collector collector = new Collector();
            assertTrue(queue.put(batch, 0).isDone());
            while (collector.ids.size() + messages < 10) {
                assertThrows(StackOverflowError.class, () -> collector.take(queue, messages));
                assertEquals(10 - collector.ids.size(), queue.depth());
            }
            collector.take(queue, 100);
            assertEquals(
                    List.of(1L, 2L, 3L, 4L, 5L, 6L, 7L, 8L, 9L, 10L),
                    collector.ids.stream().sorted().toList(),
                    messages + " at once");
            assertEquals(0, queue.depth());
            assertTrue(queue.isEmpty());
        }
    }

    /** An fsync that failed meanwhile is not made good by a part that was stored after it. */
    @Test
    void aLaterSuccessDoesNotHideAnEarlierFailure() {
        CompletableFuture<Void> first = new CompletableFuture<>();
        BackendQueue real = new ScriptedStorage().queue("t");
        BackendQueue backend = (BackendQueue) Proxy.newProxyInstance(
                BackendQueue.class.getClassLoader(),
                new Class<?>[] {BackendQueue.class},
                (proxy, method, arguments) -> {
                    if (method.getName().equals("append") && real.depth() == 0) {
                        method.invoke(real, arguments);
                        return first;
                    }
                    if (method.getName().equals("append")) {
                        first.completeExceptionally(new IOException("fsync failed"));
                    }
                    return method.invoke(real, arguments);
                });
        MessageQueue queue = new MessageQueue(
                "TOPIC(t)", 1, backend, new MemoryBudget(Long.MAX_VALUE), new Troubles(), null, new Object());
        assertTrue(queue.put(batch(), 0).isCompletedExceptionally());
    }
}
