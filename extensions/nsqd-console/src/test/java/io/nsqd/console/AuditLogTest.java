package io.nsqd.console;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Clock;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class AuditLogTest {
    @TempDir
    Path directory;

    private AuditLog log() {
        return new AuditLog(directory, Clock.systemUTC());
    }

    @Test
    void theNewestComeFirst() throws IOException {
        log().add("ann", "10.1.1.1", "topic.create", "a", "ok");
        log().add("bob", "", "topic.delete", "a", "NOT_ALLOWED - you may not");
        List<Map<String, Object>> newest = log().newest(10);
        assertEquals(
                List.of("bob", "ann"),
                newest.stream().map(entry -> entry.get("user")).toList());
        assertEquals("NOT_ALLOWED - you may not", newest.get(0).get("outcome"));
        assertEquals(1, log().newest(1).size());
    }

    @Test
    void linesThatAreNoneAreLeftOut() throws IOException {
        log().add("ann", "", "a", "", "ok");
        Path file = directory.resolve(AuditLog.FILE);
        Files.write(file, "{\"user\":\"x\n\n\0\0garbage\n".getBytes(StandardCharsets.UTF_8), StandardOpenOption.APPEND);
        log().add("bob", "", "b", "", "ok");
        assertEquals(
                List.of("bob", "ann"),
                log().newest(10).stream().map(entry -> entry.get("user")).toList());
    }

    @Test
    void twoFilesAreKeptAndNoMore() throws IOException {
        AuditLog log = log();
        Path file = directory.resolve(AuditLog.FILE);
        Path older = directory.resolve(AuditLog.FILE + ".1");
        log.add("ann", "", "first", "", "ok");
        byte[] line = Files.readAllBytes(file);
        for (int round = 0; round < 3; round++) {
            byte[] full = Files.readAllBytes(file);
            Files.write(
                    file,
                    "\n".repeat(AuditLog.MOST_BYTES - full.length - 10).getBytes(StandardCharsets.UTF_8),
                    StandardOpenOption.APPEND);
            log.add("ann", "", "round " + round, "", "ok");
            assertTrue(Files.size(file) < 2L * line.length, "it was begun anew");
            assertTrue(Files.size(older) < AuditLog.MOST_BYTES);
        }
        assertEquals(
                List.of("round 2", "round 1"),
                log.newest(10).stream().map(entry -> entry.get("action")).toList());
    }

    @Test
    void namesCannotForgeALine() throws IOException {
        log().add("a\n{\"user\":\"root\"}", "\u001b[31m", "x\u2028y", "\ud800", "ok");
        List<Map<String, Object>> all = log().newest(10);
        assertEquals(1, all.size());
        assertEquals("a\n{\"user\":\"root\"}", all.get(0).get("user"));
        log().add("z".repeat(5000), "", "", "", "");
        assertTrue(((String) log().newest(1).get(0).get("user")).length() < 400);
    }

    /** The disk is not what is asked for: the action goes on, and it heals by itself. */
    @Test
    void aDiskThatFailsStopsNobody() throws IOException {
        Path missing = directory.resolve("none");
        AuditLog log = new AuditLog(missing, Clock.systemUTC());
        log.add("ann", "", "a", "", "ok");
        assertFalse(Files.exists(missing));
        assertEquals(List.of(), log.newest(10));
        Files.createDirectory(missing);
        log.add("ann", "", "b", "", "ok");
        assertEquals(1, log.newest(10).size());
    }
}
