package io.nsqd.interop;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.nsqd.http.OddRequests;
import io.nsqd.http.OddRequests.OddRequest;
import io.nsqd.launcher.Daemon;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The table of odd requests beside the real daemon: its column is what that one says. */
@Tag("interop")
@Tag("H-1")
@Tag("H-12")
class OddHttpIT {
    @TempDir
    private Path data;

    @Test
    void goAnswersAsTheTableSays() throws Exception {
        List<String> differences = new ArrayList<>();
        try (Daemon daemon = GoTools.nsqd(data).start()) {
            for (OddRequest odd : OddRequests.all()) {
                String answer = OddRequests.ask(daemon.httpPort(), odd.bytes());
                if (!answer.equals(odd.go())) {
                    differences.add(odd.name() + ": " + answer + " instead of " + odd.go());
                }
            }
            assertEquals(0, daemon.stop());
        }
        assertEquals(List.of(), differences);
    }
}
