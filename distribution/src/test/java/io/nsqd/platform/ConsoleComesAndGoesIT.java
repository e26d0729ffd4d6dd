package io.nsqd.platform;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The console is installed, updated under open pages, and removed. */
class ConsoleComesAndGoesIT extends ComesAndGoes {
    private static final String CONSOLE = "/console/";

    @TempDir
    Path directory;

    ConsoleComesAndGoesIT() {
        super("console");
    }

    @Override
    boolean serves(Platform platform) throws IOException {
        return status(platform, CONSOLE + "index.html") == 200;
    }

    @Override
    void use(Platform platform, Update update) throws Exception {
        for (String path :
                List.of("index.html", "api/node", "api/history", "api/cluster", "api/bundles", "api/audit")) {
            assertEquals(200, status(platform, CONSOLE + path), path);
        }
        try (BufferedReader page = events(platform, CONSOLE + "api/events")) {
            assertEquals("retry: 1000", page.readLine());
            update.run();
            // An open page is let go, and comes again.
            page.lines().forEach(line -> {});
        }
    }

    @Test
    void nothingOfItIsLeft() throws Exception {
        assertLeavesNothing(directory);
    }
}
