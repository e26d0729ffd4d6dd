package io.nsqd.metrics;

import io.nsqd.stats.ChannelStats;
import io.nsqd.stats.JournalStats;
import io.nsqd.stats.LatencyStats;
import io.nsqd.stats.NsqdStats;
import io.nsqd.stats.PolicyStats;
import io.nsqd.stats.TopicStats;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.ToLongFunction;

/** The counters and gauges of {@code /stats}, by topic and by channel. */
final class NsqdMetrics {
    private static final double NANOS = 1e9;

    private NsqdMetrics() {}

    private record Figure<T>(MetricType type, String name, String help, ToLongFunction<T> value) {}

    private static final List<Figure<TopicStats>> TOPIC = List.of(
            gauge("nsqd_topic_depth", "Messages that wait in the topic.", TopicStats::depth),
            gauge("nsqd_topic_backend_depth", "The part of them that is in the backend.", TopicStats::backendDepth),
            counter("nsqd_topic_messages_total", "Messages published since the start.", TopicStats::messageCount),
            counter("nsqd_topic_message_bytes_total", "The bytes of their bodies.", TopicStats::messageBytes),
            gauge("nsqd_topic_paused", "1 while the topic is paused.", topic -> topic.paused() ? 1 : 0),
            gauge("nsqd_topic_channels", "Channels of the topic.", topic -> topic.channels()
                    .size()));

    private static final List<Figure<ChannelStats>> CHANNEL = List.of(
            gauge("nsqd_channel_depth", "Messages that wait in the channel.", ChannelStats::depth),
            gauge("nsqd_channel_backend_depth", "The part of them that is in the backend.", ChannelStats::backendDepth),
            gauge("nsqd_channel_in_flight_messages", "Messages sent and not answered.", ChannelStats::inFlightCount),
            gauge("nsqd_channel_deferred_messages", "Messages held back.", ChannelStats::deferredCount),
            counter("nsqd_channel_messages_total", "Messages received from the topic.", ChannelStats::messageCount),
            counter("nsqd_channel_requeues_total", "Messages given back by clients.", ChannelStats::requeueCount),
            counter("nsqd_channel_timeouts_total", "Messages whose time-out passed.", ChannelStats::timeoutCount),
            gauge("nsqd_channel_clients", "Consumers of the channel.", ChannelStats::clientCount),
            gauge("nsqd_channel_paused", "1 while the channel is paused.", channel -> channel.paused() ? 1 : 0));

    private static <T> Figure<T> gauge(String name, String help, ToLongFunction<T> value) {
        return new Figure<>(MetricType.GAUGE, name, help, value);
    }

    private static <T> Figure<T> counter(String name, String help, ToLongFunction<T> value) {
        return new Figure<>(MetricType.COUNTER, name, help, value);
    }

    static void write(NsqdStats stats, PrometheusText text) {
        text.metric(MetricType.GAUGE, "nsqd_info", "The version that NSQ's tools see.")
                .sample("nsqd_info", PrometheusText.labels("version", stats.version()), 1);
        text.metric(MetricType.GAUGE, "nsqd_healthy", "1 while messages can be stored.")
                .sample("nsqd_healthy", PrometheusText.NONE, stats.health().equals("OK") ? 1 : 0);
        text.metric(MetricType.GAUGE, "nsqd_start_time_seconds", "When the daemon started, since 1970.")
                .sample(
                        "nsqd_start_time_seconds",
                        PrometheusText.NONE,
                        stats.startTime().toEpochMilli() / 1000.0);
        List<Labelled<TopicStats>> topics = new ArrayList<>();
        List<Labelled<ChannelStats>> channels = new ArrayList<>();
        for (TopicStats topic : stats.topics()) {
            topics.add(new Labelled<>(PrometheusText.labels("topic", topic.name()), topic));
            for (ChannelStats channel : topic.channels()) {
                channels.add(new Labelled<>(
                        PrometheusText.labels("topic", topic.name(), "channel", channel.name()), channel));
            }
        }
        stats.journal().ifPresent(journal -> write(journal, text));
        TOPIC.forEach(figure -> write(figure, topics, text));
        CHANNEL.forEach(figure -> write(figure, channels, text));
        policies("nsqd_topic", topics, TopicStats::policy, text);
        policies("nsqd_channel", channels, ChannelStats::policy, text);
        latency(channels, text);
    }

