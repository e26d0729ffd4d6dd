package io.nsqd.spi;

import io.nsqd.api.Durability;
import io.nsqd.stats.Trouble;
import java.io.IOException;
import org.osgi.annotation.versioning.ConsumerType;

/**
 * A kind of journal: what keeps the promise of an OK. Registered as a service with the property {@value #NAME}; the option
 * {@code journal-store} picks one by that name, never by ranking. It is asked for only where {@code durability} is not
 * {@code memory}.
 */
@ConsumerType
public interface JournalStore {
    /** The service property that names the store; the default store is {@code file}. */
    String NAME = "nsqd.journal-store";

    /**
     * Opens the journal of a daemon, with what earlier runs left in it, and fences whoever had it open before: that one's {@link
     * Journal#append} fails from now on, and nothing of it is found by {@link Journal#replay}. Changes nothing of what is there, so that a
     * start that is cut short can be done again. May block.
     *
     * @param owner whose journal it is: the same for each run of a daemon, another one for each daemon
     * @param durability what {@link Journal#kept} is to wait for; not {@link Durability#MEMORY}
     * @param listener told what cannot be answered by a return value
     * @throws IOException when it cannot be opened. What is damaged is no reason: it is kept aside, said in the log and counted, and
     *     what is intact behind it is replayed
     */
    Journal open(String owner, Durability durability, Listener listener) throws IOException;

    /**
     * Whether an earlier run has left something. Asked where nothing is promised any more, so that what was promised before is not
     * forgotten. May block.
     *
     * @param owner as of {@link #open}
     * @throws IOException when that cannot be found out
     */
    default boolean exists(String owner) throws IOException {
        return false;
    }

    /**
     * Whether others than this daemon can go on with what a journal holds, as where it is not on the daemon's machine. Then a stop leaves
     * everything in it, waiting, in flight and deferred, instead of moving it to the storage.
     */
    default boolean outlivesDaemon() {
        return false;
    }

    /** Told by a journal, from any thread, what happened behind the broker's back; no lock of the journal is held. */
    interface Listener {
        /**
         * A write, sync or delete failed or, with an empty text, succeeded again.
         *
         * @param error what went wrong, or an empty string
         */
        void health(String error);

        /**
         * What was appended to some segments may not be as durable as promised, and will never be: nothing of that kind is to be
         * counted on. Completions that waited for it have failed. What of it is still needed is to be appended again; until then the
         * journal keeps what it has.
         *
         * @param from the first of these segments
         * @param to the last
         */
        void suspect(int from, int to);

        /** Something that was refused for lack of room may be appended now. */
        void room();

        /**
         * Something happened that must not; counted for the administrator, who is told the details by the log.
         *
         * @param trouble what
         * @param more how many, or how long, in the trouble's unit; 0 or more
         */
        default void trouble(Trouble trouble, long more) {
            // Nobody counts.
        }
    }
}
