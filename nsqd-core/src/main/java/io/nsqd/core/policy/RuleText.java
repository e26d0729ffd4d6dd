package io.nsqd.core.policy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.nsqd.api.Errors;
import io.nsqd.api.NsqdException;
import io.nsqd.policy.PolicyRule;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;

/** Rules as a document: JSON, for people to read. Durations are written as in flags. */
final class RuleText {
    private static final String POLICIES = "policies";
    private static final ObjectMapper JSON = new ObjectMapper();

    private RuleText() {}

    static byte[] write(List<PolicyRule> rules) throws IOException {
        ObjectNode root = JSON.createObjectNode();
        ArrayNode policies = root.putArray(POLICIES);
        for (PolicyRule rule : rules) {
            ObjectNode node = policies.addObject();
            node.put("topic", rule.topic());
            rule.channel().ifPresent(channel -> node.put("channel", channel));
            ObjectNode values = node.putObject("values");
            rule.values().forEach((key, value) -> values.put(key.word(), key.format(value)));
        }
        return JSON.writerWithDefaultPrettyPrinter().writeValueAsBytes(root);
    }

    /**
     * Reads a document.
     *
     * @param skipped told of each rule that cannot be understood, which does not keep the others from counting
     * @throws IOException where the whole cannot be read
     */
    static List<PolicyRule> read(byte[] content, Consumer<String> skipped) throws IOException {
        JsonNode root = JSON.readTree(content);
        if (root == null || !root.path(POLICIES).isArray()) {
            throw new IOException("it is no JSON object with a list of policies");
        }
        List<PolicyRule> rules = new ArrayList<>();
        for (JsonNode node : root.path(POLICIES)) {
            try {
                rules.add(rule(node));
            } catch (NsqdException e) {
                skipped.accept(node.path("topic").asText() + ": " + Errors.describe(e));
            }
        }
        return rules;
    }

    private static PolicyRule rule(JsonNode node) {
        Map<String, String> values = new LinkedHashMap<>();
        node.path("values")
                .properties()
                .forEach(field -> values.put(field.getKey(), field.getValue().asText()));
        JsonNode channel = node.path("channel");
        return PolicyRule.of(
                node.path("topic").asText(),
                channel.isMissingNode() ? Optional.empty() : Optional.of(channel.asText()),
                values,
                "");
    }
}
