package io.nsqd.spi;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** One thing after another, and nobody waits who need not. */
@Timeout(60)
final class TurnsTest {
    private final Turns turns = new Turns();
    private final List<String> done = Collections.synchronizedList(new ArrayList<>());

    /** Runs something on another thread and waits for it, as who is called by a job may do. */
    private static void elsewhere(Runnable task) {
        FutureTask<Void> future = new FutureTask<>(task, null);
        new Thread(future, "elsewhere").start();
        try {
            future.get(20, TimeUnit.SECONDS);
        } catch (Exception e) {
            throw new AssertionError("has not come back", e);
        }
    }

    @Test
    void whatComesMeanwhileIsLeftToWhoIsAtIt() {
        Thread here = Thread.currentThread();
        turns.now(() -> {
            elsewhere(() -> turns.later(() -> done.add(
                    "left by another, done by " + Thread.currentThread().getName())));
            turns.later(() -> done.add("left by itself"));
            turns.now(() -> done.add("at once"));
            done.add("first");
        });
        assertEquals(List.of("at once", "first", "left by another, done by " + here.getName(), "left by itself"), done);
    }

    @Test
    void whoWaitsComesBackWhenHisIsDone() throws Exception {
        CountDownLatch begun = new CountDownLatch(1);
        CountDownLatch go = new CountDownLatch(1);
        Thread first = new Thread(() -> turns.later(() -> {
            begun.countDown();
            try {
                go.await();
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
            done.add("first");
        }));
        first.start();
        begun.await();
        FutureTask<Void> second = new FutureTask<>(() -> turns.now(() -> done.add("second")), null);
        Thread waiting = new Thread(second);
        waiting.start();
        await().until(() -> waiting.getState() == Thread.State.WAITING);
        assertFalse(second.isDone());
        go.countDown();
        second.get();
        assertEquals(List.of("first", "second"), done);
        first.join();
    }

    @Test
    void aFailureIsThrownAtWhoWaitsAndStopsNobody() {
        IOException failure = new IOException("no");
        turns.now(() -> {
            turns.later(() -> {
                throw new IllegalStateException("of nobody who waits");
            });
            turns.later(() -> done.add("after it"));
        });
        assertSame(
                failure,
                assertThrows(
                        IOException.class,
                        () -> turns.now(() -> {
                            throw failure;
                        })));
        turns.now(() -> done.add("goes on"));
        assertEquals(List.of("after it", "goes on"), done);
    }
}
