package io.nsqd.bookkeeper;

import io.nsqd.api.Durability;
import io.nsqd.log.Logger;
import io.nsqd.log.LoggerFactory;
import io.nsqd.spi.Journal;
import io.nsqd.spi.JournalStore;
import io.nsqd.stats.Trouble;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import org.apache.zookeeper.Watcher;

/**
 * The journal in ledgers, one for each segment. {@code written} and {@code synced} are the same here: an OK waits until as many bookies as
 * the ack quorum says have it on their disks.
 */
final class LedgerJournalStore implements JournalStore {
    private static final Logger LOG = LoggerFactory.getLogger(LedgerJournalStore.class);

    /** What may be on its way to the bookies; beyond it publishers are refused. */
    private static final long UNACKED_BYTES = 64 << 20;

    private final ClusterSettings settings;
    private final Ledgers ledgers;
    private final Znodes znodes;
    private final String path;
    private final ScheduledExecutorService thread;
    private volatile LedgerLog running;

    /** @param path where its list of ledgers is */
    LedgerJournalStore(
            ClusterSettings settings, Ledgers ledgers, Znodes znodes, String path, ScheduledExecutorService thread) {
        this.settings = settings;
        this.ledgers = ledgers;
        this.znodes = znodes;
        this.path = path;
        this.thread = thread;
    }

    /** The log of the journal that is open, for figures. */
    Optional<LedgerLog> log() {
        return Optional.ofNullable(running);
    }

    @Override
    public Journal open(String owner, Durability durability, Listener listener) throws IOException {
        LedgerLog.Kind kind = new LedgerLog.Kind("journal", Math.max(1, settings.segmentBytes()), UNACKED_BYTES, false);
        LedgerLog log = LedgerLog.open(
                ledgers,
                new SegmentList(znodes, path),
                kind,
                new LedgerLog.Owner() {
                    @Override
                    public void suspect(int segment) {
                        listener.suspect(segment, segment);
                    }

                    @Override
                    public void health(String error) {
                        listener.health(error.isEmpty() ? "" : "the journal - " + error);
                    }

                    @Override
                    public void room() {
                        listener.room();
                    }
                },
                thread,
                segment -> {
                    LOG.error("BOOKKEEPER(journal): the ledger of segment {} is not there", segment);
                    listener.trouble(Trouble.LOST_FILES, 1);
                });
        watch(log);
        running = log;
        return new LedgerJournal(log, settings.maxBytes(), listener);
    }

    /** Who takes the journal over is noticed, also while nothing is appended. */
    private void watch(LedgerLog log) throws IOException {
        Watcher watcher = event -> {
            if (event.getType() != Watcher.Event.EventType.None) {
                try {
                    thread.execute(() -> look(log));
                } catch (RejectedExecutionException e) {
                    LOG.debug("the node has left the cluster", e);
                }
            }
        };
        znodes.get(path, watcher);
    }

    private void look(LedgerLog log) {
        try {
            Optional<Znodes.Found> found = znodes.get(path);
            int version = found.map(Znodes.Found::version).orElse(-1);
            if (version != log.list().version()) {
                log.fence("another node has taken over");
            } else {
                watch(log);
            }
        } catch (IOException e) {
            LOG.debug("the lease will tell", e);
        }
    }

    @Override
    public boolean outlivesDaemon() {
        return true;
    }

    /** Whether an earlier run has left something. */
    @Override
    public boolean exists(String owner) throws IOException {
        return znodes.get(path)
                .map(found -> new String(found.data(), StandardCharsets.UTF_8).contains("\nsegment "))
                .orElse(false);
    }

    /** Frames in ledgers. */
    private record LedgerJournal(LedgerLog log, long maxBytes, JournalStore.Listener listener) implements Journal {
        @Override
        public void replay(Sink sink) throws IOException {
            log.replay(sink);
        }

        @Override
        public long append(ByteBuffer frame, Purpose purpose) throws IOException {
            return log.append(frame, 0, purpose == Purpose.GROW ? maxBytes : 0);
        }

        @Override
        public CompletableFuture<Void> kept() {
            return log.kept();
        }

        @Override
        public ByteBuffer read(long position) throws IOException {
            return log.read(position);
        }

        @Override
        public void trim(int segment) {
            log.trim(segment, -1);
        }

        @Override
        public long bytes() {
            return log.bytes();
        }

        @Override
        public int segments() {
            return log.segmentCount();
        }

        @Override
        public void close() throws IOException {
            log.close();
        }
    }
}
