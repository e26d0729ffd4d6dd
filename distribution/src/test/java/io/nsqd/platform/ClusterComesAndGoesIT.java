package io.nsqd.platform;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.nsqd.bookkeeper.testing.LocalCluster;
import io.nsqd.launcher.Daemon;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import javax.management.MBeanServer;
import javax.management.ObjectName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The bundle for clusters is installed, stopped, started and updated under a load that a real ZooKeeper and real bookies bear, and removed:
 * nothing that was acknowledged is lost, and nothing of the bundle is left, nor of the clients of ZooKeeper and BookKeeper inside it.
 */
@Tag("cluster")
class ClusterComesAndGoesIT {
    private static final int UPDATES = Integer.getInteger("cluster.updates", 10);
    private static final String BOOKKEEPER = "nsqd-bookkeeper";
    private static final Path JAR = Daemon.home().resolve("optional").resolve(BOOKKEEPER + ".jar");

    /** Of the daemon, which is there while its node has the lease. */
    private static final int TRANSPORTS = 2;

    private static final int CONSUMERS = 1;

    @TempDir
    Path directory;

    private final Ledger ledger = new Ledger();

    @Test
    void nothingIsLostAndNothingIsLeft() throws Exception {
        String classPath = Files.readString(Path.of(System.getProperty("nsqd.servers.classpath")));
        try (LocalCluster servers = LocalCluster.start(directory.resolve("servers"), classPath.strip(), 3);
                World world = new World(directory, options(servers))) {
            Platform platform = world.platform();
            platform.startAll();
            // What comes with the first use stays, and is not the bundle's: so it comes and goes once before that is
            // noted.
            comeAndGo(platform, 1);
            assertEquals(List.of(), platform.leaked());
            Resources before = Resources.settled(platform);
            comeAndGo(platform, UPDATES);
            List<String> leaked = platform.leaked();
            Resources after = before.awaitCovered(platform);
            String report = String.format(
                    "%d updates: acknowledged %d, lost %d, duplicates %d (sent again %d), class loaders leaked %d of %d%n",
                    UPDATES,
                    ledger.acknowledged(),
                    ledger.lost(),
                    ledger.duplicates(),
                    ledger.unsureCount(),
                    leaked.size(),
                    platform.replaced());
            System.out.print(report);
            assertEquals(List.of(), leaked);
            assertTrue(before.covers(after), () -> before + " has become " + after);
            // Each time that the daemon goes what is in flight is given out again.
            int ends = 2 * (UPDATES + 1) + 2;
            assertTrue(ledger.duplicates() <= ledger.unsureCount() + ends * CONSUMERS * Load.READY, report);
        }
    }

    /** Memory is short, so that the topic that nobody consumes is in ledgers of its own. */
    private static Map<String, String> options(LocalCluster servers) {
        return Map.of("cluster", servers.uri(), "cluster-lease", "3s", "node-id", "1", "mem-queue-size", "5");
    }

    private void comeAndGo(Platform platform, int updates) throws Exception {
        platform.install(BOOKKEEPER, JAR);
        platform.start(BOOKKEEPER);
        platform.awaitTransports(TRANSPORTS);
        try (Load load = new Load(platform, ledger).start(1, 1, CONSUMERS)) {
            awaitProgress(load);
            for (int i = 0; i < updates; i++) {
                assertIsShown(platform);
                platform.stop(BOOKKEEPER);
                assertEquals(0, platform.transports(), "there is no daemon without a lease");
                platform.start(BOOKKEEPER);
                platform.awaitTransports(TRANSPORTS);
                awaitProgress(load);
                platform.update(BOOKKEEPER, JAR);
                platform.awaitTransports(TRANSPORTS);
                awaitProgress(load);
            }
            load.stopPublishing();
            await().atMost(Platform.PATIENCE).untilAsserted(() -> assertEquals(0, ledger.lost()));
        }
        platform.uninstall(BOOKKEEPER);
        assertEquals(0, platform.transports());
        assertFalse(server().isRegistered(bean()));
    }

    private static MBeanServer server() {
        return ManagementFactory.getPlatformMBeanServer();
    }

    private static ObjectName bean() throws Exception {
        return new ObjectName("io.nsqd:type=Cluster");
    }

    /** What of the bundle operators see is used, too. */
    private static void assertIsShown(Platform platform) throws Exception {
        String node = "127.0.0.1:" + platform.tcpPort();
        await().atMost(Platform.PATIENCE).until(() -> server().isRegistered(bean()));
        assertTrue(server().getAttribute(bean(), "State").toString().contains(node));
        assertTrue(platform.get("/cluster").contains(node));
        assertTrue(platform.get("/metrics").contains("nsqd_cluster_quorum_lost 0"));
    }

    /** Waits until everybody has got on. */
    private void awaitProgress(Load load) {
        int connects = load.connects().count();
        int posts = load.posts().count();
        int finished = ledger.finishedCount();
        await().atMost(Platform.PATIENCE)
                .pollInterval(Duration.ofMillis(5))
                .until(() -> load.connects().count() >= connects + 10
                        && load.posts().count() >= posts + 3
                        && ledger.finishedCount() >= finished + 3);
    }
}
