package io.nsqd.http;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import io.nsqd.api.Names;
import io.nsqd.api.Nsqd;
import io.nsqd.api.NsqdException;
import io.nsqd.api.Option;
import io.nsqd.api.Reason;
import io.nsqd.policy.EffectivePolicy;
import io.nsqd.policy.PolicyKey;
import io.nsqd.policy.PolicyRule;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * {@code /topic/policy} and {@code /channel/policy}: says, takes back and shows policies. The names may be patterns where one is said or
 * taken back. The broker's part is done by a worker, for it may wait for the disk.
 */
final class PolicyEndpoint {
    private static final int MAX_BODY = 64 * 1024;

    private final Nsqd nsqd;
    private final boolean ofChannels;

    /** @param ofChannels whether it is about channels, and not about topics */
    PolicyEndpoint(Nsqd nsqd, boolean ofChannels) {
        this.nsqd = nsqd;
        this.ofChannels = ofChannels;
    }

    // ---- saying

    RequestBody post(Exchange exchange) throws HttpException {
        long length = exchange.request().contentLength();
        if (length > MAX_BODY) {
            throw new HttpException(413, "BODY_TOO_BIG");
        }
        return new PostBody(length);
    }

    private final class PostBody extends WholeBody {
        PostBody(long announced) {
            super(announced, MAX_BODY, "BODY_TOO_BIG");
        }

        @Override
        public void end(Exchange exchange) throws HttpException {
            QueryString query = exchange.query();
            String topic = argument(query, "topic");
            Optional<String> channel = channel(query);
            byte[] body = bytes().take();
            exchange.work(() -> {
                try {
                    nsqd.policies().set(PolicyRule.of(topic, channel, texts(body), ""));
                    return Response.EMPTY;
                } catch (NsqdException e) {
                    throw refusal(e);
                }
            });
        }
    }

    /** The keys and values of one object, nothing else. */
    private static Map<String, String> texts(byte[] body) {
        Map<String, String> texts = new LinkedHashMap<>();
        try (JsonParser json = GoJson.FACTORY.createParser(body)) {
            if (json.nextToken() != JsonToken.START_OBJECT) {
                throw bad("the body is no JSON object");
            }
            while (json.nextToken() == JsonToken.FIELD_NAME) {
                String key = json.currentName();
                JsonToken value = json.nextToken();
                if (!value.isScalarValue() || value == JsonToken.VALUE_NULL) {
                    throw bad(key + " has no value that is a text or a number");
                }
                if (texts.put(key, json.getText()) != null) {
                    throw bad(key + " is there twice");
                }
            }
            if (json.currentToken() != JsonToken.END_OBJECT || json.nextToken() != null) {
                throw bad("the body is more, or less, than one JSON object");
            }
        } catch (IOException e) {
            throw bad("the body is no JSON object");
        }
        return texts;
    }

    private static NsqdException bad(String why) {
        return new NsqdException(Reason.BAD_POLICY, why);
    }

    private static HttpException refusal(NsqdException refusal) {
        int status = refusal.reason() == Reason.BAD_POLICY ? 400 : 500;
        return Refusals.said(status, refusal.getMessage());
    }

    // ---- taking back

    void delete(Exchange exchange) throws HttpException {
        QueryString query = exchange.query();
        String topic = argument(query, "topic");
        Optional<String> channel = channel(query);
        exchange.work(() -> {
            try {
                if (!nsqd.policies().remove(topic, channel, "")) {
                    throw new HttpException(404, "POLICY_NOT_FOUND");
                }
                return Response.EMPTY;
            } catch (NsqdException e) {
                throw refusal(e);
            }
        });
    }

    // ---- showing

