package io.nsqd.core.journal.file;

import io.nsqd.log.Logger;
import io.nsqd.log.LoggerFactory;
import io.nsqd.spi.JournalStore;
import java.util.EnumMap;
import java.util.Map;

/**
 * What is wrong with a journal now. It is in the log once, when it begins or changes, and once more when it is over. To be called
 * without a lock, as a listener is told.
 */
final class JournalHealth {
    private static final Logger LOG = LoggerFactory.getLogger(JournalHealth.class);

    /** What may be wrong, for as long as it is. */
    enum Fault {
        /** What was appended could not be made durable. */
        SYNC,
        /** No segment can be made. */
        MAKE,
        /** Segments that nobody needs cannot be deleted. */
        DELETE
    }

    private final JournalStore.Listener listener;
    private final Map<Fault, String> faults = new EnumMap<>(Fault.class);

    JournalHealth(JournalStore.Listener listener) {
        this.listener = listener;
    }

    /** Something does not work. */
    void failed(Fault fault, String reason) {
        String before;
        synchronized (this) {
            before = faults.put(fault, reason);
        }
        if (!reason.equals(before)) {
            LOG.error("JOURNAL: {}", reason);
            tell();
        }
    }

    /** Something works; nothing happens when it did before. */
    void works(Fault fault) {
        String was;
        synchronized (this) {
            was = faults.remove(fault);
        }
        if (was != null) {
            LOG.info("JOURNAL: works again, after: {}", was);
            tell();
        }
    }

    /** Whether something is wrong. */
    synchronized boolean has(Fault fault) {
        return faults.containsKey(fault);
    }

    /** Whoever comes last tells what is true last. */
    private void tell() {
        String told;
        do {
            told = now();
            listener.health(told);
        } while (!told.equals(now()));
    }

    private synchronized String now() {
        return faults.isEmpty() ? "" : faults.values().iterator().next();
    }
}
