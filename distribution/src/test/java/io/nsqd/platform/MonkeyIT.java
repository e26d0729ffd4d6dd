package io.nsqd.platform;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.nsqd.launcher.Daemon;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Bundles are stopped, started and updated at random, whatever state the others are in, while clients publish and consume. The
 * profile {@code platform} does it for two minutes; {@code -Dplatform.monkeySeconds=3600} for an hour.
 */
class MonkeyIT {
    private static final int SECONDS = Integer.getInteger("platform.monkeySeconds", 10);

    /** The seed of a run that failed. */
    private static final long SEED = Long.getLong("platform.monkeySeed", System.nanoTime());

    private static final List<String> BUNDLES = List.of(
            Platform.TCP,
            Platform.HTTP,
            Platform.LOOKUP,
            Platform.STATSD,
            Platform.METRICS,
            Platform.CORE,
            Platform.NET);

    @TempDir
    Path directory;

    @Test
    void nothingIsLostWhateverHappens() throws Exception {
        Random random = new Random(SEED);
        Ledger ledger = new Ledger();
        int steps = 0;
        int cuts = 0;
        try (World world = new World(directory, Map.of())) {
            Platform platform = world.platform();
            platform.startAll();
            platform.awaitTransports(2);
            try (Load load = new Load(platform, ledger).start(2, 1, 2)) {
                long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(SECONDS);
                while (System.nanoTime() < end) {
                    String name = BUNDLES.get(random.nextInt(BUNDLES.size()));
                    switch (random.nextInt(3)) {
                        case 0 -> platform.stop(name);
                        case 1 -> platform.start(name);
                        default -> platform.update(name);
                    }
                    steps++;
                    cuts += 2;
                    // Up to a tenth of a second in which something may get on; nothing is waited for.
                    TimeUnit.MILLISECONDS.sleep(random.nextInt(100));
                }
                platform.startAll();
                platform.awaitTransports(2);
                load.stopPublishing();
                await().atMost(Platform.PATIENCE).untilAsserted(() -> assertEquals(0, ledger.lost(), "seed " + SEED));
            }
            for (String name : List.of(Platform.LOOKUP, Platform.STATSD, Platform.METRICS)) {
                world.await(name, true);
            }
        }
        String report = String.format(
                "monkey: seed %d, %d steps in %d s: acknowledged %d, lost %d, duplicates %d (sent again %d)%n",
                SEED, steps, SECONDS, ledger.acknowledged(), ledger.lost(), ledger.duplicates(), ledger.unsureCount());
        System.out.print(report);
        Files.writeString(Daemon.home().resolveSibling("monkey.txt"), report);
        assertTrue(ledger.acknowledged() > 0);
        assertTrue(ledger.duplicates() <= ledger.unsureCount() + cuts * Load.READY, report);
    }
}
