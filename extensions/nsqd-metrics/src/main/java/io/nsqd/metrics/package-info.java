/**
 * Figures for Prometheus at {@code /metrics}: the template of an HTTP endpoint.
 *
 * <p>{@code MetricsEndpoint} takes a snapshot at each scrape; {@code NsqdMetrics} and {@code JvmMetrics} say what of it is told,
 * {@code PrometheusText} how.
 */
package io.nsqd.metrics;
