package io.nsqd.launcher;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** An error that ends a start says what was tried, on what, and why it failed. */
@Tag("O-29")
class ErrorWordsIT {
    @TempDir
    Path directory;

    @BeforeEach
    void makeTrouble() throws IOException {
        Files.createFile(directory.resolve("file"));
        Files.createDirectories(directory.resolve("data"));
        Files.createDirectories(directory.resolve("topsy/nsqd.dat/turvy"));
        Files.createSymbolicLink(directory.resolve("loop"), directory.resolve("loop"));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "--data-path=DIR/file | lock data-path: open DIR/file: not a directory",
                "--data-path=DIR/loop | lock data-path: open DIR/loop: .+",
                "--data-path=DIR/topsy | read metadata from DIR/topsy/nsqd.dat - open DIR/topsy/nsqd.dat: is a directory",
                "--config=DIR/none | load config file DIR/none - open DIR/none: no such file or directory",
                "--config=DIR/data | load config file DIR/data - read DIR/data: is a directory",
                "--config=DIR/loop | load config file DIR/loop - open DIR/loop: too many levels of symbolic links.*",
                "--config=DIR/file/x | load config file DIR/file/x - open DIR/file/x: not a directory",
                "--bundle-cache=DIR/none | create the bundle cache - mkdir DIR/none/\\S+: no such file or directory .*",
                "--bundle-cache=DIR/file | create the bundle cache - mkdir DIR/file/\\S+: not a directory .*",
                "--tls-cert=DIR/none --tls-key=DIR/none | build TLS config - open DIR/none: no such file or directory",
                "--tls-cert=DIR/data --tls-key=DIR/data | build TLS config - .+ DIR/data: is a directory",
                "--http-address=DIR/none/socket | bind: no such file or directory"
            })
    void theEndOfAStart(String flags, String words) throws Exception {
        String[] given = Arrays.stream(flags.split(" "))
                .map(flag -> flag.replace("DIR", directory.toString()))
                .toArray(String[]::new);
        try (Daemon daemon = Daemon.of(directory.resolve("data")).flags(given).launch()) {
            assertEquals(1, daemon.awaitExit(), daemon.log()::toString);
            daemon.awaitLog(" FATAL: .*" + words.replace("DIR", directory.toString()) + "$");
            assertTrue(daemon.log().stream().noneMatch(line -> line.contains("Exception")), daemon.log()::toString);
        }
    }

    @Test
    @Tag("O-51")
    void aJarThatIsNone() throws Exception {
        DistributionCopy distribution = new DistributionCopy(directory.resolve("home"));
        Files.createSymbolicLink(distribution.plugin("gone.jar"), directory.resolve("none"));
        Files.writeString(distribution.plugin("junk.jar"), "junk");
        try (Daemon daemon =
                Daemon.of(directory.resolve("data")).home(distribution.home()).start()) {
            daemon.awaitLog(" ERROR: PLUGIN\\(junk\\.jar\\): cannot be installed - .+");
            assertEquals("200 OK", PluginUser.http(daemon, "/ping", ""));
            assertEquals(0, daemon.stop());
        }
    }
}
