package io.nsqd.faults;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.nsqd.launcher.Daemon;
import io.nsqd.tcp.Delivery;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Supplier;

/**
 * Kills at random moments of a daemon that promises more than memory, under PUB, MPUB, DPUB, REQ and FIN at once: all that was
 * acknowledged and not finished comes, what was held back not before it is due.
 */
final class PromiseKills {
    private static final List<String> CHANNELS = List.of("consumed", "left", "given_back");

    /** Messages that a consumer may have in flight. */
    static final int READY = 20;

    private static final int BATCH = 10;
    private static final int BURST_BATCH = 500;
    private static final int MOST_DELAY_MILLIS = 3000;
    private static final long PATIENCE_NANOS = 60_000_000_000L;

    private final String durability;
    private final int memory;
    private final Random random;
    private final Set<Integer> acknowledged = ConcurrentHashMap.newKeySet();
    private final Map<String, Map<Integer, Integer>> delivered = new TreeMap<>();

    /** Those of which the daemon is known to have read the FIN, as it did something afterwards that the FIN was needed for. */
    private final Set<Integer> finished = ConcurrentHashMap.newKeySet();

    /** When a message may come at the earliest, in milliseconds since the epoch. */
    private final Map<Integer, Long> due = new ConcurrentHashMap<>();

    private final AtomicLong earliestMillis = new AtomicLong();
    private final AtomicInteger again = new AtomicInteger();
    private final AtomicInteger numbers = new AtomicInteger();
    private final AtomicInteger deliveries = new AtomicInteger();

    private PromiseKills(String durability, int memory, long seed) {
        this.durability = durability;
        this.memory = memory;
        random = new Random(seed);
        CHANNELS.forEach(channel -> delivered.put(channel, new ConcurrentHashMap<>()));
    }

    /**
     * What came of it.
     *
     * @param outcomes by channel
     * @param again deliveries of messages of which the daemon had read the FIN before it was killed
     * @param tooEarlyMillis by how much a message that was held back came too early at the worst
     */
    record Result(Collection<Outcome> outcomes, int again, long tooEarlyMillis) {}

    static Result run(Supplier<Daemon.Setup> setup, String durability, int memory, int kills, long seed)
            throws Exception {
        return new PromiseKills(durability, memory, seed).go(setup, kills, seed);
    }

    private Result go(Supplier<Daemon.Setup> setup, int kills, long seed) throws Exception {
        for (int kill = 0; kill < kills; kill++) {
            try (Daemon daemon = start(setup)) {
                killUnderLoad(daemon);
                Work.assertNothingOddButTornWrites(daemon);
            }
        }
        try (Daemon daemon = start(setup)) {
            for (String channel : CHANNELS) {
                Session.drain(daemon, "t", channel, delivery -> note(channel, delivery));
            }
            Work.assertNothingOddButTornWrites(daemon);
            assertEquals(0, daemon.stop());
        }
        List<Outcome> outcomes = new ArrayList<>();
        delivered.forEach((channel, came) -> outcomes.add(new Outcome(
                durability + ", memory " + memory + ", " + channel,
                kills,
                acknowledged.size(),
                acknowledged.stream()
                        .filter(number -> !came.containsKey(number))
                        .count(),
                came.values().stream().mapToLong(times -> times - 1).sum(),
                "after FIN " + again + ", too early " + earliestMillis + " ms, seed " + seed)));
        return new Result(outcomes, again.get(), earliestMillis.get());
    }

    private Daemon start(Supplier<Daemon.Setup> setup) throws IOException {
        return setup.get()
                .flags(
                        "--durability=" + durability,
                        "--mem-queue-size=" + memory,
                        "--journal-segment-bytes=1048576",
                        "--max-bytes-per-file=20000")
                .start();
    }

    private void killUnderLoad(Daemon daemon) throws Exception {
        int port = daemon.tcpPort();
        for (String channel : CHANNELS) {
            Session.consumer(port, "t", channel, 0).close();
        }
        int before = acknowledged.size();
        int seen = deliveries.get();
        Collection<Throwable> failures = new ConcurrentLinkedQueue<>();
        List<Thread> threads = new ArrayList<>();
        // So that there is something on the disk, whatever memory takes.
        threads.add(Work.start(failures, () -> publish(port, BURST_BATCH, memory / 10)));
        threads.add(Work.start(failures, () -> publish(port, 1, Integer.MAX_VALUE)));
        threads.add(Work.start(failures, () -> publish(port, BATCH, Integer.MAX_VALUE)));
        threads.add(Work.start(failures, () -> defer(port)));
        threads.add(Work.start(failures, () -> consume(port)));
        threads.add(Work.start(failures, () -> giveBack(port)));
        long patience = System.nanoTime() + PATIENCE_NANOS;
        while (acknowledged.size() < before + BATCH || deliveries.get() < seen + BATCH) {
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

    private static String body(int number) {
        return String.format("%050d", number);
    }

    private void publish(int port, int batch, int count) throws IOException {
        try (Session session = new Session(port)) {
            for (int done = 0; done < count; done += batch) {
                int first = numbers.getAndAdd(batch);
                String[] bodies = new String[batch];
                for (int i = 0; i < batch; i++) {
                    bodies[i] = body(first + i);
                }
                if (!(batch == 1 ? session.send("PUB t", bodies[0]) : session.sendBatch("t", bodies))) {
                    throw new AssertionError("refused");
                }
                for (int i = 0; i < batch; i++) {
                    acknowledged.add(first + i);
                }
            }
        }
    }

    private void defer(int port) throws IOException {
        Random delays = new Random(numbers.get());
        try (Session session = new Session(port)) {
            while (true) {
                int number = numbers.getAndIncrement();
                int delay = 1 + delays.nextInt(MOST_DELAY_MILLIS);
                due.put(number, System.currentTimeMillis() + delay);
                if (!session.send("DPUB t " + delay, body(number))) {
                    throw new AssertionError("refused");
                }
                acknowledged.add(number);
            }
        }
    }

    private void consume(int port) throws IOException {
        try (Session session = Session.consumer(port, "t", "consumed", READY)) {
            List<Integer> sent = new ArrayList<>();
            while (true) {
                Delivery delivery = session.next();
                note("consumed", delivery);
                session.finish(delivery);
                sent.add(Integer.valueOf(delivery.body()));
                if (sent.size() > 2 * READY) {
                    // That so many have come since means that this FIN was read.
                    finished.add(sent.remove(0));
                }
            }
        }
    }

    private void giveBack(int port) throws IOException {
        int times = 0;
        try (Session session = Session.consumer(port, "t", "given_back", READY)) {
            while (true) {
                session.giveBack(session.next(), times++ % 3 == 0 ? 100 : 0);
            }
        }
    }

    private void note(String channel, Delivery delivery) {
        int number = Integer.parseInt(delivery.body());
        if (delivered.get(channel).merge(number, 1, Integer::sum) > 1
                && channel.equals("consumed")
                && finished.contains(number)) {
            again.incrementAndGet();
        }
        Long earliest = due.get(number);
        if (earliest != null) {
            earliestMillis.accumulateAndGet(earliest - System.currentTimeMillis(), Math::max);
        }
        deliveries.incrementAndGet();
    }
}
