package io.nsqd.interop;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.nsqd.launcher.Daemon;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The command line tools of NSQ. */
@Tag("interop")
class ToolsIT {
    private static final List<String> LINES =
            IntStream.range(0, 20_000).mapToObj(i -> "line " + i + " – ünï").toList();

    @TempDir
    Path directory;

    private Daemon daemon;
    private String address;

    @BeforeEach
    void start() throws IOException {
        daemon = Daemon.of(Files.createDirectories(directory.resolve("data"))).start();
        address = "--nsqd-tcp-address=127.0.0.1:" + daemon.tcpPort();
    }

    @AfterEach
    void stop() throws InterruptedException {
        try (Daemon stopping = daemon) {
            assertEquals(0, stopping.stop());
        }
    }

    private void pipe() throws Exception {
        try (Program toNsq = Program.start("to_nsq", address, "--topic=lines")) {
            toNsq.type(String.join("\n", LINES));
            toNsq.endInput();
            toNsq.awaitExit();
        }
    }

    @Test
    void everyLineOfToNsqComesOutOfNsqTail() throws Exception {
        HttpApi.of(daemon).createChannel("lines", "tail");
        pipe();
        try (Program tail =
                Program.start("nsq_tail", address, "--topic=lines", "--channel=tail", "-n=" + LINES.size())) {
            tail.awaitExit();
            assertEquals(
                    LINES.stream().sorted().toList(),
                    tail.output().stream().sorted().toList());
        }
    }

    @Test
    void nsqTailOfAnEphemeralChannelLeavesNothingBehind() throws Exception {
        HttpApi api = HttpApi.of(daemon);
        // Without a name it takes a channel like tail123456#ephemeral.
        try (Program tail = Program.start("nsq_tail", address, "--topic=lines", "-n=3")) {
            tail.awaitUntil(running -> channels(api) == 1);
            api.post("/mpub?topic=lines", "a\nb\nc");
            tail.awaitExit();
            assertEquals(List.of("a", "b", "c"), tail.output().stream().sorted().toList());
            tail.awaitUntil(ended -> channels(api) == 0);
        }
    }

    private static int channels(HttpApi api) {
        try {
            return api.topic("lines").path("channels").size();
        } catch (IOException | InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void everyLineOfToNsqIsInTheFileOfNsqToFile() throws Exception {
        Path out = Files.createDirectories(directory.resolve("out"));
        HttpApi api = HttpApi.of(daemon);
        api.createChannel("lines", "file");
        pipe();
        try (Program toFile = Program.start(
                "nsq_to_file",
                address,
                "--topic=lines",
                "--channel=file",
                "--output-dir=" + out,
                "--max-in-flight=1000",
                "--sync-interval=100ms")) {
            api.awaitEmpty("lines", "file");
            toFile.stop();
        }
        assertEquals(
                LINES.stream().sorted().toList(), linesOf(out).stream().sorted().toList());
    }

    /** More than one file, if the hour changed in the meantime. */
    private static List<String> linesOf(Path directory) throws IOException {
        List<String> lines = new ArrayList<>();
        try (Stream<Path> files = Files.list(directory)) {
            for (Path file : files.toList()) {
                assertTrue(file.getFileName().toString().startsWith("lines."), file::toString);
                lines.addAll(Files.readAllLines(file));
            }
        }
        return lines;
    }
}
