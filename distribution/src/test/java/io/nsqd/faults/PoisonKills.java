package io.nsqd.faults;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.nsqd.interop.HttpApi;
import io.nsqd.launcher.Daemon;
import io.nsqd.tcp.Delivery;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Supplier;

/**
 * Kills at random moments of a daemon that promises {@code written}, while a consumer gives every tenth message back each time: each of
 * those is a dead letter in the end, and none was delivered oftener than the policy says.
 */
final class PoisonKills {
    static final int READY = 20;

    private static final int ATTEMPTS = 3;
    private static final int BATCH = 10;
    private static final long PATIENCE_NANOS = 60_000_000_000L;

    private final int memory;
    private final Random random;
    private final AtomicInteger numbers = new AtomicInteger();
    private final Set<Integer> acknowledged = ConcurrentHashMap.newKeySet();
    private final Map<Integer, Integer> delivered = new ConcurrentHashMap<>();
    private final Map<Integer, Integer> dead = new ConcurrentHashMap<>();
    private final AtomicInteger tooOften = new AtomicInteger();

    private PoisonKills(int memory, long seed) {
        this.memory = memory;
        random = new Random(seed);
    }

    /**
     * What came of it.
     *
     * @param poisoned messages that were given back each time
     * @param tooOften deliveries of them beyond what the policy says
     * @param outcome of these, as dead letters, and of all others, as messages
     */
    record Result(int poisoned, int tooOften, Outcome outcome) {}

    /** @param memory messages that wait in memory, and so never go to the disk */
    static Result run(Supplier<Daemon.Setup> setup, int memory, int kills, long seed) throws Exception {
        return new PoisonKills(memory, seed).go(setup, kills, seed);
    }

    /** Says the policy that all of it is about. */
    static void say(Daemon daemon) throws IOException, InterruptedException {
        HttpApi.of(daemon)
                .post(
                        "/channel/policy?topic=t&channel=*",
                        "{\"max-attempts\":" + ATTEMPTS + ",\"dead-letter-topic\":\"dead\"}");
    }

    private static boolean isPoison(int number) {
        return number % 10 == 0;
    }

    private Result go(Supplier<Daemon.Setup> setup, int kills, long seed) throws Exception {
        try (Daemon daemon = start(setup)) {
            say(daemon);
            assertEquals(0, daemon.stop());
        }
        for (int kill = 0; kill < kills; kill++) {
            try (Daemon daemon = start(setup)) {
                killUnderLoad(daemon);
                Work.assertNothingOddButTornWrites(daemon);
            }
        }
        try (Daemon daemon = start(setup)) {
            digest(daemon);
            Session.drain(
                    daemon, "dead", "d", delivery -> dead.merge(Integer.valueOf(delivery.body()), 1, Integer::sum));
            Work.assertNothingOddButTornWrites(daemon);
            assertEquals(0, daemon.stop());
        }
        List<Integer> poisoned =
                acknowledged.stream().filter(PoisonKills::isPoison).toList();
        long lost = acknowledged.stream()
                .filter(number -> !(isPoison(number) ? dead : delivered).containsKey(number))
                .count();
        long twice = dead.values().stream().mapToLong(times -> times - 1).sum();
        Outcome outcome = new Outcome(
                "poison, written, memory " + memory,
                kills,
                acknowledged.size(),
                lost,
                twice,
                poisoned.size() + " poisoned, too often " + tooOften + ", seed " + seed);
        return new Result(poisoned.size(), tooOften.get(), outcome);
    }

    private Daemon start(Supplier<Daemon.Setup> setup) throws IOException {
        return setup.get()
                .flags("--durability=written", "--mem-queue-size=" + memory, "--journal-segment-bytes=1048576")
                .start();
    }

    private void killUnderLoad(Daemon daemon) throws Exception {
        int port = daemon.tcpPort();
        Session.consumer(port, "t", "c", 0).close();
        int before = dead();
        int published = acknowledged.size();
        Collection<Throwable> failures = new ConcurrentLinkedQueue<>();
        List<Thread> threads =
                List.of(Work.start(failures, () -> publish(port)), Work.start(failures, () -> consume(port)));
        long patience = System.nanoTime() + PATIENCE_NANOS;
        while (dead() < before + BATCH || acknowledged.size() < published + BATCH) {
            if (System.nanoTime() > patience || !failures.isEmpty()) {
                throw new AssertionError("stuck: " + failures + daemon.log());
            }
            LockSupport.parkNanos(100_000);
        }
        LockSupport.parkNanos(random.nextInt(200_000_000));
        daemon.kill();
        for (Thread thread : threads) {
            thread.join();
        }
        assertEquals(List.of(), List.copyOf(failures));
    }

    /** Those that were given back for the last time. */
    private int dead() {
        return (int) delivered.entrySet().stream()
                .filter(each -> isPoison(each.getKey()) && each.getValue() >= ATTEMPTS)
                .count();
    }

    private void publish(int port) throws IOException {
        try (Session session = new Session(port)) {
            while (true) {
                int first = numbers.getAndAdd(BATCH);
                List<String> bodies = new ArrayList<>();
                for (int i = 0; i < BATCH; i++) {
                    bodies.add(Integer.toString(first + i));
                }
                if (!session.sendBatch("t", bodies.toArray(new String[0]))) {
                    throw new AssertionError("refused");
                }
                for (int i = 0; i < BATCH; i++) {
                    acknowledged.add(first + i);
                }
            }
        }
    }

    private void consume(int port) throws IOException {
        try (Session session = Session.consumer(port, "t", "c", READY)) {
            while (true) {
                settle(session, session.next());
            }
        }
    }

    private void settle(Session session, Delivery delivery) throws IOException {
        int number = Integer.parseInt(delivery.body());
        int times = delivered.merge(number, 1, Integer::sum);
        if (isPoison(number)) {
            if (times > ATTEMPTS || delivery.attempts() > ATTEMPTS) {
                tooOften.incrementAndGet();
            }
            session.giveBack(delivery);
        } else {
            session.finish(delivery);
        }
    }

    /** Goes on with what is left, until nothing is. */
    private void digest(Daemon daemon) throws Exception {
        Collection<Throwable> failures = new ConcurrentLinkedQueue<>();
        Session session = Session.consumer(daemon.tcpPort(), "t", "c", READY);
        Thread thread = Work.start(failures, () -> {
            while (true) {
                settle(session, session.next());
            }
        });
        long patience = System.nanoTime() + PATIENCE_NANOS;
        while (Figures.waiting(daemon, "t", "c") > 0 && failures.isEmpty() && System.nanoTime() < patience) {
            LockSupport.parkNanos(10_000_000);
        }
        session.close();
        thread.join();
        assertEquals(List.of(), List.copyOf(failures));
    }
}
