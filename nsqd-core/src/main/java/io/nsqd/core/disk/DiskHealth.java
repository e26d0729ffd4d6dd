package io.nsqd.core.disk;

import io.nsqd.log.Logger;
import io.nsqd.log.LoggerFactory;
import io.nsqd.spi.BackendQueueFactory.Listener;
import java.util.Map;
import java.util.concurrent.ConcurrentSkipListMap;

/**
 * What is wrong with the storage now. The daemon is well when nothing is (B-18): what goes right in one place says nothing of
 * what went wrong in another. What is wrong is in the log once, when it begins or changes, and once more when it is over.
 *
 * <p>To be called without a lock, as a listener is told.
 */
final class DiskHealth {
    private static final Logger LOG = LoggerFactory.getLogger(DiskHealth.class);

    /** What may be wrong with a queue, for as long as it is. */
    enum Fault {
        /** It cannot be opened: what it holds is not known. */
        OPEN,
        /** Its messages cannot be read. */
        READ,
        /** Nothing can be added to it. */
        WRITE,
        /** What was added could not be made durable. */
        SYNC,
        /** Its positions could not be saved, or files that were read could not be removed. */
        SAVE
    }

    private record Where(String queue, Fault fault) implements Comparable<Where> {
        @Override
        public int compareTo(Where other) {
            int byQueue = queue.compareTo(other.queue);
            return byQueue != 0 ? byQueue : fault.compareTo(other.fault);
        }
    }

    private final ConcurrentSkipListMap<Where, String> faults = new ConcurrentSkipListMap<>();

    /** Something does not work. */
    void failed(String queue, Fault fault, String reason, Listener listener) {
        String before = faults.put(new Where(queue, fault), reason);
        if (!reason.equals(before)) {
            LOG.error("DISKQUEUE({}): {}", queue, reason);
            tell(listener);
        }
    }

    /** Something works; nothing happens when it did before. */
    void works(String queue, Fault fault, Listener listener) {
        String was = faults.remove(new Where(queue, fault));
        if (was != null) {
            LOG.info("DISKQUEUE({}): works again, after: {}", queue, was);
            tell(listener);
        }
    }

    /** A queue is gone, and its faults with it. */
    void forget(String queue, Listener listener) {
        boolean any = false;
        for (Fault fault : Fault.values()) {
            any |= faults.remove(new Where(queue, fault)) != null;
        }
        if (any) {
            tell(listener);
        }
    }

    /** Whether some queue cannot be added to. */
    boolean refusesWrites() {
        return !faults.isEmpty() && faults.keySet().stream().anyMatch(where -> where.fault() == Fault.WRITE);
    }

    /** Whoever comes last tells what is true last. */
    private void tell(Listener listener) {
        String told;
        do {
            told = now();
            listener.health(told);
        } while (!told.equals(now()));
    }

    private String now() {
        Map.Entry<Where, String> first = faults.firstEntry();
        return first == null ? "" : first.getValue();
    }
}
