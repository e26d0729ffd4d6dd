package io.nsqd.api;

import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.UnaryOperator;

/**
 * The options in force: an immutable set of values, one for each row of {@link Option}, each of the type that the option's kind
 * names. Whoever starts a daemon with them, or changes some, checks them first.
 */
public final class Options {
    /** More than seventy years: for ever, and yet to be added to times of any clock. */
    private static final long FOREVER_NANOS = Long.MAX_VALUE / 4;

    /** What is the default where a cluster is named. */
    private static final Map<Option, String> CLUSTERED = Map.of(
            Option.STORAGE, "bookkeeper",
            Option.METADATA, "bookkeeper",
            Option.JOURNAL_STORE, "bookkeeper",
            Option.DURABILITY, "synced");

    private final Map<Option, Object> values;
    private final Map<Option, Object> given;

    private Options(Map<Option, Object> given) {
        this.given = given;
        values = new EnumMap<>(Option.class);
        for (Option option : Option.values()) {
            Object value = given.get(option);
            values.put(option, value != null ? typed(option, value) : option.defaultValue());
        }
        if (!string(Option.CLUSTER).isEmpty()) {
            CLUSTERED.forEach((option, value) -> {
                if (!given.containsKey(option)) {
                    values.put(option, value);
                }
            });
        }
    }

    private static Object typed(Option option, Object value) {
        if (!option.kind().type().isInstance(value)) {
            throw new NsqdException(
                    Reason.BAD_OPTION,
                    "invalid value of type " + value.getClass().getName() + " for " + option.property());
        }
        return value;
    }

    /** All defaults. */
    public static Options defaults() {
        return new Options(new EnumMap<>(Option.class));
    }

    /**
     * Reads the properties {@code nsqd.<flag>}.
     *
     * @param properties gives a property's text, or {@code null} where it is not set
     * @throws NsqdException with {@link Reason#BAD_OPTION}, naming the property
     */
    public static Options from(UnaryOperator<String> properties) {
        Map<Option, Object> given = new EnumMap<>(Option.class);
        for (Option option : Option.values()) {
            String text = properties.apply(option.property());
            if (text != null) {
                try {
                    given.put(option, option.parse(text));
                } catch (NsqdException e) {
                    throw new NsqdException(
                            Reason.BAD_OPTION,
                            "invalid value \"" + text + "\" for " + option.property() + ": " + e.getMessage(),
                            e);
                }
            }
        }
        return new Options(given);
    }

    /**
     * These options with some values changed.
     *
     * @param changes values of the types that the options' kinds name
     * @throws NsqdException with {@link Reason#BAD_OPTION} when one is of another type
     */
    public Options with(Map<Option, ?> changes) {
        Map<Option, Object> changed = new EnumMap<>(Option.class);
        changed.putAll(given);
        changed.putAll(changes);
        return new Options(changed);
    }

    /**
     * Checks that every option is in its range and that they go together. Flags, config file, framework properties,
     * configurations and embedding programs all come through here.
     *
     * @throws NsqdException with {@link Reason#BAD_OPTION} and the words of the Go daemon, for the first that is wrong
     */
    public void check() {
        OptionRules.check(this);
    }

    /** The options that were given, not defaulted. */
    public Set<Option> given() {
        return Set.copyOf(given.keySet());
    }

    /** Whether the option was given, not defaulted. */
    public boolean isGiven(Option option) {
        return given.containsKey(option);
    }

    /** The value, of the type that the option's kind names. */
    public Object value(Option option) {
        return values.get(option);
    }

    /** The value of a {@link Option.Kind#STRING} option. */
    public String string(Option option) {
        return (String) values.get(option);
    }

    /** The value of a {@link Option.Kind#BOOL} option. */
    public boolean flag(Option option) {
        return (Boolean) values.get(option);
    }

    /** The value of an {@link Option.Kind#INT} option, or that of a {@link Option.Kind#DURATION} option as it was given. */
    public long integer(Option option) {
        return (Long) values.get(option);
    }

    /**
     * The value of a {@link Option.Kind#DURATION} option in nanoseconds, brought in between some minus seventy and some seventy
     * years, so that it can be added to times.
     */
    public long nanos(Option option) {
        return Math.max(-FOREVER_NANOS, Math.min((Long) values.get(option), FOREVER_NANOS));
    }

    /** The value of a {@link Option.Kind#DURATION} option in whole milliseconds, within the same bounds. */
    public long millis(Option option) {
        return nanos(option) / 1_000_000;
    }

    /** The value of a {@link Option.Kind#STRING_LIST} option. */
    @SuppressWarnings("unchecked")
    public List<String> strings(Option option) {
        return (List<String>) values.get(option);
    }

    /** The value of a {@link Option.Kind#FLOAT_LIST} option. */
    @SuppressWarnings("unchecked")
    public List<Double> floats(Option option) {
        return (List<Double>) values.get(option);
    }

    /** The log level. */
    public LogLevel logLevel() {
        return (LogLevel) values.get(Option.LOG_LEVEL);
    }

    /** What an OK promises. */
    public Durability durability() {
        return Durability.parse(string(Option.DURABILITY));
    }

    /** How long a message may be held back that is published with a delay, in nanoseconds. */
    public long maxDeferNanos() {
        long most = nanos(Option.MAX_DEFER_TIMEOUT);
        return most == 0 ? nanos(Option.MAX_REQ_TIMEOUT) : most;
    }

    /** Which clients must use TLS; a client-auth policy forces it (O-40). */
    public TlsRequired tlsRequired() {
        TlsRequired required = (TlsRequired) values.get(Option.TLS_REQUIRED);
        boolean policy = !string(Option.TLS_CLIENT_AUTH_POLICY).isEmpty();
        return required == TlsRequired.FALSE && policy ? TlsRequired.TRUE : required;
    }
}
