package io.nsqd.interop;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.nsqd.launcher.Daemon;
import io.nsqd.tcp.Certificates;
import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The clients' own tests, unchanged, against our {@code nsqd} on the PATH, where their packages have them (go-nsq, nsqjs), and
 * exchanges of messages with the clients whose packages have none (pynsq, nsq-j, nsq-client).
 *
 * <p>No test is known to fail here: a name for a list of those would be one that also fails with the Go daemon, and there is
 * none. nsq-client fails to connect with deflate or snappy, with the Go daemon too, so it is used without.
 */
@Tag("interop")
class SuitesIT {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final Path SOURCE = Path.of("src/test/interop").toAbsolutePath();
    private static final Path TARGET = Daemon.home().resolveSibling("interop");
    private static final String COUNT = "1000";

    @TempDir
    Path directory;

    /** Something that was run to its end. */
    private record Run(int exitCode, String output) {}

    private Run run(Path workingDirectory, List<String> command) throws IOException, InterruptedException {
        Path output = directory.resolve("output");
        ProcessBuilder builder = new ProcessBuilder(command)
                .directory(workingDirectory.toFile())
                .redirectErrorStream(true)
                .redirectOutput(output.toFile());
        String path = String.join(
                File.pathSeparator,
                Daemon.home().resolve("bin").toString(),
                TARGET.resolve("bin").toString(),
                System.getenv("PATH"));
        builder.environment().put("PATH", path);
        builder.environment().put("JAVA_HOME", System.getProperty("java.home"));
        Process process = builder.start();
        if (!process.waitFor(Program.PATIENCE.toSeconds(), TimeUnit.SECONDS)) {
            process.descendants().forEach(ProcessHandle::destroyForcibly);
            process.destroyForcibly();
            throw new AssertionError(command + " does not end: " + Files.readString(output));
        }
        return new Run(process.exitValue(), Files.readString(output, StandardCharsets.UTF_8));
    }

    /** A command in a network of its own, with nothing but a loopback, so that ports are free and nobody is bothered. */
    private static List<String> alone(String script) {
        return List.of("unshare", "--net", "bash", "-c", "ip link set lo up && " + script);
    }

    // ---- their own tests

    @Test
    void theTestsOfGoNsqPass() throws Exception {
        GoTools.home();
        Run run = run(
                SOURCE,
                alone(String.join(
                        " ",
                        SOURCE.resolve("go-nsq.sh").toString(),
                        GoTools.clientTests().toString(),
                        GoTools.clientSource().toString(),
                        Files.createDirectory(directory.resolve("data")).toString())));
        long passed = run.output()
                .lines()
                .filter(line -> line.startsWith("--- PASS: "))
                .count();
        System.out.println("go-nsq: " + passed + " tests passed");
        assertEquals(0, run.exitCode(), run::output);
        assertTrue(passed >= 24, run::output);
        assertTrue(run.output().lines().noneMatch(line -> line.startsWith("--- FAIL: ")), run::output);
    }

    @Test
    void theTestsOfNsqjsPass() throws Exception {
        GoTools.home();
        Path modules = NodeModules.install("nsqjs");
        Path report = directory.resolve("nsqjs.json");
        // A JVM takes longer to start than mocha waits for.
        Run run = run(
                modules.resolve("nsqjs"),
                alone("../.bin/mocha --reporter json --timeout 60000 --exit 'test/*_test.js' >" + report));
        String text = Files.readString(report);
        JsonNode results = JSON.readTree(text.substring(text.indexOf("{\n  \"stats\"")));
        int passed = results.path("stats").path("passes").asInt();
        System.out.println("nsqjs: " + passed + " tests passed");
        assertEquals(0, results.path("stats").path("failures").asInt(), () -> failures(results));
        assertEquals(0, run.exitCode(), run::output);
        assertTrue(passed >= 171, text);
    }

    private static String failures(JsonNode results) {
        List<String> failures = new ArrayList<>();
        for (JsonNode failure : results.path("failures")) {
            failures.add(failure.path("fullTitle").asText() + ": "
                    + failure.path("err").path("message").asText());
        }
        return String.join("\n", failures);
    }

    // ---- exchanges

    private Daemon start(String... flags) throws IOException {
        return Daemon.of(directory)
                .flags("--broadcast-address=127.0.0.1")
                .flags("--tls-cert=" + Certificates.file("rsa.pem"), "--tls-key=" + Certificates.file("rsa-key.pem"))
                .flags(flags)
                .start();
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "tls", "deflate", "snappy", "tls deflate", "tls snappy"})
    void pynsqExchangesMessages(String features) throws Exception {
        String python =
                PythonPackages.install("pynsq", "pynsq/requirements.txt").toString();
        try (Daemon daemon = start()) {
            List<String> command = new ArrayList<>(
                    List.of(python, SOURCE + "/pynsq/exchange.py", "127.0.0.1:" + daemon.tcpPort(), COUNT));
            Stream.of(features.split(" ", -1))
                    .filter(feature -> !feature.isEmpty())
                    .forEach(command::add);
            assertExchanged(run(directory, command));
            assertEquals(0, daemon.stop());
        }
    }

    private static void assertExchanged(Run run) {
        assertEquals(0, run.exitCode(), run::output);
        assertTrue(run.output().contains("exchanged " + COUNT), run::output);
    }

    @ParameterizedTest
    @CsvSource({"NsqJ,nsq-j,", "NsqJ,nsq-j,tls", "NsqClient,nsq-client,"})
    void aJavaClientExchangesMessages(String program, String client, String feature) throws Exception {
        try (Program lookupd = Program.start("nsqlookupd", "--tcp-address=127.0.0.1:0", "--http-address=127.0.0.1:0");
                Daemon daemon = start("--lookupd-tcp-address=127.0.0.1:" + lookupd.port("TCP"))) {
            boolean wantsPorts = program.equals("NsqClient");
            String host = wantsPorts ? "" : "127.0.0.1:";
            List<String> command = new ArrayList<>(List.of(
                    Path.of(System.getProperty("java.home"), "bin/java").toString(),
                    "-cp",
                    TARGET.resolve("java").resolve(client) + "/*",
                    SOURCE.resolve("java").resolve(program + ".java").toString(),
                    host + daemon.tcpPort(),
                    host + lookupd.port("HTTP"),
                    COUNT));
            if (feature != null) {
                command.add(feature);
            }
            assertExchanged(run(directory, command));
            assertEquals(0, daemon.stop());
            lookupd.stop();
        }
    }
}
