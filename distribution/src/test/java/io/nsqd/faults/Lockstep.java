package io.nsqd.faults;

import io.nsqd.launcher.Daemon;
import io.nsqd.tcp.Delivery;
import java.nio.file.Path;
import java.time.Duration;
import org.awaitility.Awaitility;
import org.awaitility.core.ConditionTimeoutException;

/**
 * A consumer in lockstep with a producer over the disk queue: a file is read to its end before the writer leaves it (S-20).
 */
public final class Lockstep {
    private static final int BYTES = 100;

    private Lockstep() {}

    /**
     * What came of it.
     *
     * @param outcome the counts
     * @param badFiles files set aside as damaged
     * @param dataFiles data files of the topic and of the channel together, once everything is finished
     */
    public record Result(Outcome outcome, long badFiles, long dataFiles) {}

    /** Runs it. */
    public static Result run(Daemon.Setup setup, Path dataPath, int messages) throws Exception {
        try (Daemon daemon =
                setup.flags("--mem-queue-size=0", "--max-bytes-per-file=1000").start()) {
            int delivered = 0;
            int duplicated = 0;
            try (Session consumer = Session.consumer(daemon.tcpPort(), "t", "c", 1);
                    Session producer = new Session(daemon.tcpPort())) {
                for (int i = 0; i < messages; i++) {
                    String body = String.format("%0" + BYTES + "d", i);
                    if (!producer.send("PUB t", body)) {
                        throw new AssertionError("message " + i + " was refused");
                    }
                    Delivery delivery = consumer.next();
                    consumer.finish(delivery);
                    if (delivery.body().equals(body)) {
                        delivered++;
                    } else {
                        duplicated++;
                    }
                }
            }
            try {
                // What was read is deleted with the next sync.
                Awaitility.await()
                        .atMost(Duration.ofSeconds(20))
                        .until(() -> DataFiles.ofQueue(dataPath, "t") <= 1 && DataFiles.ofQueue(dataPath, "t:c") <= 1);
            } catch (ConditionTimeoutException e) {
                // The figure shows it.
                System.out.println("lockstep: files are left, " + e.getMessage());
            }
            long files = DataFiles.ofQueue(dataPath, "t") + DataFiles.ofQueue(dataPath, "t:c");
            long bad = DataFiles.count(dataPath, ".bad");
            Outcome outcome = new Outcome(
                    "lockstep on the disk queue",
                    1,
                    messages,
                    messages - delivered,
                    duplicated,
                    ".bad files " + bad + ", data files " + files);
            if (daemon.stop() != 0) {
                throw new AssertionError("no clean stop: " + daemon.log());
            }
            return new Result(outcome, bad, files);
        }
    }
}
