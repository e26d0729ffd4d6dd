package io.nsqd.interop;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The verdicts that our reader of JSON is held against in nsqd-api are Go's own. */
@Tag("interop")
@Tag("P-31")
class JsonIT {
    private static final Path VERDICTS =
            Path.of("../nsqd-api/src/test/resources/io/nsqd/json/go-json.txt").toAbsolutePath();

    @TempDir
    Path directory;

    @Test
    void theVerdictsAreGos() throws IOException, InterruptedException {
        Path verdicts = directory.resolve("verdicts");
        Process program = new ProcessBuilder(GoTools.jsonVerdicts().toString())
                .redirectInput(VERDICTS.toFile())
                .redirectOutput(verdicts.toFile())
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        assertEquals(0, program.waitFor());
        assertEquals(Files.readString(VERDICTS), Files.readString(verdicts));
    }
}
