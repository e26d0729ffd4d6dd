package io.nsqd.faults;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.nsqd.interop.HttpApi;
import io.nsqd.launcher.Daemon;
import io.nsqd.tcp.Delivery;
import io.nsqd.tcp.V2Client;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.util.Arrays;
import java.util.Locale;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.IntStream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * A channel is filled again with what its topic has retained while publishing goes on, and not a message is missing or comes twice; {@code
 * -Dfaults.replayed=1000000} with a million. What others notice of it is printed.
 */
class ReplayIT {
    static final int MESSAGES = Integer.getInteger("faults.replayed", 100_000);
    private static final int BATCH = 100;

    /** In the middle of a replay the daemon says every second how far it has come: so many may come again after a kill. */
    private static final int UNNOTED = 200_000;

    /** Far longer than anything takes. */
    private static final Duration PATIENCE = Duration.ofSeconds(20);

    private static final Duration SILENCE = Duration.ofMillis(500);

    @TempDir
    Path directory;

    /** Publishes numbers, and so many a second where that is not 0. */
    static void publish(Daemon daemon, int from, int to, int rate) throws IOException {
        try (Session session = new Session(daemon.tcpPort())) {
            String[] batch = new String[BATCH];
            long next = System.nanoTime();
            for (int i = from; i < to; i += BATCH) {
                for (int j = 0; j < BATCH; j++) {
                    batch[j] = Integer.toString(i + j);
                }
                assertTrue(session.sendBatch("orders", batch));
                if (rate > 0) {
                    next += 1_000_000_000L * BATCH / rate;
                    while (System.nanoTime() - next < 0) {
                        Thread.onSpinWait();
                    }
                }
            }
        }
    }

    /** Consumes and counts. */
    private static final class Counting implements AutoCloseable {
        private final V2Client client;
        private final int[] counts;
        private final StringBuilder settled = new StringBuilder();
        private int received;

        Counting(Daemon daemon, String channel, int numbers) throws IOException {
            counts = new int[numbers];
            client = V2Client.connect(daemon.tcpPort());
            client.send(V2Client.MAGIC);
            client.line("SUB orders " + channel);
            client.frame();
            client.line("RDY 500");
        }

        void consume(int until) throws IOException {
            while (received < until) {
                next();
            }
            settle();
        }

        private int next() throws IOException {
            client.skipHeartbeats();
            Delivery delivery = client.frame().delivery();
            int number = Integer.parseInt(delivery.body());
            counts[number]++;
            received++;
            settled.append("FIN ").append(delivery.id()).append('\n');
            if (received % BATCH == 0) {
                settle();
            }
            return number;
        }

        private void settle() throws IOException {
            client.send(settled.toString());
            settled.setLength(0);
        }

        /** Whether another one comes, if it takes its time. */
        boolean hearsMore() throws IOException {
            return client.hearsWithin(PATIENCE);
        }

        boolean isSilent() throws IOException {
            return !client.hearsWithin(SILENCE);
        }

        @Override
        public void close() throws IOException {
            client.close();
        }
    }

    private static String waitingNow(Daemon daemon) {
        try {
            return " waiting " + Figures.waiting(daemon);
        } catch (Exception e) {
            return e.toString();
        }
    }

    /** The numbers that came less than twice, and how often. */
    private static String lacking(int[] before, int[] after) {
        int[] numbers = IntStream.range(0, before.length)
                .filter(i -> before[i] + after[i] < 2)
                .toArray();
        return numbers.length + " from " + numbers[0] + " to " + numbers[numbers.length - 1] + ", of the first "
                + before[numbers[0]] + " before and " + after[numbers[0]] + " after the kill";
    }

