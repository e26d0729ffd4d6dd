package io.nsqd.tcp;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Times that are too long to wait for: the loop's tick is told that they have passed. */
final class DeadlineTest {
    private static final byte[] MAGIC = "  V2".getBytes(StandardCharsets.US_ASCII);

    /** A heartbeat: its size, its type, its text. */
    private static final int HEARTBEAT_BYTES = 8 + "_heartbeat_".length();

    @Test
    @Tag("P-1")
    void theMagicIsWaitedForWithoutADeadline() {
        try (FuzzSession session = new FuzzSession(false, false)) {
            session.tickIn(135_000);
            session.read(new byte[] {' ', ' '});
            session.tickIn(3_600_000);
            assertTrue(session.isOpen());
            assertEquals(0, session.sent().length);
        }
    }

    @Test
    @Tag("P-45")
    void withoutIdentifyAHeartbeatComesAfter30Seconds() {
        try (FuzzSession session = new FuzzSession(false, false)) {
            session.read(MAGIC);
            session.tickIn(29_000);
            assertEquals(0, session.sent().length);
            session.tickIn(30_100);
            assertEquals(HEARTBEAT_BYTES, session.sent().length);
            session.tickIn(59_000);
            assertEquals(HEARTBEAT_BYTES, session.sent().length);
            assertTrue(session.isOpen());
        }
    }

    @Test
    @Tag("P-46")
    void withoutIdentifyASilentClientIsClosedAfter60Seconds() {
        try (FuzzSession session = new FuzzSession(false, false)) {
            session.read(MAGIC);
            session.tickIn(59_500);
            assertTrue(session.isOpen());
            session.tickIn(61_000);
            assertFalse(session.isOpen());
        }
    }
}
