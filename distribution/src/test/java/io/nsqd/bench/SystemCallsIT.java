package io.nsqd.bench;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.nsqd.launcher.Daemon;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * What a message costs the daemon in system calls, counted by strace, all threads of the process together. Messages have bodies of
 * 100 bytes and stay in memory; the journal of {@code written} takes two for an MPUB of more than 8 KiB, and none for smaller ones.
 *
 * <p>Bounded are the calls that the connections make, which follow from what the client sends and are nearly the same everywhere,
 * and all calls together, which include what threads need to wait for each other, and the work of the JVM itself: compiling,
 * collecting garbage. Of some rounds the cheapest counts, as most of the JVM's work is done in the first. Seen were, in calls a
 * message:
 *
 * <table>
 * <caption>Figures and bounds</caption>
 * <tr><th></th><th>connections</th><th>bound</th><th>all</th><th>bound</th></tr>
 * <tr><td>MPUB of 100, answered one by one</td><td>0.030</td><td>0.06</td><td>0.03</td><td>0.25</td></tr>
 * <tr><td>PUB, up to 500 unanswered</td><td>0.006</td><td>0.1</td><td>0.01</td><td>0.25</td></tr>
 * <tr><td>receive and FIN</td><td>0.003</td><td>0.05</td><td>0.01</td><td>0.25</td></tr>
 * </table>
 *
 * <p>An MPUB takes a wait, a read and a write: not one more for each of them may come, such as to wake another thread. PUBs are sent
 * 100 at once; in the worst case so many are a read, and then they cost what an MPUB does. Messages go to a consumer some
 * hundreds at once, and so its FINs come back. Strace slows each call down so that more of what is on its way comes together;
 * but one write for each answer or message is one write all the same. It takes a few seconds: where every message had a call of its
 * own it would take minutes, hence the limit.
 *
 * <p>Who waits for bundles to change does next to nothing: seen were 5 calls a second, all of them of the look that is taken every ten
 * seconds, and of the JVM's as it compiles that.
 */
@Tag("interop")
@Timeout(value = 3, unit = TimeUnit.MINUTES)
final class SystemCallsIT {
    private static final int ROUNDS = 4;

    /** Batches of PUBs that are sent before the first is answered. */
    private static final int OUTSTANDING = 5;

    private static final double MOST_FOR_MPUB = 0.06;
    private static final double MOST_FOR_PUB = 0.1;
    private static final double MOST_FOR_DELIVERY = 0.05;
    private static final double MOST_OF_ALL = 0.25;

    /** A second. */
    private static final int MOST_IDLE = 10;

    private static final int SECONDS_IDLE = 20;

    /** What connections do, on whichever kind of event loop. */
    private static final Set<String> OF_CONNECTIONS = Set.of(
            "read",
            "readv",
            "recvfrom",
            "recvmsg",
            "write",
            "writev",
            "sendto",
            "sendmsg",
            "shutdown",
            "epoll_ctl",
            "epoll_wait",
            "epoll_pwait",
            "epoll_pwait2",
            "poll",
            "ppoll",
            "timerfd_settime",
            "io_uring_enter");

    @TempDir
    private Path directory;

    private Daemon daemon;
    private Address address;
    private int topics;

    private void start(String durability) throws Exception {
        daemon = Daemon.of(directory)
                .flags("--mem-queue-size=" + ROUNDS * Loads.MESSAGES, "--durability=" + durability)
                .start();
        address = new Address("127.0.0.1", daemon.tcpPort());
    }

    @AfterEach
    void stop() {
        daemon.close();
    }

    /** Calls a message. */
    private record Cost(double ofConnections, double all) {
        static final Cost INFINITE = new Cost(Double.MAX_VALUE, Double.MAX_VALUE);

        static Cost of(Map<String, Long> calls) {
            long connections = 0;
            long all = 0;
            for (Map.Entry<String, Long> call : calls.entrySet()) {
                all += call.getValue();
                if (OF_CONNECTIONS.contains(call.getKey())) {
                    connections += call.getValue();
                }
            }
            return new Cost(connections / (double) Loads.MESSAGES, all / (double) Loads.MESSAGES);
        }

        Cost least(Cost other) {
            return new Cost(Math.min(ofConnections, other.ofConnections), Math.min(all, other.all));
        }
    }

