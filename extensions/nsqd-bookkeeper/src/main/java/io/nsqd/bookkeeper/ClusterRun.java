package io.nsqd.bookkeeper;

import io.nsqd.log.Logger;
import io.nsqd.log.LoggerFactory;
import java.io.IOException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.bookkeeper.util.BookKeeperConstants;

/** A node's life in the cluster from the moment it has a lease until that is over: clients, threads and the three services. */
final class ClusterRun implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(ClusterRun.class);
    private static final long STOP_SECONDS = 10;

    private final ClusterSettings settings;
    private final Membership membership;
    private final Estates estates;
    private final Ledgers ledgers;
    private final ScheduledThreadPoolExecutor thread =
            new ScheduledThreadPoolExecutor(1, task -> new Thread(task, "nsqd-bookkeeper"));
    private final ExecutorService readers;
    private final String estate;
    private final LedgerJournalStore journalStore;
    private final LedgerQueueFactory queues;

    /** Begins; the lease is held. May block. */
    ClusterRun(ClusterSettings settings, Membership membership) throws IOException {
        this.settings = settings;
        this.membership = membership;
        estates = new Estates(membership.znodes());
        thread.setExecuteExistingDelayedTasksAfterShutdownPolicy(false);
        AtomicInteger number = new AtomicInteger();
        readers = Executors.newFixedThreadPool(
                2, task -> new Thread(task, "nsqd-bookkeeper-read-" + number.incrementAndGet()));
        Ledgers made = null;
        try {
            checkFormatted();
            made = new Ledgers(settings, membership.client(), membership::holds);
            estate = estates.claim(settings.node());
            membership.owns(estate);
        } catch (IOException | RuntimeException e) {
            thread.shutdown();
            readers.shutdown();
            if (made != null) {
                made.close();
            }
            throw e;
        }
        ledgers = made;
        journalStore = new LedgerJournalStore(settings, ledgers, znodes(), Estates.path(estate) + "/journal", thread);
        queues = queues(estate);
        LOG.info("CLUSTER: the node {} has the lease, and the estate {}", settings.node(), estate);
    }

    /** BookKeeper's client would find out, too, but leaves threads behind each time. */
    private void checkFormatted() throws IOException {
        String path = settings.root();
        if (znodes().get(path + "/" + BookKeeperConstants.AVAILABLE_NODE).isEmpty()) {
            throw new IOException(
                    "there is no BookKeeper at " + settings.uri() + ": ZooKeeper has nothing of bookies below " + path
                            + ", which is made when the cluster is formatted");
        }
    }

    ClusterSettings settings() {
        return settings;
    }

    Membership membership() {
        return membership;
    }

    Znodes znodes() {
        return membership.znodes();
    }

    Estates estates() {
        return estates;
    }

    Ledgers ledgers() {
        return ledgers;
    }

    ScheduledThreadPoolExecutor thread() {
        return thread;
    }

    /** What this node keeps. */
    String estate() {
        return estate;
    }

    LedgerJournalStore journalStore() {
        return journalStore;
    }

    ZnodeMetadataService metadata() {
        return new ZnodeMetadataService(znodes(), Estates.path(estate) + "/metadata", Estates.DOCUMENTS, thread);
    }

    /** The queues of this node. */
    LedgerQueueFactory queues() {
        return queues;
    }

    /** The queues of an estate. */
    LedgerQueueFactory queues(String of) {
        return new LedgerQueueFactory(settings, ledgers, znodes(), Estates.path(of) + "/queues", readers, thread);
    }

    @Override
    public void close() {
        thread.shutdown();
        readers.shutdown();
        try {
            if (!thread.awaitTermination(STOP_SECONDS, TimeUnit.SECONDS)) {
                LOG.warn("CLUSTER: something still waits for ZooKeeper after {} seconds", STOP_SECONDS);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        try {
            ledgers.close();
        } catch (IOException e) {
            LOG.debug("disconnected all the same", e);
        }
    }
}
