package io.nsqd.net;

import java.util.Map;

/**
 * What a transport writes down of a connection for the transport that comes after it. The values are of types that outlive both:
 * those of {@code java.*}, of Netty, and of nsqd's own API; a class of the transport's would keep its bundle from going.
 *
 * <p>A record has a version, as the two transports may be of different age: the older may have written it or, after a step back, may
 * have to read it.
 *
 * @param protocol what is spoken, such as {@code V2}: a transport for another one cannot go on with it
 * @param version of what the values mean, from 1 on
 * @param readableSince the oldest version whose readers understand the values all the same, as what came later may be ignored
 * @param values by name
 */
public record ConnectionRecord(String protocol, int version, int readableSince, Map<String, Object> values) {
    /**
     * A record.
     *
     * @throws IllegalArgumentException when the versions are not {@code 1 <= readableSince <= version}
     */
    public ConnectionRecord {
        if (readableSince < 1 || readableSince > version) {
            throw new IllegalArgumentException("version " + version + ", readable since " + readableSince);
        }
        values = Map.copyOf(values);
    }

    /**
     * Whether a transport can go on with it.
     *
     * @param spoken what the transport speaks
     * @param oldest the oldest version of records that it knows
     * @param newest the newest
     */
    public boolean isReadableBy(String spoken, int oldest, int newest) {
        return protocol.equals(spoken) && version >= oldest && (version <= newest || readableSince <= newest);
    }

    /** The value of that name; {@code otherwise} where the record has none, as it is older than the name. */
    public <T> T get(String name, Class<T> type, T otherwise) {
        Object value = values.get(name);
        return value == null ? otherwise : type.cast(value);
    }
}
