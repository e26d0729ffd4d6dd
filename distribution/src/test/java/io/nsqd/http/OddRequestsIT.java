package io.nsqd.http;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.nsqd.http.OddRequests.OddRequest;
import io.nsqd.launcher.Daemon;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What can be understood in one way is taken as by the Go daemon; what others may understand differently is refused. */
class OddRequestsIT {
    @TempDir
    private Path data;

    @Test
    @Tag("H-1")
    @Tag("H-10")
    @Tag("H-12")
    void eachIsAnsweredAsTheTableSays() throws Exception {
        List<String> differences = new ArrayList<>();
        List<OddRequest> all = OddRequests.all();
        assertEquals(219, all.size());
        try (Daemon daemon = Daemon.of(data).start()) {
            for (OddRequest odd : all) {
                String answer = OddRequests.ask(daemon.httpPort(), odd.bytes());
                if (!answer.equals(odd.ours())) {
                    differences.add(odd.name() + ": " + answer + " instead of " + odd.ours());
                }
                assertEquals(odd.ours().equals(odd.go()), odd.why().isEmpty(), odd.name());
            }
            assertEquals(List.of(), differences);
            assertEquals(0, daemon.stop());
        }
    }
}
