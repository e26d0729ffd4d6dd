package io.nsqd.launcher;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** How {@code bin/nsqd} sizes the JVM, whatever that sees of memory and processors: with a Java that says what it is told to. */
@DisabledOnOs(OS.WINDOWS)
class ScriptTest {
    private static final Path SCRIPT = Path.of("src/assembly/bin/nsqd").toAbsolutePath();

    @TempDir
    Path directory;

    private final Map<String, String> environment = new HashMap<>();

    @BeforeEach
    void makeDistribution() throws IOException {
        Files.createDirectories(directory.resolve("bin"));
        Files.createDirectories(directory.resolve("lib"));
        Files.copy(SCRIPT, directory.resolve("bin/nsqd"));
        Files.createFile(directory.resolve("lib/nsqd-17.0.1.jsa"));
        java("17.0.1", 24_000, "2");
    }

    /** Makes a Java of a version that sees so many megabytes, and says so as far as there is something to say. */
    private void java(String version, long megabytes, String processors) throws IOException {
        Path home = Files.createDirectories(directory.resolve("java/bin")).getParent();
        String settings = "-XX:InitialHeapSize=1 -XX:MaxHeapSize=" + megabytes * 1024 * 1024
                + (processors.isEmpty() ? "" : " -XX:G1ConcRefinementThreads=" + processors) + " -XX:+UseG1GC";
        Path java = Files.writeString(home.resolve("bin/java"), """
                #!/bin/sh
                case "$*" in
                    *-agentlib:*) echo '%s'; echo 'Error occurred during initialization of VM'; exit 1 ;;
                esac
                printf '%%s\\n' "$@"
                """.formatted(megabytes == 0 ? "" : settings));
        Files.writeString(home.resolve("release"), "JAVA_VERSION=\"" + version + "\"\n");
        assertTrue(java.toFile().setExecutable(true));
    }

    private record Outcome(int exitCode, List<String> output, List<String> errors) {
        boolean has(String option) {
            return output.contains(option);
        }

        long megabytes(String option) {
            return output.stream()
                    .filter(line -> line.startsWith(option))
                    .mapToLong(line ->
                            Long.parseLong(line.substring(option.length()).replace("m", "")))
                    .reduce((first, last) -> last)
                    .orElseThrow(() -> new AssertionError(option + " is not in " + output));
        }
    }

    private Outcome run() throws IOException, InterruptedException {
        ProcessBuilder builder =
                new ProcessBuilder("sh", directory.resolve("bin/nsqd").toString(), "--version");
        builder.environment().put("JAVA_HOME", directory.resolve("java").toString());
        builder.environment().putAll(environment);
        Process process = builder.start();
        List<String> output = lines(process.getInputStream().readAllBytes());
        List<String> errors = lines(process.getErrorStream().readAllBytes());
        return new Outcome(process.waitFor(), output, errors);
    }

    private static List<String> lines(byte[] text) {
        return new String(text, StandardCharsets.UTF_8).lines().toList();
    }

    @ParameterizedTest
    @CsvSource({
        // In MB: what the JVM sees, processors, then the share of the heap, the young generation
        "64, 1, 33, 5",
        "64, 2, 33, 5",
        "64, 43, 33, 5",
        "128, 2, 33, 10",
        "256, 2, 40, 25",
        "256, 8, 40, 25",
        "512, 2, 40, 51",
        "512, 43, 40, 51",
        "513, 2, 25, 32",
        "1024, 1, 25, 64",
        "1024, 2, 25, 64",
        "2048, 8, 25, 128",
        "24000, 2, 25, 128",
        "65536, 8, 25, 512",
        "65536, 43, 25, 512"
    })
    void theYoungGenerationLeavesTheHeapToTheMessages(long memory, String processors, int share, long young)
            throws Exception {
        java("17.0.1", memory, processors);
        Outcome outcome = run();
        assertEquals(0, outcome.exitCode(), outcome::toString);
        assertEquals(young, outcome.megabytes("-XX:MaxNewSize="), outcome::toString);
        // The JVM's own share is a quarter.
        assertEquals(share != 25, outcome.has("-XX:MaxRAMPercentage=" + share), outcome::toString);
        boolean serial = Integer.parseInt(processors) <= 2 || memory <= 512;
        assertEquals(serial, outcome.has("-XX:+UseSerialGC"), outcome::toString);
        assertEquals(!serial, outcome.has("-XX:+UseParallelGC"), outcome::toString);
    }

