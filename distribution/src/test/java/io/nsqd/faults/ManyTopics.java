package io.nsqd.faults;

import io.nsqd.launcher.Daemon;
import io.nsqd.tcp.V2Client;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** Thousands of topics with a channel each and a message in each: how long a start and a stop take, and what idling costs. */
public final class ManyTopics {
    private static final Duration IDLE = Duration.ofSeconds(5);

    private ManyTopics() {}

    /**
     * What came of it.
     *
     * @param outcome the counts
     * @param stopMillis from the signal to the end of the process, a message being in each channel's memory
     * @param startMillis from the start of the process to its sockets, over what the stop left
     */
    public record Result(Outcome outcome, long stopMillis, long startMillis) {}

    /** Runs it; the setup is made twice. */
    public static Result run(java.util.function.Supplier<Daemon.Setup> setup, Path dataPath, int topics)
            throws Exception {
        String metadata = IntStream.range(0, topics)
                .mapToObj(i -> "{\"name\":\"" + name(i)
                        + "\",\"paused\":false,\"channels\":[{\"name\":\"c\",\"paused\":false}]}")
                .collect(Collectors.joining(",", "{\"topics\":[", "],\"version\":\"1.3.0\"}"));
        Files.writeString(dataPath.resolve("nsqd.dat"), metadata);
        long stop;
        long start;
        long idleMillis;
        long resident;
        long found;
        try (Daemon daemon = setup.get().start()) {
            try (V2Client client = V2Client.connect(daemon.tcpPort())) {
                client.send(V2Client.MAGIC);
                for (int i = 0; i < topics; i++) {
                    client.line("PUB " + name(i), "message");
                }
                for (int i = 0; i < topics; i++) {
                    String answer = client.frame().data();
                    if (!answer.equals("OK")) {
                        throw new AssertionError(answer);
                    }
                }
            }
            Figures.await(daemon, topics);
            stop = stop(daemon);
        }
        long begin = System.nanoTime();
        try (Daemon daemon = setup.get().start()) {
            start = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - begin);
            found = Figures.waiting(daemon);
            long before = cpuMillis(daemon);
            // How much of a span of time it uses cannot be had without letting it pass.
            Thread.sleep(IDLE.toMillis());
            idleMillis = cpuMillis(daemon) - before;
            resident = residentMegabytes(daemon);
            stop(daemon);
        }
        Outcome outcome = new Outcome(
                String.format(Locale.ROOT, "%,d topics", topics),
                1,
                topics,
                topics - found,
                0,
                String.format(
                        Locale.ROOT,
                        "stop %.1f s, start %.1f s, idle CPU %.1f %%, resident %d MB",
                        stop / 1e3,
                        start / 1e3,
                        100.0 * idleMillis / IDLE.toMillis(),
                        resident));
        return new Result(outcome, stop, start);
    }

    private static String name(int i) {
        return String.format("topic-%05d", i);
    }

    private static long stop(Daemon daemon) throws InterruptedException {
        long begin = System.nanoTime();
        if (daemon.stop() != 0) {
            throw new AssertionError("no clean stop: " + daemon.log());
        }
        return TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - begin);
    }

    /** User and system time of the process so far. */
    private static long cpuMillis(Daemon daemon) {
        return ProcessHandle.of(daemon.pid())
                .flatMap(process -> process.info().totalCpuDuration())
                .orElseThrow()
                .toMillis();
    }

    private static long residentMegabytes(Daemon daemon) throws IOException {
        for (String line : Files.readAllLines(Path.of("/proc/" + daemon.pid() + "/status"))) {
            if (line.startsWith("VmRSS:")) {
                return Long.parseLong(line.replaceAll("[^0-9]", "")) / 1024;
            }
        }
        throw new IOException("the kernel does not tell");
    }
}
