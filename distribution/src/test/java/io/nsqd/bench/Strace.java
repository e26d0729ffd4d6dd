package io.nsqd.bench;

import io.nsqd.launcher.DefaultSignals;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Assumptions;

/** Counts the system calls of a process, of all its threads, from {@link #attach} to {@link #detach}. Closing it ends it in any case. */
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
        Strace strace = new Strace(
                new ProcessBuilder(DefaultSignals.command(
                                List.of("strace", "-f", "-c", "-o", table.toString(), "-p", Long.toString(pid))))
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