    @ParameterizedTest
    @CsvSource({"64, 8, 2", "128, 43, 4", "512, 43, 16"})
    void withLittleMemoryManyProcessorsAreNotUsed(long memory, String processors, String used) throws Exception {
        java("17.0.1", memory, processors);
        assertTrue(run().has("-XX:ActiveProcessorCount=" + used));
    }

    @ParameterizedTest
    @CsvSource({"17.0.1, true, 63, 64", "17.0.1, false, 79, 80", "25.0.3, true, 71, 72", "25.0.3, false, 87, 88"})
    void tooLittleMemoryIsSaidToBeInOneLine(String version, boolean archived, long memory, long least)
            throws Exception {
        if (archived) {
            Files.writeString(directory.resolve("lib/nsqd-" + version + ".jsa"), "");
        } else {
            environment.put("NSQD_ARCHIVE", "off");
        }
        java(version, memory, "2");
        Outcome outcome = run();
        assertEquals(1, outcome.exitCode());
        assertEquals(1, outcome.errors().size(), outcome::toString);
        assertTrue(
                outcome.errors()
                        .get(0)
                        .matches("nsqd: " + least + " MB of memory are needed.*, and there are " + memory),
                outcome::toString);
        java(version, least, "2");
        assertEquals(0, run().exitCode());
    }

    @ParameterizedTest
    @ValueSource(strings = {"NSQD_JAVA_OPTS", "JAVA_TOOL_OPTIONS", "JDK_JAVA_OPTIONS"})
    void aHeapOfOnesOwnIsLeftAlone(String variable) throws Exception {
        environment.put(variable, "-Xmx40m");
        java("17.0.1", 40, "2");
        Outcome outcome = run();
        assertEquals(0, outcome.exitCode(), outcome::toString);
        assertTrue(outcome.has("-XX:+UseSerialGC"));
        assertFalse(outcome.output().stream().anyMatch(line -> line.contains("MaxNewSize")), outcome::toString);
        assertFalse(outcome.output().stream().anyMatch(line -> line.contains("RAMPercentage")), outcome::toString);
    }

    @ParameterizedTest
    @ValueSource(strings = {"NSQD_JAVA_OPTS", "JAVA_TOOL_OPTIONS", "JDK_JAVA_OPTIONS"})
    void aCollectorOfOnesOwnIsTheOnlyOne(String variable) throws Exception {
        environment.put(variable, "-XX:+UseZGC");
        Outcome outcome = run();
        assertEquals(0, outcome.exitCode());
        assertFalse(outcome.has("-XX:+UseSerialGC") || outcome.has("-XX:+UseParallelGC"), outcome::toString);
    }

    @Test
    void aJavaThatDoesNotSayGetsNoSizes() throws Exception {
        java("17.0.1", 0, "");
        Outcome outcome = run();
        assertEquals(0, outcome.exitCode());
        assertEquals(List.of(), outcome.errors());
        assertFalse(outcome.output().stream().anyMatch(line -> line.contains("MaxNewSize")), outcome::toString);
    }

    @Test
    void aWorkingDirectoryThatHasGoneIsNamed() throws IOException, InterruptedException {
        Path gone = Files.createDirectory(directory.resolve("gone"));
        ProcessBuilder builder = new ProcessBuilder(
                "sh",
                "-c",
                "rmdir \"$PWD\" && exec \"$0\" --version",
                directory.resolve("bin/nsqd").toString());
        assertTrue(directory.resolve("bin/nsqd").toFile().setExecutable(true));
        builder.environment().put("JAVA_HOME", directory.resolve("java").toString());
        Process process = builder.directory(gone.toFile()).start();
        assertEquals(
                List.of("nsqd: the working directory does not exist any more"),
                lines(process.getErrorStream().readAllBytes()).stream()
                        .filter(line -> line.startsWith("nsqd:"))
                        .toList());
        assertEquals(1, process.waitFor());
    }
}
