package io.nsqd.tcp;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

/**
 * How often a connection writes to its socket. A system call costs more than all else that a small message needs, so whoever
 * answers many commands, or sends many messages, does it in one.
 */
final class FlushTest {
    private static final int OK_BYTES = 8 + "OK".length();
    private static final int COMMANDS = 1000;

    /** The ready count, the greatest that the session's limits allow. */
    private static final int READY = 20;

    private static final int BODY_BYTES = 100;
    private static final int MESSAGE_BYTES = FrameEncoder.MESSAGE_OVERHEAD + BODY_BYTES;

    private static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }

    /** Bodies are of zeros, and so is the greater part of their sizes. */
    private static String pub() {
        return "PUB t\n\0\0\0" + (char) BODY_BYTES + "\0".repeat(BODY_BYTES);
    }

    @Test
    void commandsOfOneReadAreAnsweredInOneWrite() {
        try (FuzzSession session = new FuzzSession(false, false)) {
            session.read(ascii("  V2"));
            session.takeFlushes();
            session.read(ascii(pub().repeat(COMMANDS)));
            assertEquals(COMMANDS * OK_BYTES, session.sent().length);
            assertEquals(1, session.takeFlushes());
        }
    }

    @Test
    void eachReadIsAnsweredAtOnce() {
        try (FuzzSession session = new FuzzSession(false, false)) {
            session.read(ascii("  V2"));
            session.takeFlushes();
            for (int i = 1; i <= COMMANDS; i++) {
                session.read(ascii(pub()));
                assertEquals(i * OK_BYTES, session.sent().length);
            }
            assertEquals(COMMANDS, session.takeFlushes());
        }
    }

    @Test
    void messagesThatWaitAreSentInOneWrite() {
        try (FuzzSession session = new FuzzSession(false, false)) {
            session.read(ascii("  V2SUB t c\n" + pub().repeat(READY)));
            int answered = session.sent().length;
            assertEquals((1 + READY) * OK_BYTES, answered);
            session.takeFlushes();
            session.read(ascii("RDY " + READY + "\n"));
            assertEquals(READY * MESSAGE_BYTES, session.sent().length - answered);
            assertEquals(1, session.takeFlushes());
        }
    }

    @Test
    void whatIsFinishedInOneReadIsReplacedInOneWrite() {
        try (FuzzSession session = new FuzzSession(false, false)) {
            session.read(ascii("  V2SUB t c\n" + pub().repeat(2 * READY) + "RDY " + READY + "\n"));
            session.takeFlushes();
            int before = session.sent().length;
            // This broker numbers what it hands over, and settles odd numbers.
            StringBuilder fins = new StringBuilder();
            for (int id = 1; id < READY; id += 2) {
                fins.append(String.format("FIN %016x\n", id));
            }
            session.read(ascii(fins.toString()));
            assertEquals(READY / 2 * MESSAGE_BYTES, session.sent().length - before);
            assertEquals(1, session.takeFlushes());
        }
    }
}
