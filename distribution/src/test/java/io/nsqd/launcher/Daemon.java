package io.nsqd.launcher;

import static org.awaitility.Awaitility.await;

import io.nsqd.tcp.TestedDaemon;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.awaitility.core.ConditionTimeoutException;

/**
 * A real nsqd process of the distribution, for tests.
 *
 * <pre>{@code
 * try (Daemon daemon = Daemon.of(dataPath).flags("--mem-queue-size=0").start()) {
 *     new Socket("127.0.0.1", daemon.tcpPort());
 *     assertEquals(0, daemon.stop());
 * }
 * }</pre>
 *
 * <p>It listens on free ports of 127.0.0.1 unless the flags say otherwise. Closing it kills it if it still runs.
 */
public final class Daemon implements TestedDaemon {
    /** Far more than a start or stop takes even on a busy machine; only a hanging one gets there. */
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    private static final int MOST_LINES = 200_000;

    private final Process process;
    private final List<String> log = new ArrayList<>();
    private final StringBuilder output = new StringBuilder();
    private final List<Thread> readers;

    private Daemon(Process process) {
        this.process = process;
        readers = List.of(
                reader(process.getErrorStream(), this::keep),
                reader(process.getInputStream(), line -> output.append(line).append('\n')));
    }

    /** A daemon that writes for ever must not take all the memory of the tests. */
    private void keep(String line) {
        if (log.size() < MOST_LINES) {
            log.add(line);
        }
    }

    /** What a line that was read is good for. Called under this daemon's lock. */
    private interface Sink {
        void accept(String line);
    }

    /** How a daemon is to be started. */
    public static final class Setup {
        private final List<String> flags = new ArrayList<>();
        private final Map<String, String> environment = new TreeMap<>();
        private String before = "";
        private Path home = Daemon.home();
        private Path directory = Path.of("").toAbsolutePath();

        private Setup() {}

        /** Adds flags; they come after the usual ones and so override them. */
        public Setup flags(String... more) {
            flags.addAll(List.of(more));
            return this;
        }

        /** Another distribution than the one just built. */
        public Setup home(Path other) {
            home = other;
            return this;
        }

        /** The working directory. */
        public Setup directory(Path workingDirectory) {
            directory = workingDirectory;
            return this;
        }

        /** Sets an environment variable. */
        public Setup environment(String name, String value) {
            environment.put(name, value);
            return this;
        }

        /** The directory for temporary files, where the bundle cache is. */
        public Setup temporary(Path temporary) {
            return environment("NSQD_JAVA_OPTS", "-Djava.io.tmpdir=" + temporary);
        }

        /** Has a shell run a command before it becomes the daemon, such as {@code ulimit -n 64}. */
        public Setup after(String shellCommand) {
            before = shellCommand;
            return this;
        }

        /** Starts it and waits for nothing. */
        public Daemon launch() throws IOException {
            List<String> command = new ArrayList<>();
            if (!before.isEmpty()) {
                command.addAll(List.of("sh", "-c", before + " && exec \"$0\" \"$@\""));
            }
            command.add(home.resolve("bin/nsqd").toString());
            command.addAll(flags);
            ProcessBuilder builder = new ProcessBuilder(DefaultSignals.command(command)).directory(directory.toFile());
            builder.environment().put("JAVA_HOME", System.getProperty("java.home"));
            builder.environment().putAll(environment);
            return new Daemon(builder.start());
        }

        /** Starts it and waits until it listens for TCP and HTTP. */
        public Daemon start() throws IOException {
            Daemon daemon = launch();
            try {
                daemon.tcpPort();
                daemon.httpPort();
                return daemon;
            } catch (RuntimeException | Error e) {
                daemon.close();
                throw e;
            }
        }
    }

    /** A daemon that serves the data in a directory. */
    public static Setup of(Path dataPath) {
        return bare(
                "--tcp-address=127.0.0.1:0",
                "--http-address=127.0.0.1:0",
                "--https-address=",
                "--data-path=" + dataPath);
    }

    /** A daemon with these flags and no others. */
    public static Setup bare(String... flags) {
        return new Setup().flags(flags);
    }

    /** The distribution that was just built. */
    public static Path home() {
        return Path.of(System.getProperty("nsqd.home", "target/nsqd")).toAbsolutePath();
    }

    /** The port for TCP clients, once it listens. */
    @Override
    public int tcpPort() {
        return port("TCP");
    }

    /** The port for HTTP clients, once it listens. */
    @Override
    public int httpPort() {
        return port("HTTP");
    }

    private int port(String protocol) {
        return Integer.parseInt(
                awaitLog(" INFO: " + protocol + ": listening on .*:(\\d+)$").group(1));
    }

