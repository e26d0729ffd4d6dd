package io.nsqd.tcp;

import static org.junit.jupiter.api.Assertions.assertTrue;

import io.nsqd.launcher.Daemon;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What publishers hear when their messages cannot be stored. */
class PutFailureIT {
    @Test
    @Tag("P-65")
    @Tag("P-66")
    @Tag("P-67")
    void aPublishThatCannotBeStoredIsRefused(@TempDir Path directory) throws Exception {
        Path data = Files.createDirectory(directory.resolve("data"));
        try (Daemon daemon = Daemon.of(data).flags("--mem-queue-size=0").start()) {
            try (Stream<Path> files = Files.list(data)) {
                for (Path file : files.toList()) {
                    Files.delete(file);
                }
            }
            Files.delete(data);
            List<String> commands = List.of(
                    V2Client.command("PUB t", "x"),
                    V2Client.command("MPUB t", V2Client.batch("x")),
                    V2Client.command("DPUB t 0", "x"));
            for (String command : commands) {
                String name = command.substring(0, command.indexOf(' '));
                try (V2Client client = V2Client.connect(daemon.tcpPort())) {
                    Frame answer = client.send(V2Client.MAGIC + command).frame();
                    String start = "E_" + name + "_FAILED " + name + " failed ";
                    assertTrue(answer.type() == Frame.ERROR && answer.data().startsWith(start), answer::toString);
                    assertTrue(answer.data().length() > start.length(), answer::toString);
                    client.closes();
                }
            }
            daemon.stop();
        }
    }
}
