package io.nsqd.api;

import io.nsqd.stats.ClientStats;
import org.osgi.annotation.versioning.ConsumerType;

/** The receiving end of a {@link Subscription}, implemented by a transport, one per client. */
@ConsumerType
public interface Consumer {
    /**
     * Asks the consumer to poll its subscription soon. Called from any thread, often: it must be cheap, never block and
     * join calls that come close together into one. Who is woken polls, if only for nothing ({@code max} 0): the
     * subscription is not on the waiting list any more.
     */
    void wakeUp();

    /** The channel is being deleted or the daemon stops: disconnect the client. Called from any thread; never blocks. */
    void close();

    /**
     * Has something run once everything has been read that had arrived from the client when this was called. A message is timed
     * out only then (B-21): what stood still was perhaps the daemon, and the FIN is waiting. Called from any thread; never blocks.
     * A consumer that cannot tell runs it at once, as by default.
     *
     * @param then short, never blocks
     */
    default void afterInput(Runnable then) {
        then.run();
    }

    /** What {@code /stats} shows of this client. Called from any thread. */
    ClientStats stats();
}
