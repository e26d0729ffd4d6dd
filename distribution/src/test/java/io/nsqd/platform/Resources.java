package io.nsqd.platform;

import static org.awaitility.Awaitility.await;

import io.netty.util.internal.PlatformDependent;
import java.io.IOException;
import java.lang.management.BufferPoolMXBean;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.awaitility.core.ConditionTimeoutException;

/**
 * What a leak would show in.
 *
 * @param threads how many there are of each name, numbers in names aside
 * @param descriptors how many open files and sockets the process has of each name, numbers in names aside
 * @param directBytes memory outside the heap, of the JDK's buffers and of Netty's
 * @param managed MBeans
 * @param services registered services
 * @param uses uses of services, of all bundles
 */
record Resources(
        Map<String, Integer> threads,
        Map<String, Integer> descriptors,
        long directBytes,
        int managed,
        int services,
        int uses) {
    /**
     * Netty keeps chunks of memory for each thread, and gives them back when it pleases: what was needed at the worst moment, which a busy
     * machine makes worse. So there may be twice as much, and this; each connection of each round that left a buffer would be more.
     */
    private static final long DIRECT_SLACK = 16 << 20;

    /** Threads of our bundles, and of what is inside them. */
    private static final Pattern OURS = Pattern.compile("nsqd|BookKeeper|Bookie");

    /** Threads, one a daemon, that are there once there has been something to do, or while there is. */
    private static final Set<String> ON_DEMAND = Set.of("nsqd-sync", "nsqd-events", "nsqd-metadata");

    static Resources of(Platform platform) throws Exception {
        Map<String, Integer> threads = new TreeMap<>();
        for (Thread thread : Thread.getAllStackTraces().keySet()) {
            // Those of the JDK come and go by themselves.
            if (OURS.matcher(thread.getName()).lookingAt()) {
                threads.merge(thread.getName().replaceAll("\\d+", "N"), 1, Integer::sum);
            }
        }
        // Without what is mapped: of the journal there are as many files as there were messages at once.
        long direct = ManagementFactory.getPlatformMXBeans(BufferPoolMXBean.class).stream()
                .filter(pool -> pool.getName().equals("direct"))
                .mapToLong(BufferPoolMXBean::getMemoryUsed)
                .sum();
        return new Resources(
                threads,
                openDescriptors(),
                direct + Math.max(0, PlatformDependent.usedDirectMemory()),
                ManagementFactory.getPlatformMBeanServer().getMBeanCount(),
                platform.context().getAllServiceReferences(null, null).length,
                platform.uses());
    }

    /** As they are once what ends by itself a little later has ended. */
    static Resources settled(Platform platform) throws Exception {
        Resources[] last = {of(platform)};
        await().atMost(Platform.PATIENCE).pollInterval(Duration.ofSeconds(2)).until(() -> {
            Resources now = of(platform);
            boolean same = now.equals(last[0]);
            last[0] = now;
            return same;
        });
        return last[0];
    }

    /** As they are once nothing is more than it was; or, where it stays more, as they are then. */
    Resources awaitCovered(Platform platform) throws Exception {
        Resources[] last = {of(platform)};
        try {
            await().atMost(Duration.ofSeconds(30))
                    .pollInterval(Duration.ofMillis(500))
                    .until(() -> {
                        last[0] = of(platform);
                        return covers(last[0]);
                    });
        } catch (ConditionTimeoutException e) {
            // The assertion shows what is different.
            return last[0];
        }
        return last[0];
    }

    private static Map<String, Integer> openDescriptors() throws IOException {
        Map<String, Integer> open = new TreeMap<>();
        try (Stream<Path> descriptors = Files.list(Path.of("/proc/self/fd"))) {
            for (Path descriptor : (Iterable<Path>) descriptors::iterator) {
                String name;
                try {
                    name = Files.readSymbolicLink(descriptor).toString();
                } catch (NoSuchFileException e) {
                    // That of the listing itself, or one that was just closed.
                    continue;
                }
                // Jars of the class path tell nothing; those of bundles lie among the platform's files.
                boolean classPath = name.endsWith(".jar") && !name.startsWith(System.getProperty("java.io.tmpdir"));
                open.merge(classPath ? "*.jar" : name.replaceAll("\\d+", "N"), 1, Integer::sum);
            }
        }
        return open;
    }

    private static int count(Map<String, Integer> each) {
        return each.values().stream().mapToInt(Integer::intValue).sum();
    }

    /** Whether nothing has become more since; of a thread that comes on demand there may be one. */
    boolean covers(Resources later) {
        return later.threads.entrySet().stream()
                        .allMatch(entry -> entry.getValue()
                                <= threads.getOrDefault(entry.getKey(), ON_DEMAND.contains(entry.getKey()) ? 1 : 0))
                && count(later.descriptors) <= count(descriptors)
                && later.directBytes <= 2 * directBytes + DIRECT_SLACK
                && later.managed <= managed
                && later.services == services
                && later.uses == uses;
    }
}
