package io.nsqd.api;

import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.UnaryOperator;

/** The options in force: an immutable set of values, one for each row of {@link Option}. */
public final class Options {
    private final Map<Option, Object> values;
    private final Map<Option, Object> given;

    private Options(Map<Option, Object> given) {
        this.given = given;
        values = new EnumMap<>(Option.class);
        for (Option option : Option.values()) {
            Object value = given.get(option);
            values.put(option, value != null ? value : option.defaultValue());
        }
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
     */
    public Options with(Map<Option, ?> changes) {
        Map<Option, Object> changed = new EnumMap<>(Option.class);
        changed.putAll(given);
        changed.putAll(changes);
        return new Options(changed);
    }

    /** The options that were given, not defaulted. */
    public Set<Option> given() {
        return Set.copyOf(given.keySet());
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

    /** The value of an {@link Option.Kind#INT} option. */
    public long integer(Option option) {
        return (Long) values.get(option);
    }

    /** The value of a {@link Option.Kind#DURATION} option in nanoseconds. */
    public long nanos(Option option) {
        return (Long) values.get(option);
    }

    /** The value of a {@link Option.Kind#DURATION} option in whole milliseconds. */
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

    /** Which clients must use TLS; a client-auth policy forces it (O-40). */
    public TlsRequired tlsRequired() {
        TlsRequired required = (TlsRequired) values.get(Option.TLS_REQUIRED);
        boolean policy = !string(Option.TLS_CLIENT_AUTH_POLICY).isEmpty();
        return required == TlsRequired.FALSE && policy ? TlsRequired.TRUE : required;
    }
}
