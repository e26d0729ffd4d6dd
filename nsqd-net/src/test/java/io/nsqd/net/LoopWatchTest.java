package io.nsqd.net;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.netty.util.concurrent.DefaultEventExecutorGroup;
import io.netty.util.concurrent.EventExecutor;
import io.nsqd.stats.Trouble;
import io.nsqd.stats.Troubles;
import java.lang.reflect.Proxy;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** A loop that stands still is found out while it does, and how long it did is told when it goes on. */
final class LoopWatchTest {
    private final DefaultEventExecutorGroup loops = new DefaultEventExecutorGroup(2);
    private final Troubles troubles = new Troubles();
    private final AtomicBoolean busy = new AtomicBoolean(true);

    /** Far more than a loop takes to answer here, so that a busy machine is no stall of the process. */
    private final LoopWatch watch =
            new LoopWatch(TimeUnit.MILLISECONDS.toNanos(20), TimeUnit.MILLISECONDS.toNanos(500));

    @AfterEach
    void stop() {
        watch.close();
        loops.shutdownGracefully(0, 1, TimeUnit.SECONDS).syncUninterruptibly();
    }

    @Test
    void aLoopThatStandsStillIsCountedOnce() {
        Runnable end = watch.watch(loops, busy::get, troubles);
        CountDownLatch letGo = new CountDownLatch(1);
        EventExecutor stuck = loops.next();
        stuck.execute(() -> {
            try {
                letGo.await();
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
        });
        await().until(() -> troubles.value(Trouble.LOOP_STALLS) > 0);
        assertEquals(0, troubles.value(Trouble.LOOP_STALL_TIME), "it is not over");
        letGo.countDown();
        await().until(() -> troubles.value(Trouble.LOOP_STALL_TIME) > 0);
        assertEquals(1, troubles.value(Trouble.LOOP_STALLS));
        assertTrue(troubles.value(Trouble.LOOP_STALL_TIME) >= TimeUnit.MILLISECONDS.toNanos(500));
        end.run();
    }

    @Test
    void loopsThatServeNobodyAreLeftInPeace() {
        AtomicInteger questions = new AtomicInteger();
        AtomicInteger tasks = new AtomicInteger();
        EventExecutor real = loops.next();
        EventExecutor idle = (EventExecutor) Proxy.newProxyInstance(
                EventExecutor.class.getClassLoader(),
                new Class<?>[] {EventExecutor.class},
                (proxy, method, arguments) -> {
                    if (method.getName().equals("execute")) {
                        tasks.incrementAndGet();
                    }
                    return method.invoke(real, arguments);
                });
        Runnable end = watch.watch(
                List.of(idle),
                () -> {
                    questions.incrementAndGet();
                    return busy.get();
                },
                troubles);
        busy.set(false);
        int before = tasks.get();
        int asked = questions.get();
        await().until(() -> questions.get() > asked + 10);
        assertTrue(tasks.get() <= before + 1, "asked though it serves nobody");
        busy.set(true);
        await().until(() -> tasks.get() > before + 1);
        end.run();
    }

    @Test
    void whatIsNotWatchedAnyMoreIsForgotten() {
        watch.watch(loops, busy::get, troubles).run();
        AtomicInteger questions = new AtomicInteger();
        Runnable end = watch.watch(
                loops,
                () -> {
                    questions.incrementAndGet();
                    return true;
                },
                troubles);
        await().until(() -> questions.get() > 0);
        end.run();
        watch.close();
        Runnable late = watch.watch(loops, busy::get, troubles);
        late.run();
        assertEquals(0, troubles.value(Trouble.LOOP_STALLS));
    }
}
