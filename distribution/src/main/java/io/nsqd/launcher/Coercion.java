package io.nsqd.launcher;

import com.fasterxml.jackson.databind.JsonNode;
import io.nsqd.api.GoDuration;
import io.nsqd.api.NsqdException;
import io.nsqd.api.Option;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Makes an option's value of what a config file says, by the rules of the Go daemon (O-14), mistakes included: files that
 * are in use must keep their meaning.
 */
final class Coercion {
    private static final long MILLI_NANOS = 1_000_000;
    private static final Pattern INTEGER = Pattern.compile("[+-]?[0-9]+");
    private static final Pattern UNITLESS = Pattern.compile("[+-]?[0-9]*\\.?[0-9]+");

    /** Words that Go spells in its own way in the names of the fields, which complaints mention. */
    private static final Map<String, String> FIELD_WORDS = Map.ofEntries(
            Map.entry("id", "ID"),
            Map.entry("tcp", "TCP"),
            Map.entry("udp", "UDP"),
            Map.entry("http", "HTTP"),
            Map.entry("https", "HTTPS"),
            Map.entry("tls", "TLS"),
            Map.entry("ca", "CA"),
            Map.entry("e2e", "E2E"),
            Map.entry("nsqlookupd", "NSQLookupd"),
            Map.entry("deflate", "DeflateEnabled"),
            Map.entry("snappy", "SnappyEnabled"));

    private final Option option;
    private final JsonNode value;

    private Coercion(Option option, JsonNode value) {
        this.option = option;
        this.value = value;
    }

    /**
     * The value of the type that the option's kind names, or nothing where the default stays.
     *
     * @throws StartException with the text of O-22
     */
    static Optional<Object> coerce(Option option, JsonNode value) throws StartException {
        return new Coercion(option, value).coerce();
    }

    private Optional<Object> coerce() throws StartException {
        return switch (option.kind()) {
            case STRING -> Optional.of(toText());
            case BOOL -> Optional.of(toBoolean());
            case INT -> Optional.of(toInteger());
            case DURATION -> Optional.of(toNanos());
            case STRING_LIST -> toStrings();
            case FLOAT_LIST -> toFloats();
            // ConfigFile has checked and normalized these before (O-16).
            case LOG_LEVEL, TLS_REQUIRED, TLS_VERSION -> Optional.of(option.parse(value.textValue()));
        };
    }

    private Object toText() throws StartException {
        try {
            return option.parse(GoValue.string(value));
        } catch (NsqdException e) {
            throw failure(e.getMessage());
        }
    }

    /** An integer is inverted: 0 is true. So it is in the Go daemon. */
    private boolean toBoolean() throws StartException {
        if (value.isBoolean()) {
            return value.booleanValue();
        }
        if (value.isIntegralNumber()) {
            return value.longValue() == 0;
        }
        if (!value.isTextual()) {
            throw failure("invalid bool value type " + GoValue.type(value));
        }
        try {
            return (Boolean) option.parse(value.textValue());
        } catch (NsqdException e) {
            throw failure(syntaxError("ParseBool", value.textValue()));
        }
    }

    private long toInteger() throws StartException {
        if (value.isIntegralNumber()) {
            return value.longValue();
        }
        if (!value.isTextual()) {
            throw failure("invalid int64 value type " + GoValue.type(value));
        }
        String text = value.textValue();
        if (!INTEGER.matcher(text).matches()) {
            throw failure(syntaxError("ParseInt", text));
        }
        BigInteger number = new BigInteger(text);
        if (number.bitLength() >= Long.SIZE) {
            throw failure("strconv.ParseInt: parsing " + GoSyntax.quote(text) + ": value out of range");
        }
        return number.longValue();
    }

    /** A bare integer counts milliseconds; where the Go daemon's nanoseconds would overflow it is refused. */
    private long toNanos() throws StartException {
        if (value.isIntegralNumber()) {
            try {
                return Math.multiplyExact(value.longValue(), MILLI_NANOS);
            } catch (ArithmeticException e) {
                throw failure("value out of range");
            }
        }
        if (!value.isTextual()) {
            throw failure("invalid time.Duration value type " + GoValue.type(value));
        }
        String text = value.textValue();
        try {
            return GoDuration.parse(text);
        } catch (NsqdException e) {
            String fault = UNITLESS.matcher(text).matches() ? "missing unit in" : "invalid";
            throw failure("time: " + fault + " duration " + GoSyntax.quote(text));
        }
    }

    private Optional<Object> toStrings() throws StartException {
        if (value.isTextual()) {
            return Optional.of(List.of(value.textValue().split(",", -1)));
        }
        List<String> strings = new ArrayList<>();
        for (JsonNode element : elements()) {
            if (!element.isTextual()) {
                throw crash(element, "string");
            }
            strings.add(element.textValue());
        }
        return strings.isEmpty() ? Optional.empty() : Optional.of(strings);
    }

    private Optional<Object> toFloats() throws StartException {
        List<Double> floats = new ArrayList<>();
        if (value.isTextual()) {
            for (String part : value.textValue().split(",", -1)) {
                OptionalDouble number = GoSyntax.parseFloat(part.strip());
                if (number.isEmpty()) {
                    throw failure(syntaxError("ParseFloat", part.strip()));
                }
                floats.add(number.getAsDouble());
            }
        } else {
            for (JsonNode element : elements()) {
                if (!element.isFloatingPointNumber()) {
                    throw crash(element, "float64");
                }
                floats.add(element.doubleValue());
            }
        }
        return floats.isEmpty() ? Optional.empty() : Optional.of(floats);
    }

    /** The elements of an array; what is neither a string nor an array counts for nothing. */
    private Iterable<JsonNode> elements() {
        return value.isArray() ? value : List.of();
    }

    private static String syntaxError(String function, String text) {
        return "strconv." + function + ": parsing " + GoSyntax.quote(text) + ": invalid syntax";
    }

    private StartException failure(String fault) {
        return new StartException(
                StartException.FATAL,
                LogFormat.standardLine("ERROR: Resolve failed to coerce value " + GoValue.plain(value) + " ("
                        + shownDefault() + ") for field " + fieldName() + " - " + fault));
    }

    /** Where the Go daemon dies of a failed type assertion. */
    private static StartException crash(JsonNode element, String wanted) {
        return new StartException(
                StartException.USAGE,
                "panic: interface conversion: interface {} is " + GoValue.type(element) + ", not " + wanted);
    }

    private String shownDefault() {
        Object defaultValue = option.defaultValue();
        return defaultValue instanceof List ? "[]" : option.format(defaultValue);
    }

    private String fieldName() {
        return Stream.of(option.configKey().orElseThrow().split("_"))
                .map(word -> FIELD_WORDS.getOrDefault(word, Character.toUpperCase(word.charAt(0)) + word.substring(1)))
                .collect(Collectors.joining());
    }
}
