package io.nsqd.api;

import io.nsqd.stats.ClientStats;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.osgi.annotation.versioning.ProviderType;

/**
 * One consumer's hold on a channel: the messages in flight to it.
 *
 * <p>{@link #poll} is for one thread at a time, such as a client's event loop, and not for the sink that it calls: two at once are
 * refused. Messages may be settled by any thread, the sink's included, and the counters read.
 */
@ProviderType
public interface Subscription {
    /**
     * Takes up to {@code maxMessages} messages, books them in flight and hands them to {@code sink} after the broker has
     * let go of its locks. Never waits. When it gets fewer than it asked for, the consumer is on the channel's waiting
     * list and will be woken.
     *
     * @param maxMessages how many at the most; 0 asks for none, and only passes a wake-up on
     * @param maxBytes stop once the bodies together have this many bytes; at least one message is taken
     * @param sink takes the messages
     * @return how many were handed over
     * @throws IllegalStateException when another poll is under way, on another thread or around this one: nothing is taken then
     */
    int poll(int maxMessages, long maxBytes, MessageSink sink);

    /**
     * Settles messages that the client has processed (FIN).
     *
     * @param ids the messages
     * @param count how many of {@code ids} to look at
     * @param refused told of each id that could not be settled, in order, with {@link Reason#NOT_IN_FLIGHT} or
     *     {@link Reason#NOT_OWNER}
     */
    void finish(long[] ids, int count, Refused refused);

    /**
     * Gives a message back (REQ, B-20).
     *
     * @param id the message
     * @param delayNanos how long to hold it back, in nanoseconds; 0 or less puts it back at once
     * @throws NsqdException with {@link Reason#NOT_IN_FLIGHT} or {@link Reason#NOT_OWNER}
     */
    void requeue(long id, long delayNanos);

    /**
     * Restarts the time-out of a message, up to {@code max-msg-timeout} after its delivery (TOUCH, P-63).
     *
     * @param id the message
     * @throws NsqdException with {@link Reason#NOT_IN_FLIGHT} or {@link Reason#NOT_OWNER}
     */
    void touch(long id);

    /**
     * Gives all messages back at once that are in flight, as {@link #requeue} does each of them: for a client that has left, where what
     * it held is not to wait for its time-out. Best after {@link #close}, for until then this subscription may be sent them again.
     *
     * @throws NsqdException when the storage refuses one; it and those that were to follow stay in flight
     */
    void requeueAll();

    /**
     * Puts another consumer in the place of the one before: what is in flight stays so. When this returns the one before is not called any
     * more, but for calls that are under way; whoever takes over has to {@linkplain #poll poll}, as a wake-up may have gone to the
     * one before. Not while a poll is under way.
     */
    void handOver(Consumer next);

    /** Messages in flight to this consumer. */
    int inFlight();

    /** Messages handed over so far. */
    long messageCount();

    /** Messages finished so far. */
    long finishCount();

    /** Messages given back by the client so far; time-outs do not count. */
    long requeueCount();

    /**
     * Its figures, for a transport that knows of its client the address and no more.
     *
     * @param protocol what the transport speaks
     * @param remoteAddress {@code ip:port}
     * @param connectTime when the client connected
     * @param readyCount how many messages it may have in flight
     */
    default ClientStats stats(String protocol, String remoteAddress, Instant connectTime, long readyCount) {
        int colon = remoteAddress.lastIndexOf(':');
        String host = colon < 0 ? remoteAddress : remoteAddress.substring(0, colon);
        return new ClientStats(
                host,
                host,
                protocol,
                remoteAddress,
                3,
                readyCount,
                inFlight(),
                messageCount(),
                finishCount(),
                requeueCount(),
                connectTime,
                0,
                false,
                false,
                "",
                Optional.empty(),
                Optional.empty(),
                List.of());
    }

    /**
     * Leaves the channel. What is in flight stays so until it times out, and may be settled until then (P-56); {@link #requeueAll} gives
     * it back. Idempotent.
     */
    void close();

    /** Told of messages that could not be settled. */
    @FunctionalInterface
    interface Refused {
        /** Message {@code id} could not be settled because of {@code reason}. */
        void refused(long id, Reason reason);
    }
}
