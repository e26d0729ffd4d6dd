package io.nsqd.faults;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.nsqd.interop.HttpApi;
import io.nsqd.launcher.Daemon;
import io.nsqd.tcp.Delivery;
import io.nsqd.tcp.Frame;
import io.nsqd.tcp.V2Client;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * One channel is filled again while messages are published and another channel of the topic receives them: what that notices of it,
 * side by side with moments when the replay stands still, as its consumer takes nothing, and with a consumer of what just waits. {@code
 * -Dfaults.replayed=1000000} with a million.
 */
@Tag("long")
class ReplayLatencyIT {
    private static final int MESSAGES = ReplayIT.MESSAGES;
    private static final int BATCH = 100;
    private static final int PHASES = 10;

    /** New messages a second. */
    private static final int RATE = 2000;

    /**
     * How much longer most messages may take beside a replay: one that held up its topic, or an event loop, would be far beyond, and a
     * busy machine is not. The p99, which a busy machine has as it likes, is only told.
     */
    private static final double MOST = 10;

    private static final String TOPIC = "orders";

    @TempDir
    Path directory;

    /** When a message was to be published, and how much later the other channel's consumer had it, in nanoseconds. */
    private record Sample(long due, long latency) {}

    private record Phase(boolean replaying, long begin, long end) {
        boolean has(Sample sample) {
            return sample.due - begin >= 0 && sample.due - end < 0;
        }
    }

    /**
     * @param replay whether the channel is filled again, or else has everything waiting from the start: what a consumer costs
     *     that is as fast
     * @param rate the channel's consume-rate, or 0
     */
    @ParameterizedTest
    @CsvSource({"true, 20000", "false, 20000", "true, 0", "false, 0"})
    void otherChannelsAreServedWhileOneIsFilledAgain(boolean replay, int rate) throws Exception {
        try (Daemon daemon = Daemon.of(directory).start()) {
            HttpApi.of(daemon).post("/topic/create?topic=" + TOPIC, "");
            HttpApi.of(daemon).post("/topic/policy?topic=" + TOPIC, "{\"retain-bytes\":1000000000}");
            HttpApi.of(daemon).post("/channel/create?topic=" + TOPIC + "&channel=c", "");
            HttpApi.of(daemon).post("/channel/policy?topic=" + TOPIC + "&channel=c", "{\"consume-rate\":" + rate + "}");
            ReplayIT.publish(daemon, 0, MESSAGES, 0);
            if (replay) {
                HttpApi.of(daemon).post("/channel/empty?topic=" + TOPIC + "&channel=c", "");
            }
            HttpApi.of(daemon).post("/channel/create?topic=" + TOPIC + "&channel=other", "");
            ExecutorService threads = Executors.newCachedThreadPool();
            try (Replayed replayed = new Replayed(daemon)) {
                AtomicBoolean over = new AtomicBoolean();
                Future<Integer> publisher = threads.submit(publisher(daemon, over));
                Future<List<Sample>> other = threads.submit(receiver(daemon));
                if (replay) {
                    HttpApi.of(daemon).post("/channel/rewind?topic=" + TOPIC + "&channel=c&to=beginning", "");
                }
                List<Phase> phases = new ArrayList<>();
                for (int i = 1; i <= PHASES; i++) {
                    phases.add(replayed.goOn((int) ((long) MESSAGES * i / PHASES)));
                    phases.add(replayed.standStill(phases.get(phases.size() - 1)));
                }
                over.set(true);
                int published = publisher.get(1, TimeUnit.MINUTES);
                List<Sample> samples = other.get(1, TimeUnit.MINUTES);
                replayed.finish(published);
                assertEquals(published, samples.size());
                report(replay, rate, phases, samples);
            } finally {
                threads.shutdownNow();
            }
        }
    }

    /** Publishes what is new, each with when it was due, and a last one; how many that were. */
    private static Callable<Integer> publisher(Daemon daemon, AtomicBoolean over) {
        return () -> {
            int published = 0;
            try (Session session = new Session(daemon.tcpPort())) {
                long due = System.nanoTime();
                while (!over.get()) {
                    due += 1_000_000_000 / RATE;
                    for (long early = due - System.nanoTime(); early > 0; early = due - System.nanoTime()) {
                        LockSupport.parkNanos(early);
                    }
                    assertTrue(session.send("PUB " + TOPIC, "due " + due));
                    published++;
                }
                assertTrue(session.send("PUB " + TOPIC, "over"));
            }
            return published;
        };
    }

