package io.nsqd.bookkeeper;

import io.nsqd.spi.JournalStore;
import io.nsqd.spi.contract.JournalStoreContract;

final class LedgerJournalContractTest extends JournalStoreContract {
    private String path;

    @Override
    protected JournalStore store() throws Exception {
        TestCluster cluster = TestCluster.get();
        if (path == null) {
            path = cluster.path() + "/journal";
        }
        return new LedgerJournalStore(cluster.settings, cluster.ledgers, cluster.znodes, path, cluster.thread);
    }
}
