package io.nsqd.launcher;

import com.fasterxml.jackson.databind.JsonNode;
import java.math.BigDecimal;
import java.util.Locale;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.StreamSupport;

/** How Go would show a value of a TOML file: operators know its complaints by these words (O-14, O-22). */
final class GoValue {
    /** From this power of ten on a number is shown with an exponent. */
    private static final int LARGE_EXPONENT = 21;

    private static final int SMALL_EXPONENT = -4;

    private GoValue() {}

    /** The type's name: the verb {@code %T}. */
    static String type(JsonNode value) {
        return switch (value.getNodeType()) {
            case BOOLEAN -> "bool";
            case NUMBER -> value.isIntegralNumber() ? "int64" : "float64";
            case ARRAY -> "[]interface {}";
            case OBJECT -> "map[string]interface {}";
            default -> "string";
        };
    }

    /** The value in its usual form: the verb {@code %v}. */
    static String plain(JsonNode value) {
        return switch (value.getNodeType()) {
            case NUMBER -> value.isIntegralNumber() ? value.asText() : number(value.doubleValue());
            case ARRAY, OBJECT -> container(value, GoValue::plain);
            default -> value.asText();
        };
    }

    /** The value as a string, with Go's mark where it is none: the verb {@code %s}. */
    static String string(JsonNode value) {
        return switch (value.getNodeType()) {
            case ARRAY, OBJECT -> container(value, GoValue::string);
            case STRING -> value.textValue();
            default -> "%!s(" + type(value) + "=" + plain(value) + ")";
        };
    }

    private static String container(JsonNode value, Function<JsonNode, String> format) {
        if (value.isArray()) {
            return StreamSupport.stream(value.spliterator(), false)
                    .map(format)
                    .collect(Collectors.joining(" ", "[", "]"));
        }
        return value.properties().stream()
                .map(entry -> entry.getKey() + ":" + format.apply(entry.getValue()))
                .sorted()
                .collect(Collectors.joining(" ", "map[", "]"));
    }

    private static String number(double value) {
        if (Double.isNaN(value)) {
            return "NaN";
        }
        if (Double.isInfinite(value)) {
            return value > 0 ? "+Inf" : "-Inf";
        }
        BigDecimal decimal = new BigDecimal(Double.toString(value)).stripTrailingZeros();
        int exponent = decimal.precision() - decimal.scale() - 1;
        if (decimal.signum() == 0 || (exponent >= SMALL_EXPONENT && exponent < LARGE_EXPONENT)) {
            return decimal.toPlainString();
        }
        return decimal.movePointLeft(exponent).stripTrailingZeros().toPlainString()
                + String.format(Locale.ROOT, "e%+03d", exponent);
    }
}
