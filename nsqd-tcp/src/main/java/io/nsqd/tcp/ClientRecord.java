package io.nsqd.tcp;

import io.nsqd.net.ConnectionRecord;
import io.nsqd.spi.Authorization;
import io.nsqd.spi.Credentials;
import io.nsqd.stats.ClientStats;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What a connection's next transport has to know of it, beside what stays with the connection: TLS, compression, the subscription.
 *
 * <p>A value that is added has a default for records that lack it, and needs no new number; one whose meaning changes does.
 *
 * @param daemon the name of the daemon that it is a client of
 * @param begun whether the client has said which protocol it speaks
 * @param state of the protocol
 * @param identified whether it has sent IDENTIFY
 * @param settings what was negotiated last
 * @param pumpSettings what was negotiated first (P-34)
 * @param upgrades what the connection is wrapped in
 * @param tls the TLS session
 * @param topic what it has subscribed to; empty where it has not
 * @param channel as above
 * @param readyCount its RDY
 * @param counts what it has published
 * @param authorization what it may do
 * @param credentials what it said of itself
 * @param connected when it came
 * @param heartbeatIn nanoseconds until the next heartbeat
 * @param inputEnded whether the client has said that it will send no more
 */
record ClientRecord(
        String daemon,
        boolean begun,
        int state,
        boolean identified,
        ClientSettings settings,
        ClientSettings pumpSettings,
        Upgrades upgrades,
        Optional<ClientStats.Tls> tls,
        String topic,
        String channel,
        long readyCount,
        List<ClientStats.PubCount> counts,
        Optional<Authorization> authorization,
        Optional<Credentials> credentials,
        Instant connected,
        long heartbeatIn,
        boolean inputEnded) {
    private static final String PROTOCOL = "V2";

    /** Raised when a value changes its meaning. */
    private static final int VERSION = 1;

    /** Raised when a reader that does not know of such a change would go wrong. */
    private static final int READABLE_SINCE = 1;

    private static final int OLDEST = 1;

    /** Nothing when it is of a transport that means something else by it. */
    static Optional<ClientRecord> read(ConnectionRecord record) {
        return record.isReadableBy(PROTOCOL, OLDEST, VERSION) ? Optional.of(of(record)) : Optional.empty();
    }

    private static ClientRecord of(ConnectionRecord record) {
        ClientSettings settings = settings(record, "settings.");
        return new ClientRecord(
                record.get("daemon", String.class, ""),
                record.get("begun", Boolean.class, true),
                record.get("state", Integer.class, 0),
                record.get("identified", Boolean.class, false),
                settings,
                settings(record, "first."),
                new Upgrades(
                        record.get("upgrades.tls", Boolean.class, false),
                        record.get("upgrades.deflate", Boolean.class, false),
                        record.get("upgrades.snappy", Boolean.class, false)),
                Optional.ofNullable(record.get("tls", ClientStats.Tls.class, null)),
                record.get("topic", String.class, ""),
                record.get("channel", String.class, ""),
                record.get("ready", Long.class, 0L),
                counts(record),
                Optional.ofNullable(record.get("authorization", Authorization.class, null)),
                Optional.ofNullable(record.get("credentials", Credentials.class, null)),
                record.get("connected", Instant.class, Instant.EPOCH),
                record.get("heartbeatIn", Long.class, 0L),
                record.get("inputEnded", Boolean.class, false));
    }

    private static List<ClientStats.PubCount> counts(ConnectionRecord record) {
        List<?> counts = record.get("counts", List.class, List.of());
        return counts.stream().map(ClientStats.PubCount.class::cast).toList();
    }

    private static ClientSettings settings(ConnectionRecord record, String prefix) {
        return new ClientSettings(
                record.get(prefix + "clientId", String.class, ""),
                record.get(prefix + "hostname", String.class, ""),
                record.get(prefix + "userAgent", String.class, ""),
                record.get(prefix + "heartbeatMillis", Long.class, Limits.DEFAULT_HEARTBEAT_MILLIS),
                record.get(prefix + "outputBufferBytes", Long.class, (long) Limits.DEFAULT_OUTPUT_BUFFER_BYTES),
                record.get(prefix + "outputBufferTimeoutMillis", Long.class, 0L),
                record.get(prefix + "sampleRate", Integer.class, 0),
                record.get(prefix + "messageTimeoutMillis", Long.class, 0L));
    }

    /** As it is left to the next transport. */
    ConnectionRecord toRecord() {
        Map<String, Object> values = new HashMap<>();
        values.put("daemon", daemon);
        values.put("begun", begun);
        values.put("state", state);
        values.put("identified", identified);
        put(values, "settings.", settings);
        put(values, "first.", pumpSettings);
        values.put("upgrades.tls", upgrades.tls());
        values.put("upgrades.deflate", upgrades.deflate());
        values.put("upgrades.snappy", upgrades.snappy());
        tls.ifPresent(session -> values.put("tls", session));
        values.put("topic", topic);
        values.put("channel", channel);
        values.put("ready", readyCount);
        values.put("counts", counts);
        authorization.ifPresent(held -> values.put("authorization", held));
        credentials.ifPresent(said -> values.put("credentials", said));
        values.put("connected", connected);
        values.put("heartbeatIn", heartbeatIn);
        values.put("inputEnded", inputEnded);
        return new ConnectionRecord(PROTOCOL, VERSION, READABLE_SINCE, values);
    }

    private static void put(Map<String, Object> values, String prefix, ClientSettings settings) {
        values.put(prefix + "clientId", settings.clientId());
        values.put(prefix + "hostname", settings.hostname());
        values.put(prefix + "userAgent", settings.userAgent());
        values.put(prefix + "heartbeatMillis", settings.heartbeatMillis());
        values.put(prefix + "outputBufferBytes", settings.outputBufferBytes());
        values.put(prefix + "outputBufferTimeoutMillis", settings.outputBufferTimeoutMillis());
        values.put(prefix + "sampleRate", settings.sampleRate());
        values.put(prefix + "messageTimeoutMillis", settings.messageTimeoutMillis());
    }
}
