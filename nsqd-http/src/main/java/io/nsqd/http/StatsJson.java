package io.nsqd.http;

import com.fasterxml.jackson.core.JsonGenerator;
import io.nsqd.stats.ChannelStats;
import io.nsqd.stats.ClientStats;
import io.nsqd.stats.JournalStats;
import io.nsqd.stats.LatencyStats;
import io.nsqd.stats.MemoryStats;
import io.nsqd.stats.NsqdStats;
import io.nsqd.stats.PolicyStats;
import io.nsqd.stats.RewindStats;
import io.nsqd.stats.StatsFilter;
import io.nsqd.stats.TopicStats;
import java.io.IOException;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/** {@code /stats?format=json}: the order of the fields is part of the contract (T-10 to T-25). */
final class StatsJson {
    private final NsqdStats stats;
    private final StatsFilter filter;
    private final boolean topicAbsent;

    /** @param topicAbsent whether the filter names a topic that is not there */
    StatsJson(NsqdStats stats, StatsFilter filter, boolean topicAbsent) {
        this.stats = stats;
        this.filter = filter;
        this.topicAbsent = topicAbsent;
    }

    byte[] bytes() {
        return GoJson.bytes(this::write);
    }

    private void write(JsonGenerator json) throws IOException {
        json.writeStartObject();
        GoJson.writeString(json, "version", stats.version());
        GoJson.writeString(json, "health", stats.health());
        json.writeNumberField("start_time", stats.startTime().getEpochSecond());
        json.writeFieldName("topics");
        if (topicAbsent) {
            json.writeNull();
        } else {
            json.writeStartArray();
            for (TopicStats topic : stats.topics()) {
                write(json, topic);
            }
            json.writeEndArray();
        }
        if (stats.memory().isPresent() && filter.includeMemory()) {
            write(json, stats.memory().get());
        }
        json.writeFieldName("producers");
        boolean none =
                topicAbsent || !filter.includeClients() || stats.producers().isEmpty();
        writeClients(json, stats.producers(), none);
        if (stats.journal().isPresent()) {
            write(json, stats.journal().get());
        }
        json.writeEndObject();
    }

    /** One field more than the Go daemon has, where an OK promises more. */
    private static void write(JsonGenerator json, JournalStats journal) throws IOException {
        json.writeObjectFieldStart("journal");
        GoJson.writeString(json, "durability", journal.durability().toString());
        GoJson.writeString(json, "store", journal.store());
        json.writeNumberField("bytes", journal.bytes());
        json.writeNumberField("segments", journal.segments());
        json.writeNumberField("message_count", journal.messages());
        GoJson.writeString(json, "failure", journal.failure());
        json.writeEndObject();
    }

    private void write(JsonGenerator json, TopicStats topic) throws IOException {
        json.writeStartObject();
        GoJson.writeString(json, "topic_name", topic.name());
        json.writeArrayFieldStart("channels");
        for (ChannelStats channel : topic.channels()) {
            write(json, channel);
        }
        json.writeEndArray();
        json.writeNumberField("depth", topic.depth());
        json.writeNumberField("backend_depth", topic.backendDepth());
        json.writeNumberField("message_count", topic.messageCount());
        json.writeNumberField("message_bytes", topic.messageBytes());
        json.writeBooleanField("paused", topic.paused());
        write(json, topic.latency());
        write(json, topic.policy());
        json.writeEndObject();
    }

    private void write(JsonGenerator json, ChannelStats channel) throws IOException {
        json.writeStartObject();
        GoJson.writeString(json, "channel_name", channel.name());
        json.writeNumberField("depth", channel.depth());
        json.writeNumberField("backend_depth", channel.backendDepth());
        json.writeNumberField("in_flight_count", channel.inFlightCount());
        json.writeNumberField("deferred_count", channel.deferredCount());
        json.writeNumberField("message_count", channel.messageCount());
        json.writeNumberField("requeue_count", channel.requeueCount());
        json.writeNumberField("timeout_count", channel.timeoutCount());
        json.writeNumberField("client_count", channel.clientCount());
        json.writeFieldName("clients");
        writeClients(json, channel.clients(), !filter.includeClients());
        json.writeBooleanField("paused", channel.paused());
        write(json, channel.latency());
        write(json, channel.policy());
        if (channel.rewind().isPresent()) {
            write(json, channel.rewind().get());
        }
        json.writeEndObject();
    }

    /** One field more than the Go daemon has, as long as a channel is being filled again. */
    private static void write(JsonGenerator json, RewindStats rewind) throws IOException {
        json.writeObjectFieldStart("rewind");
        if (rewind.from().isAfter(Instant.EPOCH)) {
            json.writeStringField("from", rewind.from().toString());
        }
        json.writeNumberField("replayed_count", rewind.replayed());
        json.writeNumberField("remaining_count", rewind.remaining());
        json.writeEndObject();
    }

