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
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Supplier;

/**
 * Kills at random moments while clients publish (PUB and MPUB) and consume, everything being on the disk: what was acknowledged
 * comes, unless it was in flight.
 */
public final class Kills {
    /** The bound of what may come again for each kill. */
    public static final int SYNC_EVERY = 100;

    private static final int BATCH = 10;

    /** How long a daemon may take to acknowledge anything before it is said to be stuck. */
    private static final long PATIENCE_NANOS = 20_000_000_000L;

    /** Messages that the consumer may have in flight. */
    public static final int READY = 20;

    private final Set<Integer> acknowledged = ConcurrentHashMap.newKeySet();
    private final Map<Integer, Integer> delivered = new ConcurrentHashMap<>();
    private final AtomicInteger numbers = new AtomicInteger();
    private final AtomicInteger deliveries = new AtomicInteger();

    /** Runs in which nothing was acknowledged. */
    private int stuck;

    private Kills() {}

    /**
     * Runs it.
     *
     * @param setup is asked for a daemon on the same data path each time
     * @param consuming whether a consumer is there, whose messages in flight a kill may take
     */
    public static Outcome run(Supplier<Daemon.Setup> setup, int kills, long seed, boolean consuming) throws Exception {
        return new Kills().go(setup, kills, seed, consuming);
    }

    private Outcome go(Supplier<Daemon.Setup> setup, int kills, long seed, boolean consuming) throws Exception {
        Random random = new Random(seed);
        for (int kill = 0; kill < kills; kill++) {
            try (Daemon daemon = start(setup)) {
                killUnderLoad(daemon, random, consuming);
            }
        }
        try (Daemon daemon = start(setup)) {
            Session.drain(daemon, "t", "c", this::note);
            if (daemon.stop() != 0) {
                throw new AssertionError("no clean stop: " + daemon.log());
            }
        }
        long lost = acknowledged.stream()
                .filter(number -> !delivered.containsKey(number))
                .count();
        return new Outcome(
                consuming ? "kill -9, " + READY + " in flight" : "kill -9, nothing in flight",
                kills,
                acknowledged.size(),
                lost,
                deliveries.get() - delivered.size(),
                "at most " + SYNC_EVERY + " operations unsynced, stuck " + stuck + ", seed " + seed);
    }

    private static Daemon start(Supplier<Daemon.Setup> setup) throws IOException {
        return setup.get()
                .flags("--mem-queue-size=0", "--sync-every=" + SYNC_EVERY, "--max-bytes-per-file=20000")
                .start();
    }

    private void killUnderLoad(Daemon daemon, Random random, boolean consuming) throws Exception {
        int port = daemon.tcpPort();
        int before = acknowledged.size();
        Session.consumer(port, "t", "c", 0).close();
        AtomicBoolean over = new AtomicBoolean();
        Collection<Throwable> failures = new ConcurrentLinkedQueue<>();
        List<Thread> threads = new ArrayList<>();
        threads.add(Work.start(failures, () -> publish(port, 1, over)));
        threads.add(Work.start(failures, () -> publish(port, BATCH, over)));
        if (consuming) {
            threads.add(Work.start(failures, () -> consume(port)));
        }
        long patience = System.nanoTime() + PATIENCE_NANOS;
        while (acknowledged.size() < before + BATCH && System.nanoTime() < patience) {
            LockSupport.parkNanos(100_000);
        }
        if (acknowledged.size() < before + BATCH) {
            stuck++;
        }
        LockSupport.parkNanos(random.nextInt(200_000_000));
        daemon.kill();
        over.set(true);
        for (Thread thread : threads) {
            thread.join();
        }
        assertEquals(List.of(), List.copyOf(failures));
    }

    private void publish(int port, int batch, AtomicBoolean over) throws IOException {
        try (Session session = new Session(port)) {
            while (!over.get()) {
                int first = numbers.getAndAdd(batch);
                boolean ok;
                if (batch == 1) {
                    ok = session.send("PUB t", body(first));
                } else {
                    String[] bodies = new String[batch];
                    for (int i = 0; i < batch; i++) {
                        bodies[i] = body(first + i);
                    }
                    ok = session.sendBatch("t", bodies);
                }
                if (!ok) {
                    throw new AssertionError("refused");
                }
                for (int i = 0; i < batch; i++) {
                    acknowledged.add(first + i);
                }
            }
        }
    }

    private static String body(int number) {
        return String.format("%050d", number);
    }

    private void consume(int port) throws IOException {
        try (Session session = Session.consumer(port, "t", "c", READY)) {
            while (true) {
                Delivery delivery = session.next();
                note(delivery);
                session.finish(delivery);
            }
        }
    }

    private void note(Delivery delivery) {
        delivered.merge(Integer.valueOf(delivery.body()), 1, Integer::sum);
        deliveries.incrementAndGet();
    }
}
