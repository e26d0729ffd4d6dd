package io.nsqd.core.policy;

import io.nsqd.api.Durability;
import io.nsqd.api.NsqdException;
import io.nsqd.api.Reason;
import io.nsqd.policy.EffectivePolicy;
import io.nsqd.policy.PolicyKey;
import io.nsqd.policy.PolicyRule;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;

/**
 * All rules, the more specific ones behind the less specific ones: for each key the last that matches counts. A rule about channels is more
 * specific than one about topics; then one that names a topic than one with a pattern, then one with more characters that stand for
 * themselves; then the same of channels; then one that was said to the daemon itself than one of a configuration. Immutable.
 */
final class RuleBook {
    static final RuleBook EMPTY = new RuleBook(List.of());

    /** A rule, ready to be matched. */
    private record Entry(PolicyRule rule, Glob topic, Optional<Glob> channel) {
        static Entry of(PolicyRule rule) {
            return new Entry(rule, new Glob(rule.topic()), rule.channel().map(Glob::new));
        }

        boolean matches(String topicName, Optional<String> channelName) {
            return topic.matches(topicName)
                    && (channel.isEmpty()
                            || channelName.isPresent() && channel.get().matches(channelName.get()));
        }
    }

    private static final Comparator<Entry> ORDER = Comparator.comparing(
                    (Entry e) -> e.channel().isPresent())
            .thenComparing(e -> e.topic().isExact())
            .thenComparing(e -> e.topic().literals())
            .thenComparing(e -> e.channel().map(Glob::isExact).orElse(false))
            .thenComparing(e -> e.channel().map(Glob::literals).orElse(0))
            .thenComparing(e -> e.rule().source().isEmpty())
            .thenComparing(e -> e.rule().source())
            .thenComparing(e -> e.rule().about());

    private final List<Entry> entries;

    private RuleBook(List<Entry> entries) {
        this.entries = entries;
    }

    static RuleBook of(List<PolicyRule> rules) {
        return new RuleBook(rules.stream().map(Entry::of).sorted(ORDER).toList());
    }

    boolean isEmpty() {
        return entries.isEmpty();
    }

    List<PolicyRule> rules() {
        return entries.stream().map(Entry::rule).toList();
    }

    /** The same with one rule, in place of the one that it replaces. */
    RuleBook with(PolicyRule rule) {
        List<PolicyRule> rules = new ArrayList<>(without(rule::isInPlaceOf).rules());
        rules.add(rule);
        return of(rules);
    }

    RuleBook without(Predicate<PolicyRule> gone) {
        return new RuleBook(
                entries.stream().filter(entry -> !gone.test(entry.rule())).toList());
    }

    /** The most that some of the rules promise: it is only ever raised, and so the most counts, and not the most specific. */
    Durability durability(Predicate<PolicyRule> which) {
        return entries.stream()
                .map(Entry::rule)
                .filter(which)
                .map(rule -> rule.values().get(PolicyKey.DURABILITY))
                .filter(Objects::nonNull)
                .map(PolicyKey::durability)
                .max(Comparator.naturalOrder())
                .orElse(Durability.MEMORY);
    }

    /** @param channel empty for the topic itself */
    EffectivePolicy effective(String topic, Optional<String> channel) {
        Map<PolicyKey, EffectivePolicy.Value> values = new EnumMap<>(PolicyKey.class);
        for (Entry entry : entries) {
            if (entry.matches(topic, channel)) {
                entry.rule().values().forEach((key, value) -> {
                    if (key.isFor(channel.isPresent())) {
                        values.put(key, new EffectivePolicy.Value(value, entry.rule()));
                    }
                });
            }
        }
        return new EffectivePolicy(values);
    }

    /**
     * Sees to it that no dead letter can come back to where it came from: a message that nobody can digest would go round for ever.
     *
     * @throws NsqdException with {@link Reason#BAD_POLICY} and the circle
     */
    void checkCircles() {
        for (Entry entry : entries) {
            String target = target(entry);
            if (!target.isEmpty()) {
                follow(target, new ArrayList<>(), new HashSet<>());
            }
        }
    }

    private static String target(Entry entry) {
        Object value = entry.rule().values().get(PolicyKey.DEAD_LETTER_TOPIC);
        return value == null ? "" : (String) value;
    }

    private void follow(String topic, List<String> way, Set<String> done) {
        if (way.contains(topic)) {
            List<String> circle = new ArrayList<>(way.subList(way.indexOf(topic), way.size()));
            circle.add(topic);
            throw new NsqdException(
                    Reason.BAD_POLICY,
                    "dead letters would go in a circle, " + String.join(" -> ", circle)
                            + ": name the topics more narrowly, or say first that the channels of " + topic
                            + " have no dead-letter-topic (\"\")");
        }
        if (!done.add(topic)) {
            return;
        }
        way.add(topic);
        for (int i = 0; i < entries.size(); i++) {
            String next = target(entries.get(i));
            if (!next.isEmpty() && entries.get(i).topic().matches(topic) && !isOverruled(i, topic)) {
                follow(next, way, done);
            }
        }
        way.remove(way.size() - 1);
    }

    /** Whether for every channel of a topic that a rule is about another one says where dead letters go. */
    private boolean isOverruled(int index, String topic) {
        Optional<Glob> about = entries.get(index).channel();
        for (Entry other : entries.subList(index + 1, entries.size())) {
            boolean covers = other.channel().equals(about)
                    || other.channel().map(Glob::text).equals(Optional.of("*"));
            if (covers
                    && other.topic().matches(topic)
                    && other.rule().values().containsKey(PolicyKey.DEAD_LETTER_TOPIC)) {
                return true;
            }
        }
        return false;
    }
}
