package io.nsqd.launcher;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class BundleDirectoryTest {
    @Test
    @Tag("B-33")
    void librariesComeBeforeTheCoreAndTransportsAfterIt(@TempDir Path directory) throws IOException {
        List<String> ordered = List.of(
                "jackson-core.jar",
                "jna-jpms.jar",
                "netty-common.jar",
                "nsqd-api.jar",
                "nsqd-net.jar",
                "nsqd-core.jar",
                "nsqd-lookup.jar",
                "nsqd-statsd.jar",
                "nsqd-http.jar",
                "nsqd-tcp.jar",
                "aardvark.jar");
        for (String name : ordered) {
            Files.createFile(directory.resolve(name));
        }
        Files.createFile(directory.resolve("README.md"));
        assertEquals(
                ordered,
                BundleDirectory.list(directory).stream()
                        .map(jar -> jar.getFileName().toString())
                        .toList());
    }
}
