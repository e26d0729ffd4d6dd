package io.nsqd.api;

import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/** Values of options as texts, in the syntax of the Go daemon's flags (O-3 to O-10). */
final class OptionText {
    private static final Set<String> TRUE_WORDS = Set.of("1", "t", "T", "true", "TRUE", "True");
    private static final Set<String> FALSE_WORDS = Set.of("0", "f", "F", "false", "FALSE", "False");

    private OptionText() {}

    /** The value of a row: its type is that of the row's kind. */
    static Object parse(OptionRow row, String text) {
        return switch (row.kind) {
            case STRING -> choice(row, text);
            case BOOL -> parseBoolean(text);
            case INT -> parseInteger(text);
            case DURATION -> GoDuration.parse(text);
            case STRING_LIST -> List.of(text.split("\n", -1));
            case FLOAT_LIST -> parseFloats(text);
            case LOG_LEVEL -> LogLevel.parse(text);
            case TLS_REQUIRED -> TlsRequired.parse(text);
            case TLS_VERSION -> TlsVersion.parse(text.isEmpty() ? row.defaultText : text);
        };
    }

    private static String choice(OptionRow row, String text) {
        if (!row.choices.isEmpty() && !row.choices.contains(text)) {
            throw new NsqdException(Reason.BAD_OPTION, "unknown format (" + String.join(", ", row.choices) + ")");
        }
        return text;
    }

    /** The text from which {@link #parse} makes the value again. */
    static String format(Object value, boolean isDuration) {
        if (value instanceof List<?> list) {
            StringBuilder lines = new StringBuilder();
            for (Object element : list) {
                lines.append(lines.isEmpty() ? "" : "\n").append(element);
            }
            return lines.toString();
        }
        return isDuration ? GoDuration.toString((Long) value) : value.toString();
    }

    static boolean isBoolean(String text) {
        return TRUE_WORDS.contains(text) || FALSE_WORDS.contains(text);
    }

    static boolean parseBoolean(String text) {
        if (!isBoolean(text)) {
            throw new NsqdException(Reason.BAD_OPTION, "parse error");
        }
        return TRUE_WORDS.contains(text);
    }

    /** Reads an integer with Go's prefixes {@code 0x 0b 0o 0} and underscores between digits (O-6). */
    private static Long parseInteger(String text) {
        String digits = text.toLowerCase(Locale.ROOT);
        boolean negative = digits.startsWith("-");
        if (negative || digits.startsWith("+")) {
            digits = digits.substring(1);
        }
        int radix = 10;
        boolean prefixed = true;
        if (digits.startsWith("0x")) {
            radix = 16;
        } else if (digits.startsWith("0b")) {
            radix = 2;
        } else if (digits.startsWith("0o")) {
            radix = 8;
        } else if (digits.length() > 1 && digits.startsWith("0")) {
            radix = 8;
            digits = "0o" + digits.substring(1);
        } else {
            prefixed = false;
        }
        if (prefixed) {
            digits = digits.substring(2);
            // An underscore may follow a prefix, so that one leading underscore is as good as one between digits.
            digits = digits.startsWith("_") ? digits.substring(1) : digits;
        }
        if (digits.isEmpty() || digits.startsWith("_") || digits.endsWith("_") || digits.contains("__")) {
            throw new NsqdException(Reason.BAD_OPTION, "parse error");
        }
        BigInteger value;
        try {
            value = new BigInteger(digits.replace("_", ""), radix);
        } catch (NumberFormatException e) {
            throw new NsqdException(Reason.BAD_OPTION, "parse error", e);
        }
        if (value.signum() < 0) {
            throw new NsqdException(Reason.BAD_OPTION, "parse error");
        }
        if ((negative ? value.negate() : value).bitLength() > 63) {
            throw new NsqdException(Reason.BAD_OPTION, "value out of range");
        }
        return negative ? value.negate().longValue() : value.longValue();
    }

    private static List<Double> parseFloats(String text) {
        List<Double> values = new ArrayList<>();
        for (String line : text.split("\n", -1)) {
            if (line.isEmpty()) {
                continue;
            }
            try {
                values.add(Double.valueOf(line));
            } catch (NumberFormatException e) {
                throw new NsqdException(Reason.BAD_OPTION, "Could not parse: " + line, e);
            }
        }
        return List.copyOf(values);
    }
}
