package io.nsqd.core;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.nsqd.api.NsqdException;
import io.nsqd.api.Reason;
import java.io.IOException;
import org.junit.jupiter.api.Test;

/** The line about what ends the daemon says why, at whatever level the log is. */
class LastWordsTest {
    @Test
    void whatWasForeseenIsSaidInItsOwnWords() {
        IOException taken = new IOException("listen failed", new IOException("bind(..) failed with error(-98)"));
        assertEquals("listen failed", LastWords.of("listen failed", taken));
        assertEquals("no", LastWords.of("no", new NsqdException(Reason.BAD_OPTION, "bad")));
        assertEquals("no", LastWords.of("no", null));
    }

    @Test
    void whatNobodyForesawIsNamed() {
        assertEquals("loop failed - oh", LastWords.of("loop failed", new IllegalStateException("oh")));
        assertEquals(
                "loop failed - java.lang.NoClassDefFoundError: io/nsqd/X",
                LastWords.of("loop failed", new IOException("x", new NoClassDefFoundError("io/nsqd/X"))));
        assertEquals("loop failed: OH", LastWords.of("loop failed: OH", new IllegalStateException("oh")));
    }
}
