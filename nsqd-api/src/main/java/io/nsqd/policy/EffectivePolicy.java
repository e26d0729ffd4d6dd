package io.nsqd.policy;

import java.util.Collections;
import java.util.EnumMap;
import java.util.Map;
import java.util.Optional;

/**
 * What the rules that match come to, key by key; what no rule says is not in it. Immutable.
 *
 * @param values by key, each with the rule that it is from
 */
public record EffectivePolicy(Map<PolicyKey, Value> values) {
    /**
     * A value.
     *
     * @param value as {@link PolicyKey#parse} gives it
     * @param from the rule that says so
     */
    public record Value(Object value, PolicyRule from) {}

    /** Copies. */
    public EffectivePolicy {
        EnumMap<PolicyKey, Value> copy = new EnumMap<>(PolicyKey.class);
        copy.putAll(values);
        values = Collections.unmodifiableMap(copy);
    }

    /** Whether no rule says anything. */
    public boolean isEmpty() {
        return values.isEmpty();
    }

    /** A number, or a duration in nanoseconds; 0 where nothing is said. */
    public long number(PolicyKey key) {
        return number(key, 0);
    }

    /** The same, with what holds where nothing is said. */
    public long number(PolicyKey key, long otherwise) {
        Value value = values.get(key);
        return value == null ? otherwise : (Long) value.value();
    }

    /** A word or a name; empty where nothing is said, or the empty name is. */
    public Optional<String> text(PolicyKey key) {
        Value value = values.get(key);
        return value == null
                ? Optional.empty()
                : Optional.of((String) value.value()).filter(text -> !text.isEmpty());
    }
}
