/**
 * The broker: topics, channels, delivery.
 *
 * <p>{@code Activator} waits for the metadata service and the storage, then starts a {@code Broker} and registers it as
 * {@link io.nsqd.api.Nsqd}. Messages move as batches through {@code BrokerTopic} to each {@code BrokerChannel}, wait in a
 * {@code MessageQueue} (memory, then backend) and leave through a {@code BrokerSubscription}, where they are in flight.
 * {@code QueueScanLoop} brings back what timed out or was deferred; {@code TopicPump} moves what waits in a topic.
 *
 * <p>Lock order: the broker's topology, a topic, a channel, then a subscription or a backend queue. No lock is held while
 * a consumer or a listener is called.
 */
package io.nsqd.core;
