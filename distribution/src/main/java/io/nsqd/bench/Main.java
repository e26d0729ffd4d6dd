package io.nsqd.bench;

import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;

/** The entry point of {@code bin/nsqd-bench}. */
public final class Main {
    /** {@code bin/nsqd} tells by it whether standard error is a terminal, which Java cannot find out. */
    private static final String TERMINAL_PROPERTY = "nsqd.terminal";

    private Main() {}

    /** Measures, writes the report to standard output and ends the process. */
    public static void main(String[] arguments) throws InterruptedException {
        Locale.setDefault(Locale.ROOT);
        PrintStream err = new PrintStream(System.err, true, StandardCharsets.UTF_8);
        ProgressLine progress = new ProgressLine(Boolean.getBoolean(TERMINAL_PROPERTY) ? err : null);
        try {
            String report = Settings.wantsHelp(arguments)
                    ? Settings.usage() + System.lineSeparator()
                    : measure(Settings.parse(arguments), progress);
            System.out.print(report);
            System.out.flush();
            System.exit(0);
        } catch (BenchException e) {
            progress.clear();
            err.println("nsqd-bench: " + e.getMessage());
            if (e.exitCode() == BenchException.USAGE) {
                err.println(Settings.usage());
            }
            System.exit(e.exitCode());
        }
    }

    private static String measure(Settings settings, ProgressLine progress)
            throws BenchException, InterruptedException {
        List<Server> servers = Server.of(settings);
        List<Row> rows = new Schedule(settings, servers, progress).run();
        Report report = new Report(settings, servers, rows);
        return settings.json() ? report.json() : report.text();
    }
}
