package io.nsqd.launcher;

import io.nsqd.api.GoDuration;
import io.nsqd.api.Option;
import java.util.Arrays;
import java.util.Comparator;
import java.util.Locale;
import java.util.function.Predicate;
import java.util.stream.Stream;

/** The usage text: that of the Go daemon unchanged, then what is ours, then ranges and units (O-31, X-17). */
final class Usage {
    private static final String OURS = """

            Only in nsqd for the JVM:
            """;

    private static final String LIMITS = """

            Units and ranges of these, and what values at the edge stand for; what is out of range is refused at the start:
            """;

    /** Where the column of the limits begins. */
    private static final int LIMITS_COLUMN = 40;

    private static final String NOTES = """

            The queue-scan flags are accepted and reported, but have no effect: time-outs of all channels are exact.
            With -check-data-path the exit code is 0 for no damage, 1 for damage, 2 when the check was not possible; see docs/FSCK.md.
            Without -tls-min-version the minimum is tls1.2; an older one is taken only when the flag names it.
            """;

    private Usage() {}

    static String text() {
        StringBuilder text = new StringBuilder("Usage of nsqd:\n");
        append(text, option -> !option.isOurs());
        text.append(OURS);
        append(text, Option::isOurs);
        text.append(LIMITS);
        sorted(option -> !option.limits().isEmpty()).forEach(option -> appendLimits(text, option));
        return text.append(NOTES).toString();
    }

    private static void appendLimits(StringBuilder text, Option option) {
        String flag = "  -" + option.flag();
        text.append(flag)
                .append(" ".repeat(LIMITS_COLUMN - flag.length()))
                .append(option.limits())
                .append('\n');
    }

    private static void append(StringBuilder text, Predicate<Option> wanted) {
        sorted(wanted).forEach(option -> append(text, option));
    }

    private static Stream<Option> sorted(Predicate<Option> wanted) {
        return Arrays.stream(Option.values()).filter(wanted).sorted(Comparator.comparing(Option::flag));
    }

    private static void append(StringBuilder text, Option option) {
        text.append("  -").append(option.flag());
        if (!option.kind().word().isEmpty()) {
            text.append(' ').append(option.kind().word());
        }
        text.append("\n    \t").append(option.help());
        String shown = shownDefault(option);
        if (!shown.isEmpty()) {
            text.append(" (default ").append(shown).append(')');
        }
        text.append('\n');
    }

    /** The default as Go shows it; empty for a zero value, which is not shown. */
    private static String shownDefault(Option option) {
        String value = option.defaultText();
        return switch (option.kind()) {
            case STRING -> value.isEmpty() ? "" : GoSyntax.quote(value);
            case BOOL, TLS_REQUIRED -> value.equals("false") ? "" : value;
            case INT -> value.equals("0") ? "" : value;
            case DURATION -> {
                long nanos = (Long) option.defaultValue();
                yield nanos == 0 ? "" : GoDuration.toString(nanos);
            }
            case STRING_LIST, FLOAT_LIST -> "";
            case LOG_LEVEL -> value.toUpperCase(Locale.ROOT);
            case TLS_VERSION -> value;
        };
    }
}
