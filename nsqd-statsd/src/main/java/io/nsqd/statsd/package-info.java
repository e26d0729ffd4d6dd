/**
 * Figures pushed to a statsd daemon (D): the template of an exporter.
 *
 * <p>{@code StatsdLoop} is the thread {@code nsqd-statsd}: once an interval it takes a snapshot, which {@code StatsdMetrics}
 * turns into lines and {@code StatsdPacket} into packets, and sends them spread over the interval.
 */
package io.nsqd.statsd;
