package io.nsqd.api;

import org.osgi.annotation.versioning.ConsumerType;

/** Takes the messages that {@link Subscription#poll} hands over. */
@ConsumerType
@FunctionalInterface
public interface MessageSink {
    /**
     * Takes one message, which is in flight by now. Called by the thread that polls, after the broker let go of its locks.
     *
     * @param message the message; the sink may keep it
     */
    void message(Message message);
}
