package io.nsqd.launcher;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.nsqd.api.LogLevel;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.MarkerFactory;

class LineLoggerTest {
    private static final String TIME = "1970/01/01 00:00:00.000000 ";

    private final ByteArrayOutputStream stream = new ByteArrayOutputStream();
    private final LogOutput output = new LogOutput(stream, Clock.fixed(Instant.EPOCH, ZoneOffset.UTC));
    private final Logger logger = new LineLogger("io.nsqd.core", output);

    private String written() {
        String text = stream.toString(StandardCharsets.UTF_8);
        stream.reset();
        return text;
    }

    @Test
    @Tag("O-50")
    void argumentsAreFilledIn() {
        logger.info("TOPIC({}): new channel({})", "t", "c");
        assertEquals("[nsqd] " + TIME + "INFO: TOPIC(t): new channel(c)\n", written());
    }

    @Test
    @Tag("O-51")
    void aLineIsWrittenFromTheSetLevelUpwards() {
        output.level(LogLevel.WARN);
        logger.debug("d");
        logger.info("i");
        logger.warn("w");
        logger.error("e");
        assertEquals("[nsqd] " + TIME + "WARNING: w\n[nsqd] " + TIME + "ERROR: e\n", written());
    }

    @Test
    @Tag("O-51")
    void theLevelChangesWhileRunning() {
        assertFalse(logger.isDebugEnabled());
        output.level(LogLevel.DEBUG);
        assertTrue(logger.isDebugEnabled());
        output.level(LogLevel.FATAL);
        assertFalse(logger.isErrorEnabled());
    }

    @Test
    @Tag("O-29")
    void aFatalLineIsWrittenAtEveryLevelAndWithTheDefaultPrefix() {
        output.text("other ");
        output.level(LogLevel.FATAL);
        output.fatal("x");
        assertEquals("[nsqd] " + TIME + "FATAL: x\n", written());
    }

    @Test
    @Tag("O-50")
    void theMessageOfAnExceptionFollowsUnlessItIsThereAlready() {
        logger.error("failed", new IOException("disk full"));
        logger.warn("failed: disk full", new IOException("disk full"));
        logger.error("failed", new IOException());
        logger.info("failed", new IOException("disk full"));
        assertEquals(
                "[nsqd] " + TIME + "ERROR: failed - disk full\n"
                        + "[nsqd] " + TIME + "WARNING: failed: disk full\n"
                        + "[nsqd] " + TIME + "ERROR: failed - java.io.IOException\n"
                        + "[nsqd] " + TIME + "INFO: failed\n",
                written());
    }

    @Test
    @Tag("O-50")
    void theStackTraceIsShownOnlyWhenDebugging() {
        logger.error("failed", new IOException("disk full"));
        assertFalse(written().contains("\tat "));
        output.level(LogLevel.DEBUG);
        logger.error("failed", new IOException("disk full"));
        assertTrue(written().contains("\tat " + LineLoggerTest.class.getName()));
    }

    @Test
    void theStackTraceOfWhatEndsTheProcessIsShownAtOnce() {
        logger.error(MarkerFactory.getMarker("FATAL"), "cannot go on", new IllegalStateException("oh"));
        String written = written();
        assertTrue(written.startsWith("[nsqd] " + TIME + "ERROR: cannot go on - oh\n"), written);
        assertTrue(written.contains("\tat " + LineLoggerTest.class.getName()), written);
    }

    @Test
    @Tag("O-51")
    void librariesDoNotDebugThemselvesInOurLog() {
        output.level(LogLevel.DEBUG);
        Logger netty = new LineLogger("io.netty.util.internal.PlatformDependent", output);
        assertFalse(netty.isDebugEnabled());
        netty.warn("w");
        assertEquals("[nsqd] " + TIME + "WARNING: w\n", written());
    }

    @Test
    @Tag("O-50")
    void slf4jFindsTheLogger() {
        assertInstanceOf(LineLogger.class, LoggerFactory.getLogger("x"));
    }
}
