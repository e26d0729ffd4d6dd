package io.nsqd.console;

import io.nsqd.stats.ChannelStats;
import io.nsqd.stats.ClientStats;
import io.nsqd.stats.LatencyStats;
import io.nsqd.stats.PolicyStats;
import io.nsqd.stats.TopicStats;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;

/** The figures of one topic and its channels, under the names that {@code /stats?format=json} has for them. */
final class StatsView {
    private StatsView() {}

    /** @param shown which channels */
    static Map<String, Object> topic(TopicStats topic, Predicate<String> shown) {
        Map<String, Object> view = Json.object(
                "topic_name",
                topic.name(),
                "channels",
                topic.channels().stream()
                        .filter(channel -> shown.test(channel.name()))
                        .map(StatsView::channel)
                        .toList(),
                "depth",
                topic.depth(),
                "backend_depth",
                topic.backendDepth(),
                "message_count",
                topic.messageCount(),
                "message_bytes",
                topic.messageBytes(),
                "paused",
                topic.paused(),
                "e2e_processing_latency",
                latency(topic.latency()));
        policy(topic.policy(), view);
        return view;
    }

    static Map<String, Object> channel(ChannelStats channel) {
        Map<String, Object> view = Json.object(
                "channel_name", channel.name(),
                "depth", channel.depth(),
                "backend_depth", channel.backendDepth(),
                "in_flight_count", channel.inFlightCount(),
                "deferred_count", channel.deferredCount(),
                "message_count", channel.messageCount(),
                "requeue_count", channel.requeueCount(),
                "timeout_count", channel.timeoutCount(),
                "client_count", channel.clientCount(),
                "clients", channel.clients().stream().map(StatsView::client).toList(),
                "paused", channel.paused(),
                "e2e_processing_latency", latency(channel.latency()));
        policy(channel.policy(), view);
        channel.rewind()
                .ifPresent(rewind -> view.put(
                        "rewind",
                        Json.object(
                                "from",
                                rewind.from().isAfter(Instant.EPOCH)
                                        ? rewind.from().toString()
                                        : "",
                                "replayed_count",
                                rewind.replayed(),
                                "remaining_count",
                                rewind.remaining())));
        return view;
    }

    private static void policy(Optional<PolicyStats> policy, Map<String, Object> view) {
        policy.ifPresent(stats -> view.put(
                "policy",
                Json.object(
                        "expired_count", stats.expired(),
                        "dead_count", stats.dead(),
                        "dropped_count", stats.dropped(),
                        "throttled_count", stats.throttled(),
                        "rejected_count", stats.rejected(),
                        "replayed_count", stats.replayed(),
                        "in_transit_count", stats.inTransit())));
    }

    private static Map<String, Object> client(ClientStats client) {
        return Json.object(
                "client_id", client.clientId(),
                "hostname", client.hostname(),
                "version", client.version(),
                "remote_address", client.remoteAddress(),
                "state", client.state(),
                "ready_count", client.readyCount(),
                "in_flight_count", client.inFlightCount(),
                "message_count", client.messageCount(),
                "finish_count", client.finishCount(),
                "requeue_count", client.requeueCount(),
                "connect_ts", client.connectTime().getEpochSecond(),
                "sample_rate", client.sampleRate(),
                "deflate", client.deflate(),
                "snappy", client.snappy(),
                "user_agent", client.userAgent(),
                "auth_identity", client.auth().map(ClientStats.Auth::identity).orElse(""),
                "tls", client.tls().isPresent(),
                "tls_version", client.tls().map(ClientStats.Tls::version).orElse(""),
                "tls_cipher_suite",
                        client.tls().map(ClientStats.Tls::cipherSuite).orElse(""));
    }

    /** Percentiles are in nanoseconds, as there. */
    static Map<String, Object> latency(LatencyStats latency) {
        List<Map<String, Object>> percentiles = latency.percentiles().stream()
                .map(percentile -> Json.object("quantile", percentile.quantile(), "value", percentile.nanos()))
                .toList();
        return Json.object("count", latency.count(), "percentiles", percentiles);
    }
}
