package io.nsqd.bookkeeper;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.nsqd.api.Option;
import java.io.IOException;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;

class ClusterRunTest {
    /** Those of BookKeeper's client, and our own. */
    private static Set<Thread> threads() {
        return Thread.getAllStackTraces().keySet().stream()
                .filter(thread -> thread.getName().matches("(nsqd|BookKeeper|Bookie).*"))
                .collect(Collectors.toSet());
    }

    private static Set<String> names(Set<Thread> threads) {
        return threads.stream().map(Thread::getName).collect(Collectors.toCollection(TreeSet::new));
    }

    private static ClusterSettings settings(TestCluster cluster, String path) throws IOException {
        return ClusterSettings.of(cluster.options(Map.of())
                .with(Map.of(
                        Option.CLUSTER,
                        "zk+hierarchical://127.0.0.1:" + cluster.servers.zooKeeperPort() + path,
                        Option.CLUSTER_NODE,
                        "passing",
                        Option.CLUSTER_LEASE,
                        TimeUnit.SECONDS.toNanos(3))));
    }

    /** A node tries again and again, until somebody has formatted the cluster. */
    @Test
    void whereThereIsNoBookKeeperItSaysSoAndLeavesNoThreads() throws Exception {
        TestCluster cluster = TestCluster.get();
        ClusterSettings settings = settings(cluster, "/nowhere");
        Set<Thread> before = threads();
        for (int i = 0; i < 3; i++) {
            try (Membership membership = Membership.join(settings, () -> {}, () -> true)) {
                IOException failure = assertThrows(IOException.class, () -> new ClusterRun(settings, membership));
                assertTrue(failure.getMessage().startsWith("there is no BookKeeper at zk+"), failure::getMessage);
            }
        }
        awaitNoMoreThan(before);
    }

    @Test
    void itsThreadsEndWithIt() throws Exception {
        TestCluster cluster = TestCluster.get();
        ClusterSettings settings = settings(cluster, "/ledgers");
        Set<Thread> before = threads();
        try (Membership membership = Membership.join(settings, () -> {}, () -> true);
                ClusterRun run = new ClusterRun(settings, membership)) {
            long ledger = run.ledgers().create("nothing").get().getId();
            run.ledgers().delete(ledger).get();
        }
        awaitNoMoreThan(before);
    }

    private static void awaitNoMoreThan(Set<Thread> before) {
        Awaitility.await().untilAsserted(() -> {
            Set<Thread> more = threads();
            more.removeAll(before);
            assertEquals(Set.of(), names(more));
        });
    }
}
