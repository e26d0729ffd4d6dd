package io.nsqd.platform;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.nsqd.launcher.Daemon;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Each bundle is stopped, started and updated again and again while clients publish and consume: no message is lost, nobody is
 * refused in an update, and nothing of the old bundles is left. The profile {@code platform} does it a hundred times.
 */
class HotSwapIT {
    private static final int CYCLES = Integer.getInteger("platform.cycles", 5);
    private static final int CORE_CYCLES = Integer.getInteger("platform.coreCycles", 3);

    private static final List<String> FEATURES =
            List.of(Platform.TCP, Platform.HTTP, Platform.LOOKUP, Platform.STATSD, Platform.METRICS);

    @TempDir
    Path directory;

    private final Ledger ledger = new Ledger();
    private final StringBuilder report = new StringBuilder();
    private World world;
    private Platform platform;

    /** Cuts of the consumers' connections, each of which may have had messages in flight. */
    private int cuts;

    private int swaps;

    @BeforeEach
    void start() throws Exception {
        world = new World(directory, Map.of());
        platform = world.platform();
        platform.startAll();
        platform.awaitTransports(2);
    }

    @AfterEach
    void stop() throws Exception {
        world.close();
    }

    @Test
    void nothingIsLostAndNothingIsLeft() throws Exception {
        // What is made once and kept, such as Netty's caches, is made here.
        try (Load load = new Load(platform, ledger).start(1, 1, 1)) {
            for (String name : FEATURES) {
                cycle(name, load, 1);
            }
            core(load, 1);
            awaitProgress(load);
            drain(load);
        }
        Resources before = Resources.settled(platform);

        report.setLength(0);
        swaps = 0;
        long begin = System.nanoTime();
        int acknowledged = ledger.acknowledged();
        try (Load load = new Load(platform, ledger).start(2, 1, 2)) {
            quiet(load);
            for (String name : FEATURES) {
                cycle(name, load, CYCLES);
            }
            core(load, CORE_CYCLES);
            awaitProgress(load);
            drain(load);
        }
        Resources after = before.awaitCovered(platform);
        List<String> leaked = platform.leaked();
        report.append(String.format(
                "%d swaps in %.0f s: acknowledged %d, lost %d, duplicates %d (sent again %d), class loaders leaked %d of %d %s%n",
                swaps,
                (System.nanoTime() - begin) / 1e9,
                ledger.acknowledged() - acknowledged,
                ledger.lost(),
                ledger.duplicates(),
                ledger.unsureCount(),
                leaked.size(),
                platform.replaced(),
                leaked));
        report.append("before ")
                .append(before)
                .append("\nafter  ")
                .append(after)
                .append('\n');
        System.out.print(report);
        Files.writeString(Daemon.home().resolveSibling("hot-swap.txt"), report);

        assertEquals(0, ledger.lost());
        assertTrue(
                ledger.duplicates() <= ledger.unsureCount() + cuts * Load.READY, ledger.duplicates() + " duplicates");
        assertEquals(List.of(), leaked, "class loaders");
        assertTrue(before.covers(after), report::toString);
        // The registration survived it all, too.
        await().until(() ->
                world.lookupd().producer().commands().contains("REGISTER " + Load.TOPIC + " " + Load.CHANNEL));
    }

    /** How it is without any swap, for comparison. */
    private void quiet(Load load) {
        load.connects().reset();
        load.posts().reset();
        await().atMost(Platform.PATIENCE).until(() -> load.posts().count() >= 1_000);
        tell("quiet", load, 0, 0);
    }

    private void cycle(String name, Load load, int cycles) throws Exception {
        int consumers = name.equals(Platform.TCP) ? 2 : 0;
        int transports = platform.transports();
        load.connects().reset();
        load.posts().reset();
        int refusedTcp = load.refusedTcp();
        int refusedHttp = load.refusedHttp();
        for (int i = 0; i < cycles; i++) {
            platform.stop(name);
            platform.start(name);
            platform.awaitTransports(transports);
            // Between two disturbances everybody gets a turn.
            awaitProgress(load);
            platform.update(name);
            platform.awaitTransports(transports);
            awaitProgress(load);
            cuts += 2 * consumers;
            swaps += 2;
        }
        tell(name, load, load.refusedTcp() - refusedTcp, load.refusedHttp() - refusedHttp);
        // A socket that is released stays bound for its next owner: whoever connects waits, and is not refused.
        assertEquals(0, load.refusedTcp() - refusedTcp, name);
        assertEquals(0, load.refusedHttp() - refusedHttp, name);
    }

    private void core(Load load, int cycles) throws Exception {
        load.connects().reset();
        load.posts().reset();
        int refusedTcp = load.refusedTcp();
        int refusedHttp = load.refusedHttp();
        for (int i = 0; i < cycles; i++) {
            platform.update(Platform.CORE);
            platform.awaitTransports(2);
            awaitProgress(load);
            cuts += 2;
            swaps++;
        }
        tell(Platform.CORE, load, load.refusedTcp() - refusedTcp, load.refusedHttp() - refusedHttp);
    }

    private void tell(String what, Load load, int refusedTcp, int refusedHttp) {
        report.append(String.format(
                "%-12s connect to answer: %6d (%5.0f/s), median %7.2f ms, p99 %7.2f, max %7.2f, refused %d;"
                        + " HTTP: %6d (%4.0f/s), median %7.2f ms, p99 %7.2f, max %7.2f, refused %d%n",
                what,
                load.connects().count(),
                load.connects().rate(),
                load.connects().quantile(0.5),
                load.connects().quantile(0.99),
                load.connects().quantile(1),
                refusedTcp,
                load.posts().count(),
                load.posts().rate(),
                load.posts().quantile(0.5),
                load.posts().quantile(0.99),
                load.posts().quantile(1),
                refusedHttp));
    }

    /** Waits until connecting clients, publishers over HTTP and consumers have all got on. */
    private void awaitProgress(Load load) {
        int connects = load.connects().count();
        int posts = load.posts().count();
        int finished = ledger.finishedCount();
        await().atMost(Platform.PATIENCE)
                .pollInterval(Duration.ofMillis(1))
                .until(() -> load.connects().count() >= connects + 3
                        && load.posts().count() >= posts + 3
                        && ledger.finishedCount() >= finished + 3);
    }

    private void drain(Load load) {
        load.stopPublishing();
        await().atMost(Platform.PATIENCE).untilAsserted(() -> assertEquals(0, ledger.lost()));
    }
}
