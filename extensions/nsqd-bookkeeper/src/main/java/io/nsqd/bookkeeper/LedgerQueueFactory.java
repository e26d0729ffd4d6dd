package io.nsqd.bookkeeper;

import io.nsqd.api.Durability;
import io.nsqd.spi.BackendQueue;
import io.nsqd.spi.BackendQueueFactory;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.ScheduledExecutorService;

/** The storage in ledgers: each queue has its own, from the first message on that memory has no room for. */
final class LedgerQueueFactory implements BackendQueueFactory {
    /** Names of topics may be such as ZooKeeper does not take. */
    private static final String PREFIX = "q.";

    private final ClusterSettings settings;
    private final Ledgers ledgers;
    private final Znodes znodes;
    private final String path;
    private final Executor readers;
    private final ScheduledExecutorService thread;

    /** Why nothing can be added to a queue now, by its name. */
    private final Map<String, String> troubles = new ConcurrentHashMap<>();

    /** @param path below which the lists of ledgers are */
    LedgerQueueFactory(
            ClusterSettings settings,
            Ledgers ledgers,
            Znodes znodes,
            String path,
            Executor readers,
            ScheduledExecutorService thread) {
        this.settings = settings;
        this.ledgers = ledgers;
        this.znodes = znodes;
        this.path = path;
        this.readers = readers;
        this.thread = thread;
    }

    @Override
    public BackendQueue open(String name, Listener listener) throws IOException {
        SegmentList list = new SegmentList(znodes, path + "/" + PREFIX + name);
        return LedgerQueue.open(ledgers, list, name, settings, listener, troubles, readers, thread);
    }

    /** What it acknowledges is on as many disks as the journal's frames are. */
    @Override
    public Durability durability() {
        return Durability.SYNCED;
    }

    /** Why nothing can be added to one of the queues that are open; empty while all take what comes. Any thread. */
    String trouble() {
        for (Map.Entry<String, String> trouble : troubles.entrySet()) {
            return trouble.getKey() + ": " + trouble.getValue();
        }
        return "";
    }

    /** The queues that there are. */
    List<String> names() throws IOException {
        List<String> names = new ArrayList<>();
        for (String child : znodes.children(path, null)) {
            if (child.startsWith(PREFIX)) {
                names.add(child.substring(PREFIX.length()));
            }
        }
        return names;
    }
}
