package io.nsqd.console;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** The page names all of its files, and those only. */
class PageVersionTest {
    private static final Path WEB = Path.of("src/main/resources/io/nsqd/console/web");

    @Test
    void eachFileOfThePageCounts() throws IOException {
        String page = Files.readString(WEB.resolve("index.html"));
        try (Stream<Path> files = Files.list(WEB)) {
            List<String> missing = files.map(file -> file.getFileName().toString())
                    .filter(name -> !name.equals("index.html") && !page.contains("\"" + name + "\""))
                    .toList();
            assertEquals(List.of(), missing, "not named in index.html");
        }
        // It is made of files that are there, those of the libraries included.
        assertTrue(PageVersion.CURRENT.matches("[0-9a-f]{16}"), PageVersion.CURRENT);
    }
}