    private static Callable<List<Sample>> receiver(Daemon daemon) throws IOException {
        Session session = Session.consumer(daemon.tcpPort(), TOPIC, "other", BATCH);
        return () -> {
            List<Sample> samples = new ArrayList<>();
            try (session) {
                while (true) {
                    Delivery delivery = session.next();
                    long now = System.nanoTime();
                    session.finish(delivery);
                    if (delivery.body().equals("over")) {
                        return samples;
                    }
                    long due = Long.parseLong(delivery.body().substring("due ".length()));
                    samples.add(new Sample(due, now - due));
                }
            }
        };
    }

    /** The consumer of the channel that is filled again. */
    private static final class Replayed implements AutoCloseable {
        private static final int READY = 500;

        private final V2Client client;
        private final BitSet numbers = new BitSet(MESSAGES);
        private final StringBuilder settled = new StringBuilder();
        private int old;
        private int fresh;
        private boolean over;

        Replayed(Daemon daemon) throws IOException {
            client = V2Client.connect(daemon.tcpPort());
            client.send(V2Client.MAGIC);
            client.line("SUB " + TOPIC + " c");
            client.frame();
        }

        /** Takes until so many of the old ones have come. */
        Phase goOn(int until) throws IOException {
            long begin = System.nanoTime();
            client.line("RDY " + READY);
            while (old < until) {
                for (int i = 0; i < BATCH && old < until; i++) {
                    next();
                }
                settle();
            }
            return new Phase(true, begin, System.nanoTime());
        }

        /** Takes nothing for as long as it took before; what was on its way comes first. */
        Phase standStill(Phase before) throws IOException {
            client.line("RDY 0");
            long begin = System.nanoTime();
            long end = begin + (before.end - before.begin);
            for (long left = end - System.nanoTime(); left > 0; left = end - System.nanoTime()) {
                if (client.hearsWithin(Duration.ofNanos(Math.max(left, 1_000_000)))) {
                    next();
                    settle();
                }
            }
            return new Phase(false, begin, end);
        }

        /** Takes what is left of what was published meanwhile. */
        void finish(int published) throws IOException {
            client.line("RDY " + READY);
            while (!over || fresh < published || old < MESSAGES) {
                next();
                settle();
            }
            assertEquals(published, fresh);
            assertFalse(client.hearsWithin(Duration.ofMillis(500)), "more came than there is");
        }

        private void next() throws IOException {
            Frame frame = client.frame();
            if (frame.equals(Frame.HEARTBEAT)) {
                client.line("NOP");
                return;
            }
            Delivery delivery = frame.delivery();
            String body = delivery.body();
            if (body.equals("over")) {
                over = true;
            } else if (body.startsWith("due")) {
                fresh++;
            } else {
                int number = Integer.parseInt(body);
                assertFalse(numbers.get(number), () -> "message " + number + " came twice");
                numbers.set(number);
                old++;
            }
            settled.append("FIN ").append(delivery.id()).append('\n');
        }

        private void settle() throws IOException {
            client.send(settled.toString());
            settled.setLength(0);
        }

        @Override
        public void close() throws IOException {
            client.close();
        }
    }

    /** The first of both warms up, and does not count. */
    private static void report(boolean replay, int rate, List<Phase> phases, List<Sample> samples) throws IOException {
        List<Long> replaying = new ArrayList<>();
        List<Long> still = new ArrayList<>();
        for (Phase phase : phases.subList(2, phases.size())) {
            samples.stream().filter(phase::has).forEach(sample -> (phase.replaying ? replaying : still)
                    .add(sample.latency));
        }
        long nanos = phases.stream()
                .filter(Phase::replaying)
                .mapToLong(phase -> phase.end - phase.begin)
                .sum();
        double ratio = percentile(replaying, 0.99) / percentile(still, 0.99);
        String text = String.format(
                Locale.ROOT,
                "| %s beside %d new messages a second | %d messages at %.0f a second%s: another channel's p50 %.2f ms"
                        + " (without %.2f), p99 %.2f ms (without %.2f), ratio %.2f; missing 0, twice 0 |%n",
                replay ? "replay" : "backlog",
                RATE,
                MESSAGES,
                MESSAGES * 1e9 / nanos,
                rate > 0 ? ", as consume-rate has it" : "",
                percentile(replaying, 0.5),
                percentile(still, 0.5),
                percentile(replaying, 0.99),
                percentile(still, 0.99),
                ratio);
        ReplayIT.tell(text);
        assertTrue(!replay || percentile(replaying, 0.5) < MOST * percentile(still, 0.5), text);
    }

    /** In milliseconds. */
    private static double percentile(List<Long> nanos, double which) {
        Collections.sort(nanos);
        return nanos.get((int) (nanos.size() * which)) / 1e6;
    }
}
