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
import java.util.concurrent.locks.LockSupport;
import java.util.function.Supplier;

/**
 * Kills at random moments, with a topic of three channels: one that is consumed, one that nobody consumes, one whose consumer gives
 * everything back. What was on the disk comes, the daemon goes on working, and nothing odd is in its log.
 */
final class ChannelKills {
    private static final List<String> CHANNELS = List.of("consumed", "left", "given_back");

    /** The bound of what may come again for each kill. */
    static final int SYNC_EVERY = 100;

    /** Messages that a consumer may have in flight. */
    static final int READY = 20;

    private static final int BATCH = 10;
    private static final int BURST_BATCH = 1_000;
    private static final long PATIENCE_NANOS = 30_000_000_000L;

    private final int memory;
    private final Set<Integer> acknowledged = ConcurrentHashMap.newKeySet();
    private final Map<String, Map<Integer, Integer>> delivered = new TreeMap<>();
    private final AtomicInteger numbers = new AtomicInteger();
    private final AtomicInteger deliveries = new AtomicInteger();

    private ChannelKills(int memory) {
        this.memory = memory;
        CHANNELS.forEach(channel -> delivered.put(channel, new ConcurrentHashMap<>()));
    }

    /** What came of it, by channel. */
    static Map<String, Outcome> run(Supplier<Daemon.Setup> setup, int memory, int kills, long seed) throws Exception {
        return new ChannelKills(memory).go(setup, kills, seed);
    }

    private Map<String, Outcome> go(Supplier<Daemon.Setup> setup, int kills, long seed) throws Exception {
        Random random = new Random(seed);
        for (int kill = 0; kill < kills; kill++) {
            try (Daemon daemon = start(setup)) {
                killUnderLoad(daemon, random);
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
        Map<String, Outcome> outcomes = new TreeMap<>();
        delivered.forEach((channel, came) -> outcomes.put(
                channel,
                new Outcome(
                        "kill -9, memory " + memory + ", " + channel,
                        kills,
                        acknowledged.size(),
                        acknowledged.stream()
                                .filter(number -> !came.containsKey(number))
                                .count(),
                        came.values().stream().mapToLong(times -> times - 1).sum(),
                        "seed " + seed)));
        return outcomes;
    }

    private Daemon start(Supplier<Daemon.Setup> setup) throws IOException {
        return setup.get()
                .flags("--mem-queue-size=" + memory, "--sync-every=" + SYNC_EVERY, "--max-bytes-per-file=20000")
                .start();
    }

    private void killUnderLoad(Daemon daemon, Random random) throws Exception {
        int port = daemon.tcpPort();
        for (String channel : CHANNELS) {
            Session.consumer(port, "t", channel, 0).close();
        }
        int before = acknowledged.size();
        int seen = deliveries.get();
        Collection<Throwable> failures = new ConcurrentLinkedQueue<>();
        List<Thread> threads = new ArrayList<>();
        // So that there is something on the disk, whatever memory takes.
        threads.add(Work.start(failures, () -> publish(port, BURST_BATCH, memory + memory / 10)));
        threads.add(Work.start(failures, () -> publish(port, 1, Integer.MAX_VALUE)));
        threads.add(Work.start(failures, () -> publish(port, BATCH, Integer.MAX_VALUE)));
        threads.add(Work.start(failures, () -> consume(port)));
        threads.add(Work.start(failures, () -> giveBack(port)));
        long patience = System.nanoTime() + PATIENCE_NANOS;
        while (acknowledged.size() < before + memory + memory / 10 + BATCH || deliveries.get() < seen + BATCH) {
            if (System.nanoTime() > patience) {
                throw new AssertionError("stuck: " + daemon.log());
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

    private void publish(int port, int batch, int count) throws IOException {
        try (Session session = new Session(port)) {
            for (int done = 0; done < count; done += batch) {
                int first = numbers.getAndAdd(batch);
                String[] bodies = new String[batch];
                for (int i = 0; i < batch; i++) {
                    bodies[i] = String.format("%050d", first + i);
                }
                boolean ok = batch == 1 ? session.send("PUB t", bodies[0]) : session.sendBatch("t", bodies);
                if (!ok) {
                    throw new AssertionError("refused");
                }
                for (int i = 0; i < batch; i++) {
                    acknowledged.add(first + i);
                }
            }
        }
    }

    private void consume(int port) throws IOException {
        try (Session session = Session.consumer(port, "t", "consumed", READY)) {
            while (true) {
                Delivery delivery = session.next();
                note("consumed", delivery);
                session.finish(delivery);
            }
        }
    }

    private static void giveBack(int port) throws IOException {
        try (Session session = Session.consumer(port, "t", "given_back", READY)) {
            while (true) {
                session.giveBack(session.next());
            }
        }
    }

    private void note(String channel, Delivery delivery) {
        delivered.get(channel).merge(Integer.valueOf(delivery.body()), 1, Integer::sum);
        deliveries.incrementAndGet();
    }
}
