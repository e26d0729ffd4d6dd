package io.nsqd.launcher;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** How the process starts, or does not: output, exit codes, the start script. */
class StartIT {
    private static final String TIME = "\\d{4}/\\d\\d/\\d\\d \\d\\d:\\d\\d:\\d\\d";
    private static final String FATAL = "\\[nsqd] " + TIME + "\\.\\d{6} FATAL: ";

    @TempDir
    Path directory;

    private static void assertLine(String expression, String line) {
        assertTrue(line.matches(expression), line);
    }

    @Test
    @Tag("O-30")
    void theVersionGoesToStandardOutput() throws Exception {
        try (Daemon daemon = Daemon.bare("--config=/nowhere", "--version").launch()) {
            assertEquals(0, daemon.awaitExit());
            assertLine("nsqd v1\\.3\\.0 \\(built w/java[0-9][^)]*\\)\n", daemon.output());
            assertEquals(List.of(), daemon.log());
        }
    }

    @Test
    @Tag("O-31")
    void theUsageTextGoesToStandardError() throws Exception {
        try (Daemon daemon = Daemon.bare("-h").launch()) {
            assertEquals(0, daemon.awaitExit());
            assertEquals("", daemon.output());
            assertEquals(Usage.text().lines().toList(), daemon.log());
        }
    }

    @Test
    @Tag("O-20")
    @Tag("O-64")
    void aWrongFlagExitsWith2() throws Exception {
        try (Daemon daemon = Daemon.bare("--nope").launch()) {
            assertEquals(2, daemon.awaitExit());
            assertEquals("flag provided but not defined: -nope", daemon.log().get(0));
            assertEquals("Usage of nsqd:", daemon.log().get(1));
        }
    }

    @Test
    @Tag("O-21")
    void aPercentileThatIsNoNumberExitsWith1() throws Exception {
        try (Daemon daemon =
                Daemon.bare("--e2e-processing-latency-percentile=abc").launch()) {
            assertEquals(1, daemon.awaitExit());
            assertEquals(1, daemon.log().size());
            assertLine(TIME + " Could not parse: abc", daemon.log().get(0));
        }
    }

    @Test
    @Tag("O-50")
    void theLogMayBeJson() throws Exception {
        ObjectMapper json = new ObjectMapper();
        try (Daemon daemon = Daemon.of(directory)
                .flags("--log-format=json", "--log-prefix=x")
                .launch()) {
            daemon.awaitLog("\"message\":\"HTTP: listening on .*\"");
            assertEquals(0, daemon.stop());
            for (String line : daemon.log()) {
                JsonNode entry = json.readTree(line);
                assertLine("\\d{4}-\\d\\d-\\d\\dT.*Z", entry.path("time").asText());
                assertTrue(
                        List.of("INFO", "WARNING").contains(entry.path("level").asText()), line);
                assertTrue(entry.path("thread").asText().length() > 0, line);
            }
            assertEquals(
                    "NSQ: bye",
                    json.readTree(daemon.log().get(daemon.log().size() - 1))
                            .path("message")
                            .asText());
        }
        try (Daemon daemon =
                Daemon.bare("--data-path=/nowhere", "--log-format=json").launch()) {
            assertEquals(1, daemon.awaitExit());
            JsonNode last = json.readTree(daemon.log().get(daemon.log().size() - 1));
            assertEquals("FATAL", last.path("level").asText());
        }
    }

    @Test
    @Tag("O-20")
    void anUnknownFormOfTheLogIsAWrongFlag() throws Exception {
        try (Daemon daemon = Daemon.bare("--log-format=xml").launch()) {
            assertEquals(2, daemon.awaitExit());
            assertEquals(
                    "invalid value \"xml\" for flag -log-format: unknown format (text, json)",
                    daemon.log().get(0));
        }
    }

