package io.nsqd.interop;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A program, mostly one of the {@linkplain GoTools Go programs}, running. Closing it kills it if it still runs. */
public final class Program implements AutoCloseable {
    /** Far more than anything takes even on a busy machine; only what hangs gets there. */
    static final Duration PATIENCE = Duration.ofMinutes(3);

    private final String name;
    private final Process process;
    private final List<String> output = new ArrayList<>();
    private final List<String> log = new ArrayList<>();
    private final List<Thread> readers;

    private Program(String name, Process process) {
        this.name = name;
        this.process = process;
        readers = List.of(reader(process.getInputStream(), output), reader(process.getErrorStream(), log));
    }

    public static Program start(String name, String... arguments) throws IOException, InterruptedException {
        return start(name, GoTools.program(name), arguments);
    }

    /** A program that is none of Go's. */
    static Program start(String name, Path program, String... arguments) throws IOException {
        List<String> command = new ArrayList<>(List.of(program.toString()));
        command.addAll(List.of(arguments));
        return new Program(name, new ProcessBuilder(command).start());
    }

    private Thread reader(InputStream stream, List<String> lines) {
        Thread reader = new Thread(() -> {
            try (BufferedReader in = new BufferedReader(new InputStreamReader(stream, StandardCharsets.UTF_8))) {
                for (String line = in.readLine(); line != null; line = in.readLine()) {
                    synchronized (this) {
                        lines.add(line);
                    }
                }
            } catch (IOException e) {
                // It was closed while it ran: nothing more will come.
                return;
            }
        });
        reader.setDaemon(true);
        reader.start();
        return reader;
    }

    /** What it has logged so far. */
    synchronized List<String> log() {
        return List.copyOf(log);
    }

    /** The lines of standard output so far. */
    synchronized List<String> output() {
        return List.copyOf(output);
    }

    /** The last complete line of standard output, or an empty string. */
    synchronized String lastOutput() {
        return output.isEmpty() ? "" : output.get(output.size() - 1);
    }

    private synchronized Matcher find(Pattern pattern) {
        return log.stream()
                .map(pattern::matcher)
                .filter(Matcher::find)
                .findFirst()
                .orElse(null);
    }

    /** The port of 127.0.0.1 that it says it listens on, for {@code TCP} or {@code HTTP}. */
    public int port(String protocol) {
        Pattern pattern = Pattern.compile(protocol + ": listening on 127\\.0\\.0\\.1:(\\d+)");
        awaitUntil(program -> program.find(pattern) != null);
        return Integer.parseInt(find(pattern).group(1));
    }

    /** Waits until something holds; fails as soon as it has ended without. */
    void awaitUntil(Predicate<Program> condition) {
        await(name)
                .atMost(PATIENCE)
                .pollInterval(Duration.ofMillis(10))
                .failFast(() -> {
                    if (readers.stream().noneMatch(Thread::isAlive) && !condition.test(this)) {
                        throw new AssertionError(this + " has ended too early");
                    }
                })
                .until(() -> condition.test(this));
    }

    /** Writes a line to its standard input. */
    void type(String line) throws IOException {
        process.getOutputStream().write((line + "\n").getBytes(StandardCharsets.UTF_8));
    }

    /** Ends its standard input. */
    void endInput() throws IOException {
        process.getOutputStream().close();
    }

    /** Kills it without mercy and waits until it is gone. */
    void kill() throws InterruptedException {
        // Process.destroyForcibly would close the streams too, and the last lines would be lost.
        process.toHandle().destroyForcibly();
        process.waitFor();
    }

    /** Asks it to stop; a program that does so cleanly ends with exit code 0. */
    void stop() throws InterruptedException {
        // As above.
        process.toHandle().destroy();
        awaitExit();
    }

    /** Waits until it has ended by itself, which must be with exit code 0. The output is complete then. */
    void awaitExit() throws InterruptedException {
        if (!process.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS)) {
            throw new AssertionError(this + " does not end");
        }
        for (Thread reader : readers) {
            reader.join();
        }
        assertEquals(0, process.exitValue(), this::toString);
    }

    @Override
    public void close() {
        process.destroyForcibly();
    }

    @Override
    public synchronized String toString() {
        List<String> end = log.subList(Math.max(0, log.size() - 50), log.size());
        return name + ": " + String.join("\n", end);
    }
}
