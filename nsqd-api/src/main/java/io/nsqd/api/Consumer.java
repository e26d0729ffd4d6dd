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

    /** What {@code /stats} shows of this client. Called from any thread. */
    ClientStats stats();
}
