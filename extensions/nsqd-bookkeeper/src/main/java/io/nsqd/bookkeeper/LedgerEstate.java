package io.nsqd.bookkeeper;

import io.nsqd.log.Logger;
import io.nsqd.log.LoggerFactory;
import io.nsqd.spi.BackendQueue;
import io.nsqd.spi.BackendQueueFactory;
import io.nsqd.spi.Estate;
import io.nsqd.spi.Journal;
import io.nsqd.spi.Metadata;
import java.io.IOException;
import java.util.List;
import java.util.Optional;

/** What a node has left in ledgers. Once it is open the node is fenced. */
final class LedgerEstate implements Estate {
    private static final Logger LOG = LoggerFactory.getLogger(LedgerEstate.class);

    private final ClusterRun run;
    private final String name;
    private final Estates estates;
    private final LedgerLog journal;
    private final LedgerQueueFactory queues;

    private LedgerEstate(ClusterRun run, String name) throws IOException {
        this.run = run;
        this.name = name;
        estates = run.estates();
        queues = run.queues(name);
        journal = LedgerLog.open(
                run.ledgers(),
                new SegmentList(run.znodes(), Estates.path(name) + "/journal"),
                new LedgerLog.Kind("journal of " + name, Long.MAX_VALUE, 1 << 20, false),
                new LedgerLog.Owner() {
                    @Override
                    public void suspect(int segment) {
                        // Nothing is written.
                    }

                    @Override
                    public void health(String error) {
                        // As above.
                    }

                    @Override
                    public void room() {
                        // As above.
                    }
                },
                run.thread(),
                segment -> LOG.error("ADOPT({}): the ledger of the journal's segment {} is not there", name, segment));
    }

    /** Opens it: nothing is added to its journal any more. */
    static LedgerEstate open(ClusterRun run, String name) throws IOException {
        return new LedgerEstate(run, name);
    }

    @Override
    public String owner() {
        return name;
    }

    @Override
    public Metadata metadata() throws IOException {
        String path = Estates.path(name) + "/metadata";
        Optional<Znodes.Found> found = run.znodes().get(path);
        return found.isEmpty()
                ? Metadata.EMPTY
                : ZnodeMetadataService.read(found.get().data(), path);
    }

    @Override
    public void replay(Journal.Sink sink) throws IOException {
        journal.replay(sink);
    }

    @Override
    public boolean isJournalAdopted() {
        try {
            return estates.isJournalAdopted(name);
        } catch (IOException e) {
            // Twice is better than not at all.
            LOG.debug("it is not known whether the journal was adopted", e);
            return false;
        }
    }

    @Override
    public void journalAdopted() throws IOException {
        estates.journalAdopted(name);
    }

    @Override
    public List<String> queues() throws IOException {
        return queues.names();
    }

    @Override
    public BackendQueue open(String queue, BackendQueueFactory.Listener listener) throws IOException {
        return queues.open(queue, listener);
    }

    /** Everything has a new home: its ledgers go, and then what is said of them. */
    void delete() throws IOException {
        journal.trim(Integer.MAX_VALUE, -1);
        journal.onThread(journal::persist);
        journal.close();
        estates.done(name, run.settings().node());
    }

    /** Lets go of it, as it cannot be gone on with now. */
    void close() throws IOException {
        journal.close();
    }
}
