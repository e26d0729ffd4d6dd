package io.nsqd.launcher;

import io.nsqd.api.LogLevel;
import io.nsqd.api.Printable;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.time.Clock;
import java.time.ZoneId;
import java.time.ZonedDateTime;
import java.time.temporal.ChronoField;

/**
 * The form of a line of the log: {@code <prefix>YYYY/MM/DD hh:mm:ss.uuuuuu LEVEL: text} (O-50).
 *
 * <p>Immutable. The digits are written by hand: it is quicker than a formatter, whose classes also take their time to
 * load at the start.
 */
final class LogFormat implements LineFormat {
    /** The default prefix, and that of fatal lines whatever the option says (O-29). */
    static final String DEFAULT_PREFIX = "[nsqd] ";

    private final String prefix;
    private final Clock clock;

    LogFormat(String prefix, Clock clock) {
        this.prefix = prefix;
        this.clock = clock;
    }

    /** A line in the form of Go's standard logger, which reports some faults of the options: seconds, no level (O-21). */
    static String standardLine(String text) {
        StringBuilder line = new StringBuilder();
        appendTime(line, ZonedDateTime.now(ZoneId.systemDefault()));
        return line.append(' ').append(text).toString();
    }

    /** The line about what ends the process. */
    static String fatalLine(String text) {
        return new LogFormat(DEFAULT_PREFIX, Clock.system(ZoneId.systemDefault())).line(LogLevel.FATAL, text);
    }

    /** The line without its end. Control characters in the text are spelt out, so that it is one line whatever a client sent. */
    String line(LogLevel level, String text) {
        ZonedDateTime time = ZonedDateTime.now(clock);
        StringBuilder line = new StringBuilder(prefix.length() + text.length() + 40).append(prefix);
        appendTime(line, time);
        line.append('.');
        appendDigits(line, time.get(ChronoField.MICRO_OF_SECOND), 6);
        line.append(' ').append(word(level)).append(": ");
        appendOneLine(line, text);
        return line.toString();
    }

    @Override
    public String line(LogLevel level, String text, Throwable traced) {
        return line(level, text) + '\n' + (traced == null ? "" : trace(traced));
    }

    /** The stack trace as Java prints it, but for control characters in messages. */
    static String trace(Throwable traced) {
        StringWriter trace = new StringWriter();
        traced.printStackTrace(new PrintWriter(trace));
        StringBuilder safe = new StringBuilder(trace.getBuffer().length());
        for (int i = 0; i < trace.getBuffer().length(); i++) {
            char c = trace.getBuffer().charAt(i);
            if (c == '\n') {
                safe.append(c);
            } else {
                Printable.append(safe, c);
            }
        }
        return safe.toString();
    }

    /** The level as it is shown (O-51). */
    static String word(LogLevel level) {
        return level == LogLevel.WARN ? "WARNING" : level.name();
    }

    private static void appendTime(StringBuilder line, ZonedDateTime time) {
        appendDigits(line, time.getYear(), 4);
        line.append('/');
        appendDigits(line, time.getMonthValue(), 2);
        line.append('/');
        appendDigits(line, time.getDayOfMonth(), 2);
        line.append(' ');
        appendDigits(line, time.getHour(), 2);
        line.append(':');
        appendDigits(line, time.getMinute(), 2);
        line.append(':');
        appendDigits(line, time.getSecond(), 2);
    }

    private static void appendDigits(StringBuilder line, int number, int digits) {
        String text = Integer.toString(number);
        line.append("0".repeat(Math.max(0, digits - text.length()))).append(text);
    }

    private static void appendOneLine(StringBuilder line, String text) {
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            switch (c) {
                case '\n' -> line.append("\\n");
                case '\r' -> line.append("\\r");
                default -> Printable.append(line, c);
            }
        }
    }
}
