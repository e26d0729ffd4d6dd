package io.nsqd.net;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.netty.util.concurrent.DefaultEventExecutor;
import io.netty.util.concurrent.EventExecutor;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Who may go on receiving when memory for what is unfinished is short. */
final class InputBudgetTest {
    private static final long MEGABYTE = 1 << 20;

    private final EventExecutor loop = new DefaultEventExecutor();
    private final InputBudget budget = new InputBudget(10 * MEGABYTE, TimeUnit.HOURS.toNanos(1));

    @AfterEach
    void stop() {
        loop.shutdownGracefully(0, 1, TimeUnit.SECONDS).syncUninterruptibly();
    }

    private static final class Connection {
        final AtomicInteger goneOn = new AtomicInteger();
        final AtomicInteger givenUp = new AtomicInteger();
        final InputBudget.Claim claim;

        Connection(InputBudget budget, EventExecutor loop) {
            claim = budget.claim(loop, goneOn::incrementAndGet, givenUp::incrementAndGet);
        }

        boolean takes(long bytes) {
            return claim.takes(bytes);
        }

        boolean mayTake(long bytes) {
            return claim.mayTake(bytes);
        }
    }

    private Connection connection() {
        return new Connection(budget, loop);
    }

    private void settle() {
        loop.submit(() -> {}).syncUninterruptibly();
    }

    @Test
    void aLittleIsFreeForEverybody() {
        for (int i = 0; i < 1_000; i++) {
            assertTrue(connection().takes(InputBudget.FREE_BYTES));
        }
        assertEquals(0, budget.used());
    }

    @Test
    void theFirstMayAlwaysGoOnAndOthersWaitForIt() {
        Connection first = connection();
        Connection second = connection();
        assertTrue(first.takes(MEGABYTE));
        assertTrue(second.takes(6 * MEGABYTE));
        assertTrue(first.takes(8 * MEGABYTE), "more than there is, but somebody must be able to finish");
        assertFalse(second.takes(7 * MEGABYTE));
        assertTrue(first.takes(20 * MEGABYTE));
        settle();
        assertEquals(0, second.goneOn.get());
        assertTrue(first.takes(0));
        settle();
        assertEquals(1, second.goneOn.get());
        assertTrue(second.takes(8 * MEGABYTE));
        assertTrue(second.takes(0));
        assertEquals(0, budget.used());
    }

    /** Fifty bodies of five megabytes, a megabyte at a time, by whoever may go on. */
    @Test
    void allOfThemFinishInTheEnd() {
        Map<Connection, Long> unfinished = new LinkedHashMap<>();
        Set<Connection> ready = new HashSet<>();
        for (int i = 0; i < 50; i++) {
            Connection connection = connection();
            unfinished.put(connection, 0L);
            ready.add(connection);
        }
        long most = 0;
        while (!unfinished.isEmpty()) {
            for (Connection connection : List.copyOf(unfinished.keySet())) {
                if (connection.goneOn.getAndSet(0) > 0) {
                    ready.add(connection);
                }
                if (!ready.contains(connection)) {
                    continue;
                }
                long bytes = unfinished.merge(connection, MEGABYTE, Long::sum);
                boolean complete = bytes == 5 * MEGABYTE;
                if (!connection.takes(complete ? 0 : bytes)) {
                    ready.remove(connection);
                }
                if (complete) {
                    unfinished.remove(connection);
                }
                most = Math.max(most, budget.used());
            }
            settle();
            assertTrue(
                    unfinished.keySet().stream()
                                    .anyMatch(connection -> ready.contains(connection) || connection.goneOn.get() > 0)
                            || unfinished.isEmpty(),
                    unfinished.size() + " wait for ever");
        }
        assertEquals(0, budget.used());
        // Each has its first megabyte before it is told to wait; all of five would be 250.
        assertTrue(most <= 80 * MEGABYTE, most + " bytes at the same time");
    }

