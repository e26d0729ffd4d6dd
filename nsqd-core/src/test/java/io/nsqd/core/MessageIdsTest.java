package io.nsqd.core;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.nsqd.api.MessageId;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** The layout of ids, and what happens when their numbers run out (B-40, B-41, X-7). */
final class MessageIdsTest {
    private static final long TICK = 1 << 20;

    @Test
    @Tag("B-40")
    void anIdIsMadeOfTimeNodeAndSequence() {
        MessageIds ids = new MessageIds(7);
        long epochNanos = 1_795_360_167_099_118_175L;
        ids.at(epochNanos);
        long id = ids.next();
        assertEquals((epochNanos >> 20) - 1_288_834_974_288L, id >> 22);
        assertEquals(7, id >> 12 & 0x3ff);
        assertEquals(0, id & 0xfff);
        assertEquals(1, ids.next() & 0xfff);
        // The same node and nearly the same time as in a data directory of the Go daemon.
        assertEquals("18a476fc9b", MessageId.toString(id).substring(0, 10));
    }

    @Test
    @Tag("B-40")
    void aNewTickBeginsWithSequence0() {
        MessageIds ids = new MessageIds(0);
        ids.at(2_000_000_000L * TICK);
        ids.next();
        ids.next();
        ids.at(2_000_000_001L * TICK);
        assertEquals(0, ids.next() & 0xfff);
    }

    @Test
    @Tag("B-41")
    @Tag("X-7")
    void theNextTickIsBorrowedWhenTheSequenceRunsOut() {
        MessageIds ids = new MessageIds(1023);
        ids.at(2_000_000_000L * TICK);
        long last = Long.MIN_VALUE;
        for (int i = 0; i < 10_000; i++) {
            long id = ids.next();
            assertTrue(id > last);
            assertEquals(1023, id >> 12 & 0x3ff);
            last = id;
        }
        ids.at(1_000_000_000L * TICK);
        assertTrue(ids.next() > last, "also with the clock set back");
    }

    @Test
    @Tag("B-40")
    void idsAreAboveWhatAnEarlierRunGaveOut() {
        MessageIds before = new MessageIds(3);
        before.at(2_000_000_000_000L * TICK);
        before.next();
        long highest = before.next();
        for (long now : new long[] {1_999_999_999_999L, 2_000_000_000_000L}) {
            MessageIds ids = new MessageIds(0);
            ids.above(highest);
            ids.at(now * TICK);
            assertTrue(ids.next() > highest, "with the clock at tick " + now);
        }
        MessageIds later = new MessageIds(3);
        later.above(highest);
        later.at(2_000_000_000_007L * TICK);
        assertEquals((2_000_000_000_007L - 1_288_834_974_288L) << 22 | 3 << 12, later.next(), "the clock is beyond it");
        MessageIds fresh = new MessageIds(3);
        fresh.above(0);
        fresh.at(2_000_000_000_000L * TICK);
        assertEquals(highest - 1, fresh.next(), "nothing was given out");
    }
}
