package io.nsqd.console;

import io.nsqd.api.Nsqd;
import io.nsqd.api.Option;
import io.nsqd.policy.EffectivePolicy;
import io.nsqd.policy.PolicyKey;
import io.nsqd.policy.PolicyRule;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/** What policies hold, each with where it was said. */
final class PolicyView {
    private final Nsqd nsqd;

    PolicyView(Nsqd nsqd) {
        this.nsqd = nsqd;
    }

    /** What holds for a topic or a channel, by key. */
    Map<String, Object> effective(String topic, Optional<String> channel) {
        EffectivePolicy policy = nsqd.policies().effective(topic, channel);
        Map<String, Object> view = new LinkedHashMap<>();
        for (PolicyKey key : PolicyKey.values()) {
            if (key.isFor(channel.isPresent())) {
                EffectivePolicy.Value value = policy.values().get(key);
                view.put(
                        key.word(),
                        value == null
                                ? view(key, otherwise(key), key.standard().isPresent() ? "default" : "option", "")
                                : view(key, value.value(), value.from().about(), source(value.from())));
            }
        }
        return view;
    }

    private static Map<String, Object> view(PolicyKey key, Object value, String from, String source) {
        return Json.object(
                "value", key.format(value),
                "from", from,
                "source", source,
                "kind", key.kind().name().toLowerCase(Locale.ROOT),
                "words", key.words(),
                "help", key.help());
    }

    /** Where no rule says more. */
    private Object otherwise(PolicyKey key) {
        return switch (key) {
            case MEM_QUEUE_SIZE -> nsqd.options().integer(Option.MEM_QUEUE_SIZE);
            case MSG_TIMEOUT -> nsqd.options().nanos(Option.MSG_TIMEOUT);
            case MAX_DEFER_TIMEOUT -> nsqd.options().maxDeferNanos();
            case DURABILITY -> nsqd.options().durability().toString();
            default -> key.parse(key.standard().orElseThrow());
        };
    }

    private static String source(PolicyRule rule) {
        return rule.source().isEmpty() ? "nsqd" : rule.source();
    }

    /** All rules, in the order in which they count. */
    List<Map<String, Object>> rules() {
        return nsqd.policies().rules().stream().map(PolicyView::view).toList();
    }

    private static Map<String, Object> view(PolicyRule rule) {
        Map<String, Object> values = new LinkedHashMap<>();
        rule.values().forEach((key, value) -> values.put(key.word(), key.format(value)));
        return Json.object(
                "topic", rule.topic(),
                "channel", rule.channel(),
                "source", source(rule),
                "values", values);
    }

    /** Where the dead letters of a channel go; empty for nowhere. */
    String deadLetterTopic(String topic, String channel) {
        EffectivePolicy.Value value =
                nsqd.policies().effective(topic, Optional.of(channel)).values().get(PolicyKey.DEAD_LETTER_TOPIC);
        return value == null ? "" : (String) value.value();
    }
}