    /** Fifty again, in arrays that double: none is made for which there is no room, but for the first connection's. */
    @Test
    void whatIsAskedForFirstNeverExceedsWhatThereIs() {
        List<Connection> unfinished = new ArrayList<>();
        for (int i = 0; i < 50; i++) {
            unfinished.add(connection());
        }
        Map<Connection, Long> held = new LinkedHashMap<>();
        Set<Connection> ready = new HashSet<>(unfinished);
        while (!unfinished.isEmpty()) {
            for (Connection connection : List.copyOf(unfinished)) {
                if (connection.goneOn.getAndSet(0) > 0) {
                    ready.add(connection);
                }
                if (!ready.contains(connection)) {
                    continue;
                }
                long now = held.getOrDefault(connection, MEGABYTE / 2);
                if (!connection.mayTake(now + 2 * now)) {
                    ready.remove(connection);
                    continue;
                }
                assertTrue(budget.used() <= 10 * MEGABYTE + 12 * MEGABYTE, () -> budget.used() + " bytes");
                held.put(connection, 2 * now);
                if (2 * now == 8 * MEGABYTE) {
                    connection.takes(0);
                    unfinished.remove(connection);
                } else if (!connection.takes(2 * now)) {
                    ready.remove(connection);
                }
            }
            settle();
            assertTrue(
                    unfinished.isEmpty()
                            || unfinished.stream()
                                    .anyMatch(connection -> ready.contains(connection) || connection.goneOn.get() > 0),
                    () -> unfinished.size() + " wait for ever");
        }
        assertEquals(0, budget.used());
    }

    @Test
    void whatWasRefusedIsNotTakenAndWhoAskedForLessGoesFirst() {
        Connection first = connection();
        Connection big = connection();
        Connection small = connection();
        assertTrue(first.mayTake(9 * MEGABYTE));
        assertFalse(big.mayTake(8 * MEGABYTE));
        assertFalse(small.mayTake(2 * MEGABYTE));
        assertEquals(9 * MEGABYTE, budget.used());
        assertTrue(first.takes(7 * MEGABYTE));
        settle();
        assertEquals(0, big.goneOn.get());
        assertEquals(1, small.goneOn.get());
        assertTrue(small.mayTake(2 * MEGABYTE));
        first.takes(0);
        settle();
        assertEquals(1, big.goneOn.get());
        big.takes(0);
        small.takes(0);
        assertEquals(0, budget.used());
    }

    /** One that is refused and then closes was not counted, and is not waited for either. */
    @Test
    void whoClosesInsteadOfAskingAgainIsForgotten() {
        Connection first = connection();
        Connection second = connection();
        Connection third = connection();
        assertTrue(first.mayTake(9 * MEGABYTE));
        assertFalse(second.mayTake(5 * MEGABYTE));
        assertFalse(third.mayTake(5 * MEGABYTE));
        assertTrue(second.takes(0));
        first.takes(0);
        settle();
        assertEquals(0, second.goneOn.get());
        assertEquals(1, third.goneOn.get());
    }

    @Test
    void aConnectionThatClosesLetsOthersGoOn() {
        Connection first = connection();
        Connection second = connection();
        first.takes(9 * MEGABYTE);
        assertFalse(second.takes(2 * MEGABYTE));
        assertTrue(first.takes(0));
        settle();
        assertEquals(1, second.goneOn.get());
    }

    @Test
    void oneThatSendsNothingWhileOthersWaitIsGivenUp() {
        InputBudget impatient = new InputBudget(10 * MEGABYTE, TimeUnit.MILLISECONDS.toNanos(50));
        Connection slow = new Connection(impatient, loop);
        Connection other = new Connection(impatient, loop);
        slow.takes(9 * MEGABYTE);
        assertFalse(other.takes(2 * MEGABYTE));
        await().until(() -> slow.givenUp.get() > 0);
        assertEquals(0, other.givenUp.get());
        slow.takes(0);
        settle();
        assertEquals(1, other.goneOn.get());
        other.takes(0);
    }
}