    @Test
    void allOfItComesOnceMoreWhilePublishingGoesOn() throws Exception {
        int more = MESSAGES / 5;
        try (Daemon daemon = Daemon.of(directory).start()) {
            HttpApi.of(daemon).post("/topic/create?topic=orders", "");
            HttpApi.of(daemon)
                    .post("/topic/policy?topic=orders", "{\"retain-bytes\":1000000000,\"retain-time\":\"1h\"}");
            HttpApi.of(daemon).post("/channel/create?topic=orders&channel=c", "");
            try (Counting consumer = new Counting(daemon, "c", MESSAGES + more)) {
                publish(daemon, 0, MESSAGES, 0);
                consumer.consume(MESSAGES);
                // What it has not read the end of is not finished.
                Figures.await(daemon, 0);
                AtomicReference<Throwable> failure = new AtomicReference<>();
                Thread publisher = new Thread(() -> {
                    try {
                        publish(daemon, MESSAGES, MESSAGES + more, 20_000);
                    } catch (IOException | AssertionError e) {
                        failure.set(e);
                    }
                });
                publisher.start();
                long begin = System.nanoTime();
                HttpApi.of(daemon).post("/channel/rewind?topic=orders&channel=c&to=beginning", "");
                consumer.consume(2 * MESSAGES + more);
                double seconds = (System.nanoTime() - begin) / 1e9;
                publisher.join();
                assertEquals(null, failure.get());
                assertTrue(consumer.isSilent(), "more came than there is");
                for (int i = 0; i < MESSAGES + more; i++) {
                    int number = i;
                    assertEquals(i < MESSAGES ? 2 : 1, consumer.counts[i], () -> "message " + number);
                }
                report(seconds, more);
            }
            // One that begins in the past has all of it once.
            HttpApi.of(daemon).post("/channel/create?topic=orders&channel=late&from=1h", "");
            try (Counting late = new Counting(daemon, "late", MESSAGES + more)) {
                late.consume(MESSAGES + more);
                assertTrue(late.isSilent());
                assertTrue(Arrays.stream(late.counts).allMatch(count -> count == 1));
            }
            assertEquals(0, daemon.stop());
        }
    }

    private static void report(double seconds, int more) throws IOException {
        String text = String.format(
                Locale.ROOT,
                "| replay | %d messages again and %d new ones in %.1f s: %.0f a second, missing 0, twice 0 |%n",
                MESSAGES,
                more,
                seconds,
                (MESSAGES + more) / seconds);
        tell(text);
    }

    /** Prints a row, and adds it to the file {@code replay.txt} beside the distribution. */
    static void tell(String text) throws IOException {
        System.out.print(text);
        Files.writeString(
                Daemon.home().resolveSibling("replay.txt"), text, StandardOpenOption.CREATE, StandardOpenOption.APPEND);
    }

    /** @param noted whether it was noted in between how far it had come */
    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void aKillInTheMiddleCostsNothing(boolean noted) throws Exception {
        Daemon.Setup setup = Daemon.of(directory).flags("--durability=written");
        int killed = MESSAGES / 3;
        int[] counts;
        try (Daemon daemon = setup.start()) {
            HttpApi.of(daemon).post("/topic/create?topic=orders", "");
            HttpApi.of(daemon).post("/topic/policy?topic=orders", "{\"retain-bytes\":1000000000}");
            HttpApi.of(daemon).post("/channel/create?topic=orders&channel=c", "");
            try (Counting consumer = new Counting(daemon, "c", MESSAGES)) {
                publish(daemon, 0, MESSAGES, 0);
                consumer.consume(MESSAGES);
                // What it has not read the end of is not finished.
                Figures.await(daemon, 0);
                HttpApi.of(daemon).post("/channel/rewind?topic=orders&channel=c&to=beginning", "");
                consumer.consume(MESSAGES + killed);
                counts = consumer.counts;
                Path notes = directory.resolve("retained/orders.topic/c.rewind");
                if (noted) {
                    FileTime before = Files.getLastModifiedTime(notes);
                    Awaitility.await().atMost(PATIENCE).until(() -> !Files.getLastModifiedTime(notes)
                            .equals(before));
                }
                daemon.kill();
            }
        }
        try (Daemon daemon = setup.start();
                Counting consumer = new Counting(daemon, "c", MESSAGES)) {
            int[] before = counts;
            long lacking =
                    IntStream.range(0, MESSAGES).filter(i -> before[i] < 2).count();
            while (lacking > 0 || !consumer.isSilent()) {
                assertTrue(
                        lacking == 0 || consumer.hearsMore(),
                        () -> "missing: " + lacking(before, consumer.counts) + daemon.log() + waitingNow(daemon));
                int number = consumer.next();
                if (counts[number] + consumer.counts[number] == 2) {
                    lacking--;
                }
                if (lacking == 0) {
                    consumer.settle();
                }
            }
            int again = 0;
            for (int i = 0; i < MESSAGES; i++) {
                int number = i;
                int count = counts[i] + consumer.counts[i];
                assertTrue(count >= 2, () -> "message " + number + " is missing");
                again += count - 2;
            }
            System.out.printf(Locale.ROOT, "| replay, killed | %d messages, missing 0, twice %d |%n", MESSAGES, again);
            assertTrue(again <= UNNOTED, again + " came once too often");
            assertFalse(Files.exists(directory.resolve("retained/orders.topic/c.rewind")));
        }
    }
}
