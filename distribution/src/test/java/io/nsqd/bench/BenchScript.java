package io.nsqd.bench;

import io.nsqd.launcher.Daemon;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** {@code bin/nsqd-bench} of the distribution, running. Its output goes to files, so that nobody has to read along. */
public final class BenchScript implements AutoCloseable {
    /** Far more than any of the tests' runs takes even on a busy machine. */
    private static final long PATIENCE_MINUTES = 5;

    private final Process process;
    private final Path output;
    private final Path errors;

    /**
     * What became of it.
     *
     * @param exitCode of the process
     * @param output all of standard output
     * @param errors all of standard error
     */
    public record Outcome(int exitCode, String output, String errors) {}

    private BenchScript(Path script, Path directory, List<String> arguments) throws IOException {
        output = Files.createTempFile(directory, "bench", ".out");
        errors = Files.createTempFile(directory, "bench", ".err");
        List<String> command = new ArrayList<>(List.of(script.toString()));
        command.addAll(arguments);
        ProcessBuilder builder =
                new ProcessBuilder(command).redirectOutput(output.toFile()).redirectError(errors.toFile());
        builder.environment().put("JAVA_HOME", System.getProperty("java.home"));
        process = builder.start();
    }

    /**
     * Starts it.
     *
     * @param directory for its output
     */
    public static BenchScript start(Path directory, String... arguments) throws IOException {
        return start(Daemon.home().resolve("bin/nsqd-bench"), directory, arguments);
    }

    static BenchScript start(Path script, Path directory, String... arguments) throws IOException {
        return new BenchScript(script, directory, List.of(arguments));
    }

    /** Waits for its end. */
    public Outcome await() throws IOException, InterruptedException {
        if (!process.waitFor(PATIENCE_MINUTES, TimeUnit.MINUTES)) {
            throw new AssertionError("nsqd-bench does not end: " + Files.readString(errors));
        }
        return new Outcome(process.exitValue(), Files.readString(output), Files.readString(errors));
    }

    /** Runs it to its end. */
    public static Outcome run(Path directory, String... arguments) throws IOException, InterruptedException {
        try (BenchScript script = start(directory, arguments)) {
            return script.await();
        }
    }

    @Override
    public void close() {
        process.destroyForcibly();
    }
}
