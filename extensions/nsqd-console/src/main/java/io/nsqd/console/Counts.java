package io.nsqd.console;

import io.nsqd.stats.ChannelStats;
import io.nsqd.stats.TopicStats;

/**
 * What there is at a moment, and what there was altogether.
 *
 * @param depth messages that wait
 * @param in messages that have come since the start
 * @param out messages that have gone since the start, be they finished or dropped: what has come and is not here any more
 * @param inFlight messages sent and not answered
 * @param deferred messages held back
 */
record Counts(long depth, long in, long out, long inFlight, long deferred) {
    static final Counts NONE = new Counts(0, 0, 0, 0, 0);

    static Counts of(ChannelStats channel) {
        long here = channel.depth() + channel.inFlightCount() + channel.deferredCount();
        return new Counts(
                channel.depth(),
                channel.messageCount(),
                Math.max(0, channel.messageCount() - here),
                channel.inFlightCount(),
                channel.deferredCount());
    }

    /** Of a topic with its channels: comes to the topic what is published, and goes what goes from any channel. */
    static Counts of(TopicStats topic, Counts channels) {
        return new Counts(
                topic.depth() + channels.depth(),
                topic.messageCount(),
                channels.out(),
                channels.inFlight(),
                channels.deferred());
    }

    Counts plus(Counts other) {
        return new Counts(
                depth + other.depth,
                in + other.in,
                out + other.out,
                inFlight + other.inFlight,
                deferred + other.deferred);
    }
}
