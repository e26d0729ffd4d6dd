package io.nsqd.faults;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.nsqd.launcher.Daemon;
import io.nsqd.tcp.Delivery;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The disk becomes read-only under a daemon that promises more than memory keeps. */
@Tag("B-18")
class SickDiskIT {
    private static final int PRODUCERS = 4;
    private static final int BEFORE = 3000;
    private static final int CONSUMED = 100;
    private static final int READY = 20;

    /** As often a publish is refused and another client comes: more often than there are segments that were made before. */
    private static final int REFUSALS = 20;

    @TempDir
    Path directory;

    private final Set<Integer> acknowledged = ConcurrentHashMap.newKeySet();
    private final Set<Integer> came = new HashSet<>();
    private final List<String> refused = new CopyOnWriteArrayList<>();
    private final AtomicInteger numbers = new AtomicInteger();
    private int bodyBytes;

    private static Daemon.Setup daemon(Path dataPath, String durability) {
        return Daemon.of(dataPath)
                .flags("--durability=" + durability, "--journal-segment-bytes=1048576", "--mem-queue-size=100000");
    }

    private String body(int number) {
        return String.format("%0" + bodyBytes + "d", number);
    }

    /** Publishes until it is refused or there are so many. */
    private void publish(int port, int most) throws Exception {
        try (Session session = new Session(port)) {
            boolean taken = true;
            while (taken && acknowledged.size() < most) {
                int number = numbers.getAndIncrement();
                String answer = session.ask("PUB t", body(number));
                taken = answer.equals("OK");
                if (taken) {
                    acknowledged.add(number);
                } else {
                    refused.add(answer);
                }
            }
        }
    }

    private static void join(List<Thread> threads, Collection<Throwable> failures) throws InterruptedException {
        for (Thread thread : threads) {
            thread.join(TimeUnit.MINUTES.toMillis(1));
            assertTrue(!thread.isAlive(), "neither taken nor refused");
        }
        assertEquals(List.of(), List.copyOf(failures));
    }

    /** Consumes some of what is in memory. */
    private void consume(Daemon daemon) throws Exception {
        try (Session session = Session.consumer(daemon.tcpPort(), "t", "c", READY)) {
            for (int i = 0; i < CONSUMED; i++) {
                Delivery delivery = session.next();
                came.add(Integer.valueOf(delivery.body()));
                session.finish(delivery);
            }
        }
    }

    /** Whatever is published is refused, and it is said why. */
    private void assertRefused(Daemon daemon) throws Exception {
        int before = refused.size();
        for (int i = 0; i < REFUSALS; i++) {
            publish(daemon.tcpPort(), Integer.MAX_VALUE);
        }
        List<String> answers = refused.subList(before, refused.size());
        assertEquals(REFUSALS, answers.size());
        assertTrue(answers.stream().allMatch(answer -> answer.startsWith("E_PUB_FAILED")), answers::toString);
        String last = answers.get(answers.size() - 1);
        assertTrue(last.contains("read-only file system"), last);
        String ping = Figures.ping(daemon);
        assertTrue(ping.startsWith("500 NOK - ") && ping.contains("read-only file system"), ping);
    }

    @ParameterizedTest
    @CsvSource({"written, 100", "written, 10000", "synced, 100", "synced, 10000"})
    void whatWasAcknowledgedIsThereOnceItIsRepaired(String durability, int bytes) throws Exception {
        bodyBytes = bytes;
        boolean synced = durability.equals("synced");
        try (SickDisk disk = SickDisk.mount(directory)) {
            assumeTrue(disk != null, "only root can mount an ext4, and only with a loop device and e2fsprogs");
            Path dataPath = Files.createDirectory(disk.directory().resolve("data"));
            try (Daemon daemon = daemon(dataPath, durability).start()) {
                Session.consumer(daemon.tcpPort(), "t", "c", 0).close();
                Collection<Throwable> failures = new ConcurrentLinkedQueue<>();
                List<Thread> threads = new ArrayList<>();
                int before = bytes > 1000 ? BEFORE / 10 : BEFORE;
                // What is written and not on the disk is the system's to lose: with that promise nobody publishes while
                // it fails.
                int most = synced ? Integer.MAX_VALUE : before;
                for (int i = 0; i < PRODUCERS; i++) {
                    threads.add(new Thread(() -> {
                        try {
                            publish(daemon.tcpPort(), most);
                        } catch (Exception | AssertionError e) {
                            failures.add(e);
                        }
                    }));
                }
                threads.forEach(Thread::start);
                Awaitility.await().until(() -> acknowledged.size() >= before || !failures.isEmpty());
                if (!synced) {
                    join(threads, failures);
                    disk.sync();
                    // It looks after the disk twice a second.
                    TimeUnit.SECONDS.sleep(1);
                }
                disk.fail();
                join(threads, failures);
                assertRefused(daemon);
                consume(daemon);
                assertRefused(daemon);
                daemon.kill();
            }
            // It says why it does not start, and leaves what is there.
            try (Daemon daemon = daemon(dataPath, durability).launch()) {
                assertEquals(1, daemon.awaitExit());
                List<String> fatal = daemon.log().stream()
                        .filter(line -> line.contains("FATAL"))
                        .toList();
                assertEquals(1, fatal.size(), () -> String.join("\n", daemon.log()));
                assertTrue(fatal.get(0).contains("read-only file system"), fatal.get(0));
            }
            disk.repair();
            try (Daemon daemon = daemon(dataPath, durability).start()) {
                Session.drain(daemon, "t", "c", delivery -> came.add(Integer.valueOf(delivery.body())));
                Set<Integer> missing = new HashSet<>(acknowledged);
                missing.removeAll(came);
                new Outcome(
                                "read-only, " + durability + ", " + bytes + " bytes",
                                1,
                                acknowledged.size(),
                                missing.size(),
                                0,
                                refused.get(0))
                        .report("ours");
                assertEquals(Set.of(), missing);
                assertEquals("200 OK", Figures.ping(daemon));
                try (Session producer = new Session(daemon.tcpPort())) {
                    assertTrue(producer.send("PUB t", body(0)), "refused after the repair");
                }
                assertEquals(0, daemon.stop());
            }
        }
    }
}
