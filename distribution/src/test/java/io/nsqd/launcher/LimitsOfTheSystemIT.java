package io.nsqd.launcher;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** With little of what the system gives the daemon works, or says in one line what it needs. */
@EnabledOnOs(OS.LINUX)
class LimitsOfTheSystemIT {
    @TempDir
    Path directory;

    private Daemon.Setup within(String limit) {
        return Daemon.of(directory).after("ulimit " + limit);
    }

    private static void assertServes(Daemon.Setup setup) throws Exception {
        try (Daemon daemon = setup.start()) {
            assertEquals("200 OK", PluginUser.http(daemon, "/pub?topic=t", "by http"));
            assertEquals("by http", PluginUser.consume(daemon, "t", "c"));
            assertEquals("OK", PluginUser.tcp(daemon, PluginUser.command("PUB t", "by tcp")));
            assertEquals("by tcp", PluginUser.consume(daemon, "t", "c"));
            assertTrue(
                    daemon.log().stream().noneMatch(line -> line.contains("ERROR") || line.contains("OutOfMemory")),
                    daemon.log()::toString);
            assertEquals(0, daemon.stop());
        }
    }

    private static void assertRefuses(Daemon.Setup setup, String words) throws Exception {
        try (Daemon daemon = setup.launch()) {
            assertEquals(1, daemon.awaitExit());
            assertEquals(1, daemon.log().size(), daemon.log()::toString);
            assertTrue(daemon.log().get(0).matches(words), daemon.log()::toString);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {256, 127, 64, 48})
    @Tag("O-64")
    void fewFileDescriptorsAreEnough(int descriptors) throws Exception {
        assertServes(within("-n " + descriptors));
    }

    @Test
    @Tag("O-64")
    void tooFewFileDescriptorsAreSaidToBe() throws Exception {
        assertRefuses(
                within("-n 20"), "nsqd: \\d\\d file descriptors are needed, .*, and there are 20 \\(ulimit -n\\)");
    }

    @ParameterizedTest
    @ValueSource(ints = {8_000, 4_000, 2_000, 1_000, 700})
    @Tag("O-64")
    void aLimitedAddressSpaceIsEnough(int megabytes) throws Exception {
        assertServes(within("-v " + megabytes * 1024));
    }

    @Test
    @Tag("O-64")
    void tooLittleAddressSpaceIsSaidToBe() throws Exception {
        assertRefuses(
                within("-v " + 500 * 1024),
                "nsqd: \\d{3} MB of address space are needed, and there are 500 \\(ulimit -v\\)");
    }
}
