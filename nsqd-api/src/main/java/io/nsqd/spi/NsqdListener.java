package io.nsqd.spi;

import org.osgi.annotation.versioning.ConsumerType;

/**
 * Told of changes, off the data path: on one thread of the core's, in the order in which they happened. A listener that
 * has real work hands it to a thread of its own. Registered as a service.
 */
@ConsumerType
public interface NsqdListener {
    /** A topic was made. */
    default void topicCreated(String topic) {}

    /** A topic was deleted; its channels were reported before. */
    default void topicDeleted(String topic) {}

    /** A channel was made. */
    default void channelCreated(String topic, String channel) {}

    /** A channel was deleted. */
    default void channelDeleted(String topic, String channel) {}

    /** Options were changed at run time; {@link io.nsqd.api.Nsqd#options()} has the new ones. */
    default void optionsChanged() {}

    /** The daemon is well, or has another trouble than before: what {@link io.nsqd.api.Nsqd#health()} says now. */
    default void healthChanged(String health) {}

    /** A transport came or went. */
    default void transportsChanged() {}
}
