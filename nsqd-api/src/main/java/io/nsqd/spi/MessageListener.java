package io.nsqd.spi;

import java.util.List;
import org.osgi.annotation.versioning.ConsumerType;

/**
 * Told of what becomes of messages: for audits, traces, statistics of one's own. Registered as a service.
 *
 * <p>It is told off the data path, on a thread of its own, in batches as they came about: one that is slow, blocks or throws holds up
 * nothing but itself. So many messages may wait for it (100,000); of what comes meanwhile it is told only how much it was, by {@link
 * #missed}, and the daemon counts it. Where nobody listens, all this costs nothing.
 *
 * <p>What is told of one message by different threads may come out of order: that it was finished before it was published. What is told
 * has happened: a publish was acknowledged, a FIN was accepted. Bodies are not told; who wants them subscribes.
 */
@ConsumerType
public interface MessageListener {
    /**
     * The topics it wants to be told of: names, or the beginnings of names followed by {@code *}. Asked once, as it comes.
     *
     * @return all topics unless overridden
     */
    default List<String> topics() {
        return List.of("*");
    }

    /** Messages were published: each is in every channel of the topic, or waits in the topic, or is held back. */
    default void published(String topic, MessageEvents messages) {}

    /** Messages were finished by a client. */
    default void finished(String topic, String channel, MessageEvents messages) {}

    /** Messages were given back by a client, with or without a delay. */
    default void requeued(String topic, String channel, MessageEvents messages) {}

    /** The time-out of messages has passed: they are delivered again. */
    default void timedOut(String topic, String channel, MessageEvents messages) {}

    /**
     * There was more than it could take.
     *
     * @param messages of how many messages it was not told since the last call
     */
    default void missed(long messages) {}
}
