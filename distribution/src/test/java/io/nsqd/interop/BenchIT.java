package io.nsqd.interop;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.nsqd.bench.BenchScript;
import io.nsqd.launcher.Daemon;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * {@code bin/nsqd-bench} with ours and Go's daemon side by side; the table is printed and kept ({@code target/bench.txt}). It is too
 * short a run for figures that could be relied on, so none is asserted.
 */
@Tag("interop")
class BenchIT {
    private static final Path TABLE = Path.of("target", "bench.txt");

    @TempDir
    Path directory;

    @Test
    void oursAndGosSideBySide() throws Exception {
        Path ours = Files.createDirectory(directory.resolve("ours"));
        Path go = Files.createDirectory(directory.resolve("go"));
        try (Daemon our = Daemon.of(ours).start();
                Daemon their = GoTools.nsqd(go).start()) {
            compare("127.0.0.1:" + our.httpPort(), "127.0.0.1:" + their.httpPort(), our, their);
            Files.writeString(TABLE, compare("127.0.0.1:" + our.tcpPort(), "127.0.0.1:" + their.tcpPort(), our, their));
            assertEquals(
                    0,
                    new HttpApi(our.httpPort())
                            .get("/stats?format=json")
                            .get("topics")
                            .size());
            assertEquals(
                    0,
                    new HttpApi(their.httpPort())
                            .get("/stats?format=json")
                            .get("topics")
                            .size());
            assertEquals(0, their.stop());
        }
    }

    private String compare(String one, String other, Daemon our, Daemon their) throws Exception {
        boolean http = one.endsWith(":" + our.httpPort());
        BenchScript.Outcome outcome = http
                ? BenchScript.run(directory, "--http", "--rounds=3", "--messages=20000", one, other)
                : BenchScript.run(
                        directory,
                        "--rounds=3",
                        "--messages=50000",
                        "--http-address=127.0.0.1:" + our.httpPort(),
                        "--http-address=127.0.0.1:" + their.httpPort(),
                        one,
                        other);
        assertEquals("", outcome.errors());
        assertEquals(0, outcome.exitCode());
        assertTrue(outcome.output().contains("A/B"), outcome.output());
        System.out.println(outcome.output());
        return outcome.output();
    }
}
