package io.nsqd.faults;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.nsqd.launcher.Daemon;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A daemon that promises more than memory keeps has no file descriptors left for another segment of the journal. */
@Tag("B-18")
class DescriptorsIT {
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    /** What a daemon needs, and some tens of segments. */
    private static final int DESCRIPTORS = 100;

    /** Clients that do nothing but have a descriptor each. */
    private static final int IDLE = 12;

    /** One for each refusal, after which a connection is closed; and who comes later may find no descriptor. */
    private static final int PRODUCERS = 3;

    private static final int BODY_BYTES = 10_000;

    /** Many more than there are descriptors for. */
    private static final int MOST = 20_000;

    @TempDir
    Path directory;

    private final Set<Integer> acknowledged = new HashSet<>();
    private final Set<String> topics = new TreeSet<>();
    private int number;

    private Daemon.Setup daemon(String durability) {
        return Daemon.of(directory)
                .flags("--durability=" + durability, "--journal-segment-bytes=1048576", "--mem-queue-size=100000");
    }

    private static String body(int number) {
        return String.format("%0" + BODY_BYTES + "d", number);
    }

    /** Publishes, to a new topic every now and then, until it is refused; returns the words of that. */
    private String fill(Session producer) throws Exception {
        while (number < MOST) {
            String topic = "t" + number / 100;
            String answer = producer.ask("PUB " + topic, body(number));
            if (!answer.equals("OK")) {
                return answer;
            }
            topics.add(topic);
            acknowledged.add(number++);
        }
        throw new AssertionError("never refused");
    }

    private static void assertClear(String answer, Daemon daemon) throws Exception {
        assertTrue(answer.startsWith("E_PUB_FAILED"), answer);
        assertTrue(answer.contains("too many open files"), answer);
        String ping = Figures.ping(daemon);
        assertTrue(ping.startsWith("500 NOK - ") && ping.contains("too many open files"), ping);
    }

    @ParameterizedTest
    @ValueSource(strings = {"written", "synced"})
    void publishesAreRefusedUntilThereAreSomeAgainAndNothingIsLost(String durability) throws Exception {
        try (Daemon daemon =
                daemon(durability).after("ulimit -n " + DESCRIPTORS).start()) {
            List<Session> producers = new ArrayList<>();
            for (int i = 0; i < PRODUCERS; i++) {
                producers.add(new Session(daemon.tcpPort()));
            }
            List<Session> idle = new ArrayList<>();
            for (int i = 0; i < IDLE; i++) {
                idle.add(new Session(daemon.tcpPort()));
            }
            // Its connection is used again, so that there is one when there is no descriptor for another.
            assertEquals("200 OK", Figures.ping(daemon));

            assertClear(fill(producers.get(0)), daemon);
            int before = acknowledged.size();
            assertTrue(before > 100, before + " were taken");
            for (Session session : idle) {
                session.close();
            }
            Awaitility.await().atMost(PATIENCE).until(() -> Figures.ping(daemon).equals("200 OK"));
            assertClear(fill(producers.get(1)), daemon);
            assertTrue(acknowledged.size() > before, "no more were taken once there were descriptors again");
            daemon.kill();
        }
        Set<Integer> came = new HashSet<>();
        try (Daemon daemon = daemon(durability).start()) {
            for (String topic : topics) {
                Session.drain(daemon, topic, "c", delivery -> came.add(Integer.valueOf(delivery.body())));
            }
            assertEquals(0, daemon.stop());
        }
        Set<Integer> missing = new HashSet<>(acknowledged);
        missing.removeAll(came);
        new Outcome(
                        "no descriptors, " + durability,
                        1,
                        acknowledged.size(),
                        missing.size(),
                        0,
                        topics.size() + " topics")
                .report("ours");
        assertEquals(Set.of(), missing);
    }
}