    /** What holds for a topic or a channel or, without parameters, all that is said. */
    void get(Exchange exchange) throws HttpException {
        QueryString query = exchange.query();
        if (query.value("topic").isEmpty()) {
            exchange.answer(Response.json(200, GoJson.bytes(this::writeRules)));
            return;
        }
        String topic = name(query, "topic");
        Optional<String> channel = ofChannels ? Optional.of(name(query, "channel")) : Optional.empty();
        EffectivePolicy policy = nsqd.policies().effective(topic, channel);
        exchange.answer(Response.json(200, GoJson.bytes(json -> write(json, topic, channel, policy))));
    }

    private void writeRules(JsonGenerator json) throws IOException {
        json.writeStartObject();
        json.writeArrayFieldStart("policies");
        for (PolicyRule rule : nsqd.policies().rules()) {
            if (rule.channel().isPresent() == ofChannels) {
                json.writeStartObject();
                GoJson.writeString(json, "topic", rule.topic());
                if (rule.channel().isPresent()) {
                    GoJson.writeString(json, "channel", rule.channel().get());
                }
                GoJson.writeString(json, "source", source(rule));
                json.writeObjectFieldStart("values");
                for (Map.Entry<PolicyKey, Object> value : rule.values().entrySet()) {
                    write(json, value.getKey().word(), value.getKey(), value.getValue());
                }
                json.writeEndObject();
                json.writeEndObject();
            }
        }
        json.writeEndArray();
        json.writeEndObject();
    }

    private static String source(PolicyRule rule) {
        return rule.source().isEmpty() ? "nsqd" : rule.source();
    }

    private void write(JsonGenerator json, String topic, Optional<String> channel, EffectivePolicy policy)
            throws IOException {
        json.writeStartObject();
        GoJson.writeString(json, "topic", topic);
        if (channel.isPresent()) {
            GoJson.writeString(json, "channel", channel.get());
        }
        json.writeObjectFieldStart("values");
        for (PolicyKey key : PolicyKey.values()) {
            if (key.isFor(ofChannels)) {
                json.writeObjectFieldStart(key.word());
                EffectivePolicy.Value value = policy.values().get(key);
                if (value != null) {
                    write(json, "value", key, value.value());
                    GoJson.writeString(json, "from", value.from().about());
                    GoJson.writeString(json, "source", source(value.from()));
                } else {
                    write(json, "value", key, otherwise(key));
                    GoJson.writeString(json, "from", key.standard().isPresent() ? "default" : "option");
                }
                json.writeEndObject();
            }
        }
        json.writeEndObject();
        json.writeEndObject();
    }

    private Object otherwise(PolicyKey key) {
        return switch (key) {
            case MEM_QUEUE_SIZE -> nsqd.options().integer(Option.MEM_QUEUE_SIZE);
            case MSG_TIMEOUT -> nsqd.options().nanos(Option.MSG_TIMEOUT);
            case MAX_DEFER_TIMEOUT -> nsqd.options().maxDeferNanos();
            case DURABILITY -> nsqd.options().durability().toString();
            default -> key.parse(key.standard().orElseThrow());
        };
    }

    private static void write(JsonGenerator json, String name, PolicyKey key, Object value) throws IOException {
        if (key.kind() == PolicyKey.Kind.NUMBER) {
            json.writeNumberField(name, (Long) value);
        } else {
            GoJson.writeString(json, name, key.format(value));
        }
    }

    // ---- parameters

    private Optional<String> channel(QueryString query) throws HttpException {
        return ofChannels ? Optional.of(argument(query, "channel")) : Optional.empty();
    }

    private static String argument(QueryString query, String name) throws HttpException {
        return query.value(name)
                .orElseThrow(() ->
                        new HttpException(400, name.equals("topic") ? "MISSING_ARG_TOPIC" : "MISSING_ARG_CHANNEL"));
    }

    private static String name(QueryString query, String name) throws HttpException {
        String value = argument(query, name);
        if (!Names.isValid(value)) {
            throw new HttpException(400, name.equals("topic") ? "INVALID_TOPIC" : "INVALID_CHANNEL");
        }
        return value;
    }
}