    /** Waits for a line of the log in which the expression is found. */
    @Override
    public Matcher awaitLog(String expression) {
        Pattern pattern = Pattern.compile(expression);
        try {
            return await(expression)
                    .atMost(PATIENCE)
                    .pollDelay(Duration.ZERO)
                    .pollInterval(Duration.ofMillis(10))
                    .failFast(() -> failIfOver(pattern))
                    .until(() -> find(pattern), match -> match != null);
        } catch (ConditionTimeoutException e) {
            throw new AssertionError("nsqd has not logged " + pattern + ": " + String.join("\n", log()), e);
        }
    }

    /** Once its log is complete nothing more can be hoped for. */
    private void failIfOver(Pattern pattern) {
        if (readers.stream().noneMatch(Thread::isAlive) && find(pattern) == null) {
            throw new AssertionError("nsqd has ended without " + pattern + ": " + log());
        }
    }

    private synchronized Matcher find(Pattern pattern) {
        return log.stream()
                .map(pattern::matcher)
                .filter(Matcher::find)
                .findFirst()
                .orElse(null);
    }

    /** What it has written to standard error so far, by lines. */
    @Override
    public synchronized List<String> log() {
        return List.copyOf(log);
    }

    /** What it has written to standard output so far. */
    public synchronized String output() {
        return output.toString();
    }

    /** Writes lines to its standard input. */
    public void type(String... lines) throws IOException {
        OutputStream input = process.getOutputStream();
        for (String line : lines) {
            input.write((line + "\n").getBytes(StandardCharsets.UTF_8));
        }
        input.flush();
    }

    /** Ends its standard input. */
    public void endInput() throws IOException {
        process.getOutputStream().close();
    }

    public long pid() {
        return process.pid();
    }

    public boolean isAlive() {
        return process.isAlive();
    }

    /** Sends a signal, such as {@code INT}. */
    public void signal(String name) throws IOException, InterruptedException {
        int exit = new ProcessBuilder("kill", "-" + name, Long.toString(pid()))
                .inheritIO()
                .start()
                .waitFor();
        if (exit != 0) {
            throw new IOException("cannot send " + name + " to " + pid());
        }
    }

    /** Has it collect all its garbage. */
    @Override
    public void collectGarbage() throws IOException, InterruptedException {
        Path jcmd = Path.of(System.getProperty("java.home"), "bin", "jcmd");
        Process collecting = new ProcessBuilder(jcmd.toString(), Long.toString(pid()), "GC.run")
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .start();
        if (collecting.waitFor() != 0) {
            throw new IOException(jcmd + " failed");
        }
    }

    /** Lets the measurement of {@link #peakMemoryMegabytes} begin anew. */
    public void forgetPeakMemory() throws IOException {
        Files.writeString(Path.of("/proc/" + pid() + "/clear_refs"), "5");
    }

    /** The most memory that it has had resident. */
    public long peakMemoryMegabytes() throws IOException {
        for (String line : Files.readAllLines(Path.of("/proc/" + pid() + "/status"))) {
            if (line.startsWith("VmHWM:")) {
                return Long.parseLong(line.replaceAll("[^0-9]", "")) / 1024;
            }
        }
        throw new IOException("the kernel does not tell");
    }

    /** Asks it to stop and waits for it; returns the exit code. */
    @Override
    public int stop() throws InterruptedException {
        // Process.destroy would close the streams too, and the last lines would be lost.
        process.toHandle().destroy();
        return awaitExit();
    }

    /** Kills it without mercy and waits until it is gone. */
    public void kill() throws InterruptedException {
        process.toHandle().destroyForcibly();
        awaitExit();
    }

    /** Waits until it has ended by itself; returns the exit code. The log is complete then. */
    public int awaitExit() throws InterruptedException {
        return awaitExit(PATIENCE);
    }

    /** The same for one that is meant to take long. */
    public int awaitExit(Duration patience) throws InterruptedException {
        if (!process.waitFor(patience.toSeconds(), TimeUnit.SECONDS)) {
            throw new AssertionError("nsqd does not end: " + log());
        }
        for (Thread reader : readers) {
            reader.join();
        }
        return process.exitValue();
    }

    @Override
    public void close() {
        process.destroyForcibly();
    }

    private Thread reader(InputStream stream, Sink sink) {
        Thread reader = new Thread(() -> {
            try (BufferedReader lines = new BufferedReader(new InputStreamReader(stream, StandardCharsets.UTF_8))) {
                for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                    synchronized (this) {
                        sink.accept(line);
                    }
                }
            } catch (IOException e) {
                // The process was killed: nothing more will come.
                return;
            }
        });
        reader.setDaemon(true);
        reader.start();
        return reader;
    }
}