    private static final List<Figure<PolicyStats>> POLICY = List.of(
            counter("expired", "Messages whose time to live was over.", PolicyStats::expired),
            counter("dead", "Messages that have failed too often.", PolicyStats::dead),
            counter("dropped", "Messages that policies have dropped.", PolicyStats::dropped),
            counter("throttled", "Messages, or deliveries, that had to wait for a rate.", PolicyStats::throttled),
            counter("rejected", "Messages that a bound has refused.", PolicyStats::rejected),
            counter("replayed", "Messages that were put into a channel again.", PolicyStats::replayed));

    /** Only of those that a policy has been in force for. */
    private static <T> void policies(
            String prefix, List<Labelled<T>> all, Function<T, Optional<PolicyStats>> policy, PrometheusText text) {
        List<Labelled<PolicyStats>> those = new ArrayList<>();
        for (Labelled<T> one : all) {
            policy.apply(one.stats).ifPresent(stats -> those.add(new Labelled<>(one.labels, stats)));
        }
        for (Figure<PolicyStats> figure : POLICY) {
            write(
                    new Figure<>(
                            figure.type(),
                            prefix + "_policy_" + figure.name() + "_total",
                            figure.help(),
                            figure.value()),
                    those,
                    text);
        }
    }

    private static void write(JournalStats journal, PrometheusText text) {
        text.metric(MetricType.GAUGE, "nsqd_journal_info", "What an OK promises, and what keeps the promise.")
                .sample(
                        "nsqd_journal_info",
                        PrometheusText.labels("durability", journal.durability().toString(), "store", journal.store()),
                        1);
        gauge("nsqd_journal_bytes", "Bytes that the journal takes.", journal.bytes(), text);
        gauge("nsqd_journal_segments", "Segments that the journal has.", journal.segments(), text);
        gauge("nsqd_journal_messages", "Messages that the journal keeps, in each channel.", journal.messages(), text);
        gauge(
                "nsqd_journal_healthy",
                "1 while new messages can be kept.",
                journal.failure().isEmpty() ? 1 : 0,
                text);
    }

    private static void gauge(String name, String help, long value, PrometheusText text) {
        text.metric(MetricType.GAUGE, name, help).sample(name, PrometheusText.NONE, value);
    }

    private static <T> void write(Figure<T> figure, List<Labelled<T>> all, PrometheusText text) {
        if (all.isEmpty()) {
            return;
        }
        text.metric(figure.type(), figure.name(), figure.help());
        for (Labelled<T> one : all) {
            text.sample(figure.name(), one.labels, figure.value().applyAsLong(one.stats));
        }
    }

    /** Only where percentiles are configured are latencies measured. */
    private static void latency(List<Labelled<ChannelStats>> channels, PrometheusText text) {
        String name = "nsqd_channel_e2e_latency_seconds";
        boolean begun = false;
        for (Labelled<ChannelStats> channel : channels) {
            LatencyStats.Histogram histogram = channel.stats.latency().histogram();
            if (histogram.buckets().isEmpty()) {
                continue;
            }
            if (!begun) {
                begun = true;
                text.metric(MetricType.HISTOGRAM, name, "Time from a message's publish to its FIN.");
            }
            for (LatencyStats.Bucket bucket : histogram.buckets()) {
                String bound = PrometheusText.number(bucket.upToNanos() / NANOS);
                text.sample(name + "_bucket", PrometheusText.and(channel.labels, "le", bound), bucket.count());
            }
            text.sample(name + "_bucket", PrometheusText.and(channel.labels, "le", "+Inf"), histogram.count());
            text.sample(name + "_sum", channel.labels, histogram.sumNanos() / NANOS);
            text.sample(name + "_count", channel.labels, histogram.count());
        }
    }
}
