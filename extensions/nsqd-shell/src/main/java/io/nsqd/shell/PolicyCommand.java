package io.nsqd.shell;

import io.nsqd.api.Names;
import io.nsqd.api.Nsqd;
import io.nsqd.api.Printable;
import io.nsqd.policy.EffectivePolicy;
import io.nsqd.policy.PolicyKey;
import io.nsqd.policy.PolicyRule;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Shows policies, says them and takes them back. */
final class PolicyCommand {
    /** The word that takes a policy back. */
    static final String REMOVE = "--remove";

    private PolicyCommand() {}

    /** @param given the topic, perhaps the channel, then settings or {@link #REMOVE} */
    static String run(Nsqd nsqd, List<String> given) {
        if (given.isEmpty()) {
            String rules =
                    nsqd.policies().rules().stream().map(PolicyCommand::line).collect(Collectors.joining("\n"));
            return rules.isEmpty() ? "no policies" : rules;
        }
        List<String> names = given.stream().takeWhile(word -> !isSetting(word)).toList();
        List<String> settings = given.subList(names.size(), given.size());
        if (names.isEmpty() || names.size() > 2) {
            throw new Refused("usage: " + Verb.POLICY.usage());
        }
        String topic = names.get(0);
        Optional<String> channel = names.stream().skip(1).findFirst();
        if (settings.isEmpty()) {
            return show(nsqd, topic, channel);
        }
        String about = Printable.of(String.join(":", names));
        if (settings.contains(REMOVE)) {
            boolean there = settings.size() == 1 && nsqd.policies().remove(topic, channel, "");
            if (!there) {
                throw new Refused("there is no policy of " + about + " that was said here");
            }
            return about + " has no policy of its own any more";
        }
        nsqd.policies().set(PolicyRule.of(topic, channel, texts(settings), ""));
        return nsqd.policies().rules().stream()
                .filter(rule -> rule.topic().equals(topic)
                        && rule.channel().equals(channel)
                        && rule.source().isEmpty())
                .map(PolicyCommand::line)
                .collect(Collectors.joining("\n"));
    }

    private static boolean isSetting(String word) {
        return word.contains("=") || word.equals(REMOVE);
    }

    private static Map<String, String> texts(List<String> settings) {
        Map<String, String> texts = new LinkedHashMap<>();
        for (String setting : settings) {
            int mark = setting.indexOf('=');
            if (mark < 0) {
                throw new Refused(Printable.of("'" + setting + "' is no <key>=<value>"));
            }
            texts.put(setting.substring(0, mark), setting.substring(mark + 1));
        }
        return texts;
    }

    private static String line(PolicyRule rule) {
        String values = rule.values().entrySet().stream()
                .map(value -> value.getKey().word() + "=" + value.getKey().format(value.getValue()))
                .collect(Collectors.joining(" "));
        return rule.about() + " " + values + (rule.source().isEmpty() ? "" : " (" + rule.source() + ")");
    }

    private static String show(Nsqd nsqd, String topic, Optional<String> channel) {
        if (!Names.isValid(topic) || !channel.map(Names::isValid).orElse(true)) {
            throw new Refused("a pattern can be said, and taken back; shown is what holds for a name");
        }
        EffectivePolicy policy = nsqd.policies().effective(topic, channel);
        String lines = policy.values().entrySet().stream()
                .map(value -> value.getKey().word() + " = "
                        + value.getKey().format(value.getValue().value()) + "  ("
                        + value.getValue().from().about()
                        + (value.getValue().from().source().isEmpty()
                                ? ""
                                : ", " + value.getValue().from().source())
                        + ")")
                .collect(Collectors.joining("\n"));
        return lines.isEmpty() ? "no policy" : lines;
    }

    /** The keys that may be set, each with its mark. */
    static Stream<String> keys() {
        return Arrays.stream(PolicyKey.values()).map(key -> key.word() + "=");
    }
}
