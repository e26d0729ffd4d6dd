package io.nsqd.policy;

import io.nsqd.api.Names;
import io.nsqd.api.NsqdException;
import io.nsqd.api.Printable;
import io.nsqd.api.Reason;
import java.util.Collections;
import java.util.EnumMap;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * Something said of topics, or of channels: immutable.
 *
 * @param topic a name, or a pattern with {@code *} for any characters and {@code ?} for one
 * @param channel the same for the channels that it is about; empty when it is about topics
 * @param values what is said, each as {@link PolicyKey#parse} gives it
 * @param source where it was said: empty for what the daemon keeps itself, else the name of a configuration
 */
public record PolicyRule(String topic, Optional<String> channel, Map<PolicyKey, Object> values, String source) {
    private static final Pattern GLOB = Pattern.compile("[.a-zA-Z0-9_*?-]{1,64}(#ephemeral)?");

    /**
     * Checks and copies.
     *
     * @throws NsqdException with {@link Reason#BAD_POLICY} and a sentence that says what is wrong
     */
    public PolicyRule {
        checkGlob("topic", topic);
        channel.ifPresent(glob -> checkGlob("channel", glob));
        if (values.isEmpty()) {
            throw bad("there is nothing in it: it takes one key at least, such as max-attempts");
        }
        EnumMap<PolicyKey, Object> copy = new EnumMap<>(PolicyKey.class);
        for (Map.Entry<PolicyKey, Object> value : values.entrySet()) {
            PolicyKey key = value.getKey();
            if (!key.isFor(channel.isPresent())) {
                throw bad(
                        channel.isPresent()
                                ? key.word() + " is for topics: a channel has none"
                                : key.word() + " is for channels: say which, * for each channel of the topic");
            }
            copy.put(key, key.parse(key.format(value.getValue())));
        }
        values = Collections.unmodifiableMap(copy);
    }

    private static void checkGlob(String what, String glob) {
        if (!GLOB.matcher(glob).matches()) {
            throw bad("'" + Printable.of(glob) + "' is neither the name of a " + what
                    + " nor a pattern of names: letters, digits, . _ - and * for any, ? for one (at most "
                    + Names.MAX_LENGTH + ")");
        }
    }

    private static NsqdException bad(String why) {
        return new NsqdException(Reason.BAD_POLICY, why);
    }

    /**
     * A rule of texts, as people write them.
     *
     * @param texts by the keys' names
     * @throws NsqdException with {@link Reason#BAD_POLICY} and a sentence that says what is wrong
     */
    public static PolicyRule of(String topic, Optional<String> channel, Map<String, String> texts, String source) {
        EnumMap<PolicyKey, Object> values = new EnumMap<>(PolicyKey.class);
        texts.forEach((word, text) -> {
            PolicyKey key = PolicyKey.byWord(word)
                    .orElseThrow(() -> bad("there is no key '" + Printable.of(word) + "' (there are "
                            + java.util.Arrays.stream(PolicyKey.values())
                                    .map(PolicyKey::word)
                                    .collect(Collectors.joining(", "))
                            + ")"));
            values.put(key, key.parse(text));
        });
        return new PolicyRule(topic, channel, values, source);
    }

    /** Whether it is about the same topics and channels, and was said in the same place: then one replaces the other. */
    public boolean isInPlaceOf(PolicyRule other) {
        return topic.equals(other.topic) && channel.equals(other.channel) && source.equals(other.source);
    }

    /** What it is about, in words: {@code orders.*} or {@code orders.*:archive}. */
    public String about() {
        return topic + channel.map(glob -> ":" + glob).orElse("");
    }
}
