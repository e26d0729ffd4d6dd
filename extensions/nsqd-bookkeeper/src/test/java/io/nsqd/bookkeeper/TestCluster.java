package io.nsqd.bookkeeper;

import io.nsqd.api.Option;
import io.nsqd.api.Options;
import io.nsqd.bookkeeper.testing.LocalCluster;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.zookeeper.ZooKeeper;

/** The cluster that all tests of the module share, with a client of each kind; it goes with the JVM. */
final class TestCluster {
    private static final AtomicInteger PATHS = new AtomicInteger();
    private static TestCluster shared;

    final LocalCluster servers;
    final ClusterSettings settings;
    final Ledgers ledgers;
    final Znodes znodes;
    final ScheduledExecutorService thread = new ScheduledThreadPoolExecutor(1, task -> {
        Thread made = new Thread(task, "nsqd-bookkeeper");
        made.setDaemon(true);
        return made;
    });

    private TestCluster() throws Exception {
        Path directory = Files.createTempDirectory("nsqd-bookkeeper");
        servers = LocalCluster.start(directory);
        Runtime.getRuntime().addShutdownHook(new Thread(() -> {
            try {
                servers.close();
                LocalCluster.delete(directory);
            } catch (IOException e) {
                // What is left is in the directory for temporary files.
            }
        }));
        settings = ClusterSettings.of(options(Map.of()));
        ZooKeeper session = ZooKeeperSession.begin(settings);
        ledgers = new Ledgers(settings, session, () -> true);
        znodes = new Znodes(session, ZooKeeperSession.access(settings));
    }

    static synchronized TestCluster get() throws Exception {
        if (shared == null) {
            shared = new TestCluster();
        }
        return shared;
    }

    Options options(Map<Option, Object> others) {
        Map<Option, Object> all = new HashMap<>(others);
        all.put(Option.CLUSTER, servers.uri());
        all.put(Option.CLUSTER_NODE, "test");
        all.put(Option.JOURNAL_SEGMENT_BYTES, 1L << 20);
        return Options.defaults().with(all);
    }

    /** A place in ZooKeeper that nobody else uses. */
    String path() throws IOException {
        String path = "/tests/" + PATHS.incrementAndGet();
        znodes.createAll(path);
        return path;
    }
}
