package io.nsqd.core.fsck;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** The bar on the terminal. */
final class ProgressTest {
    private final StringWriter terminal = new StringWriter();
    private long nanos;
    private final Progress progress = new Progress(new PrintWriter(terminal), () -> nanos);

    @Test
    void theBarIsShownNowAndThenAndTakenAway() {
        progress.begin("checking", 2000);
        progress.advance(500);
        assertEquals("", terminal.toString());
        nanos += TimeUnit.MILLISECONDS.toNanos(100);
        progress.advance(500);
        assertTrue(
                terminal.toString().matches("\\r\\S+checking \\[#{15}\\.{15}]  50% of 2,000 bytes"),
                terminal.toString());
        progress.clear();
        assertTrue(terminal.toString().endsWith("bytes\r\033[K"), terminal.toString());
    }

    @Test
    void whatIsDoneAtOnceShowsNothing() {
        progress.begin("checking", 10);
        progress.advance(10);
        progress.clear();
        assertEquals("", terminal.toString());
    }
}
