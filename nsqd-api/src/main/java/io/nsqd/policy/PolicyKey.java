package io.nsqd.policy;

import io.nsqd.api.Durability;
import io.nsqd.api.GoDuration;
import io.nsqd.api.Names;
import io.nsqd.api.NsqdException;
import io.nsqd.api.Printable;
import io.nsqd.api.Reason;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/** What a policy can rule: the table of keys, with what each is for, what it may be, and what holds without it. */
public enum PolicyKey {
    /** After so many failed deliveries a message is dead; 0 for never. */
    MAX_ATTEMPTS(
            "max-attempts", On.CHANNEL, Kind.NUMBER, "0", 65_535, "failed deliveries after which a message is dead"),
    /** Where dead messages go; empty for nowhere: they are dropped and counted. */
    DEAD_LETTER_TOPIC(
            "dead-letter-topic", On.CHANNEL, Kind.TOPIC, "", 0, "the topic that dead and expired messages go to"),
    /** How long a message that has timed out, or was given back without a delay, is held back; doubles with each attempt. */
    RETRY_DELAY(
            "retry-delay", On.CHANNEL, Kind.DURATION, "0s", Long.MAX_VALUE, "how long what failed once is held back"),
    /** Up to how much {@link #RETRY_DELAY} doubles. */
    MAX_RETRY_DELAY(
            "max-retry-delay", On.CHANNEL, Kind.DURATION, "0s", Long.MAX_VALUE, "up to how much retry-delay doubles"),
    /** How long after its publish a message may be delivered; 0 for as long as it is there. */
    TTL("ttl", On.BOTH, Kind.DURATION, "0s", Long.MAX_VALUE, "how long after its publish a message is of use"),
    /** Messages that may wait; what {@link #OVERFLOW} says happens beyond. */
    MAX_DEPTH("max-depth", On.BOTH, Kind.NUMBER, "0", Long.MAX_VALUE, "messages that may wait"),
    /** Bytes of bodies that may wait. */
    MAX_BYTES("max-bytes", On.BOTH, Kind.NUMBER, "0", Long.MAX_VALUE, "bytes of messages that may wait"),
    /** What happens beyond {@link #MAX_DEPTH} and {@link #MAX_BYTES}. */
    OVERFLOW(
            "overflow",
            On.BOTH,
            Kind.WORD,
            "disk",
            0,
            "what happens beyond max-depth and max-bytes",
            "disk",
            "reject",
            "drop-oldest"),
    /** Messages a second that publishers get their OK for. */
    PUBLISH_RATE("publish-rate", On.TOPIC, Kind.NUMBER, "0", 1_000_000_000, "messages a second that may be published"),
    /** Messages a second that are delivered. */
    CONSUME_RATE("consume-rate", On.CHANNEL, Kind.NUMBER, "0", 1_000_000_000, "messages a second that are delivered"),
    /** How long finished messages are kept to be replayed. */
    RETAIN_TIME(
            "retain-time", On.TOPIC, Kind.DURATION, "0s", Long.MAX_VALUE, "how long messages are kept for a replay"),
    /** How many bytes of finished messages are kept to be replayed. */
    RETAIN_BYTES("retain-bytes", On.TOPIC, Kind.NUMBER, "0", Long.MAX_VALUE, "bytes that are kept for a replay"),
    /** What becomes of messages of a topic without channels. */
    NO_CHANNEL(
            "no-channel",
            On.TOPIC,
            Kind.WORD,
            "keep",
            0,
            "what becomes of messages of a topic without channels",
            "keep",
            "drop"),
    /** Messages that wait in memory: in place of the daemon's option. */
    MEM_QUEUE_SIZE("mem-queue-size", On.BOTH, Kind.NUMBER, null, Integer.MAX_VALUE, "messages that wait in memory"),
    /** When a message times out whose consumer has not asked for a time-out of its own: in place of the daemon's option. */
    MSG_TIMEOUT("msg-timeout", On.BOTH, Kind.TIME, null, Long.MAX_VALUE, "when a delivery times out"),
    /** The longest delay of a message: in place of the daemon's option. */
    MAX_DEFER_TIMEOUT(
            "max-defer-timeout", On.BOTH, Kind.DURATION, null, Long.MAX_VALUE, "the longest delay of a message"),
    /** What an OK promises, where that is more than the daemon promises. */
    DURABILITY("durability", On.BOTH, Kind.WORD, null, 0, "what an OK promises", "memory", "written", "synced");

