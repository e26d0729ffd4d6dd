package io.nsqd.launcher;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The daemon and its tools write and read the same everywhere, whatever digits, letters and calendars people have there. */
class LocaleIT {
    private static final String PERSIAN = "-Duser.language=fa -Duser.country=IR";
    private static final String ARABIC = "-Duser.language=ar -Duser.country=EG -Duser.extensions=u-nu-arab";
    private static final String TURKISH = "-Duser.language=tr -Duser.country=TR";
    private static final String THAI = "-Duser.language=th -Duser.country=TH -Duser.extensions=u-ca-buddhist-nu-thai";

    @TempDir
    Path directory;

    private Daemon.Setup with(Daemon.Setup setup, String locale) {
        return setup.environment("NSQD_JAVA_OPTS", locale)
                .environment("LC_ALL", "fa_IR.UTF-8")
                .environment("LANG", "tr_TR.UTF-8");
    }

    private static void assertAscii(String text) {
        assertTrue(text.chars().allMatch(c -> c < 128 || c == 'µ'), text);
    }

    @ParameterizedTest
    @ValueSource(strings = {PERSIAN, ARABIC, TURKISH, THAI})
    @Tag("O-50")
    @Tag("S-1")
    void theDaemonComputesTheSame(String locale) throws Exception {
        Path data = Files.createDirectories(directory.resolve("data"));
        String[] flags = {
            "--mem-queue-size=0",
            "--log-level=DEBUG",
            "--statsd-address=127.0.0.1:1",
            "--e2e-processing-latency-percentile=0.5"
        };
        try (Daemon daemon = with(Daemon.of(data).flags(flags), locale).start()) {
            assertEquals("OK", PluginUser.tcp(daemon, PluginUser.command("PUB TITIi", "one")));
            assertEquals("200 OK", PluginUser.http(daemon, "/pub?topic=TITIi", "two"));
            assertEquals("one", PluginUser.consume(daemon, "TITIi", "c"));
            String stats = PluginUser.http(daemon, "/stats?format=json&topic=TITIi", "");
            assertEquals(
                    2,
                    new ObjectMapper()
                            .readTree(stats.substring(4))
                            .at("/topics/0/message_count")
                            .asInt(),
                    stats);
            assertAscii(PluginUser.http(daemon, "/stats", ""));
            assertAscii(PluginUser.http(daemon, "/metrics", ""));
            assertAscii(PluginUser.http(daemon, "/info", ""));
            assertAscii(PluginUser.http(daemon, "/config/nsqlookupd_tcp_addresses", ""));
            assertEquals(0, daemon.stop());
            daemon.log().forEach(LocaleIT::assertAscii);
            assertTrue(daemon.log().stream().noneMatch(line -> line.contains("ERROR")), daemon.log()::toString);
        }
        try (var files = Files.list(data)) {
            files.forEach(file -> assertAscii(file.getFileName().toString()));
        }
        assertEquals(
                "TITIi",
                new ObjectMapper()
                        .readTree(data.resolve("nsqd.dat").toFile())
                        .at("/topics/0/name")
                        .asText());
        try (Daemon check =
                with(Daemon.bare("--check-data-path=" + data), locale).launch()) {
            assertEquals(0, check.awaitExit(), () -> check.log() + check.output());
            assertAscii(check.output());
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {PERSIAN, ARABIC, TURKISH, THAI})
    void theBenchmarkReportsTheSame(String locale) throws Exception {
        try (Daemon daemon = with(Daemon.of(directory), locale).start()) {
            Process bench = new ProcessBuilder(
                            Daemon.home().resolve("bin/nsqd-bench").toString(),
                            "-workload=pub",
                            "-messages=2000",
                            "-rounds=1",
                            "127.0.0.1:" + daemon.tcpPort())
                    .redirectError(ProcessBuilder.Redirect.DISCARD)
                    .redirectOutput(directory.resolve("report").toFile())
                    .start();
            assertEquals(0, bench.waitFor());
            assertAscii(Files.readString(directory.resolve("report")));
            assertEquals(0, daemon.stop());
        }
    }
}