    /** A publisher to a topic with one channel, and the consumer of that. */
    private final class Round implements AutoCloseable {
        private final String topic;
        private final TcpConnection publisher;
        private final TcpConnection consumer;

        Round() throws BenchException {
            topics++;
            topic = "calls-" + topics;
            publisher = TcpConnection.publisher(address);
            consumer = TcpConnection.consumer(address);
            consumer.subscribe(topic, "c");
        }

        ByteBuffer mpub() {
            return publisher.mpub(topic, new byte[Loads.BODY_BYTES], Loads.BATCH);
        }

        ByteBuffer pubs() {
            return Rounds.repeat(publisher.pub(topic, new byte[Loads.BODY_BYTES]), Loads.BATCH);
        }

        Cost cost(Loads.Load load) throws Exception {
            try (Strace strace = Strace.attach(daemon.pid(), directory.resolve("strace.txt"))) {
                load.run();
                return Cost.of(strace.detach());
            }
        }

        @Override
        public void close() {
            publisher.close();
            consumer.close();
        }
    }

    private interface Measurement {
        Cost of(Round round) throws Exception;
    }

    private void assertAtMost(double bound, Measurement measurement, String what) throws Exception {
        Cost least = Cost.INFINITE;
        for (int i = 0; i < ROUNDS; i++) {
            try (Round round = new Round()) {
                least = least.least(measurement.of(round));
            }
        }
        String cost = String.format(
                "%s: %.4f system calls of connections a message, at most %.2f are allowed; %.4f with all others, at most %.2f",
                what, least.ofConnections(), bound, least.all(), MOST_OF_ALL);
        System.out.println(cost);
        assertTrue(least.ofConnections() > 0, () -> "connections cannot do without: " + cost);
        assertTrue(least.ofConnections() <= bound && least.all() <= MOST_OF_ALL, cost);
    }

    @ParameterizedTest
    @ValueSource(strings = {"memory", "written"})
    void mpub(String durability) throws Exception {
        start(durability);
        assertAtMost(
                MOST_FOR_MPUB,
                round -> {
                    ByteBuffer frame = round.mpub();
                    return round.cost(() -> Loads.publish(round.publisher, frame, 1));
                },
                durability + ", MPUB");
    }

    @ParameterizedTest
    @ValueSource(strings = {"memory", "written"})
    void manyPubsAtOnce(String durability) throws Exception {
        start(durability);
        assertAtMost(
                MOST_FOR_PUB,
                round -> {
                    ByteBuffer frames = round.pubs();
                    return round.cost(() -> Loads.pipeline(round.publisher, frames, Loads.BATCH, OUTSTANDING));
                },
                durability + ", PUB");
    }

    @ParameterizedTest
    @ValueSource(strings = {"memory", "written"})
    void receiveAndFinish(String durability) throws Exception {
        start(durability);
        assertAtMost(
                MOST_FOR_DELIVERY,
                round -> {
                    Loads.publish(round.publisher, round.mpub(), 1);
                    return round.cost(() -> Loads.consume(round.consumer));
                },
                durability + ", receive and FIN");
    }

    @Test
    void waitingForBundlesToChange() throws Exception {
        start("memory");
        // The first looks are over, and with them what follows from the start.
        await().pollDelay(Duration.ofSeconds(3)).until(() -> true);
        Map<String, Long> calls;
        try (Strace strace = Strace.attachToThreads(
                daemon.pid(),
                Set.of("nsqd-bundles", "nsqd-folders", "FileSystemWatch"),
                directory.resolve("strace.txt"))) {
            // Two looks, wherever it begins.
            await().pollDelay(Duration.ofSeconds(SECONDS_IDLE))
                    .atMost(Duration.ofMinutes(1))
                    .until(() -> true);
            calls = strace.detach();
        }
        double perSecond = calls.values().stream().mapToLong(Long::longValue).sum() / (double) SECONDS_IDLE;
        String cost = String.format(
                "waiting for bundles to change: %.1f system calls a second, at most %d are allowed: %s",
                perSecond, MOST_IDLE, calls);
        System.out.println(cost);
        assertTrue(calls.containsKey("openat"), () -> "it looks every ten seconds: " + cost);
        assertTrue(perSecond < MOST_IDLE, cost);
    }
}
