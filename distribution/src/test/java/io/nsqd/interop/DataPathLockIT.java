package io.nsqd.interop;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.nsqd.launcher.Daemon;
import java.nio.file.Path;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Two daemons want one data path. */
@Tag("interop")
@Tag("B-29")
@Tag("O-26")
class DataPathLockIT {
    @TempDir
    Path data;

    @Test
    void oursDoesNotStartWhereGoRuns() throws Exception {
        assertSecondIsRefused(GoTools.nsqd(data), Daemon.of(data));
    }

    @Test
    void goDoesNotStartWhereOursRuns() throws Exception {
        assertSecondIsRefused(Daemon.of(data), GoTools.nsqd(data));
    }

    private void assertSecondIsRefused(Daemon.Setup first, Daemon.Setup second) throws Exception {
        try (Daemon holder = first.start();
                Daemon refused = second.launch()) {
            assertEquals(1, refused.awaitExit());
            refused.awaitLog(" FATAL: failed to instantiate nsqd - failed to lock data-path: cannot flock directory "
                    + Pattern.quote(data.toString())
                    + " - resource temporarily unavailable \\(possibly in use by another instance of nsqd\\)$");
            assertEquals(0, holder.stop());
        }
        try (Daemon next = second.start()) {
            assertEquals(0, next.stop());
        }
    }
}