    /** What a key can be said of. */
    public enum On {
        /** Topics alone. */
        TOPIC,
        /** Channels alone. */
        CHANNEL,
        /** Both: what is said of a topic is said of its channels, too, unless more is said of these. */
        BOTH
    }

    /** What a value is. */
    public enum Kind {
        /** A {@link Long}, 0 or more. */
        NUMBER,
        /** A {@link Long} of nanoseconds, 0 or more, written as Go's flags are. */
        DURATION,
        /** The same, above 0. */
        TIME,
        /** The name of a topic, or empty. */
        TOPIC,
        /** One of a few words. */
        WORD
    }

    private final String word;
    private final On on;
    private final Kind kind;
    private final String standard;
    private final long most;
    private final String help;
    /** Those that a value may be, with commas. */
    private final String words;

    PolicyKey(String word, On on, Kind kind, String standard, long most, String help, String... words) {
        this.word = word;
        this.on = on;
        this.kind = kind;
        this.standard = standard;
        this.most = most;
        this.help = help;
        this.words = String.join(",", words);
    }

    /** The key of that name, as it is written. */
    public static Optional<PolicyKey> byWord(String word) {
        return Arrays.stream(values()).filter(key -> key.word.equals(word)).findFirst();
    }

    /** The name, as it is written. */
    public String word() {
        return word;
    }

    /** What it can be said of. */
    public On on() {
        return on;
    }

    /** What its values are. */
    public Kind kind() {
        return kind;
    }

    /** A few words that say what it is for. */
    public String help() {
        return help;
    }

    /** The values that there are; empty where they are not a few words. */
    public List<String> words() {
        return words.isEmpty() ? List.of() : List.of(words.split(",", -1));
    }

    /** What holds where no rule says more; empty where that is the daemon's option of the same name. */
    public Optional<String> standard() {
        return Optional.ofNullable(standard);
    }

    /** Whether it can be said of a topic, or of a channel. */
    public boolean isFor(boolean channel) {
        return on == On.BOTH || on == (channel ? On.CHANNEL : On.TOPIC);
    }

    /**
     * Reads a value.
     *
     * @return a {@link Long} or a {@link String}, as {@link #kind} says
     * @throws NsqdException with {@link Reason#BAD_POLICY} and a sentence that says what it may be
     */
    public Object parse(String text) {
        return switch (kind) {
            case NUMBER -> number(text);
            case DURATION, TIME -> duration(text);
            case TOPIC -> topic(text);
            case WORD -> word(text);
        };
    }

    private Long number(String text) {
        try {
            long number = Long.parseLong(text);
            if (number >= 0 && number <= most) {
                return number;
            }
        } catch (NumberFormatException e) {
            // As bad as one that is out of range.
        }
        throw bad(text, "a whole number from 0 to " + most);
    }

    private Long duration(String text) {
        try {
            long nanos = GoDuration.parse(text);
            if (nanos > 0 || nanos == 0 && kind == Kind.DURATION) {
                return nanos;
            }
        } catch (NsqdException e) {
            // Said in the same words as one that is out of range.
        }
        throw bad(text, "a duration such as 250ms or 1h30m, " + (kind == Kind.TIME ? "above 0" : "0s or more"));
    }

    private String topic(String text) {
        if (!text.isEmpty() && (!Names.isValid(text) || Names.isEphemeral(text))) {
            throw bad(text, "the name of a topic that is not ephemeral, or empty for none");
        }
        return text;
    }

    private String word(String text) {
        if (!words().contains(text)) {
            throw bad(text, words().stream().collect(Collectors.joining(", ", "one of ", "")));
        }
        return text;
    }

    private NsqdException bad(String text, String wanted) {
        return new NsqdException(Reason.BAD_POLICY, word + " cannot be '" + Printable.of(text) + "': it is " + wanted);
    }

    /** A value as it is written. */
    public String format(Object value) {
        return kind == Kind.DURATION || kind == Kind.TIME ? GoDuration.toString((Long) value) : value.toString();
    }

    /** What an OK promises by a value of {@link #DURABILITY}. */
    public static Durability durability(Object value) {
        return Durability.parse((String) value);
    }
}