    @ParameterizedTest
    @CsvSource({
        "max-deflate-level, 10, '[1,9]'",
        "mem-queue-size, -1, at least 0",
        "sync-timeout, 0, greater than 0",
        "max-msg-size, 2147483622, at most 2147483621"
    })
    @Tag("O-25")
    void whatIsOutOfItsRangeExitsWith1WhetherByFlagOrInTheFile(String flag, String value, String range)
            throws Exception {
        String key = flag.replace('-', '_');
        Path config = Files.writeString(directory.resolve("config"), key + " = " + value + "\n");
        for (String given : List.of("--" + flag + "=" + value, "--config=" + config)) {
            try (Daemon daemon = Daemon.of(directory).flags(given).launch()) {
                assertEquals(1, daemon.awaitExit());
                daemon.awaitLog("^" + FATAL + "failed to instantiate nsqd - "
                        + Pattern.quote("--" + flag + " must be " + range) + "$");
            }
        }
    }

    /** The Go daemon reports the data path first. */
    @Test
    @Tag("O-25")
    @Tag("B-27")
    void theDataPathIsLockedBeforeOptionsAreChecked() throws Exception {
        try (Daemon daemon =
                Daemon.bare("--data-path=/nowhere", "--max-deflate-level=10").launch()) {
            assertEquals(1, daemon.awaitExit());
            daemon.awaitLog("failed to lock data-path");
        }
    }

    @Test
    @Tag("O-52")
    @Tag("X-5")
    void httpIsTheLastToListen() throws Exception {
        try (Daemon daemon = Daemon.of(directory).start()) {
            List<String> listening = daemon.log().stream()
                    .filter(line -> line.contains(": listening on "))
                    .map(line -> line.replaceAll(".* INFO: (\\w+): .*", "$1"))
                    .toList();
            assertEquals(List.of("TCP", "HTTP"), listening);
            assertEquals(0, daemon.stop());
        }
    }

    @Test
    @Tag("O-70")
    void whatIsDeprecatedIsTakenAndIgnored() throws Exception {
        try (Daemon daemon =
                Daemon.of(directory).flags("--verbose", "--worker-id").start()) {
            assertTrue(daemon.log().stream().noneMatch(line -> line.contains(" DEBUG: ")));
            assertEquals(0, daemon.stop());
        }
    }

    @ParameterizedTest
    @Tag("B-60")
    @Tag("O-1")
    @Tag("O-70")
    @ValueSource(
            strings = {
                "queue-scan-interval=1s",
                "queue-scan-refresh-interval=1s",
                "client-timeout=1s",
                "topology-region=eu",
                "topology-zone=eu-1",
                "enable-experiment=topology-aware-consumption"
            })
    void whatIsFixedIsNoFlag(String flag) throws Exception {
        try (Daemon daemon = Daemon.bare("--" + flag).launch()) {
            assertEquals(2, daemon.awaitExit());
            assertEquals(
                    "flag provided but not defined: -" + flag.replaceAll("=.*", ""),
                    daemon.log().get(0));
        }
    }

    @Test
    @Tag("O-63")
    void theProcessThatIsStartedIsTheDaemonAndLeavesNoFileOfItsOwn() throws Exception {
        try (Daemon daemon = Daemon.of(directory).start()) {
            assertTrue(daemon.isAlive());
            String command = ProcessHandle.of(daemon.pid())
                    .orElseThrow()
                    .info()
                    .command()
                    .orElse("");
            assertTrue(command.endsWith("/java"), command);
            assertEquals(0, daemon.stop());
        }
        try (Stream<Path> left = Files.list(directory)) {
            assertEquals(
                    List.of("nsqd.dat"),
                    left.map(file -> file.getFileName().toString()).toList());
        }
    }

