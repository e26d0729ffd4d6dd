package io.nsqd.shell;

import io.nsqd.stats.Trouble;
import io.nsqd.stats.Troubles;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;

/** The counters of what must never happen, a line for each. */
final class TroubleTable {
    private static final double NANOS = 1e9;

    private TroubleTable() {}

    static String of(Troubles troubles) {
        Map<Trouble, Long> all = troubles.snapshot();
        int widest = all.keySet().stream()
                .mapToInt(trouble -> trouble.label().length())
                .max()
                .orElse(0);
        return all.entrySet().stream()
                .map(one -> line(one.getKey(), one.getValue(), widest))
                .collect(Collectors.joining("\n"));
    }

    private static String line(Trouble trouble, long value, int widest) {
        String label = trouble.label();
        return label + " ".repeat(widest - label.length()) + "  " + value(trouble, value) + "  " + trouble.help();
    }

    private static String value(Trouble trouble, long value) {
        return trouble.unit() == Trouble.Unit.NANOSECONDS
                ? String.format(Locale.ROOT, "%8.3f s", value / NANOS)
                : String.format(Locale.ROOT, "%8d  ", value);
    }
}
