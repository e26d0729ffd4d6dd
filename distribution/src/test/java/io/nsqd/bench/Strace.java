package io.nsqd.bench;

import io.nsqd.launcher.DefaultSignals;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Assumptions;

/** Counts the system calls of a process, or of some threads of it, from attaching to {@link #detach}. Closing it ends it in any case. */
final class Strace implements AutoCloseable {
    /** A line of the table: share of the time, seconds, microseconds a call, calls, and perhaps errors. */
    private static final Pattern ROW =
            Pattern.compile("\\s*[\\d.]+\\s+[\\d.]+\\s+\\d+\\s+(?<calls>\\d+)(?:\\s+\\d+)?\\s+(?<name>\\w+)");

    private final Process process;
    private final BufferedReader messages;
    private final Path table;

    private Strace(Process process, Path table) {
        this.process = process;
        this.table = table;
        messages = new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
    }

    /**
     * Begins to count.
     *
     * @param table where strace may write
     * @throws org.opentest4j.TestAbortedException where the kernel does not let one process watch another
     */
    static Strace attach(long pid, Path table) throws IOException {
        return attach(List.of("-f", "-p", Long.toString(pid)), table);
    }

    /**
     * Begins to count the calls of those threads whose names begin with one of these.
     *
     * @param names of at most 15 characters: of longer ones the kernel knows no more
     * @param table where strace may write
     * @throws org.opentest4j.TestAbortedException where the kernel does not let one process watch another
     */
    static Strace attachToThreads(long pid, Set<String> names, Path table) throws IOException {
        List<String> arguments = new ArrayList<>();
        try (DirectoryStream<Path> threads = Files.newDirectoryStream(Path.of("/proc/" + pid + "/task"))) {
            for (Path thread : threads) {
                String name = Files.readString(thread.resolve("comm"));
                if (names.stream().anyMatch(name::startsWith)) {
                    arguments.addAll(List.of("-p", thread.getFileName().toString()));
                }
            }
        }
        if (arguments.size() < 2 * names.size()) {
            throw new IOException("not each of " + names + " is a thread");
        }
        return attach(arguments, table);
    }

    private static Strace attach(List<String> what, Path table) throws IOException {
        List<String> command = new ArrayList<>(List.of("strace", "-c", "-o", table.toString()));
        command.addAll(what);
        Strace strace = new Strace(
                new ProcessBuilder(DefaultSignals.command(command))
                        .redirectErrorStream(true)
                        .start(),
                table);
        String message = strace.messages.readLine();
        if (message == null || !message.contains(" attached")) {
            strace.close();
            boolean forbidden = message != null && message.contains("Operation not permitted");
            Assumptions.assumeFalse(forbidden, "strace may not watch other processes here: " + message);
            throw new IOException("strace does not attach: " + message);
        }
        return strace;
    }

    /** Ends it; returns the calls by name. */
    Map<String, Long> detach() throws IOException, InterruptedException {
        // It writes its table when it is interrupted.
        if (new ProcessBuilder("kill", "-INT", Long.toString(process.pid()))
                        .start()
                        .waitFor()
                != 0) {
            throw new IOException("strace has ended by itself");
        }
        while (messages.readLine() != null) {
            // Threads that came and went.
        }
        process.waitFor();
        Map<String, Long> calls = new TreeMap<>();
        for (String line : Files.readAllLines(table)) {
            Matcher row = ROW.matcher(line);
            if (row.matches() && !row.group("name").equals("total")) {
                calls.merge(row.group("name"), Long.parseLong(row.group("calls")), Long::sum);
            }
        }
        return calls;
    }

    @Override
    public void close() {
        process.destroy();
    }
}