    /** One field more than the Go daemon has, where there is a policy. */
    private static void write(JsonGenerator json, Optional<PolicyStats> policy) throws IOException {
        if (policy.isEmpty()) {
            return;
        }
        json.writeObjectFieldStart("policy");
        json.writeNumberField("expired_count", policy.get().expired());
        json.writeNumberField("dead_count", policy.get().dead());
        json.writeNumberField("dropped_count", policy.get().dropped());
        json.writeNumberField("throttled_count", policy.get().throttled());
        json.writeNumberField("rejected_count", policy.get().rejected());
        json.writeNumberField("replayed_count", policy.get().replayed());
        json.writeNumberField("in_transit_count", policy.get().inTransit());
        json.writeEndObject();
    }

    private void writeClients(JsonGenerator json, List<ClientStats> clients, boolean asNull) throws IOException {
        if (asNull) {
            json.writeNull();
            return;
        }
        json.writeStartArray();
        for (ClientStats client : clients) {
            write(json, client);
        }
        json.writeEndArray();
    }

    private void write(JsonGenerator json, ClientStats client) throws IOException {
        json.writeStartObject();
        GoJson.writeString(json, "client_id", client.clientId());
        GoJson.writeString(json, "hostname", client.hostname());
        GoJson.writeString(json, "version", client.version());
        GoJson.writeString(json, "remote_address", client.remoteAddress());
        json.writeNumberField("state", client.state());
        json.writeNumberField("ready_count", client.readyCount());
        json.writeNumberField("in_flight_count", client.inFlightCount());
        json.writeNumberField("message_count", client.messageCount());
        json.writeNumberField("finish_count", client.finishCount());
        json.writeNumberField("requeue_count", client.requeueCount());
        json.writeNumberField("connect_ts", client.connectTime().getEpochSecond());
        json.writeNumberField("sample_rate", client.sampleRate());
        json.writeBooleanField("deflate", client.deflate());
        json.writeBooleanField("snappy", client.snappy());
        GoJson.writeString(json, "user_agent", client.userAgent());
        if (client.auth().isPresent()) {
            write(json, client.auth().get());
        }
        writePubCounts(json, PubCounts.of(client, filter));
        writeTls(json, client);
        json.writeEndObject();
    }

    private static void write(JsonGenerator json, ClientStats.Auth auth) throws IOException {
        json.writeBooleanField("authed", true);
        if (!auth.identity().isEmpty()) {
            GoJson.writeString(json, "auth_identity", auth.identity());
        }
        if (!auth.identityUrl().isEmpty()) {
            GoJson.writeString(json, "auth_identity_url", auth.identityUrl());
        }
    }

    private static void writePubCounts(JsonGenerator json, List<ClientStats.PubCount> counts) throws IOException {
        if (counts.isEmpty()) {
            return;
        }
        json.writeArrayFieldStart("pub_counts");
        for (ClientStats.PubCount count : counts) {
            json.writeStartObject();
            GoJson.writeString(json, "topic", count.topic());
            json.writeNumberField("count", count.count());
            json.writeEndObject();
        }
        json.writeEndArray();
    }

    private static void writeTls(JsonGenerator json, ClientStats client) throws IOException {
        boolean present = client.tls().isPresent();
        ClientStats.Tls tls = client.tls().orElse(new ClientStats.Tls("", "", ""));
        json.writeBooleanField("tls", present);
        GoJson.writeString(json, "tls_cipher_suite", tls.cipherSuite());
        GoJson.writeString(json, "tls_version", tls.version());
        GoJson.writeString(json, "tls_negotiated_protocol", tls.negotiatedProtocol());
        json.writeBooleanField("tls_negotiated_protocol_is_mutual", present);
    }

    private static void write(JsonGenerator json, LatencyStats latency) throws IOException {
        json.writeObjectFieldStart("e2e_processing_latency");
        json.writeNumberField("count", latency.count());
        json.writeFieldName("percentiles");
        if (latency.percentiles().isEmpty()) {
            json.writeNull();
        } else {
            json.writeStartArray();
            for (LatencyStats.Percentile percentile : latency.percentiles()) {
                json.writeStartObject();
                json.writeFieldName("quantile");
                GoJson.writeFloat(json, percentile.quantile());
                json.writeFieldName("value");
                GoJson.writeFloat(json, percentile.nanos());
                json.writeEndObject();
            }
            json.writeEndArray();
        }
        json.writeEndObject();
    }

    private static void write(JsonGenerator json, MemoryStats memory) throws IOException {
        json.writeObjectFieldStart("memory");
        json.writeNumberField("heap_objects", memory.heapObjects());
        json.writeNumberField("heap_idle_bytes", memory.heapIdleBytes());
        json.writeNumberField("heap_in_use_bytes", memory.heapInUseBytes());
        json.writeNumberField("heap_released_bytes", memory.heapReleasedBytes());
        json.writeNumberField("gc_pause_usec_100", memory.gcPauseMicros100());
        json.writeNumberField("gc_pause_usec_99", memory.gcPauseMicros99());
        json.writeNumberField("gc_pause_usec_95", memory.gcPauseMicros95());
        json.writeNumberField("next_gc_bytes", memory.nextGcBytes());
        json.writeNumberField("gc_total_runs", memory.gcTotalRuns());
        json.writeEndObject();
    }
}
