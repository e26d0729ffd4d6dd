package io.nsqd.core;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The table and the list of what is in flight. */
final class InFlightQueueTest {
    private static final byte[] NO_BODY = {};
    private static final long FIRST_TICK = 1_700_000_000_000L;

    /** As the topic makes them: the tick, the node, and a number that begins from 0 in each tick. */
    private static long[] ids(int count, int idsOfATick, int ticksApart, int node) {
        long[] ids = new long[count];
        for (int i = 0; i < count; i++) {
            ids[i] = FIRST_TICK + (long) (i / idsOfATick) * ticksApart << 22 | (long) node << 12 | i % idsOfATick;
        }
        return ids;
    }

    private static BrokerMessage message(long id, long deadline) {
        BrokerMessage message = new BrokerMessage(id, 0, 1, NO_BODY, 0, 0);
        message.deadline = deadline;
        return message;
    }

    /**
     * No search walks far, whatever the rate of the topic: how many entries lie side by side in a table that is nearly as full as it
     * may be.
     */
    @ParameterizedTest
    @CsvSource({
        "1, 1, 0",
        "1, 1000, 0",
        "2, 1, 0",
        "10, 1, 0",
        "10, 7, 513",
        "31, 1, 0",
        "100, 1, 0",
        "100, 1, 1023",
        "500, 1, 0",
        "1000, 1, 0",
        "1000, 3, 1",
        "2500, 1, 0"
    })
    void idsOfAllTicksAreScattered(int idsOfATick, int ticksApart, int node) {
        int capacity = 8192;
        boolean[] taken = new boolean[capacity];
        for (long id : ids(4000, idsOfATick, ticksApart, node)) {
            int slot = InFlightQueue.slot(id, capacity - 1);
            while (taken[slot]) {
                slot = slot + 1 & capacity - 1;
            }
            taken[slot] = true;
        }
        int longest = 0;
        int run = 0;
        for (int i = 0; i < 2 * capacity; i++) {
            run = taken[i & capacity - 1] ? run + 1 : 0;
            longest = Math.max(longest, run);
        }
        assertTrue(longest <= 32, longest + " entries side by side");
    }

    @Test
    void whatIsInFlightIsFoundAndListedByDeadline() {
        InFlightQueue queue = new InFlightQueue();
        long[] ids = ids(3000, 100, 1, 0);
        List<BrokerMessage> messages = new ArrayList<>();
        for (int i = 0; i < ids.length; i++) {
            BrokerMessage message = message(ids[i], i);
            messages.add(message);
            assertTrue(queue.add(message));
        }
        assertEquals(ids.length, queue.size());
        for (int i = 0; i < ids.length; i += 2) {
            assertSame(messages.get(i), queue.remove(ids[i]));
            assertNull(queue.remove(ids[i]));
        }
        for (int i = 0; i < ids.length; i++) {
            assertEquals(i % 2 == 1, queue.contains(ids[i]));
        }
        BrokerMessage touched = queue.get(ids[1]);
        touched.deadline = ids.length;
        queue.deadlineChanged(touched);
        long before = -1;
        int listed = 0;
        for (BrokerMessage message = queue.first(); message != null; message = message.next) {
            assertTrue(message.deadline > before);
            before = message.deadline;
            listed++;
        }
        assertEquals(ids.length / 2, listed);
        assertEquals(ids.length, before, "what was touched is the last");
        queue.clear();
        assertEquals(0, queue.size());
        assertNull(queue.first());
        assertFalse(queue.contains(ids[1]));
    }
}
