package io.nsqd.log;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.logging.Handler;
import java.util.logging.Level;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** The level from which on the platform's loggers write. */
final class PlatformLevelsTest {
    private static final String NAME = "io.nsqd.levels";

    @AfterEach
    void forget() {
        assertTrue(PlatformLevels.set(NAME, System.Logger.Level.INFO));
        for (Handler handler : java.util.logging.Logger.getLogger("").getHandlers()) {
            handler.setLevel(Level.INFO);
        }
    }

    @Test
    void linesOfALevelThatWasAskedForAreWritten() {
        System.Logger below = System.getLogger(NAME + ".Below");
        assertFalse(below.isLoggable(System.Logger.Level.DEBUG));
        assertTrue(PlatformLevels.set(NAME, System.Logger.Level.DEBUG));
        System.gc();
        assertTrue(below.isLoggable(System.Logger.Level.DEBUG));
        for (Handler handler : java.util.logging.Logger.getLogger("").getHandlers()) {
            assertEquals(Level.FINE, handler.getLevel());
        }
        assertTrue(PlatformLevels.set(NAME, System.Logger.Level.WARNING));
        assertFalse(below.isLoggable(System.Logger.Level.INFO));
        assertFalse(System.getLogger("com.example").isLoggable(System.Logger.Level.DEBUG), "others are left alone");
    }
}
