package io.nsqd.interop;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.nsqd.launcher.Daemon;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Every signal that the real nsqd survives ours survives, and what stops the real one cleanly stops ours so. */
@Tag("interop")
@Tag("O-61")
class SignalsIT {
    /** Those that nobody can do anything about, and two of the C library's own. */
    private static final Set<Integer> BEYOND = Set.of(9, 19, 32, 33);

    /** These stop a process until CONT, whatever it is. */
    private static final Set<Integer> PAUSING = Set.of(20, 21, 22);

    /** INT and TERM: clients may be answered until they are closed. */
    private static final Set<Integer> STOPPING = Set.of(2, 15);

    private static final int LAST = 64;

    @TempDir
    Path directory;

    /** What starts a daemon. */
    private interface Starter {
        Daemon start(Path data) throws IOException, InterruptedException;
    }

    @Test
    void oursSurvivesWhatTheRealOneSurvives() throws Exception {
        Map<Integer, String> theirs = outcomes("go", data -> GoTools.nsqd(data).start());
        Map<Integer, String> ours = outcomes("ours", data -> Daemon.of(data).start());
        Set<Integer> worse = new TreeSet<>();
        theirs.forEach((signal, outcome) -> {
            if (Set.of("lives", "exit 0").contains(outcome) && !ours.get(signal).equals(outcome)) {
                worse.add(signal);
            }
        });
        assertTrue(worse.isEmpty(), () -> worse + ": the real one " + theirs + ", ours " + ours);
        System.out.println("signals: the real one " + theirs + ", ours " + ours);
    }

    private Map<Integer, String> outcomes(String name, Starter starter) throws IOException, InterruptedException {
        Map<Integer, String> outcomes = new TreeMap<>();
        Path data = Files.createDirectories(directory.resolve(name));
        Daemon daemon = starter.start(data);
        try {
            for (int signal = 1; signal <= LAST; signal++) {
                if (BEYOND.contains(signal) || PAUSING.contains(signal)) {
                    continue;
                }
                if (!daemon.isAlive()) {
                    daemon = starter.start(data);
                }
                outcomes.put(signal, outcome(daemon, signal));
            }
        } finally {
            daemon.close();
        }
        return outcomes;
    }

    private static String outcome(Daemon daemon, int signal) throws IOException, InterruptedException {
        daemon.signal(Integer.toString(signal));
        if (STOPPING.contains(signal)) {
            return "exit " + daemon.awaitExit();
        }
        // Dying, with a dump perhaps, takes its time; one that lives answers for longer than that.
        for (int i = 0; i < 5 && daemon.isAlive(); i++) {
            if (!answers(daemon)) {
                await().atMost(Duration.ofSeconds(60)).until(() -> !daemon.isAlive());
            }
        }
        return daemon.isAlive() ? "lives" : "exit " + daemon.awaitExit();
    }

    private static boolean answers(Daemon daemon) throws InterruptedException {
        try {
            HttpRequest ping = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + daemon.httpPort() + "/ping"))
                    .timeout(Duration.ofSeconds(10))
                    .build();
            return HttpClient.newHttpClient()
                            .send(ping, HttpResponse.BodyHandlers.ofString())
                            .statusCode()
                    == 200;
        } catch (IOException e) {
            return false;
        }
    }
}
