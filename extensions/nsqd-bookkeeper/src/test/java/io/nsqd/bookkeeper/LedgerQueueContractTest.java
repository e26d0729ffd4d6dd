package io.nsqd.bookkeeper;

import io.nsqd.spi.BackendQueueFactory;
import io.nsqd.spi.contract.BackendQueueContract;
import java.util.concurrent.Executor;
import java.util.concurrent.Executors;

final class LedgerQueueContractTest extends BackendQueueContract {
    private static final Executor READERS = Executors.newFixedThreadPool(2, task -> {
        Thread thread = new Thread(task, "nsqd-bookkeeper-read");
        thread.setDaemon(true);
        return thread;
    });

    private String path;

    @Override
    protected BackendQueueFactory factory() throws Exception {
        TestCluster cluster = TestCluster.get();
        if (path == null) {
            path = cluster.path();
        }
        return new LedgerQueueFactory(cluster.settings, cluster.ledgers, cluster.znodes, path, READERS, cluster.thread);
    }

    @Override
    protected boolean isDurable() {
        return true;
    }
}