    @Test
    @Tag("O-23")
    @Tag("O-29")
    void aMissingConfigFileExitsWith1() throws Exception {
        try (Daemon daemon =
                Daemon.bare("--config=/nowhere", "--log-prefix=other ").launch()) {
            assertEquals(1, daemon.awaitExit());
            assertEquals(1, daemon.log().size());
            assertLine(
                    FATAL + "failed to load config file /nowhere - open /nowhere: no such file or directory",
                    daemon.log().get(0));
        }
    }

    @Test
    @Tag("O-12")
    void theEnvironmentIsNotRead() throws Exception {
        try (Daemon daemon = Daemon.of(directory)
                .environment("NSQD_LOG_PREFIX", "x")
                .environment("NSQD_MAX_MSG_SIZE", "abc")
                .start()) {
            assertTrue(daemon.log().get(0).startsWith("[nsqd] "));
            assertEquals(0, daemon.stop());
        }
    }

    @Test
    @Tag("O-26")
    @Tag("O-29")
    void aMissingDataPathExitsWith1WhateverPrefixAndLevel() throws Exception {
        Path missing = directory.resolve("missing");
        try (Daemon daemon = Daemon.of(missing)
                .flags("--log-prefix=other ", "--log-level=fatal")
                .launch()) {
            assertEquals(1, daemon.awaitExit());
            assertEquals(1, daemon.log().size(), daemon.log()::toString);
            assertLine(
                    FATAL + "failed to instantiate nsqd - failed to lock data-path: open " + missing
                            + ": no such file or directory",
                    daemon.log().get(0));
        }
    }

