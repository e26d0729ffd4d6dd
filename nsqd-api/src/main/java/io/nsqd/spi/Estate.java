package io.nsqd.spi;

import java.io.IOException;
import java.util.List;
import org.osgi.annotation.versioning.ConsumerType;

/**
 * What a daemon has left that is gone, for an {@link Adopter} to take over: its topics and channels, its journal, and the queues of its
 * storage. Whoever offers one has seen to it that the daemon can add nothing any more.
 *
 * <p>Used by one thread, which may wait. What was taken over may be offered again, where somebody was interrupted: what is noted with
 * {@link #journalAdopted} and {@link BackendQueue#sync} is not.
 */
@ConsumerType
public interface Estate {
    /** Whose it was, for the log. */
    String owner();

    /** Its topics and channels. */
    Metadata metadata() throws IOException;

    /** Hands out all frames of its journal that had not been trimmed, in their order; the same each time. */
    void replay(Journal.Sink sink) throws IOException;

    /** Whether {@link #journalAdopted} was called: the journal tells only which messages of the queues are copies, from then on. */
    boolean isJournalAdopted();

    /** All messages that were live in the journal have a new home, durably: that is to be remembered. */
    void journalAdopted() throws IOException;

    /** The names of the queues of its storage in which something may be: {@code topic} or {@code topic:channel}. */
    List<String> queues() throws IOException;

    /**
     * Opens one of these. Nothing is appended to it; what was read and forgotten is gone for good with the next {@link BackendQueue#sync}.
     * It is closed after use.
     */
    BackendQueue open(String queue, BackendQueueFactory.Listener listener) throws IOException;
}