    @Test
    @Tag("O-25")
    void aPortInUseExitsWith1() throws Exception {
        try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
                Daemon daemon = Daemon.of(directory)
                        .flags("--tcp-address=127.0.0.1:" + taken.getLocalPort())
                        .launch()) {
            String address = "127.0.0.1:" + taken.getLocalPort();
            assertEquals(1, daemon.awaitExit());
            daemon.awaitLog("^" + FATAL + "failed to instantiate nsqd - listen \\(" + address
                    + "\\) failed - listen tcp " + address + ": bind: address already in use$");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "{\"topics\":\"x\"}", "{\"topics\":[{\"name\":\"t\",\"channels\":{}}]}"})
    @Tag("B-27")
    @Tag("O-27")
    @Tag("X-5")
    void brokenMetadataExitWith1BeforeAnySocketIsBound(String broken) throws Exception {
        Files.writeString(directory.resolve("nsqd.dat"), broken);
        try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
                Daemon daemon = Daemon.of(directory)
                        .flags("--tcp-address=127.0.0.1:" + taken.getLocalPort())
                        .launch()) {
            assertEquals(1, daemon.awaitExit());
            daemon.awaitLog("^" + FATAL + "failed to load metadata - failed to parse metadata in "
                    + directory.resolve("nsqd.dat") + " - ");
            assertTrue(daemon.log().stream().noneMatch(line -> line.contains("listen")), daemon.log()::toString);
            assertEquals(broken, Files.readString(directory.resolve("nsqd.dat")), "and the file is left as it is");
        }
    }

    @Test
    @Tag("B-27")
    @Tag("O-52")
    void theLogTellsTheStepsOfAStartInOrder() throws Exception {
        try (Daemon daemon = Daemon.of(directory).flags("--node-id=7").start()) {
            List<String> log = daemon.log();
            assertTrue(log.get(0).contains(" INFO: nsqd v1.3.0 (built w/java"), log::toString);
            assertTrue(log.get(1).endsWith(" INFO: ID: 7"), log::toString);
            assertTrue(
                    log.get(2)
                            .endsWith(" INFO: NSQ: persisting topic/channel metadata to "
                                    + directory.resolve("nsqd.dat")),
                    log::toString);
            assertEquals(0, daemon.stop());
        }
    }

    @Test
    @Tag("O-11")
    @Tag("O-50")
    void flagsAndConfigFileReachTheBundles() throws Exception {
        Path config = Files.writeString(
                directory.resolve("nsqd.cfg"), "id = 7\nlog_prefix = \"file \"\nlog_level = \"debug\"\n");
        try (Daemon daemon = Daemon.of(directory)
                .flags("--config=" + config, "--log-prefix=flag ")
                .start()) {
            daemon.awaitLog("^flag " + TIME + "\\.\\d{6} INFO: ID: 7$");
            assertEquals(0, daemon.stop());
        }
    }

    @Test
    @Tag("O-60")
    void theScriptWorksThroughALinkFromAnyDirectoryAndBecomesTheDaemon() throws Exception {
        Path home = directory.resolve("with space+and%20plus");
        Files.createDirectories(home);
        DistributionCopy distribution = new DistributionCopy(home);
        Path bin = Files.createDirectories(directory.resolve("else/bin"));
        Files.createSymbolicLink(bin.resolve("nsqd"), Path.of("second"));
        Files.createSymbolicLink(bin.resolve("second"), distribution.home().resolve("bin/nsqd"));
        Path data = Files.createDirectories(directory.resolve("data"));
        try (Daemon daemon = Daemon.bare("--tcp-address=127.0.0.1:0", "--http-address=127.0.0.1:0")
                .home(directory.resolve("else"))
                .directory(data)
                .start()) {
            assertEquals(Files.readSymbolicLink(Path.of("/proc/" + daemon.pid() + "/cwd")), data.toRealPath());
            assertEquals(0, daemon.stop());
            assertTrue(Files.exists(data.resolve("nsqd.dat")));
        }
    }

    @Test
    @Tag("O-64")
    void withoutJavaTheScriptSaysSo() throws Exception {
        try (Daemon daemon =
                Daemon.bare("--version").environment("JAVA_HOME", "/nowhere").launch()) {
            assertEquals(1, daemon.awaitExit());
            assertEquals(List.of("nsqd: there is no Java in JAVA_HOME=/nowhere"), daemon.log());
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"-XX:+UseG1GC", "-XX:+UseParallelGC -XX:NewRatio=2", "-Xmx40m", "-Xmn20m -Xms30m"})
    void aCollectorOrAHeapOfOnesOwnReplacesOurs(String javaOptions) throws Exception {
        try (Daemon daemon = Daemon.bare("--version")
                .environment("NSQD_JAVA_OPTS", javaOptions + " -XX:+PrintFlagsFinal")
                .launch()) {
            assertEquals(0, daemon.awaitExit(), () -> daemon.output() + daemon.log());
            assertEquals(List.of(), daemon.log());
            String settings = daemon.output();
            assertTrue(settings.lines().noneMatch(line -> line.contains("[warning]")), settings);
            Matcher collector = Pattern.compile("-XX:\\+(\\w+)").matcher(javaOptions);
            if (collector.find()) {
                assertTrue(settings.matches("(?s).* " + collector.group(1) + " +=\\s+true .*"), settings);
            }
        }
    }

    @Test
    @Tag("O-64")
    void anOldJavaIsRefused() throws Exception {
        Path old = Files.createDirectories(directory.resolve("bin"));
        Path java = Files.createFile(old.resolve("java"));
        assertTrue(java.toFile().setExecutable(true));
        Files.writeString(directory.resolve("release"), "IMPLEMENTOR=\"x\"\nJAVA_VERSION=\"1.8.0_392\"\n");
        assertRefused(java, "1.8.0_392");
        Files.writeString(directory.resolve("release"), "JAVA_VERSION=\"16.0.2\"\n");
        assertRefused(java, "16.0.2");
    }

    private void assertRefused(Path java, String version) throws IOException, InterruptedException {
        try (Daemon daemon = Daemon.bare("--version")
                .environment("JAVA_HOME", directory.toString())
                .launch()) {
            assertEquals(1, daemon.awaitExit());
            assertEquals(
                    List.of("nsqd: Java 17 or newer is needed, but " + java + " is Java " + version), daemon.log());
        }
    }
}
